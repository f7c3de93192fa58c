/** What begins by itself while the program is open: when next, and what was missed while it was closed. */
import { ActionIcon, Button, Menu, Switch } from '@mantine/core';
import { IconCalendarPlus, IconDots, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../shared/commands';
import type { ScheduleRow } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorSentence, ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { ConfirmDialog } from '../../shared/parts/Dialog';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { EmptyState, Strip } from '../../shared/parts/Strip';
import { Kbd } from '../../shared/parts/Words';
import { queries, useChange } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import { RunsTabs } from './RunsTabs';
import './runs.css';

export default function SchedulesPage() {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const navigate = useNavigate();
  const [removing, setRemoving] = useState<ScheduleRow | null>(null);
  useCrumbs([{ label: t('runs.title'), to: '/runs' }, { label: t('schedule.title') }]);
  const { data, error } = useQuery(queries.schedules());
  const runs = useQuery(queries.runs({ limit: 1 }));
  const add = () => void navigate({ to: '/runs/new', search: { schedule: true } });
  const enable = useChange((wish: { id: string; enabled: boolean }) =>
    ipc.schedules.enable(wish.id, wish.enabled),
  );
  const runNow = useChange(
    (id: string) => ipc.schedules.runNow(id),
    (begun) => void navigate({ to: '/runs/fleet/$fleet', params: { fleet: begun.fleet } }),
  );
  const leave = useChange((id: string) => ipc.schedules.leave(id));
  const remove = useChange(
    (id: string) => ipc.schedules.remove(id),
    () => setRemoving(null),
  );
  useCommands([
    {
      id: 'new-schedule',
      title: t('schedule.add'),
      group: 'page',
      keys: 'n',
      icon: <IconCalendarPlus />,
      run: add,
    },
  ]);
  const { mutate: enableNow } = enable;
  const { mutate: begin } = runNow;
  const columns = useMemo<Column<ScheduleRow>[]>(
    () => [
      {
        id: 'name',
        head: t('schedule.name'),
        sortValue: (row) => row.name,
        cell: (row) => (
          <span className="cell-main">
            <span className="name">{row.name}</span>
            <span className="t3 ell">{visible(say(row.title))}</span>
          </span>
        ),
      },
      {
        id: 'next',
        head: t('schedule.nextHead'),
        width: 210,
        sortValue: (row) => row.next[0] ?? '9',
        cell: (row) =>
          row.next[0] ? (
            <span title={row.next.map((time) => format.whenExact(time, row.timing.zone)).join('\n')}>
              {format.whenExact(row.next[0], row.timing.zone)}
            </span>
          ) : (
            <span className="t3">{t(row.enabled ? 'schedule.never' : 'schedule.off')}</span>
          ),
      },
      {
        id: 'zone',
        head: t('schedule.zone'),
        width: 150,
        from: 1060,
        cell: (row) => <span className="code-s">{row.timing.zone}</span>,
      },
      {
        id: 'last',
        head: t('schedule.last'),
        width: 190,
        from: 940,
        cell: (row) =>
          row.last_problem ? (
            <span className="warned" title={visible(say(row.last_problem))}>
              {visible(say(row.last_problem))}
            </span>
          ) : row.last_at && row.last_fleet ? (
            <Link to="/runs/fleet/$fleet" params={{ fleet: row.last_fleet }}>
              {format.when(row.last_at)}
            </Link>
          ) : (
            '—'
          ),
      },
      {
        id: 'on',
        head: t('schedule.on'),
        width: 60,
        cell: (row) => (
          <Switch
            size="xs"
            aria-label={t('schedule.onNamed', { name: row.name })}
            checked={row.enabled}
            onChange={(event) => enableNow({ id: row.id, enabled: event.currentTarget.checked })}
          />
        ),
      },
      {
        id: 'act',
        head: <span className="vh">{t('act.more')}</span>,
        width: 64,
        align: 'end',
        cell: (row) => (
          <Menu position="bottom-end" width={200}>
            <Menu.Target>
              <ActionIcon size={26} aria-label={t('schedule.moreNamed', { name: row.name })}>
                <IconDots />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconPlayerPlay size={16} />} onClick={() => begin(row.id)}>
                {t('schedule.runNow')}
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item
                className="warns"
                leftSection={<IconTrash size={16} />}
                onClick={() => setRemoving(row)}
              >
                {t('schedule.delete')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ),
      },
    ],
    [t, say, format, enableNow, begin],
  );
  const missed = (data ?? []).flatMap((row) => (row.missed ? [{ row, missed: row.missed }] : []));
  const problem = enable.error ?? runNow.error ?? leave.error;
  return (
    <div className="page">
      <PageHead
        title={t('schedule.title')}
        count={data && data.length > 0 ? data.length : undefined}
        actions={
          <Button
            variant="filled"
            leftSection={<IconCalendarPlus size={16} />}
            rightSection={<Kbd>N</Kbd>}
            onClick={add}
          >
            {t('schedule.add')}
          </Button>
        }
      />
      <RunsTabs
        tab="scheduled"
        open={runs.data?.open ?? 0}
        scheduled={data?.length ?? 0}
        missed={missed.length}
      />
      {error && (
        <div className="page-scroll">
          <ErrorView error={error} />
        </div>
      )}
      {(problem || missed.length > 0) && (
        <div className="missed">
          {problem && <ErrorView error={problem} />}
          {missed.map(({ row, missed: what }) => (
            <Strip
              key={row.id}
              tone="warn"
              strong={t('schedule.missed', { name: row.name, count: what.times })}
              aside={
                <>
                  <Button size="xs" loading={leave.isPending} onClick={() => leave.mutate(row.id)}>
                    {t('schedule.leave')}
                  </Button>
                  <Button size="xs" loading={runNow.isPending} onClick={() => runNow.mutate(row.id)}>
                    {t('schedule.runNow')}
                  </Button>
                </>
              }
            >
              {t('schedule.missedText', { time: format.when(what.last) })}
            </Strip>
          ))}
        </div>
      )}
      {!data && !error && <SkeletonRows rows={4} />}
      {data?.length === 0 && (
        <EmptyState
          title={t('schedule.none')}
          ways={
            <Button variant="filled" leftSection={<IconCalendarPlus size={16} />} onClick={add}>
              {t('schedule.add')}
            </Button>
          }
        >
          {t('schedule.noneText')}
        </EmptyState>
      )}
      {data && data.length > 0 && (
        <DataTable
          label={t('schedule.title')}
          columns={columns}
          rows={data}
          rowId={(row) => row.id}
          firstSort={{ id: 'next', desc: false }}
        />
      )}
      <ConfirmDialog
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title={t('schedule.deleteTitle', { name: removing?.name ?? '' })}
        goes={t('schedule.deleteGoes')}
        stays={t('schedule.deleteStays')}
        undo={t('schedule.deleteUndo')}
        keep={t('schedule.deleteKeep')}
        act={t('schedule.deleteAct')}
        busy={remove.isPending}
        onAct={() => removing && remove.mutate(removing.id)}
        error={remove.error ? <ErrorSentence error={remove.error} /> : null}
      />
    </div>
  );
}
