/** The recovery key's way in: the key, and the password that the account has from then on. */
import { Button, PasswordInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '../../shared/checks';
import * as check from '../../shared/checks';
import type { DoorAccount } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { NewPassword } from '../../shared/parts/NewPassword';
import { useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';

export function Recover({
  account,
  onDone,
  onBack,
}: {
  account: DoorAccount;
  onDone: () => void;
  onBack: () => void;
}) {
  const { t } = useTranslation();
  const fields = useMemo<Field[]>(
    () => [
      { name: 'recovery_key', label: t('door.recoveryKey'), check: check.required },
      { name: 'password', label: t('door.newPassword'), check: check.required },
      { name: 'code', label: t('door.code'), check: () => null },
    ],
    [t],
  );
  const [accepted, setAccepted] = useState<boolean | undefined>(undefined);
  const extra = useMemo(
    () => (): Record<string, Rule | null> => ({
      password: accepted === false ? { rule: 'weak_password' } : null,
    }),
    [accepted],
  );
  const form = useForm(fields, {}, extra);
  const unlock = useChange(
    (_: null) =>
      ipc.workspace.unlock({
        account: account.id,
        by: { way: 'recovery', key: form.values.recovery_key ?? '', password: form.values.password ?? '' },
        code: form.values.code ? form.values.code : null,
      }),
    onDone,
  );
  const refused = unlock.error?.code;
  const asksCode = refused === 'second_factor_needed' || refused === 'wrong_code' || !!form.values.code;
  if (!account.recovery) {
    return (
      <div className="col" style={{ gap: 8 }}>
        <p className="small t2">{t('me.recoveryOff')}</p>
        <p className="small t2">{t('door.askOther')}</p>
        <button type="button" className="link small" onClick={onBack}>
          {t('door.back')}
        </button>
      </div>
    );
  }
  return (
    <form
      className="col"
      style={{ gap: 10 }}
      noValidate
      aria-label={t('door.recoveryTitle')}
      onSubmit={(event) => {
        event.preventDefault();
        if (form.submit()) unlock.mutate(null, { onError: form.refuse });
      }}
    >
      <PasswordInput
        {...form.bind('recovery_key')}
        autoFocus
        className="mono"
        label={t('door.recoveryKey')}
        autoComplete="off"
      />
      <NewPassword {...form.bind('password')} label={t('door.newPassword')} onJudged={setAccepted} />
      {asksCode && (
        <PasswordInput
          {...form.bind('code')}
          label={t('door.code')}
          description={t('me.codeOrRecovery')}
          autoComplete="one-time-code"
        />
      )}
      {unlock.error && refused !== 'invalid_fields' && <ErrorSentence error={unlock.error} />}
      <Button type="submit" variant="filled" size="md" loading={unlock.isPending}>
        {t('door.recoverAct')}
      </Button>
      <div className="row">
        <span className="small t3 grow">{t('door.askOther')}</span>
        <button type="button" className="link small" onClick={onBack}>
          {t('door.back')}
        </button>
      </div>
    </form>
  );
}
