/** A new password for somebody else's account; one's own is asked again. */
import { Button, PasswordInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '../../shared/checks';
import * as check from '../../shared/checks';
import type { Account } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';
import { NewPassword } from '../../shared/parts/NewPassword';
import { toast } from '../../shared/parts/toasts';
import { useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';

export function ResetPassword({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation();
  const fields = useMemo<Field[]>(
    () => [
      { name: 'password', label: t('account.newPassword'), check: check.required },
      { name: 'own', label: t('account.ownPassword'), check: check.required },
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
  const reset = useChange(
    (_: null) => ipc.accounts.resetPassword(account.id, form.values.own ?? '', form.values.password ?? ''),
    () => {
      toast(t('account.resetDone', { name: account.name }));
      onClose();
    },
  );
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('account.resetTitle', { name: account.name })}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" form="reset-password" variant="filled" loading={reset.isPending}>
            {t('account.resetAct')}
          </Button>
        </>
      }
    >
      <form
        id="reset-password"
        className="col"
        style={{ gap: 12 }}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (form.submit()) reset.mutate(null, { onError: form.refuse });
        }}
      >
        <p className="t2">{t('account.resetText')}</p>
        <NewPassword {...form.bind('password')} label={t('account.newPassword')} onJudged={setAccepted} />
        <PasswordInput
          {...form.bind('own')}
          label={t('account.ownPassword')}
          description={t('account.ownPasswordHelp')}
          autoComplete="current-password"
        />
        {reset.error && reset.error.code !== 'invalid_fields' && <ErrorSentence error={reset.error} />}
      </form>
    </Dialog>
  );
}
