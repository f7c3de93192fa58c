/**
 * Every run of the workspace, newest first, what is done on many servers as one row that opens to its servers: found
 * again after leaving its page or restarting the program.
 */
import { Button } from '@mantine/core';
import { IconListCheck } from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../shared/commands';
import type { FleetRow, MemberRow } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { plain } from '../../shared/format';
import { FilterChip, TextFilter } from '../../shared/parts/Filters';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { EmptyState, NothingFound } from '../../shared/parts/Strip';
import { Kbd } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { queries } from '../../shared/queries';
import { isFleetOver } from '../../shared/states';
import { useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { RunLines } from './RunLines';
import { RunsTabs } from './RunsTabs';
import { runLines } from './runLines';
import { asRunQuery, cleanRuns, isRunsFiltered, RUN_KINDS, RUN_STATES, type RunsSearch } from './runsSearch';

const MOST = 2000;

export default function RunsPage() {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const search = useSearch({ from: '/runs' });
  const navigate = useNavigate({ from: '/runs' });
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  useCrumbs([{ label: t('nav.fleet') }, { label: t('runs.title') }]);
  const runs = useQuery(queries.runs(asRunQuery(search, MOST)));
  const may = useMay();
  const fleets = useQuery({ ...queries.fleets({ limit: MOST }), enabled: may('run_fleet') });
  const schedules = useQuery({ ...queries.schedules(), enabled: may('manage_schedules') });
  const details = useQueries({ queries: [...opened].map((id) => queries.fleet(id)) });
  const servers = useQuery(queries.servers({ limit: 500, sort: 'name' }));

  const filtered = isRunsFiltered(search);
  const wanted = plain(search.text ?? '');
  const rows = (runs.data?.rows ?? []).filter(
    (row) =>
      !row.fleet && plain(`${say(row.title)} ${row.server_name ?? ''} ${row.started_by}`).includes(wanted),
  );
  // A fleet run is about many servers and has outcomes of its own: it is shown where neither is asked for.
  const many = (fleets.data?.rows ?? []).filter(
    (row: FleetRow) =>
      !search.server &&
      !search.state?.length &&
      (!search.kind?.length || search.kind.includes(row.kind)) &&
      (search.tab === undefined || isFleetOver(row.state) === (search.tab === 'ended')) &&
      plain(`${say(row.title)} ${row.started_by}`).includes(wanted),
  );
  const members = new Map<string, readonly MemberRow[]>(
    details.flatMap((each) => (each.data ? [[each.data.row.id, each.data.members] as const] : [])),
  );
  const lines = runLines(rows, many, members, opened);
  const total = (runs.data?.total ?? 0) + (fleets.data?.total ?? 0);
  const open = (runs.data?.open ?? 0) + (fleets.data?.open ?? 0);
  const missed = (schedules.data ?? []).filter((each) => each.missed).length;
  const change = (part: Partial<RunsSearch>) =>
    void navigate({ to: '/runs', search: (before) => cleanRuns({ ...before, ...part }), replace: true });
  const clear = () => change({ text: undefined, state: undefined, kind: undefined, server: undefined });
  const begin = () => void navigate({ to: '/runs/new' });
  const toggle = (id: string) =>
    setOpened((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  useCommands([
    {
      id: 'new-fleet-run',
      title: t('fleetRun.begin'),
      group: 'page',
      keys: 'n',
      needs: 'run_fleet',
      icon: <IconListCheck />,
      run: begin,
    },
  ]);
  const serverOptions = useMemo(
    () =>
      (servers.data?.rows ?? []).map((row) => ({
        value: row.id,
        label: row.name,
      })),
    [servers.data],
  );
  const error = runs.error ?? fleets.error;
  const loaded = runs.data !== undefined;
  const empty = loaded && total === 0 && !filtered && search.tab === undefined;

  return (
    <div className="page">
      <PageHead
        title={t('runs.title')}
        count={total > 0 ? format.integer(total) : undefined}
        actions={
          may('run_fleet') && (
            <Button
              variant="filled"
              leftSection={<IconListCheck size={16} />}
              rightSection={<Kbd>N</Kbd>}
              onClick={begin}
            >
              {t('fleetRun.begin')}
            </Button>
          )
        }
      />
      <RunsTabs
        tab={search.tab ?? 'all'}
        open={open}
        scheduled={schedules.data?.length ?? 0}
        missed={missed}
      />
      {error && (
        <div className="page-scroll">
          <ErrorView error={error} />
        </div>
      )}
      {!loaded && !error && <SkeletonRows rows={6} />}
      {empty && <EmptyState title={t('runs.none')}>{t('runs.noneText')}</EmptyState>}
      {loaded && !empty && (
        <>
          <div className="filters" style={{ paddingTop: 10 }}>
            <TextFilter
              value={search.text ?? ''}
              onChange={(text) => change({ text })}
              placeholder={t('runs.filter')}
            />
            <FilterChip
              field={t('servers.server')}
              all={t('filter.all')}
              chosen={search.server ? [search.server] : []}
              options={serverOptions}
              onChange={(chosen) => change({ server: chosen.at(-1) })}
            />
            <FilterChip
              field={t('runs.kind')}
              all={t('filter.allF')}
              chosen={search.kind ?? []}
              options={RUN_KINDS.map((kind) => ({ value: kind, label: t(`runKind.${kind}`) }))}
              onChange={(chosen) => change({ kind: RUN_KINDS.filter((kind) => chosen.includes(kind)) })}
            />
            <FilterChip
              field={t('runs.outcome')}
              all={t('filter.all')}
              chosen={search.state ?? []}
              options={RUN_STATES.map((state) => ({ value: state, label: t(`runState.${state}`) }))}
              onChange={(chosen) => change({ state: RUN_STATES.filter((state) => chosen.includes(state)) })}
            />
          </div>
          {lines.length === 0 ? (
            filtered ? (
              <NothingFound title={t('runs.nothing')} onClear={clear}>
                {t('runs.hidden')}
              </NothingFound>
            ) : (
              <EmptyState title={t(search.tab === 'open' ? 'runs.noneOpen' : 'runs.noneEnded')}>
                {t(search.tab === 'open' ? 'runs.noneOpenText' : 'runs.noneText')}
              </EmptyState>
            )
          ) : (
            <RunLines lines={lines} onToggle={toggle} />
          )}
        </>
      )}
    </div>
  );
}
