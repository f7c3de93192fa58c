/** A place to open apps: its address, one's name there and the password; then its certificate, compared and accepted. */
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { IconCertificate, IconKey, IconLayoutGrid, IconShieldCheck } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import * as check from '../../shared/checks';
import type { PlaceAddress, ShownCertificate } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';
import { CopyButton } from '../../shared/parts/Words';
import { useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';

/** What people take from their browser: `https://cloud.firm.example/yunohost/sso/`. The program reads it the same way. */
const address: check.Check = (text) => {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^https:\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/:\d+$/, '');
  return bare === '' ? { rule: 'required' } : check.domain(bare);
};

interface Props {
  /** The first place: it is explained. */
  first: boolean;
  onDone: () => void;
  onCancel?: () => void;
}

export function AddPlace({ first, onDone, onCancel }: Props) {
  const { t } = useTranslation();
  const fields = useMemo<Field[]>(
    () => [
      { name: 'domain', label: t('launcher.address'), check: address },
      { name: 'username', label: t('launcher.username'), check: check.required },
      { name: 'password', label: t('add.password'), check: check.required },
      { name: 'machine', label: t('launcher.machine'), check: check.optional(check.host) },
      { name: 'port', label: t('launcher.port'), check: check.port },
    ],
    [t],
  );
  const form = useForm(fields, { port: '443' });
  const [more, setMore] = useState(false);
  const [seen, setSeen] = useState<ShownCertificate | null>(null);
  const where = (): PlaceAddress => ({
    domain: form.values.domain?.trim() ?? '',
    machine: form.values.machine?.trim() ?? '',
    port: Number(form.values.port),
  });
  const look = useChange((_: null) => ipc.portal.look(where()), setSeen);
  const add = useChange(
    (fingerprint: string) =>
      ipc.portal.add({
        address: where(),
        username: form.values.username ?? '',
        password: form.values.password ?? '',
        fingerprint,
      }),
    onDone,
  );
  const error = add.error ?? look.error;
  const submit = () => {
    if (!form.submit()) {
      if (form.errors.some((each) => /machine|port/.test(each.id))) setMore(true);
      return;
    }
    add.reset();
    look.mutate(null, { onError: form.refuse });
  };
  return (
    <>
      <form
        className="sheet-card"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {!first && (
          <h2>
            <IconLayoutGrid />
            {t('launcher.addTitle')}
          </h2>
        )}
        <TextInput
          {...form.bind('domain')}
          className="mono"
          label={t('launcher.address')}
          description={t('launcher.addressHelp')}
          spellCheck={false}
          autoCapitalize="off"
          autoFocus
        />
        <TextInput
          {...form.bind('username')}
          label={t('launcher.username')}
          description={t('launcher.usernameHelp')}
          autoComplete="username"
          autoCapitalize="off"
          spellCheck={false}
        />
        <PasswordInput {...form.bind('password')} label={t('add.password')} autoComplete="current-password" />
        {more ? (
          <div className="place-machine">
            <TextInput
              {...form.bind('machine')}
              className="mono"
              label={t('launcher.machine')}
              description={t('launcher.machineHelp')}
              spellCheck={false}
            />
            <TextInput {...form.bind('port')} label={t('launcher.port')} inputMode="numeric" />
          </div>
        ) : (
          <button type="button" className="link small place-more" onClick={() => setMore(true)}>
            {t('launcher.more')}
          </button>
        )}
        {error && error.code !== 'invalid_fields' && <PortalError error={error} />}
        <div className="row" style={{ gap: 8 }}>
          <Button
            type="submit"
            variant="filled"
            size="md"
            className="grow"
            loading={look.isPending || add.isPending}
          >
            {t('launcher.continue')}
          </Button>
          {onCancel && (
            <Button size="md" onClick={onCancel}>
              {t('act.cancel')}
            </Button>
          )}
        </div>
      </form>
      {seen && (
        <Accept
          shown={seen}
          busy={add.isPending}
          onRefuse={() => setSeen(null)}
          onAccept={() =>
            add.mutate(seen.fingerprint, {
              onSettled: () => setSeen(null),
              onError: form.refuse,
            })
          }
        />
      )}
    </>
  );
}

/** First contact: the full fingerprint, before any password goes there. */
function Accept({
  shown,
  busy,
  onAccept,
  onRefuse,
}: {
  shown: ShownCertificate;
  busy: boolean;
  onAccept: () => void;
  onRefuse: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Dialog
      opened
      onClose={onRefuse}
      closeButton
      size={580}
      title={t('certificate.title')}
      footer={
        <>
          <span className="small t3 grow">{t('certificate.pinned')}</span>
          <Button data-autofocus onClick={onRefuse}>
            {t('certificate.refuse')}
          </Button>
          <Button
            variant="filled"
            leftSection={<IconShieldCheck size={16} />}
            loading={busy}
            onClick={onAccept}
          >
            {t('certificate.accept')}
          </Button>
        </>
      }
    >
      <p className="t2">
        <Trans
          t={t}
          i18nKey="certificate.address"
          values={{ address: shown.address }}
          components={{ code: <b className="code" /> }}
        />
      </p>
      <div className="fingerprint" style={{ marginTop: 10 }}>
        <header>
          <b>{t('certificate.fingerprint')}</b>
        </header>
        <span className="code" data-testid="fingerprint">
          {shown.fingerprint}
        </span>
      </div>
      <div className="row" style={{ gap: 16, marginTop: 6 }}>
        <CopyButton value={shown.fingerprint} label={t('act.copy')} />
        <span className="small t3">{t('certificate.whereBrowser')}</span>
      </div>
    </Dialog>
  );
}

/** What went wrong with a place, in one sentence; a wait after wrong passwords is the server's, not the workspace's. */
export function PortalError({ error }: { error: { code: string; params: Partial<Record<string, string>> } }) {
  const { t } = useTranslation();
  if (error.code === 'throttled') {
    const minutes = Math.max(1, Math.ceil(Number(error.params.seconds) / 60));
    return (
      <span role="alert" className="error-sentence" data-testid="error">
        {t('launcher.throttled', { minutes })}
      </span>
    );
  }
  return <ErrorSentence error={error} />;
}

/** What will happen, beside the first place's form. */
export function WhatHappens() {
  const { t } = useTranslation();
  const steps = [
    ['happenLook', IconCertificate],
    ['happenAccept', IconShieldCheck],
    ['happenSignIn', IconKey],
    ['happenRead', IconLayoutGrid],
  ] as const;
  return (
    <section className="place-happens">
      <h2>{t('happen.title')}</h2>
      <ol>
        {steps.map(([step, Icon]) => (
          <li key={step}>
            <Icon aria-hidden />
            <div>
              {t(`launcher.${step}`)}
              <div className="small t3">{t(`launcher.${step}Help`)}</div>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
