/** What was done on a server: our runs, and YunoHost's own operation log. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationRow } from '../../shared/contract';
import { ErrorView } from '../../shared/ErrorView';
import { Card } from '../../shared/parts/Card';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { SkeletonRows } from '../../shared/parts/Loading';
import { State } from '../../shared/parts/State';
import { queries } from '../../shared/queries';
import { TakenAt } from '../../shared/TakenAt';
import { useFormat } from '../../shared/useFormat';
import { visible } from '../../shared/visible';
import { RunTable } from './RunTable';

export default function HistoryTab() {
  const { t } = useTranslation();
  const format = useFormat();
  const { server } = useParams({ from: '/servers/$server' });
  const runs = useQuery(queries.runs({ server, limit: 500 }));
  const operations = useQuery(queries.operations(server));
  const columns = useMemo<Column<OperationRow>[]>(
    () => [
      {
        id: 'description',
        head: t('history.operation'),
        cell: (row) => (
          <span className="cell-main">
            <span className="name" title={row.name}>
              {visible(row.description)}
            </span>
          </span>
        ),
      },
      {
        id: 'success',
        head: t('servers.state'),
        width: 170,
        cell: (row) => (
          <State
            tone={row.success === 'yes' ? 'ok' : row.success === 'no' ? 'fail' : 'unknown'}
            word={
              row.success === 'yes'
                ? t('runState.done')
                : row.success === 'no'
                  ? t('runState.failed')
                  : t('runState.unknown')
            }
          />
        ),
      },
      {
        id: 'started',
        head: t('runs.started'),
        width: 140,
        align: 'end',
        cell: (row) => {
          const time = row.started_at ? Date.parse(row.started_at) : Number.NaN;
          return Number.isNaN(time) ? (
            (row.started_at ?? '—')
          ) : (
            <span title={format.exact(time)}>{format.whenShort(time)}</span>
          );
        },
      },
    ],
    [t, format],
  );
  const error = runs.error ?? operations.error;
  return (
    <div className="col" style={{ gap: 12 }}>
      {error && <ErrorView error={error} />}
      <Card title={t('history.ours')} count={runs.data?.total} flush>
        {!runs.data && <SkeletonRows />}
        {runs.data?.rows.length === 0 && <p className="card-body t3">{t('runs.noneHere')}</p>}
        {runs.data && runs.data.rows.length > 0 && <RunTable runs={runs.data.rows} inCard />}
      </Card>
      <Card
        title={t('history.theirs')}
        count={operations.data?.operations.length}
        aside={operations.data && <TakenAt at={operations.data.taken_at} />}
        flush
      >
        {!operations.data && <SkeletonRows />}
        {operations.data?.operations.length === 0 && <p className="card-body t3">{t('history.none')}</p>}
        {operations.data && operations.data.operations.length > 0 && (
          <DataTable
            inCard
            label={t('history.theirs')}
            columns={columns}
            rows={operations.data.operations}
            rowId={(row) => row.name}
          />
        )}
      </Card>
    </div>
  );
}
