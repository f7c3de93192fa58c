/**
 * Two ways to part from a server. Disconnecting takes away what Towerify put there, shown first; the server goes on
 * serving. Forgetting also loses what is known of it here, said first, with its name typed.
 */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Removal, ServerDetail } from '../../shared/contract';
import { ErrorSentence, ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { ConfirmDialog } from '../../shared/parts/Dialog';
import { SkeletonRows } from '../../shared/parts/Loading';
import { Strip } from '../../shared/parts/Strip';
import { toast } from '../../shared/parts/toasts';
import { queries, useChange } from '../../shared/queries';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';

interface Props {
  server: ServerDetail;
  opened: boolean;
  onClose: () => void;
}

export function Disconnect({ server, opened, onClose }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { name, id } = server.row;
  const removals = useQuery({ ...queries.removals(id), enabled: opened });
  const disconnect = useChange(
    (_: null) => ipc.provisioning.disconnect(id),
    (begun) => {
      onClose();
      void navigate({ to: '/runs/$run', params: { run: begun.run } });
    },
  );
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      size={580}
      title={t('leave.disconnectTitle', { name })}
      goes={
        <>
          {removals.isPending && <SkeletonRows rows={2} />}
          {removals.data?.length === 0 && t('leave.nothingOfOurs')}
          {removals.data && removals.data.length > 0 && <Removals list={removals.data} />}
        </>
      }
      stays={t('leave.disconnectStays')}
      undo={t('leave.disconnectUndo')}
      keep={t('leave.disconnectKeep')}
      act={t('leave.disconnectAct', { name })}
      busy={disconnect.isPending}
      onAct={() => disconnect.mutate(null)}
      error={disconnect.error ? <ErrorSentence error={disconnect.error} /> : null}
    >
      {removals.error && <ErrorView error={removals.error} onRetry={() => void removals.refetch()} />}
    </ConfirmDialog>
  );
}

export function Forget({ server, opened, onClose }: Props) {
  const { t } = useTranslation();
  const say = useWords();
  const navigate = useNavigate();
  const { name, id } = server.row;
  const losses = useQuery({ ...queries.losses(id), enabled: opened });
  const forget = useChange(
    (_: null) => ipc.provisioning.forget(id),
    () => {
      toast(t('server.removed', { name }));
      void navigate({ to: '/servers' });
    },
  );
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      size={580}
      typed={name}
      title={t('leave.forgetTitle', { name })}
      goes={
        <>
          {losses.isPending && <SkeletonRows rows={2} />}
          {losses.data && (
            <ul className="step-list">
              {losses.data.lost.map((lost) => (
                <li key={lost.en}>{visible(say(lost))}</li>
              ))}
            </ul>
          )}
        </>
      }
      stays={t('server.removeStays')}
      undo={t('server.removeUndo')}
      keep={t('server.removeKeep', { name })}
      act={t('leave.forgetAct', { name })}
      busy={forget.isPending}
      onAct={() => forget.mutate(null)}
      error={forget.error ? <ErrorSentence error={forget.error} /> : null}
    >
      {losses.data && losses.data.stays.length > 0 && (
        <div style={{ marginTop: 12 }}>
          <Strip tone="warn" strong={t('leave.oursStays', { name })}>
            {t('leave.disconnectFirst')}
          </Strip>
          <div className="card-body">
            <Removals list={losses.data.stays} />
          </div>
        </div>
      )}
      {losses.error && <ErrorView error={losses.error} onRetry={() => void losses.refetch()} />}
    </ConfirmDialog>
  );
}

/** What of ours is on the server, and how it was before. */
function Removals({ list }: { list: readonly Removal[] }) {
  const { t } = useTranslation();
  const say = useWords();
  return (
    <ul className="step-list" data-testid="removals">
      {list.map((removal) => (
        <li key={removal.name}>
          {visible(say(removal.words))}
          {removal.former && (
            <span className="small t3"> {t('leave.former', { former: visible(removal.former) })}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
