/**
 * The home of a restricted administrator: their servers, their apps, and who may open what. Put together here because
 * features do not know each other.
 */
import { Button, Select } from '@mantine/core';
import { IconRocket, IconUserPlus } from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AccessGrid } from '../features/people/AccessGrid';
import '../features/people/people.css';
import { ServerStateCell } from '../features/servers/ServerState';
import { useCommands } from '../shared/commands';
import type { ServerRow } from '../shared/contract';
import { useCrumbs } from '../shared/crumbs';
import { ErrorView } from '../shared/ErrorView';
import { ipc } from '../shared/ipc';
import { AppIcon } from '../shared/parts/AppIcon';
import { Card } from '../shared/parts/Card';
import { SkeletonRows } from '../shared/parts/Loading';
import { PageHead } from '../shared/parts/PageHead';
import { EmptyState, Strip } from '../shared/parts/Strip';
import { useMay } from '../shared/policy';
import { queries, useChange } from '../shared/queries';
import { useOwnServers } from '../shared/useOwnServers';
import { useStatus } from '../shared/useStatus';
import { visible } from '../shared/visible';
import './ownHome.css';

/** Apps on the card; the others are on their page. */
const MOST = 4;

function reachable(row: ServerRow | undefined): boolean {
  return row !== undefined && row.state !== 'unreachable' && row.state !== 'stop' && row.state !== 'to_do';
}

export default function OwnHome() {
  const { t } = useTranslation();
  const may = useMay();
  const status = useStatus();
  const navigate = useNavigate();
  const { servers, error } = useOwnServers();
  const [chosen, setChosen] = useState<string | null>(null);
  const server = servers?.find((row) => row.id === chosen) ?? servers?.find(reachable) ?? servers?.[0];
  useCrumbs([{ label: t('nav.home') }]);
  const params = { server: server?.id ?? '' };
  const deploy = () => void navigate({ to: '/servers/$server/install', params });
  const invite = () => void navigate({ to: '/servers/$server/people/new', params });
  const acts = reachable(server);
  useCommands(
    acts
      ? [
          {
            id: 'home-deploy',
            title: t('home.deploy'),
            group: 'page',
            needs: 'install_app',
            icon: <IconRocket />,
            run: deploy,
          },
          {
            id: 'home-invite',
            title: t('home.invite'),
            group: 'page',
            keys: 'n',
            needs: 'manage_users',
            icon: <IconUserPlus />,
            run: invite,
          },
        ]
      : [],
  );
  const first = status?.account.name.split(' ')[0] ?? '';
  return (
    <div className="page">
      <PageHead
        title={t('home.hello', { name: first })}
        actions={
          acts && (
            <>
              {may('manage_users') && (
                <Button leftSection={<IconUserPlus size={16} />} onClick={invite}>
                  {t('home.invite')}
                </Button>
              )}
              {may('install_app') && (
                <Button variant="filled" leftSection={<IconRocket size={16} />} onClick={deploy}>
                  {t('home.deploy')}
                </Button>
              )}
            </>
          )
        }
      />
      {error != null && (
        <div className="page-scroll">
          <ErrorView error={error} />
        </div>
      )}
      {!servers && error == null && <SkeletonRows rows={6} />}
      {servers?.length === 0 && (
        <EmptyState drawing title={t('home.noServer')}>
          {t('home.noServerText')}
        </EmptyState>
      )}
      {servers && servers.length > 0 && (
        <div className="page-scroll own-home">
          <Unread servers={servers} />
          <div className="own-top">
            <Servers servers={servers} />
            {may('see_apps') && <Apps servers={servers} />}
          </div>
          {may('see_people') && server && (
            <Access
              key={server.id}
              server={server}
              servers={servers}
              onChoose={setChosen}
              acts={acts && may('manage_permissions')}
            />
          )}
        </div>
      )}
    </div>
  );
}

/** What one may see of a server is read through one's own entry: before that happened, its apps and people are not known. */
function Unread({ servers }: { servers: readonly ServerRow[] }) {
  const { t } = useTranslation();
  const may = useMay();
  const lists = useQueries({
    queries: servers.map((each) => ({ ...queries.apps(each.id), enabled: may('see_apps') })),
  });
  const unread = servers.filter((row, index) => reachable(row) && lists[index]?.data?.taken_at === null);
  const read = useChange((ids: string[]) => ipc.servers.refresh({ kind: 'these', ids }));
  if (unread.length === 0) return null;
  return (
    <>
      <Strip
        tone="todo"
        strong={t('home.unread', { names: unread.map((row) => row.name).join(', ') })}
        aside={
          may('refresh_servers') && (
            <Button
              size="xs"
              loading={read.isPending}
              onClick={() => read.mutate(unread.map((row) => row.id))}
            >
              {t('home.readNow')}
            </Button>
          )
        }
      >
        {t('home.unreadText')}
      </Strip>
      {read.error && <ErrorView error={read.error} />}
      {read.data?.failed.map((each) => (
        <ErrorView key={each.id} error={each.error} />
      ))}
    </>
  );
}

function Servers({ servers }: { servers: readonly ServerRow[] }) {
  const { t } = useTranslation();
  return (
    <Card title={t('home.servers')} count={servers.length} flush>
      {servers.map((row) => (
        <div className="own-server" key={row.id}>
          <div className="grow">
            <span className="cell-main">
              <Link className="name" to="/servers/$server" params={{ server: row.id }}>
                {row.name}
              </Link>
              <span className="code-s">{row.domain ?? row.address}</span>
            </span>
            <span className="small t2">
              {row.state === 'stop'
                ? t('server.checking')
                : row.apps !== null && t('home.nApps', { count: row.apps })}
            </span>
          </div>
          <ServerStateCell row={row} />
        </div>
      ))}
    </Card>
  );
}

function Apps({ servers }: { servers: readonly ServerRow[] }) {
  const { t } = useTranslation();
  const may = useMay();
  const lists = useQueries({ queries: servers.map((each) => queries.apps(each.id)) });
  const open = useChange(({ server, app }: { server: string; app: string }) => ipc.apps.open(server, app));
  const apps = servers.flatMap((server, index) =>
    (lists[index]?.data?.apps ?? []).map((app) => ({ app, server })),
  );
  return (
    <Card
      title={t('home.apps')}
      count={apps.length}
      flush
      aside={
        <Link to="/apps" className="small">
          {t('home.allApps')}
        </Link>
      }
    >
      {open.error && (
        <div className="card-body">
          <ErrorView error={open.error} />
        </div>
      )}
      {apps.length === 0 && <p className="card-body t3 small">{t('home.noApp')}</p>}
      {apps.slice(0, MOST).map(({ app, server }) => (
        <div className="own-app" key={`${server.id}-${app.id}`}>
          <AppIcon id={app.id} name={app.label} />
          <div className="grow">
            <b className="strong ell">{visible(app.label)}</b>
            <span className="small t2 ell">{server.name}</span>
          </div>
          {app.url && may('open_app') && (
            <Button
              size="xs"
              aria-label={t('apps.openNamed', { app: app.label })}
              onClick={() => open.mutate({ server: server.id, app: app.id })}
            >
              {t('act.open')}
            </Button>
          )}
        </div>
      ))}
    </Card>
  );
}

function Access({
  server,
  servers,
  onChoose,
  acts,
}: {
  server: ServerRow;
  servers: readonly ServerRow[];
  onChoose: (id: string) => void;
  acts: boolean;
}) {
  const { t } = useTranslation();
  const { data, error } = useQuery(queries.people(server.id));
  return (
    <>
      {servers.length > 1 && (
        <Select
          size="xs"
          w={220}
          label={t('home.on')}
          aria-label={t('home.server')}
          data={servers.map((row) => ({ value: row.id, label: row.name }))}
          value={server.id}
          allowDeselect={false}
          onChange={(value) => value && onChoose(value)}
        />
      )}
      {error && <ErrorView error={error} />}
      {data && <AccessGrid server={{ id: server.id, name: server.name }} people={data} acts={acts} />}
    </>
  );
}
