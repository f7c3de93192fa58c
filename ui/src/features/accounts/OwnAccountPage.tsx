/** One's own account: password, second factor, recovery key, this computer's keyring, and when it locks. */
import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorSentence, ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Card, Facts } from '../../shared/parts/Card';
import { PageHead } from '../../shared/parts/PageHead';
import { toast } from '../../shared/parts/toasts';
import { usePreferences } from '../../shared/preferences';
import { queries, useChange } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { ChangePassword } from './ChangePassword';
import { FactorDialog } from './FactorDialog';
import { PasswordDialog } from './PasswordDialog';
import { RecoveryKeyDialog } from './RecoveryKeyDialog';
import './accounts.css';

const MINUTES = [0, 5, 10, 15, 30, 60] as const;
const USUAL = 15;

type Asking = 'password' | 'factor-on' | 'factor-off' | 'recovery' | 'keyring';

export default function OwnAccountPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const [preferences, change] = usePreferences();
  const [asking, setAsking] = useState<Asking | null>(null);
  // The password that was typed for what is shown next; gone with the dialog.
  const [confirmed, setConfirmed] = useState<{ for: 'factor-on' | 'recovery'; password: string } | null>(
    null,
  );
  useCrumbs([{ label: t('nav.workspace') }, { label: t('account.own') }]);
  const { data: own, error } = useQuery(queries.ownAccount());
  const close = () => setAsking(null);
  const endFactor = useChange(
    (given: { password: string; code: string }) => ipc.accounts.endFactor(given.password, given.code),
    () => {
      toast(t('me.factorIsOff'));
      close();
    },
  );
  const keepInKeyring = useChange(
    (password: string) => ipc.accounts.keepInKeyring(password),
    () => {
      toast(t('me.keyringDone'));
      close();
    },
  );
  const stopKeyring = useChange(
    (_: null) => ipc.accounts.stopKeyring(),
    () => toast(t('me.keyringGone')),
  );
  const dropKey = useChange(
    (_: null) => ipc.accounts.dropRecoveryKey(),
    () => toast(t('me.keyDropped')),
  );
  return (
    <div className="page">
      <PageHead title={t('account.own')} />
      <div className="page-scroll">
        {error && <ErrorView error={error} />}
        {own && (
          <div className="own-account">
            <Card title={t('me.who')}>
              <Facts
                width={110}
                facts={[
                  [t('account.name'), own.name],
                  [t('account.roleHead'), t(`role.${own.role}`)],
                  own.customer !== null && [t('account.customer'), own.customer],
                ]}
              />
            </Card>
            <Way title={t('me.password')} text={t('me.passwordText')}>
              <Button onClick={() => setAsking('password')}>{t('me.change')}</Button>
            </Way>
            <Way
              title={t('me.factor')}
              text={t('me.factorText')}
              state={
                own.second_factor_since
                  ? t('me.factorOn', { when: format.when(own.second_factor_since), count: own.codes_left })
                  : t('me.factorOff')
              }
            >
              {own.second_factor_since ? (
                <Button onClick={() => setAsking('factor-off')}>{t('me.turnOff')}</Button>
              ) : (
                <Button onClick={() => setAsking('factor-on')}>{t('me.turnOn')}</Button>
              )}
            </Way>
            <Way
              title={t('me.recovery')}
              text={t('me.recoveryText')}
              state={own.recovery_key ? t('me.recoveryOn') : t('me.recoveryOff')}
              error={dropKey.error}
            >
              <Button onClick={() => setAsking('recovery')}>
                {own.recovery_key ? t('me.anotherKey') : t('me.newKey')}
              </Button>
              {own.recovery_key && (
                <Button loading={dropKey.isPending} onClick={() => dropKey.mutate(null)}>
                  {t('me.dropKey')}
                </Button>
              )}
            </Way>
            <Way
              title={t('me.keyring')}
              text={t('me.keyringText')}
              state={own.keyring ? t('me.keyringOn') : t('me.keyringOff')}
              error={stopKeyring.error}
            >
              {own.keyring ? (
                <Button loading={stopKeyring.isPending} onClick={() => stopKeyring.mutate(null)}>
                  {t('me.keyringStop')}
                </Button>
              ) : (
                <Button onClick={() => setAsking('keyring')}>{t('me.keyringUse')}</Button>
              )}
            </Way>
            <Way title={t('me.lockAfter')} text={t('me.lockAfterHelp')}>
              <Select
                aria-label={t('me.lockAfter')}
                w={150}
                allowDeselect={false}
                value={String(preferences.lock_after ?? USUAL)}
                data={[...new Set([...MINUTES, preferences.lock_after ?? USUAL])]
                  .sort((a, b) => a - b)
                  .map((minutes) => ({
                    value: String(minutes),
                    label: minutes === 0 ? t('me.never') : t('me.minutes', { count: minutes }),
                  }))}
                onChange={(value) => change({ lock_after: Number(value ?? USUAL) })}
              />
            </Way>
          </div>
        )}
      </div>
      {asking === 'password' && <ChangePassword onClose={close} />}
      {(asking === 'factor-on' || asking === 'recovery') && (
        <PasswordDialog
          title={t('me.confirmTitle')}
          act={t('me.confirmAct')}
          busy={false}
          error={null}
          onClose={close}
          onAct={(password) => {
            setConfirmed({ for: asking, password });
            close();
          }}
        />
      )}
      {asking === 'factor-off' && (
        <PasswordDialog
          title={t('me.offTitle')}
          act={t('me.offAct')}
          busy={endFactor.isPending}
          error={endFactor.error}
          code
          onClose={close}
          onAct={(password, code) => endFactor.mutate({ password, code })}
        />
      )}
      {asking === 'keyring' && (
        <PasswordDialog
          title={t('me.confirmTitle')}
          act={t('me.keyringUse')}
          busy={keepInKeyring.isPending}
          error={keepInKeyring.error}
          onClose={close}
          onAct={(password) => keepInKeyring.mutate(password)}
        />
      )}
      {confirmed?.for === 'factor-on' && (
        <FactorDialog password={confirmed.password} onClose={() => setConfirmed(null)} />
      )}
      {confirmed?.for === 'recovery' && (
        <RecoveryKeyDialog password={confirmed.password} onClose={() => setConfirmed(null)} />
      )}
    </div>
  );
}

/** A way into the account: what it is, whether it is there, what can be done about it. */
function Way({
  title,
  text,
  state,
  error,
  children,
}: {
  title: string;
  text: string;
  state?: string;
  error?: unknown;
  children: ReactNode;
}) {
  return (
    <Card title={title}>
      <div className="own-way">
        <div>
          <p className="t2">{text}</p>
          {state && <p className="strong">{state}</p>}
          {error != null && <ErrorSentence error={error} />}
        </div>
        <div className="row">{children}</div>
      </div>
    </Card>
  );
}
