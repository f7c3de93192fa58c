/** Runs in a table. */
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunRow } from '../../shared/contract';
import { spell } from '../../shared/format';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { isOver } from '../../shared/states';
import { useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import { RunStateCell } from './RunStateCell';

export function RunTable({
  runs,
  inCard,
  withServer,
  short,
}: {
  runs: readonly RunRow[];
  inCard?: boolean;
  withServer?: boolean;
  short?: boolean;
}) {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const navigate = useNavigate();
  const columns = useMemo<Column<RunRow>[]>(() => {
    const all: Column<RunRow>[] = [
      {
        id: 'title',
        head: t('runs.run'),
        sortValue: (row) => say(row.title),
        cell: (row) => (
          <span className="cell-main">
            <Link
              className="name"
              tabIndex={-1}
              to="/runs/$run"
              params={{ run: row.id }}
              title={say(row.title)}
            >
              {visible(say(row.title))}
            </Link>
          </span>
        ),
      },
      {
        id: 'state',
        head: t('servers.state'),
        width: 210,
        sortValue: (row) => (isOver(row.state) ? 1 : 0),
        cell: (row) => <RunStateCell row={row} />,
      },
    ];
    if (withServer) {
      all.push({
        id: 'server',
        head: t('servers.server'),
        width: 190,
        from: 860,
        sortValue: (row) => row.server_name ?? '',
        cell: (row) => row.server_name ?? '—',
      });
    }
    if (!short) {
      all.push({
        id: 'by',
        head: t('runs.by'),
        width: 160,
        from: 760,
        sortValue: (row) => row.started_by,
        cell: (row) => row.started_by,
      });
    }
    all.push(
      {
        id: 'started',
        head: t('runs.started'),
        width: 120,
        align: 'end',
        sortValue: (row) => row.started_at,
        cell: (row) => <span title={format.exact(row.started_at)}>{format.whenShort(row.started_at)}</span>,
      },
      {
        id: 'took',
        head: t('runs.took'),
        width: 110,
        align: 'end',
        from: 560,
        cell: (row) =>
          row.ended_at ? spell(new Date(row.ended_at).getTime() - new Date(row.started_at).getTime()) : '—',
      },
    );
    return all;
  }, [t, say, format, withServer, short]);
  return (
    <DataTable
      label={t('runs.title')}
      inCard={inCard}
      columns={columns}
      rows={runs}
      rowId={(row) => row.id}
      rowLabel={(row) => `${say(row.title)}, ${t(`runState.${row.state}`)}`}
      onOpen={(row) => void navigate({ to: '/runs/$run', params: { run: row.id } })}
    />
  );
}
