/** Runs and fleet runs in one table; a fleet run opens to its servers. */
import { ActionIcon } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { spell } from '../../shared/format';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { Tag } from '../../shared/parts/Words';
import { useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import { FleetStateCell, MemberStateCell, RunStateCell } from './RunStateCell';
import type { RunLine } from './runLines';
import './runs.css';

export function RunLines({
  lines,
  onToggle,
}: {
  lines: readonly RunLine[];
  onToggle: (fleet: string) => void;
}) {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const navigate = useNavigate();
  const columns = useMemo<Column<RunLine>[]>(
    () => [
      {
        id: 'title',
        head: t('runs.run'),
        cell: (line) => {
          if (line.kind === 'member') {
            return (
              <span className="cell-main run-member">
                <span className="name">{line.row.name}</span>
                <span className="t3 ell">{line.row.words ? visible(say(line.row.words)) : ''}</span>
              </span>
            );
          }
          const title = visible(say(line.row.title));
          if (line.kind === 'fleet') {
            return (
              <span className="cell-main run-fleet">
                <ActionIcon
                  size={24}
                  tabIndex={-1}
                  aria-label={t(line.opened ? 'fleetRun.close' : 'fleetRun.open', { title })}
                  aria-expanded={line.opened}
                  onClick={(event) => {
                    event.stopPropagation();
                    onToggle(line.id);
                  }}
                  data-testid={`toggle-${line.id}`}
                >
                  {line.opened ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
                </ActionIcon>
                <Link
                  className="name"
                  tabIndex={-1}
                  to="/runs/fleet/$fleet"
                  params={{ fleet: line.id }}
                  title={title}
                >
                  {title}
                </Link>
                {line.row.dry && <Tag>{t('fleetRun.dry')}</Tag>}
              </span>
            );
          }
          return (
            <span className="cell-main run-one">
              <Link className="name" tabIndex={-1} to="/runs/$run" params={{ run: line.id }} title={title}>
                {title}
              </Link>
            </span>
          );
        },
      },
      {
        id: 'state',
        head: t('servers.state'),
        width: 210,
        cell: (line) =>
          line.kind === 'run' ? (
            <RunStateCell row={line.row} />
          ) : line.kind === 'fleet' ? (
            <FleetStateCell row={line.row} />
          ) : (
            <MemberStateCell row={line.row} />
          ),
      },
      {
        id: 'server',
        head: t('servers.server'),
        width: 180,
        from: 1040,
        cell: (line) =>
          line.kind === 'run'
            ? (line.row.server_name ?? '—')
            : line.kind === 'fleet'
              ? t('servers.nServers', { count: line.row.servers })
              : '',
      },
      {
        id: 'by',
        head: t('runs.by'),
        width: 150,
        from: 940,
        cell: (line) => (line.kind === 'member' ? '' : line.row.started_by),
      },
      {
        id: 'started',
        head: t('runs.started'),
        width: 96,
        align: 'end',
        cell: (line) =>
          line.row.started_at ? (
            <span title={format.exact(line.row.started_at)}>{format.whenShort(line.row.started_at)}</span>
          ) : (
            ''
          ),
      },
      {
        id: 'took',
        head: t('runs.took'),
        width: 104,
        align: 'end',
        from: 560,
        cell: (line) =>
          line.row.ended_at && line.row.started_at
            ? spell(new Date(line.row.ended_at).getTime() - new Date(line.row.started_at).getTime())
            : '—',
      },
    ],
    [t, say, format, onToggle],
  );
  return (
    <DataTable
      label={t('runs.title')}
      columns={columns}
      rows={lines}
      rowId={(line) => line.id}
      rowLabel={(line) =>
        line.kind === 'member'
          ? `${line.row.name}, ${t(`memberState.${line.row.state}`)}`
          : line.kind === 'fleet'
            ? `${say(line.row.title)}, ${t(`fleetState.${line.row.state}`)}`
            : `${say(line.row.title)}, ${t(`runState.${line.row.state}`)}`
      }
      onOpen={(line) => {
        if (line.kind === 'fleet') void navigate({ to: '/runs/fleet/$fleet', params: { fleet: line.id } });
        else if (line.kind === 'run') void navigate({ to: '/runs/$run', params: { run: line.id } });
        else if (line.row.run) void navigate({ to: '/runs/$run', params: { run: line.row.run } });
        else void navigate({ to: '/runs/fleet/$fleet', params: { fleet: line.fleet } });
      }}
    />
  );
}
