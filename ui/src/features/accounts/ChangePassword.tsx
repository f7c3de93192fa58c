/** Changing one's own password: the old one, and a new one. */
import { Button, PasswordInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '../../shared/checks';
import * as check from '../../shared/checks';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';
import { NewPassword } from '../../shared/parts/NewPassword';
import { toast } from '../../shared/parts/toasts';
import { useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';

export function ChangePassword({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const fields = useMemo<Field[]>(
    () => [
      { name: 'old', label: t('account.oldPassword'), check: check.required },
      { name: 'password', label: t('account.newPassword'), check: check.required },
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
  const change = useChange(
    (_: null) => ipc.accounts.changePassword(form.values.old ?? '', form.values.password ?? ''),
    () => {
      toast(t('me.changed'));
      onClose();
    },
  );
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('me.changeTitle')}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" form="change-password" variant="filled" loading={change.isPending}>
            {t('me.changeAct')}
          </Button>
        </>
      }
    >
      <form
        id="change-password"
        className="col"
        style={{ gap: 12 }}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (form.submit()) change.mutate(null, { onError: form.refuse });
        }}
      >
        <PasswordInput
          {...form.bind('old')}
          data-autofocus
          label={t('account.oldPassword')}
          autoComplete="current-password"
        />
        <NewPassword {...form.bind('password')} label={t('account.newPassword')} onJudged={setAccepted} />
        {change.error && change.error.code !== 'invalid_fields' && <ErrorSentence error={change.error} />}
      </form>
    </Dialog>
  );
}
