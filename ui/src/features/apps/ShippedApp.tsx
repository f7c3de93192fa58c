/** An in-house app: which release is live, its log, going back to another one, starting it anew. */
import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppRow, Shipped, ShippedNow } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { type IpcError, ipc } from '../../shared/ipc';
import { ConfirmDialog, Dialog } from '../../shared/parts/Dialog';
import { SkeletonRows } from '../../shared/parts/Loading';
import { queries, useChange } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { visible } from '../../shared/visible';
import { shortCommit } from './ShippedMark';

type Log = 'app' | 'deployments';

interface Props {
  server: { id: string; name: string };
  app: AppRow | null;
  onClose: () => void;
  onBegun: (run: string) => void;
}

export function ShippedApp({ server, app, onClose, onBegun }: Props) {
  const { t } = useTranslation();
  const [log, setLog] = useState<Log>('app');
  const [asked, setAsked] = useState<Shipped | null>(null);
  const now = useQuery({ ...queries.shipped(server.id, app?.id ?? '', false), enabled: app !== null });
  const deployments = useQuery({
    ...queries.shipped(server.id, app?.id ?? '', true),
    enabled: app !== null && log === 'deployments',
  });
  const done = (begun: { run: string }) => {
    onClose();
    onBegun(begun.run);
  };
  const back = useChange(
    (to: { app: string; release: string }) => ipc.apps.rollBack(server.id, to.app, to.release),
    done,
  );
  const restart = useChange((id: string) => ipc.apps.restart(server.id, id), done);
  const name = visible(app?.label ?? '');
  const live = now.data?.release ? visible(now.data.release) : null;
  const to = visible(asked?.release ?? '');
  return (
    <>
      <Dialog
        opened={app !== null && asked === null}
        onClose={onClose}
        title={t('apps.shippedTitle', { app: name, server: server.name })}
        size={720}
        closeButton
        footer={
          <>
            <span className="grow" />
            <Button
              loading={restart.isPending}
              disabled={!now.data}
              onClick={() => app && restart.mutate(app.id)}
            >
              {t('apps.restart')}
            </Button>
            <Button data-autofocus variant="filled" onClick={onClose}>
              {t('act.close')}
            </Button>
          </>
        }
      >
        {restart.error && (
          <div className="dialog-error release-error">
            <ErrorSentence error={restart.error} />
          </div>
        )}
        {now.error && <Failed error={now.error} onRetry={() => void now.refetch()} />}
        {!now.data && !now.error && <SkeletonRows rows={4} />}
        {now.data && app && (
          <>
            <ul className="releases" aria-label={t('apps.releases')}>
              {now.data.releases.map((release) => (
                <Release
                  key={release.release}
                  release={release}
                  live={release.release === now.data.release}
                  onBack={() => setAsked(release)}
                />
              ))}
            </ul>
            <AppLog log={log} onLog={setLog} told={log === 'app' ? now : deployments} />
          </>
        )}
      </Dialog>
      <ConfirmDialog
        opened={app !== null && asked !== null}
        onClose={() => {
          back.reset();
          setAsked(null);
        }}
        size={520}
        title={t('apps.backTitle', { app: name, release: to })}
        goes={live ? t('apps.backGoes', { live }) : t('apps.backGoesNone')}
        stays={t('apps.backStays')}
        undo={live ? t('apps.backUndo', { live }) : t('apps.backUndoNone')}
        keep={live ? t('apps.backKeep', { live }) : t('act.cancel')}
        act={t('apps.backTo', { release: to })}
        busy={back.isPending}
        onAct={() => app && asked && back.mutate({ app: app.id, release: asked.release })}
        error={back.error ? <ErrorSentence error={back.error} /> : null}
      />
    </>
  );
}

function Release({ release, live, onBack }: { release: Shipped; live: boolean; onBack: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li aria-current={live || undefined}>
      <span className="code strong">{release.release}</span>
      <span className="release-what">
        <span className="ell" title={release.message ?? undefined}>
          {visible(release.message ?? '—')}
        </span>
        <span className="small t3 ell">
          {release.commit && (
            <span className="code-s" title={release.commit}>
              {shortCommit(visible(release.commit))}
            </span>
          )}
          {release.by && <span>{visible(release.by)}</span>}
          {release.at && (
            <time dateTime={release.at} title={format.exact(release.at)}>
              {format.when(release.at)}
            </time>
          )}
        </span>
      </span>
      {live ? (
        <span className="small strong">{t('apps.live')}</span>
      ) : (
        <Button size="xs" aria-label={t('apps.backTo', { release: release.release })} onClick={onBack}>
          {t('apps.back')}
        </Button>
      )}
    </li>
  );
}

/** The newest lines, read anew each time they are asked for; the end is in sight, as in any log. */
function AppLog({
  log,
  onLog,
  told,
}: {
  log: Log;
  onLog: (log: Log) => void;
  told: UseQueryResult<ShippedNow, IpcError>;
}) {
  const { t } = useTranslation();
  const end = useRef<HTMLPreElement>(null);
  const lines = told.data?.lines;
  useEffect(() => {
    if (lines && end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [lines]);
  return (
    <>
      <div className="row release-log">
        <span className="strong">{t('apps.log')}</span>
        <span className="grow" />
        <SegmentedControl
          size="xs"
          aria-label={t('apps.log')}
          value={log}
          onChange={(value) => onLog(value === 'deployments' ? 'deployments' : 'app')}
          data={[
            { value: 'app', label: t('apps.logOfApp') },
            { value: 'deployments', label: t('apps.logOfDeployments') },
          ]}
        />
        <ActionIcon
          size={26}
          aria-label={t('apps.logAgain')}
          title={t('apps.logAgain')}
          disabled={told.isFetching}
          onClick={() => void told.refetch()}
        >
          <IconRefresh className={told.isFetching ? 'spin' : undefined} />
        </ActionIcon>
      </div>
      {told.error ? (
        <Failed error={told.error} onRetry={() => void told.refetch()} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
        <pre className="release-lines code-s" role="log" tabIndex={0} aria-label={t('apps.log')} ref={end}>
          {lines === undefined
            ? t('load.loading')
            : lines.length > 0
              ? lines.map(visible).join('\n')
              : t('apps.logEmpty')}
        </pre>
      )}
    </>
  );
}

function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="dialog-error release-error">
      <ErrorSentence error={error} />
      <Button size="xs" leftSection={<IconRefresh size={14} />} onClick={onRetry}>
        {t('act.tryAgain')}
      </Button>
    </div>
  );
}
