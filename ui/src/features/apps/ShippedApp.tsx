/** An in-house app: which release is live, its log, going back to another one, starting it anew. */
import { Button, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppRow, Shipped } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';
import { SkeletonRows } from '../../shared/parts/Loading';
import { queries, useChange } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { visible } from '../../shared/visible';

export function ShippedApp({
  server,
  app,
  onClose,
  onBegun,
}: {
  server: { id: string; name: string };
  app: AppRow | null;
  onClose: () => void;
  onBegun: (run: string) => void;
}) {
  const { t } = useTranslation();
  const [log, setLog] = useState<'app' | 'deployments'>('app');
  const now = useQuery({
    ...queries.shipped(server.id, app?.id ?? '', log === 'deployments'),
    enabled: app !== null,
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
  const error = now.error ?? back.error ?? restart.error;
  return (
    <Dialog
      opened={app !== null}
      onClose={onClose}
      title={t('apps.shippedTitle', { app: app?.label ?? '', server: server.name })}
      size={680}
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
      {error && (
        <div className="dialog-error">
          <ErrorSentence error={error} />
        </div>
      )}
      {!now.data && !error && <SkeletonRows rows={4} />}
      {now.data && app && (
        <>
          <ul className="releases" aria-label={t('apps.releases')}>
            {now.data.releases.map((release) => (
              <Release
                key={release.release}
                release={release}
                live={release.release === now.data.release}
                busy={back.isPending}
                onBack={() => back.mutate({ app: app.id, release: release.release })}
              />
            ))}
          </ul>
          <div className="row release-log">
            <span className="strong grow">{t('apps.log')}</span>
            <SegmentedControl
              size="xs"
              aria-label={t('apps.log')}
              value={log}
              onChange={(value) => setLog(value === 'deployments' ? 'deployments' : 'app')}
              data={[
                { value: 'app', label: t('apps.logOfApp') },
                { value: 'deployments', label: t('apps.logOfDeployments') },
              ]}
            />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard */}
          <pre className="release-lines code-s" role="log" tabIndex={0} aria-label={t('apps.log')}>
            {now.data.lines.length > 0 ? now.data.lines.map(visible).join('\n') : t('apps.logEmpty')}
          </pre>
        </>
      )}
    </Dialog>
  );
}

function Release({
  release,
  live,
  busy,
  onBack,
}: {
  release: Shipped;
  live: boolean;
  busy: boolean;
  onBack: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <li>
      <span className="code strong">{release.release}</span>
      <span className="grow ell" title={release.commit ?? undefined}>
        {visible(release.message ?? release.commit?.slice(0, 10) ?? '—')}
      </span>
      <span className="small t3 ell">{visible(release.by ?? '—')}</span>
      {release.at && (
        <time className="small t3" dateTime={release.at} title={format.exact(release.at)}>
          {format.whenShort(release.at)}
        </time>
      )}
      {live ? (
        <span className="small strong">{t('apps.live')}</span>
      ) : (
        <Button
          size="compact-xs"
          variant="default"
          loading={busy}
          aria-label={t('apps.backTo', { release: release.release })}
          onClick={onBack}
        >
          {t('apps.back')}
        </Button>
      )}
    </li>
  );
}
