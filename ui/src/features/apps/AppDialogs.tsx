/** Upgrade (degree 2) and remove (degree 3: the app's data goes, so the server's name is typed). */

import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AppRow } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Facts } from '../../shared/parts/Card';
import { ConfirmDialog, Dialog } from '../../shared/parts/Dialog';
import { useChange } from '../../shared/queries';

interface Props {
  server: { id: string; name: string };
  app: AppRow | null;
  onClose: () => void;
  onBegun: (run: string) => void;
}

export function RemoveApp({ server, app, onClose, onBegun }: Props) {
  const { t } = useTranslation();
  const remove = useChange(
    (id: string) => ipc.apps.remove(server.id, id),
    (begun) => {
      onClose();
      onBegun(begun.run);
    },
  );
  const name = app?.label ?? '';
  return (
    <ConfirmDialog
      opened={app !== null}
      onClose={onClose}
      title={t('apps.removeTitle', { app: name, server: server.name })}
      goes={app && app.people > 0 ? t('apps.removeGoes', { count: app.people }) : t('apps.removeGoesNobody')}
      stays={t('apps.removeStays')}
      undo={t('apps.removeUndo')}
      keep={t('apps.removeKeep', { app: name })}
      act={t('apps.removeAct', { app: name })}
      typed={server.name}
      busy={remove.isPending}
      onAct={() => app && remove.mutate(app.id)}
      error={remove.error ? <ErrorSentence error={remove.error} /> : null}
    />
  );
}

export function UpgradeApp({ server, app, onClose, onBegun }: Props) {
  const { t } = useTranslation();
  const upgrade = useChange(
    (id: string) => ipc.apps.upgrade(server.id, id),
    (begun) => {
      onClose();
      onBegun(begun.run);
    },
  );
  const name = app?.label ?? '';
  return (
    <Dialog
      opened={app !== null}
      onClose={onClose}
      title={t('apps.upgradeTitle', { app: name, server: server.name })}
      footer={
        <>
          <span className="grow" />
          <Button data-autofocus onClick={onClose}>
            {t('act.notNow')}
          </Button>
          <Button variant="filled" loading={upgrade.isPending} onClick={() => app && upgrade.mutate(app.id)}>
            {t('apps.upgradeAct', { app: name })}
          </Button>
        </>
      }
    >
      <Facts
        width={70}
        facts={[
          [t('apps.version'), `${app?.version ?? ''} → ${app?.new_version ?? ''}`],
          [t('apps.before'), t('apps.upgradeBefore')],
          [t('apps.meanwhile'), t('apps.upgradeMeanwhile', { app: name })],
          [t('dialog.undo'), t('apps.upgradeUndo')],
        ]}
      />
      {upgrade.error && (
        <div className="dialog-error">
          <ErrorSentence error={upgrade.error} />
        </div>
      )}
    </Dialog>
  );
}
