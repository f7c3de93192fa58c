/** The password of an account, and then the code of its second factor, if it has one. */
import { Button, PasswordInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DoorAccount } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { useChange } from '../../shared/queries';
import { useWait } from './useWait';

export function Enter({ account, onDone }: { account: DoorAccount; onDone: () => void }) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const unlock = useChange(
    (_: null) =>
      ipc.workspace.unlock({
        account: account.id,
        by: { way: 'password', password },
        code: code === null || code === '' ? null : code,
      }),
    onDone,
  );
  const error = unlock.error?.code === 'second_factor_needed' ? null : unlock.error;
  const wait = useWait(error?.code === 'throttled' ? Number(error.params.seconds) : 0, unlock.submittedAt);
  return (
    <form
      className="col"
      style={{ gap: 10 }}
      onSubmit={(event) => {
        event.preventDefault();
        if (wait > 0) return;
        unlock.mutate(null, {
          onError: (refused) => {
            if (refused.code === 'second_factor_needed') {
              setCode('');
            } else if (refused.code === 'wrong_code') {
              setCode('');
              field.current?.focus();
            } else {
              setCode(null);
              setPassword('');
              field.current?.focus();
            }
          },
        });
      }}
    >
      {code !== null && <p className="small t2">{t('door.codeText')}</p>}
      <div className="lock-row">
        {code === null ? (
          <PasswordInput
            ref={field}
            size="md"
            autoFocus
            aria-label={t('add.password')}
            placeholder={t('add.password')}
            autoComplete="current-password"
            value={password}
            error={error ? true : undefined}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        ) : (
          <PasswordInput
            key="code"
            ref={field}
            size="md"
            autoFocus
            aria-label={t('door.code')}
            placeholder={t('door.code')}
            autoComplete="one-time-code"
            value={code}
            error={error ? true : undefined}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        )}
        <Button type="submit" variant="filled" size="md" loading={unlock.isPending} disabled={wait > 0}>
          {wait > 0 ? t('lock.wait', { count: wait }) : t('lock.unlock')}
        </Button>
      </div>
      {error && (
        <p role="alert" className="error-sentence" data-testid="error">
          {error.code === 'wrong_password' ? (
            t('lock.wrong', { name: account.name })
          ) : (
            <ErrorSentence error={error} />
          )}
        </p>
      )}
    </form>
  );
}
