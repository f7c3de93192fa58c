/** The lock: whose workspace it is, who may come in, and what opens it for each. */

import { Button, PasswordInput } from '@mantine/core';
import { IconChevronRight, IconFingerprint } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DoorAccount, KnownWorkspace } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Logo } from '../../shared/parts/Logo';
import { Avatar } from '../../shared/parts/Words';
import { queries, useChange, useInvalidate } from '../../shared/queries';
import { Enter } from './Enter';
import { Outside } from './Outside';
import { Recover } from './Recover';
import './workspace.css';

export default function Lock({
  workspace,
  onElsewhere,
  onEndUser,
}: {
  workspace: KnownWorkspace;
  onElsewhere: () => void;
  onEndUser: () => void;
}) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const done = () => void invalidate([{ kind: 'workspace' }]);
  const training = useChange((_: null) => ipc.workspace.training(), done);
  const door = useQuery({ ...queries.door(null), enabled: !workspace.training });
  const [chosen, setChosen] = useState<string | null>(null);
  const [recovering, setRecovering] = useState(false);
  const accounts = door.data?.accounts ?? [];
  const at =
    accounts.find((account) => account.id === chosen) ??
    accounts.find((account) => account.id === door.data?.last && !account.disabled) ??
    accounts.find((account) => !account.disabled);
  return (
    <Outside>
      <div className="lock">
        <header>
          <Logo size={40} />
          <div>
            <h1>{workspace.name}</h1>
            <p className="small t3">{workspace.training ? t('lock.training') : t('lock.locked')}</p>
          </div>
        </header>
        {workspace.training ? (
          <form
            className="lock-card lock-only"
            onSubmit={(event) => {
              event.preventDefault();
              training.mutate(null);
            }}
          >
            <Who name={workspace.account_name} under={t('role.administrator')} />
            <Button type="submit" variant="filled" size="md" loading={training.isPending}>
              {t('first.training')}
            </Button>
            {training.error && <ErrorSentence error={training.error} />}
          </form>
        ) : (
          <div className="lock-list">
            {door.error && (
              <div className="lock-card">
                <ErrorSentence error={door.error} />
              </div>
            )}
            {accounts.map((account) =>
              account.id === at?.id ? (
                <section key={account.id} className="lock-card" aria-label={account.name}>
                  <Who name={account.name} under={under(account, t)} />
                  {recovering ? (
                    <Recover account={account} onDone={done} onBack={() => setRecovering(false)} />
                  ) : (
                    <>
                      <Enter account={account} onDone={done} />
                      <div className="row">
                        {account.keyring && <ByKeyring account={account} onDone={done} />}
                        <span className="grow" />
                        <button type="button" className="link small" onClick={() => setRecovering(true)}>
                          {t('door.recovery')}
                        </button>
                      </div>
                    </>
                  )}
                </section>
              ) : (
                <button
                  key={account.id}
                  type="button"
                  className="lock-other"
                  disabled={account.disabled}
                  onClick={() => {
                    setRecovering(false);
                    setChosen(account.id);
                  }}
                >
                  <Who name={account.name} under={under(account, t)} />
                  {!account.disabled && <IconChevronRight aria-hidden />}
                </button>
              ),
            )}
          </div>
        )}
        <div className="row" style={{ marginTop: 12 }}>
          <span className="small t3 grow">{t('lock.meanwhile')}</span>
          <button type="button" className="link small" onClick={onEndUser}>
            {t('launcher.asUser')}
          </button>
          <button type="button" className="link small" onClick={onElsewhere}>
            {t('nav.another')}
          </button>
        </div>
      </div>
    </Outside>
  );
}

function under(account: DoorAccount, t: TFunction): string {
  const role = t(`role.${account.role}`);
  return account.disabled ? `${role}, ${t('door.disabled')}` : role;
}

function Who({ name, under: line }: { name: string; under: string }) {
  return (
    <span className="row grow" style={{ gap: 12 }}>
      <Avatar name={name} size={32} />
      <span className="col">
        <b className="strong">{name}</b>
        <span className="small t3">{line}</span>
      </span>
    </span>
  );
}

/** The keyring's way in. Where an account has a second factor as well, its code is asked then. */
function ByKeyring({ account, onDone }: { account: DoorAccount; onDone: () => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const unlock = useChange(
    (_: null) =>
      ipc.workspace.unlock({
        account: account.id,
        by: { way: 'keyring' },
        code: code === '' ? null : code,
      }),
    onDone,
  );
  const asked = unlock.error?.code === 'second_factor_needed' || unlock.error?.code === 'wrong_code';
  return (
    <form
      className="col"
      style={{ gap: 8 }}
      onSubmit={(event) => {
        event.preventDefault();
        unlock.mutate(null);
      }}
    >
      {asked && (
        <PasswordInput
          autoFocus
          label={t('door.code')}
          autoComplete="one-time-code"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
      )}
      <button type="submit" className="link small iconlink" disabled={unlock.isPending}>
        <IconFingerprint size={14} aria-hidden />
        {t('door.keyring')}
      </button>
      {unlock.error && unlock.error.code !== 'second_factor_needed' && <ErrorSentence error={unlock.error} />}
    </form>
  );
}
