/** What became of each server of a fleet run. */
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { MemberRow } from '../../../shared/contract';
import { spell } from '../../../shared/format';
import { type Column, DataTable } from '../../../shared/parts/DataTable';
import { useWords } from '../../../shared/useWords';
import { visible } from '../../../shared/visible';
import { MemberStateCell } from '../RunStateCell';

export function MemberTable({ members, dry }: { members: readonly MemberRow[]; dry: boolean }) {
  const { t } = useTranslation();
  const say = useWords();
  const navigate = useNavigate();
  const columns = useMemo<Column<MemberRow>[]>(
    () => [
      {
        id: 'name',
        head: t('servers.server'),
        width: 190,
        sortValue: (row) => row.name,
        cell: (row) => (
          <span className="cell-main">
            {row.server ? (
              <Link className="name" tabIndex={-1} to="/servers/$server" params={{ server: row.server }}>
                {row.name}
              </Link>
            ) : (
              <span className="name t3">{row.name}</span>
            )}
          </span>
        ),
      },
      {
        id: 'wave',
        head: t('fleetRun.waveHead'),
        width: 64,
        align: 'end',
        from: 700,
        sortValue: (row) => row.n,
        cell: (row) => row.wave,
      },
      {
        id: 'state',
        head: t('servers.state'),
        width: 168,
        sortValue: (row) => row.state,
        cell: (row) => <MemberStateCell row={row} dry={dry} />,
      },
      {
        id: 'words',
        head: dry ? t('fleetRun.would') : t('fleetRun.seen'),
        cell: (row) => {
          const words = row.words ? visible(say(row.words)) : '';
          return (
            <span className="ell t2" title={words}>
              {words}
            </span>
          );
        },
      },
      {
        id: 'tries',
        head: t('fleetRun.tries'),
        width: 64,
        align: 'end',
        from: 760,
        sortValue: (row) => row.tries,
        cell: (row) => row.tries,
      },
      {
        id: 'took',
        head: t('runs.took'),
        width: 96,
        align: 'end',
        from: 600,
        cell: (row) =>
          row.started_at && row.ended_at
            ? spell(new Date(row.ended_at).getTime() - new Date(row.started_at).getTime())
            : '—',
      },
    ],
    [t, say, dry],
  );
  return (
    <DataTable
      label={t('fleetRun.results')}
      columns={columns}
      rows={members}
      rowId={(row) => String(row.n)}
      rowLabel={(row) => `${row.name}, ${t(`memberState.${row.state}`)}`}
      firstSort={{ id: 'wave', desc: false }}
      onOpen={(row) => {
        if (row.run) void navigate({ to: '/runs/$run', params: { run: row.run } });
        else if (row.server) void navigate({ to: '/servers/$server', params: { server: row.server } });
      }}
    />
  );
}
