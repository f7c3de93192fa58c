/** The lock: whose workspace it is, and the password that opens it. */
import { Button, PasswordInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KnownWorkspace } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Logo } from '../../shared/parts/Logo';
import { Avatar } from '../../shared/parts/Words';
import { useChange, useInvalidate } from '../../shared/queries';
import { Outside } from './Outside';
import './workspace.css';

export default function Lock({
  workspace,
  onElsewhere,
}: {
  workspace: KnownWorkspace;
  onElsewhere: () => void;
}) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const field = useRef<HTMLInputElement>(null);
  const [password, setPassword] = useState('');
  const unlock = useChange(
    (text: string) => ipc.workspace.unlock(text),
    () => void invalidate([{ kind: 'workspace' }]),
  );
  const training = useChange(
    (_: null) => ipc.workspace.training(),
    () => void invalidate([{ kind: 'workspace' }]),
  );
  const wait = useWait(
    unlock.error?.code === 'throttled' ? Number(unlock.error.params.seconds) : 0,
    unlock.failureCount,
  );
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
        <form
          className="lock-card"
          onSubmit={(event) => {
            event.preventDefault();
            if (wait > 0) return;
            if (workspace.training) training.mutate(null);
            else
              unlock.mutate(password, {
                onError: () => {
                  setPassword('');
                  field.current?.focus();
                },
              });
          }}
        >
          <div className="row" style={{ gap: 12 }}>
            <Avatar name={workspace.account_name} size={32} />
            <div>
              <b className="strong">{workspace.account_name}</b>
              <p className="small t3">{t('role.administrator')}</p>
            </div>
          </div>
          {workspace.training ? (
            <Button type="submit" variant="filled" size="md" loading={training.isPending}>
              {t('first.training')}
            </Button>
          ) : (
            <div className="lock-row">
              <PasswordInput
                ref={field}
                size="md"
                autoFocus
                aria-label={t('add.password')}
                placeholder={t('add.password')}
                autoComplete="current-password"
                value={password}
                error={unlock.error ? true : undefined}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
              <Button type="submit" variant="filled" size="md" loading={unlock.isPending} disabled={wait > 0}>
                {wait > 0 ? t('lock.wait', { count: wait }) : t('lock.unlock')}
              </Button>
            </div>
          )}
          {unlock.error && (
            <p role="alert" className="error-sentence" data-testid="error">
              {unlock.error.code === 'wrong_password' ? (
                t('lock.wrong', { name: workspace.account_name })
              ) : (
                <ErrorSentence error={unlock.error} />
              )}
            </p>
          )}
          {training.error && <ErrorSentence error={training.error} />}
        </form>
        <div className="row" style={{ marginTop: 12 }}>
          <span className="small t3 grow">{t('lock.meanwhile')}</span>
          <button type="button" className="link small" onClick={onElsewhere}>
            {t('nav.another')}
          </button>
        </div>
      </div>
    </Outside>
  );
}

/** Seconds still to wait, counting down. */
function useWait(seconds: number, again: number): number {
  const [left, setLeft] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new refusal begins a new wait
  useEffect(() => {
    if (!(seconds > 0)) return;
    const end = Date.now() + seconds * 1000;
    setLeft(Math.ceil(seconds));
    const timer = setInterval(() => {
      const rest = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      setLeft(rest);
      if (rest === 0) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [seconds, again]);
  return left;
}
