/** Open a workspace that exists: its folder, and the password that opens it. */
import { Button, PasswordInput, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import * as check from '../../shared/checks';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';
import { queries, useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';
import { useSettled } from '../../shared/useSettled';

export function OpenFolder({
  folder: first,
  onClose,
  onDone,
}: {
  /** The folder, where it is known. */
  folder: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const fields = useMemo<Field[]>(
    () => [
      { name: 'folder', label: t('first.folder'), check: check.required },
      { name: 'account', label: t('account.name'), check: () => null },
      { name: 'password', label: t('add.password'), check: check.required },
      { name: 'code', label: t('door.code'), check: () => null },
    ],
    [t],
  );
  const form = useForm(fields, { folder: first });
  const folder = form.values.folder?.trim() ?? '';
  const choose = useChange(
    (_: null) => ipc.workspace.chooseFolder(),
    (chosen) => chosen && form.set('folder', chosen),
  );
  const open = useChange(
    (_: null) =>
      ipc.workspace.openFolder(folder, {
        account: form.values.account ? form.values.account : null,
        by: { way: 'password', password: form.values.password ?? '' },
        code: form.values.code ? form.values.code : null,
      }),
    onDone,
  );
  // Who may open it, once the folder is one of a workspace.
  const settled = useSettled(folder, 300);
  const door = useQuery({ ...queries.door(settled), enabled: settled !== '', retry: false });
  const accounts = door.data?.accounts ?? [];
  const refused = open.error?.code;
  const asksCode = refused === 'second_factor_needed' || refused === 'wrong_code' || !!form.values.code;
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('first.openFile')}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" form="open-folder" variant="filled" loading={open.isPending}>
            {t('first.openAct')}
          </Button>
        </>
      }
    >
      <form
        id="open-folder"
        className="col"
        style={{ gap: 12 }}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (form.submit()) open.mutate(null, { onError: form.refuse });
        }}
      >
        <div className="folder-row">
          <TextInput
            {...form.bind('folder')}
            data-autofocus
            className="mono"
            label={t('first.folder')}
            description={t('first.folderHelp')}
            spellCheck={false}
          />
          <Button onClick={() => choose.mutate(null)} loading={choose.isPending}>
            {t('first.choose')}
          </Button>
        </div>
        {accounts.length > 1 && (
          <Select
            id="field-account"
            label={t('account.name')}
            value={form.values.account || door.data?.last || null}
            error={form.errorOf('account')}
            data={accounts.map((each) => ({ value: each.id, label: each.name, disabled: each.disabled }))}
            onChange={(value) => form.set('account', value ?? '')}
          />
        )}
        <PasswordInput {...form.bind('password')} label={t('add.password')} autoComplete="current-password" />
        {asksCode && (
          <PasswordInput
            {...form.bind('code')}
            label={t('door.code')}
            description={t('door.codeText')}
            autoComplete="one-time-code"
          />
        )}
        {open.error && open.error.code !== 'invalid_fields' && <ErrorSentence error={open.error} />}
      </form>
    </Dialog>
  );
}
