/** Asks for one's own password again, before what must not be done by whoever finds the window open. */
import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorSentence } from '../../shared/ErrorView';
import type { IpcError } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';

export function PasswordDialog({
  title,
  text,
  act,
  busy,
  error,
  code,
  onAct,
  onClose,
}: {
  title: string;
  text?: string;
  act: string;
  busy: boolean;
  error: IpcError | null;
  /** A code of the second factor is asked as well. */
  code?: boolean;
  onAct: (password: string, code: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [password, setPassword] = useState('');
  const [digits, setDigits] = useState('');
  return (
    <Dialog
      opened
      onClose={onClose}
      title={title}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" form="own-password" variant="filled" loading={busy}>
            {act}
          </Button>
        </>
      }
    >
      <form
        id="own-password"
        className="col"
        style={{ gap: 12 }}
        onSubmit={(event) => {
          event.preventDefault();
          onAct(password, digits);
        }}
      >
        {text && <p className="t2">{text}</p>}
        <PasswordInput
          data-autofocus
          label={t('account.ownPassword')}
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {code && (
          <PasswordInput
            label={t('me.code')}
            description={t('me.codeOrRecovery')}
            autoComplete="one-time-code"
            value={digits}
            onChange={(event) => setDigits(event.currentTarget.value)}
          />
        )}
        {error && <ErrorSentence error={error} />}
      </form>
    </Dialog>
  );
}
