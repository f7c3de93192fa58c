/** The apps of all servers that one sees, in one list: what a restricted administrator calls their apps. */
import { IconArrowUp } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppRow } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { plain } from '../../shared/format';
import { ipc } from '../../shared/ipc';
import { AppIcon } from '../../shared/parts/AppIcon';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { TextFilter } from '../../shared/parts/Filters';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { State } from '../../shared/parts/State';
import { EmptyState, NothingFound } from '../../shared/parts/Strip';
import { useMay } from '../../shared/policy';
import { queries, useChange } from '../../shared/queries';
import { useOwnServers } from '../../shared/useOwnServers';
import { visible } from '../../shared/visible';
import { ShippedMark } from './ShippedMark';

interface Row {
  app: AppRow;
  server: string;
  name: string;
}

export default function EveryAppPage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { servers, error } = useOwnServers();
  const [text, setText] = useState('');
  const lists = useQueries({ queries: (servers ?? []).map((each) => queries.apps(each.id)) });
  const open = useChange(({ server, app }: { server: string; app: string }) => ipc.apps.open(server, app));
  const { mutate } = open;
  const opens = may('open_app');
  useCrumbs([{ label: t('nav.myFleet') }, { label: t('nav.apps') }]);
  const all: Row[] = (servers ?? []).flatMap((server, index) =>
    (lists[index]?.data?.apps ?? []).map((app) => ({ app, server: server.id, name: server.name })),
  );
  const rows = all.filter(({ app, name }) =>
    plain(`${app.label} ${app.id} ${app.address ?? ''} ${name}`).includes(plain(text)),
  );
  const loaded = servers !== undefined && lists.every((list) => list.data !== undefined || list.error);
  const columns = useMemo<Column<Row>[]>(
    () => [
      {
        id: 'app',
        head: t('home.app'),
        sortValue: ({ app }) => app.label,
        cell: ({ app }) => (
          <span className="cell-main">
            <AppIcon id={app.id} name={app.label} />
            <span className="name" title={visible(app.description)}>
              {visible(app.label)}
            </span>
          </span>
        ),
      },
      {
        id: 'server',
        head: t('home.server'),
        width: 170,
        sortValue: ({ name }) => name,
        cell: ({ server, name }) => (
          <Link to="/servers/$server/apps" params={{ server }} tabIndex={-1}>
            {name}
          </Link>
        ),
      },
      {
        id: 'address',
        head: t('apps.address'),
        width: 260,
        from: 760,
        sortValue: ({ app }) => app.address ?? '',
        cell: ({ app, server }) =>
          app.url && opens ? (
            <button
              type="button"
              className="link code-s ell"
              tabIndex={-1}
              title={t('apps.openNamed', { app: app.label })}
              onClick={() => mutate({ server, app: app.id })}
            >
              {app.address}
            </button>
          ) : (
            <span className="code-s">{app.address ?? '—'}</span>
          ),
      },
      {
        id: 'version',
        head: t('apps.version'),
        width: 124,
        from: 620,
        sortValue: ({ app }) => app.version,
        cell: ({ app }) => <span className="num">{app.version}</span>,
      },
      {
        id: 'state',
        head: t('servers.state'),
        width: 166,
        sortValue: ({ app }) => (app.new_version ? 0 : 1),
        cell: ({ app }) =>
          app.shipped ? (
            <ShippedMark shipped={app.shipped} />
          ) : app.new_version ? (
            <span className="row" title={app.new_version}>
              <IconArrowUp aria-hidden style={{ color: 'var(--accent)' }} />
              <span className="strong" style={{ color: 'var(--accent)' }}>
                {t('apps.canUpgrade')}
              </span>
            </span>
          ) : (
            <State tone="ok" word={t('apps.upToDate')} />
          ),
      },
      {
        id: 'people',
        head: t('tab.people'),
        width: 76,
        align: 'end',
        sortValue: ({ app }) => app.people,
        cell: ({ app }) => app.people,
      },
    ],
    [t, opens, mutate],
  );
  const failed = error ?? lists.find((list) => list.error)?.error ?? open.error;
  return (
    <div className="page">
      <PageHead title={t('nav.apps')} count={loaded && all.length > 0 ? all.length : undefined} />
      {failed != null && (
        <div className="offline-strip">
          <ErrorView error={failed} />
        </div>
      )}
      {!loaded && <SkeletonRows rows={8} />}
      {loaded && all.length === 0 && failed == null && (
        <EmptyState title={t('home.noApp')}>{t('home.noAppText')}</EmptyState>
      )}
      {loaded && all.length > 0 && (
        <>
          <div className="filters">
            <TextFilter value={text} onChange={setText} placeholder={t('apps.filter')} />
          </div>
          {rows.length === 0 ? (
            <NothingFound title={t('home.nothing')} onClear={() => setText('')}>
              {t('apps.hidden', { count: all.length })}
            </NothingFound>
          ) : (
            <DataTable
              label={t('nav.apps')}
              columns={columns}
              rows={rows}
              rowId={({ app, server }) => `${server}-${app.id}`}
              rowLabel={({ app, name }) => `${app.label}, ${name}`}
              firstSort={{ id: 'app', desc: false }}
              onOpen={({ server }) => void navigate({ to: '/servers/$server/apps', params: { server } })}
            />
          )}
        </>
      )}
    </div>
  );
}
