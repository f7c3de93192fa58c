/** A server's page: its head, what is the matter, and tabs; what the tabs show is left to their features. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import {
  IconApi,
  IconApps,
  IconDots,
  IconHistory,
  IconKey,
  IconPencil,
  IconPlugConnectedX,
  IconRefresh,
  IconServer2,
  IconServerBolt,
  IconShieldX,
  IconTrash,
  IconUserPlus,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../shared/commands';
import type { ServerDetail } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { errorWords } from '../../shared/errors';
import { ipc } from '../../shared/ipc';
import { useOffline } from '../../shared/network';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { Bar, State } from '../../shared/parts/State';
import { ErrorPanel, Stale, Strip } from '../../shared/parts/Strip';
import { toast } from '../../shared/parts/toasts';
import { CopyButton, Kbd, Tag } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { percentNow, useProgress } from '../../shared/progress';
import { queries, useChange } from '../../shared/queries';
import { SERVER_TONE, stepAtWork } from '../../shared/states';
import { useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import { KeyChanged } from './KeyChanged';
import { Disconnect, Forget } from './Leaving';
import { REASON_CODE, REASON_TAB, reasonTone } from './reasons';
import { sinceText } from './ServerState';
import './fleet.css';

export default function ServerPage() {
  const { server } = useParams({ from: '/servers/$server' });
  const detail = useQuery(queries.server(server));
  if (detail.error) {
    return (
      <div className="page-scroll">
        <ErrorView error={detail.error} onRetry={() => void detail.refetch()} />
      </div>
    );
  }
  return detail.data ? <Page server={detail.data} /> : <SkeletonRows />;
}

function Page({ server }: { server: ServerDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const offline = useOffline();
  const may = useMay();
  const { row, counts } = server;
  const params = { server: row.id };
  const [keys, setKeys] = useState(false);
  const [leaving, setLeaving] = useState<'disconnect' | 'forget' | null>(null);
  // Whoever does not decide about keys sees that somebody does.
  const checked = row.state === 'stop' && !may('accept_host_key');
  const bare = row.state === 'to_do';
  const provision = () => void navigate({ to: '/servers/provision', search: { server: row.id } });
  useCrumbs([{ label: t('nav.fleet') }, { label: t('servers.title'), to: '/servers' }, { label: row.name }]);

  const refresh = useChange(
    (_: null) => ipc.servers.refresh({ kind: 'these', ids: [row.id] }),
    (sweep) => {
      if (sweep.failed.length === 0) toast(t('server.refreshed', { name: row.name }));
    },
  );
  const api = useQuery({ ...queries.services(row.id), enabled: may('see_services') }).data?.services.find(
    (each) => each.name === 'yunohost-api',
  );
  const switchApi = useChange(
    (on: boolean) => ipc.provisioning.switchApi(row.id, on),
    (begun) => void navigate({ to: '/runs/$run', params: { run: begun.run } }),
  );
  const stopped = row.state === 'stop';
  const away = row.state === 'unreachable';
  const reachable = !stopped && !away;
  const install = () => void navigate({ to: '/servers/$server/install', params });
  useCommands([
    {
      id: 'server-refresh',
      title: t('server.refreshNamed', { name: row.name }),
      group: 'page',
      needs: 'refresh_servers',
      keys: 'F5',
      icon: <IconRefresh />,
      run: () => refresh.mutate(null),
    },
    {
      id: 'server-install',
      title: t('server.installOn', { name: row.name }),
      group: 'page',
      needs: 'install_app',
      keys: 'i',
      icon: <IconApps />,
      run: install,
    },
    {
      id: 'server-person',
      title: t('server.personOn', { name: row.name }),
      group: 'page',
      needs: 'manage_users',
      icon: <IconUserPlus />,
      run: () => void navigate({ to: '/servers/$server/people/new', params }),
    },
    {
      id: 'server-edit',
      title: t('server.editNamed', { name: row.name }),
      group: 'page',
      needs: 'edit_server',
      icon: <IconPencil />,
      run: () => void navigate({ to: '/servers/$server/edit', params }),
    },
    {
      id: 'server-entries',
      title: t('server.entriesOf', { name: row.name }),
      group: 'page',
      needs: 'manage_gates',
      icon: <IconKey />,
      run: () => void navigate({ to: '/servers/$server/entries', params }),
    },
    {
      id: 'server-journal',
      title: t('server.journal'),
      group: 'page',
      needs: 'see_journal',
      icon: <IconHistory />,
      run: () => void navigate({ to: '/journal', search: { kind: 'server', id: row.id } }),
    },
  ]);
  const failure = switchApi.error ?? refresh.error ?? refresh.data?.failed[0]?.error;
  const since = sinceText(row, format);

  return (
    <div className="page server-head">
      <PageHead
        icon={<IconServer2 />}
        title={row.name}
        beside={
          <span data-testid="server-state">
            <State
              tone={checked ? 'warn' : SERVER_TONE[row.state]}
              word={checked ? t('state.checking') : t(`state.${row.state}`)}
              since={
                row.since && since
                  ? t('server.since', { when: format.whenShort(row.since), age: since })
                  : null
              }
              title={row.since ? format.exact(row.since) : undefined}
            />
          </span>
        }
        under={
          <>
            <span className="code t2">{row.domain ?? row.address}</span>
            <CopyButton value={row.domain ?? row.address} />
            {row.customer && (
              <>
                <span>·</span>
                <span className="t2">{row.customer}</span>
              </>
            )}
            {row.tags.length > 0 && <span>·</span>}
            {row.tags.map((tag) => (
              <Tag key={tag}>{tag}</Tag>
            ))}
          </>
        }
        actions={
          <>
            {reachable && offline === null && may('refresh_servers') && (
              <Button
                leftSection={<IconRefresh size={16} className={refresh.isPending ? 'spin' : undefined} />}
                disabled={refresh.isPending}
                onClick={() => refresh.mutate(null)}
              >
                {refresh.isPending ? t('servers.refreshing') : t('server.refresh')}
              </Button>
            )}
            {bare && may('provision_server') && (
              <Button variant="filled" leftSection={<IconServerBolt size={16} />} onClick={provision}>
                {t('provision.begin')}
              </Button>
            )}
            {reachable && !bare && may('install_app') && (
              <Button
                variant="filled"
                leftSection={<IconApps size={16} />}
                rightSection={<Kbd>I</Kbd>}
                onClick={install}
              >
                {t('server.install')}
              </Button>
            )}
            {away && may('refresh_servers') && (
              <Button
                variant="filled"
                leftSection={<IconRefresh size={16} className={refresh.isPending ? 'spin' : undefined} />}
                disabled={refresh.isPending}
                onClick={() => refresh.mutate(null)}
              >
                {refresh.isPending ? t('server.trying') : t('server.tryNow')}
              </Button>
            )}
            {stopped && may('accept_host_key') && (
              <Button variant="filled" leftSection={<IconShieldX size={16} />} onClick={() => setKeys(true)}>
                {t('server.compareKeys')}
              </Button>
            )}
            <Menu position="bottom-end" width={230}>
              <Menu.Target>
                <ActionIcon data-bordered aria-label={t('act.more')}>
                  <IconDots />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {may('see_journal') && (
                  <Menu.Item
                    leftSection={<IconHistory size={16} />}
                    onClick={() => void navigate({ to: '/journal', search: { kind: 'server', id: row.id } })}
                  >
                    {t('server.journal')}
                  </Menu.Item>
                )}
                {may('edit_server') && (
                  <Menu.Item
                    leftSection={<IconPencil size={16} />}
                    onClick={() => void navigate({ to: '/servers/$server/edit', params })}
                  >
                    {t('server.edit')}
                  </Menu.Item>
                )}
                {may('remove_server') && <Menu.Divider />}
                {!bare && api && may('provision_server') && (
                  <Menu.Item
                    leftSection={<IconApi size={16} />}
                    onClick={() => switchApi.mutate(api.status !== 'running')}
                  >
                    {t(api.status === 'running' ? 'server.apiOff' : 'server.apiOn')}
                  </Menu.Item>
                )}
                {!bare && may('provision_server') && (
                  <Menu.Item
                    leftSection={<IconPlugConnectedX size={16} />}
                    onClick={() => setLeaving('disconnect')}
                  >
                    {t('leave.disconnect')}
                  </Menu.Item>
                )}
                {may('remove_server') && (
                  <Menu.Item
                    className="warns"
                    leftSection={<IconTrash size={16} />}
                    onClick={() => setLeaving('forget')}
                  >
                    {t('leave.forget')}
                  </Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <nav className="server-tabs" aria-label={t('server.tabs')}>
        <Link to="/servers/$server" params={params} activeOptions={{ exact: true, includeSearch: false }}>
          {t('tab.overview')}
        </Link>
        {may('see_apps') && (
          <Link to="/servers/$server/apps" params={params}>
            {t('tab.apps')} <Count n={counts.apps} />
          </Link>
        )}
        {may('see_people') && (
          <Link to="/servers/$server/people" params={params}>
            {t('tab.people')} <Count n={counts.users} />
          </Link>
        )}
        {may('see_domains') && (
          <Link to="/servers/$server/domains" params={params}>
            {t('tab.domains')} <Count n={counts.domains} />
          </Link>
        )}
        {may('see_services') && (
          <Link to="/servers/$server/services" params={params}>
            {t('tab.services')} <Count n={counts.services} />
          </Link>
        )}
        {may('see_services') && (
          <Link to="/servers/$server/diagnosis" params={params}>
            {t('tab.diagnosis')} <Count n={counts.diagnosis} />
          </Link>
        )}
        {may('manage_gates') && (
          <Link to="/servers/$server/entries" params={params}>
            {t('tab.entries')}
          </Link>
        )}
        {may('see_runs') && (
          <Link to="/servers/$server/history" params={params}>
            {t('tab.history')} <Count n={counts.runs} />
          </Link>
        )}
      </nav>
      <div className="page-scroll">
        <div className="server-strips">
          <RunStrip server={server} />
          {checked ? (
            <Strip tone="warn" strong={t('server.checking')}>
              {t('server.checkingText')}
            </Strip>
          ) : (
            <Matter server={server} />
          )}
          {failure && reachable && <ErrorView error={failure} onRetry={() => refresh.mutate(null)} />}
          {server.facts?.reboot_required && <Strip tone="warn" strong={t('server.reboot')} />}
        </div>
        {!reachable && row.last_seen && (
          <div className="last-known">
            <b className="strong">{t('server.lastKnown', { when: format.when(row.last_seen) })}</b>
            <Stale age={t('server.old', { age: format.outage(row.last_seen) })} />
            <span className="small t3">{t('server.readAll')}</span>
          </div>
        )}
        <Outlet />
      </div>
      {may('accept_host_key') && <KeyChanged server={server} opened={keys} onClose={() => setKeys(false)} />}
      {may('provision_server') && (
        <Disconnect server={server} opened={leaving === 'disconnect'} onClose={() => setLeaving(null)} />
      )}
      {may('remove_server') && (
        <Forget server={server} opened={leaving === 'forget'} onClose={() => setLeaving(null)} />
      )}
    </div>
  );
}

function Count({ n }: { n: number }) {
  const { integer } = useFormat();
  return n > 0 ? <span className="num">{integer(n)}</span> : null;
}

function RunStrip({ server }: { server: ServerDetail }) {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const navigate = useNavigate();
  const run = server.row.run;
  const said = useProgress(run?.id);
  if (!run) return null;
  const percent = percentNow(said, run.step, run.percent);
  const doing = said !== null && said.step >= run.step ? visible(say(said.doing)) : '';
  return (
    <Strip
      tone="run"
      strong={say(run.title)}
      aside={
        <>
          {run.started_at && (
            <span>{t('run.startedBy', { time: format.whenShort(run.started_at), by: run.started_by })}</span>
          )}
          <Button size="xs" onClick={() => void navigate({ to: '/runs/$run', params: { run: run.id } })}>
            {t('run.open')}
          </Button>
        </>
      }
    >
      <span className="small">
        {t('run.stepOf', { step: stepAtWork(run.step, run.steps), count: run.steps })}
        {doing && `, ${doing}`}
        {percent != null && (
          <>
            {' '}
            &nbsp;
            <Bar percent={percent} width={120} /> &nbsp;<span className="num">{percent}&nbsp;%</span>
          </>
        )}
      </span>
    </Strip>
  );
}

function Matter({ server }: { server: ServerDetail }) {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const navigate = useNavigate();
  const { row } = server;
  return row.reasons
    .filter((each) => each.reason !== 'run_at_work')
    .slice(0, 4)
    .map(({ reason, words, detail }) => {
      const code = REASON_CODE[reason];
      if (!code) {
        const tab = REASON_TAB[reason];
        return (
          <Strip
            key={reason}
            tone={reasonTone(reason)}
            strong={`${say(words)}.`}
            aside={
              tab && (
                <Button
                  size="xs"
                  onClick={() => void navigate({ to: `/servers/$server/${tab}`, params: { server: row.id } })}
                >
                  {t(`tab.${tab}`)}
                </Button>
              )
            }
          >
            {detail && visible(detail)}
          </Strip>
        );
      }
      const error = errorWords(
        { code, message: detail ?? '', params: { server: row.name, key: detail ?? '' } },
        t,
      );
      return (
        <ErrorPanel
          key={reason}
          tone={error.tone}
          title={error.title}
          subtitle={[
            `${row.address}:${server.port}.`,
            row.since ? t('server.sinceLong', { when: format.when(row.since) }) : '',
            server.last_tried ? t('server.lastTried', { time: format.when(server.last_tried) }) : '',
          ]
            .filter(Boolean)
            .join(' ')}
          happened={detail ? `${error.happened} ${visible(detail)}` : error.happened}
          changed={error.changed}
          todo={error.todo}
        />
      );
    });
}
