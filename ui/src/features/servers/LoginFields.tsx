/** How one logs in: three ways, and what each needs. Secrets go in and never come out. */
import { Button, PasswordInput, Textarea, TextInput } from '@mantine/core';
import { IconFileImport, IconKey, IconPassword, IconUserKey, IconX } from '@tabler/icons-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Login, LoginKind } from '../../shared/contract';
import { ChoiceCards } from '../../shared/parts/Form';
import type { FormState } from '../../shared/useForm';

export function LoginFields({
  form,
  kind,
  onKind,
  root,
}: {
  form: FormState;
  kind: LoginKind;
  onKind: (kind: LoginKind) => void;
  root: boolean;
}) {
  const { t } = useTranslation();
  const file = useRef<HTMLInputElement>(null);
  return (
    <>
      <ChoiceCards
        label={t('add.login')}
        value={kind}
        onChange={onKind}
        options={[
          {
            value: 'password',
            title: t('add.password'),
            help: t('add.passwordHelp'),
            icon: <IconPassword />,
          },
          { value: 'key', title: t('add.key'), help: t('add.keyHelp'), icon: <IconKey /> },
          { value: 'agent', title: t('add.agent'), help: t('add.agentHelp'), icon: <IconUserKey /> },
        ]}
      />
      {kind === 'password' && (
        <PasswordInput
          {...form.bind('password')}
          className="half"
          label={t('add.password')}
          autoComplete="off"
          description={root ? t('add.sealed') : t('add.passwordSudo')}
        />
      )}
      {kind === 'key' && (
        <>
          {form.values.key_file ? (
            <TextInput
              {...form.bind('key_file')}
              className="mono"
              label={t('add.privateKeyFile')}
              description={t('add.privateKeyFileHelp')}
              spellCheck={false}
              rightSection={
                <button
                  type="button"
                  className="copy"
                  aria-label={t('add.privateKeyText')}
                  onClick={() => form.set('key_file', '')}
                >
                  <IconX size={14} />
                </button>
              }
            />
          ) : (
            <div>
              <Textarea
                {...form.bind('private_key')}
                className="mono"
                label={t('add.privateKey')}
                placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
                rows={4}
                spellCheck={false}
                autoComplete="off"
                description={t('add.sealed')}
              />
              <input
                ref={file}
                type="file"
                hidden
                onChange={(event) => {
                  const chosen = event.currentTarget.files?.[0];
                  if (chosen && chosen.size < 100_000)
                    void chosen.text().then((text) => form.set('private_key', text));
                  event.currentTarget.value = '';
                }}
              />
              <Button
                mt={6}
                size="xs"
                leftSection={<IconFileImport size={14} />}
                onClick={() => file.current?.click()}
              >
                {t('add.keyFile')}
              </Button>
            </div>
          )}
          <PasswordInput
            {...form.bind('passphrase')}
            className="half"
            label={t('add.passphrase')}
            autoComplete="off"
          />
        </>
      )}
      {kind !== 'password' && !root && (
        <PasswordInput
          {...form.bind('sudo_password')}
          className="half"
          label={t('add.sudo')}
          autoComplete="off"
          description={t('add.sudoHelp')}
        />
      )}
    </>
  );
}

export function loginOf(kind: LoginKind, values: Readonly<Record<string, string>>): Login {
  const sudo = values.sudo_password || null;
  if (kind === 'password') return { kind, password: values.password ?? '' };
  if (kind === 'key' && values.key_file) {
    return {
      kind: 'key_file',
      path: values.key_file,
      passphrase: values.passphrase || null,
      sudo_password: sudo,
    };
  }
  if (kind === 'key') {
    return {
      kind,
      private_key: values.private_key ?? '',
      passphrase: values.passphrase || null,
      sudo_password: sudo,
    };
  }
  return { kind, sudo_password: sudo };
}
