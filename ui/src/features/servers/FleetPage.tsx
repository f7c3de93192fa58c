/** The fleet: every server, worst first; filters in the address, windowed rows, refresh of one or many. */
import { Button, Tooltip } from '@mantine/core';
import {
  IconClockExclamation,
  IconDeviceDesktop,
  IconListCheck,
  IconPlus,
  IconRefresh,
  IconSchool,
  IconServerBolt,
  IconWifiOff,
} from '@tabler/icons-react';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rememberChosen } from '../../shared/chosen';
import { useCommands } from '../../shared/commands';
import type { Selection, ServerRow, ServerSort } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorSentence, ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { useOffline } from '../../shared/network';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { FilterChip, TextFilter } from '../../shared/parts/Filters';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { EmptyState, NothingFound, Strip, Way } from '../../shared/parts/Strip';
import { toast } from '../../shared/parts/toasts';
import { Kbd, Tags } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { useChange } from '../../shared/queries';
import { SEVERITY } from '../../shared/states';
import { rememberSweep } from '../../shared/sweep';
import { useFormat } from '../../shared/useFormat';
import { useStatus } from '../../shared/useStatus';
import { asQuery, type FleetSearch, isFiltered } from './fleetSearch';
import { ServerStateCell, useRowLabel } from './ServerState';
import { Severity } from './Severity';
import { SweepFailures } from './SweepFailures';
import { useFleetRows } from './useFleetRows';
import './fleet.css';

const CERTIFICATE_SOON = 14;

export function FleetPage() {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: '/servers' });
  const search = useSearch({ from: '/servers' });
  const format = useFormat();
  const offline = useOffline();
  const may = useMay();
  const status = useStatus();
  const filter = useRef<HTMLInputElement>(null);
  const query = useMemo(() => asQuery(search), [search]);
  const { page, rows, error, onRange } = useFleetRows(query);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const rowLabel = useRowLabel();
  useCrumbs([{ label: t('nav.fleet') }, { label: t('servers.title') }]);

  const refresh = useChange(
    (selection: Selection) => ipc.servers.refresh(selection),
    (sweep) => {
      rememberSweep({ at: Date.now(), answered: sweep.answered, all: sweep.answered + sweep.failed.length });
      if (sweep.failed.length === 0) toast(t('servers.refreshed', { count: sweep.answered }));
    },
  );
  const add = () => void navigate({ to: '/servers/add' });
  const doOn = () => {
    // In the order of the list, as far as it is loaded.
    const place = new Map(rows.flatMap((row, index) => (row ? [[row.id, index] as const] : [])));
    const last = rows.length;
    rememberChosen([...chosen].sort((a, b) => (place.get(a) ?? last) - (place.get(b) ?? last)));
    void navigate({ to: '/runs/new' });
  };
  const change = (part: Partial<FleetSearch>) =>
    void navigate({ to: '/servers', search: (before) => clean({ ...before, ...part }), replace: true });
  useCommands([
    {
      id: 'add-server',
      title: t('servers.add'),
      group: 'page',
      keys: 'n',
      needs: 'add_server',
      icon: <IconPlus />,
      run: add,
    },
    {
      id: 'provision',
      title: t('provision.title'),
      group: 'page',
      needs: 'provision_server',
      icon: <IconDeviceDesktop />,
      run: () => void navigate({ to: '/servers/provision' }),
    },
    {
      id: 'refresh-all',
      title: chosen.size > 0 ? t('servers.refreshN', { count: chosen.size }) : t('servers.refreshAll'),
      group: 'page',
      keys: 'F5',
      needs: 'refresh_servers',
      icon: <IconRefresh />,
      run: () => refresh.mutate(chosen.size > 0 ? { kind: 'these', ids: [...chosen] } : { kind: 'all' }),
    },
  ]);

  const columns = useMemo<Column<ServerRow>[]>(
    () => [
      {
        id: 'name',
        head: t('servers.server'),
        sortable: true,
        cell: (row) => (
          <span className="cell-main">
            <Link className="name" tabIndex={-1} to="/servers/$server" params={{ server: row.id }}>
              {row.name}
            </Link>
            <span className="code-s">{row.domain ?? row.address}</span>
          </span>
        ),
      },
      {
        id: 'state',
        head: t('servers.state'),
        sortable: true,
        width: 196,
        cell: (row) => <ServerStateCell row={row} />,
      },
      {
        id: 'customer',
        head: t('servers.customer'),
        sortable: true,
        width: 200,
        from: 980,
        cell: (row) => row.customer ?? <span className="t3">—</span>,
      },
      {
        id: 'tags',
        head: t('servers.tags'),
        width: 118,
        from: 1080,
        cell: (row) => <Tags tags={row.tags} />,
      },
      {
        id: 'version',
        head: 'YunoHost',
        sortable: true,
        width: 78,
        cell: (row) => <span className="num">{row.yunohost ?? '—'}</span>,
      },
      {
        id: 'apps',
        head: t('servers.apps'),
        sortable: true,
        align: 'end',
        width: 58,
        from: 1060,
        cell: (row) => row.apps ?? '—',
      },
      {
        id: 'certificate',
        head: t('servers.certificate'),
        sortable: true,
        align: 'end',
        width: 84,
        cell: (row) => (
          <CertificateDays days={row.certificate_days} unit={format.language === 'fr' ? 'j' : 'd'} />
        ),
      },
      {
        id: 'updates',
        head: t('servers.updatesHead'),
        sortable: true,
        align: 'end',
        width: 94,
        cell: (row) =>
          row.updates == null ? (
            '—'
          ) : row.updates > 9 ? (
            <span className="warned">{row.updates}</span>
          ) : (
            row.updates
          ),
      },
      {
        id: 'last_seen',
        head: t('servers.lastSeen'),
        sortable: true,
        align: 'end',
        width: 84,
        cell: (row) =>
          row.last_seen ? <span title={format.exact(row.last_seen)}>{format.age(row.last_seen)}</span> : '—',
      },
    ],
    [t, format],
  );

  const filtered = isFiltered(search);
  const clearFilters = () =>
    change({ text: undefined, state: undefined, tag: undefined, version: undefined, customer: undefined });
  const hidden = [...chosen].filter((id) => !rows.some((row) => row?.id === id)).length;
  const empty = page && page.all === 0;
  const exercise = status?.exercise;

  return (
    <div className="page">
      <PageHead
        title={t('servers.title')}
        count={page && page.all > 0 ? format.integer(page.all) : undefined}
        actions={
          empty ? undefined : (
            <>
              {offline === null && may('refresh_servers') && (
                <Button
                  leftSection={<IconRefresh size={16} className={refresh.isPending ? 'spin' : undefined} />}
                  disabled={refresh.isPending}
                  onClick={() => refresh.mutate({ kind: 'all' })}
                >
                  {refresh.isPending ? t('servers.refreshing') : t('servers.refreshAll')}
                </Button>
              )}
              {may('add_server') && (
                <Button
                  variant="filled"
                  leftSection={<IconPlus size={16} />}
                  rightSection={<Kbd>N</Kbd>}
                  onClick={add}
                >
                  {t('servers.add')}
                </Button>
              )}
            </>
          )
        }
      />
      {offline !== null && !status?.workspace.training && (
        <div className="offline-strip">
          <Strip
            tone="off"
            icon={<IconWifiOff />}
            strong={t('offline.strong', { time: format.clock(offline) })}
          >
            {t('offline.text')}
          </Strip>
        </div>
      )}
      {error != null && (
        <div className="page-scroll">
          <ErrorView error={error} />
        </div>
      )}
      {refresh.error && (
        <div className="offline-strip">
          <ErrorView error={refresh.error} />
        </div>
      )}
      {refresh.data && refresh.data.failed.length > 0 && (
        <div className="offline-strip">
          <SweepFailures sweep={refresh.data} onClose={refresh.reset} />
        </div>
      )}
      {exercise && !empty && may('add_server') && (
        <div className="offline-strip">
          <Strip
            tone="run"
            icon={<IconSchool />}
            strong={t('exercise.title')}
            aside={
              <Button size="xs" onClick={add}>
                {t('exercise.begin', { name: exercise.name })}
              </Button>
            }
          >
            {t('exercise.text', { name: exercise.name })}
          </Strip>
        </div>
      )}
      {!page && error == null && <SkeletonRows rows={8} />}
      {empty &&
        (may('add_server') ? (
          <NoServer onAdd={add} />
        ) : (
          <EmptyState title={t('home.noServer')}>{t('home.noServerText')}</EmptyState>
        ))}
      {page && !empty && (
        <>
          <Severity
            page={page}
            chosen={search.state ?? []}
            onChoose={(state) => change({ state })}
            onSort={(sort, desc) => change({ sort, desc: desc || undefined })}
          />
          <div className="filters">
            <TextFilter
              value={search.text ?? ''}
              onChange={(text) => change({ text })}
              placeholder={t('servers.filter')}
              inputRef={filter}
            />
            <FilterChip
              field={t('servers.state')}
              all={t('filter.all')}
              chosen={search.state ?? []}
              options={SEVERITY.map((state) => ({
                value: state,
                label: t(`state.${state}`),
                count: page.states.find((each) => each.state === state)?.count ?? 0,
              }))}
              onChange={(state) => change({ state: SEVERITY.filter((each) => state.includes(each)) })}
            />
            <FilterChip
              field={t('servers.tag')}
              all={t('filter.allF')}
              chosen={search.tag ?? []}
              options={page.tags.map((facet) => ({
                value: facet.value,
                label: facet.value,
                count: facet.count,
              }))}
              onChange={(tag) => change({ tag })}
            />
            {page.customers.length > 0 && (
              <FilterChip
                field={t('servers.customer')}
                all={t('filter.all')}
                chosen={search.customer ?? []}
                options={page.customers.map((facet) => ({
                  value: facet.value,
                  label: facet.value,
                  count: facet.count,
                }))}
                onChange={(customer) => change({ customer })}
              />
            )}
            <FilterChip
              field="YunoHost"
              all={t('filter.allF')}
              chosen={search.version ?? []}
              options={page.versions.map((facet) => ({
                value: facet.value,
                label: facet.value,
                count: facet.count,
              }))}
              onChange={(version) => change({ version })}
            />
            <span className="grow" />
            <span className="small t3 sorted-by">
              {filtered ? t('filter.shown', { shown: format.integer(page.total), count: page.all }) : null}
            </span>
          </div>
          {page.total === 0 ? (
            <NothingFound title={t('servers.nothing')} onClear={clearFilters}>
              {t('servers.hidden', { count: page.all })}
            </NothingFound>
          ) : (
            <DataTable
              label={t('servers.title')}
              columns={columns}
              rows={rows}
              rowId={(row) => row.id}
              rowLabel={rowLabel}
              onRange={onRange}
              onOpen={(row) => void navigate({ to: '/servers/$server', params: { server: row.id } })}
              sorting={{ id: search.sort ?? 'state', desc: search.desc ?? false }}
              onSort={({ id, desc }) =>
                change({ sort: id === 'state' ? undefined : (id as ServerSort), desc: desc || undefined })
              }
              stale={(row) => row.state === 'unreachable' || row.state === 'stop'}
              selection={{
                chosen,
                onChange: setChosen,
                label: (row) => row.name,
                onAll: () =>
                  void ipc.servers
                    .list({ ...query, offset: 0, limit: page.total })
                    .then((all) => setChosen(new Set(all.rows.map((row) => row.id)))),
              }}
            />
          )}
          {chosen.size > 0 && (
            <div className="bulk" role="region" aria-label={t('bulk.label')} data-testid="bulk">
              <b>{t('bulk.selected', { count: chosen.size })}</b>
              <span className="t2">
                {t('bulk.of', { count: page.all })}
                {hidden > 0 && ` · ${t('bulk.hidden', { count: hidden })}`}
              </span>
              {offline === null && (
                <>
                  {may('run_fleet') && (
                    <Button
                      variant="filled"
                      leftSection={<IconListCheck size={16} />}
                      onClick={doOn}
                      data-testid="do-on"
                    >
                      {t('fleetRun.doOnN', { count: chosen.size })}
                    </Button>
                  )}
                  <Button
                    leftSection={<IconRefresh size={16} />}
                    loading={refresh.isPending}
                    onClick={() => refresh.mutate({ kind: 'these', ids: [...chosen] })}
                  >
                    {t('servers.refreshN', { count: chosen.size })}
                  </Button>
                </>
              )}
              <span className="sep" />
              <Button className="quiet" rightSection={<Kbd>Esc</Kbd>} onClick={() => setChosen(new Set())}>
                {t('bulk.clear')}
              </Button>
            </div>
          )}
        </>
      )}
    </div>
  );
}

function CertificateDays({ days, unit }: { days: number | null; unit: string }) {
  const { t } = useTranslation();
  if (days == null) return '—';
  if (days > CERTIFICATE_SOON) return `${days}\u00a0${unit}`;
  return (
    <Tooltip label={t('servers.certificateSoon')}>
      <span className="warned">
        <IconClockExclamation aria-hidden />
        {days}&nbsp;{unit}
      </span>
    </Tooltip>
  );
}

function NoServer({ onAdd }: { onAdd: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const training = useChange((_: null) => ipc.workspace.training());
  return (
    <EmptyState
      drawing
      title={t('servers.none')}
      ways={
        <>
          <Way
            icon={<IconServerBolt />}
            title={t('servers.add')}
            action={
              <Button variant="filled" rightSection={<Kbd>N</Kbd>} onClick={onAdd}>
                {t('servers.add')}
              </Button>
            }
          >
            {t('servers.noneAdd')}
          </Way>
          <Way
            icon={<IconDeviceDesktop />}
            title={t('add.isBare')}
            action={
              <Button onClick={() => void navigate({ to: '/servers/provision' })}>
                {t('provision.begin')}
              </Button>
            }
          >
            {t('servers.noneBare')}
          </Way>
          <Way
            icon={<IconSchool />}
            title={t('first.training')}
            action={
              <Button loading={training.isPending} onClick={() => training.mutate(null)}>
                {t('first.openIt')}
              </Button>
            }
          >
            {t('servers.noneTraining')}
            {training.error && <ErrorSentence error={training.error} />}
          </Way>
        </>
      }
    >
      {t('servers.noneText')}
    </EmptyState>
  );
}

function clean(search: FleetSearch): FleetSearch {
  return Object.fromEntries(
    Object.entries(search).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
