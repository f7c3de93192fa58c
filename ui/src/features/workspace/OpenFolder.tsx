/** Open a workspace that exists: its folder, and the password that opens it. */
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import * as check from '../../shared/checks';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';
import { useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';

export function OpenFolder({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const fields = useMemo<Field[]>(
    () => [
      { name: 'folder', label: t('first.folder'), check: check.required },
      { name: 'password', label: t('add.password'), check: check.required },
    ],
    [t],
  );
  const form = useForm(fields, {});
  const choose = useChange(
    (_: null) => ipc.workspace.chooseFolder(),
    (folder) => folder && form.set('folder', folder),
  );
  const open = useChange(
    (_: null) => ipc.workspace.openFolder(form.values.folder?.trim() ?? '', form.values.password ?? ''),
    onDone,
  );
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
        <PasswordInput {...form.bind('password')} label={t('add.password')} autoComplete="current-password" />
        {open.error && open.error.code !== 'invalid_fields' && <ErrorSentence error={open.error} />}
      </form>
    </Dialog>
  );
}
