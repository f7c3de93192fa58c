/** The services of a server. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ServiceRow } from '../../shared/contract';
import { ErrorView } from '../../shared/ErrorView';
import { plain } from '../../shared/format';
import { ipc } from '../../shared/ipc';
import { Card } from '../../shared/parts/Card';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { DoneBy } from '../../shared/parts/DoneBy';
import { TextFilter } from '../../shared/parts/Filters';
import { SkeletonRows } from '../../shared/parts/Loading';
import { State } from '../../shared/parts/State';
import { NothingFound } from '../../shared/parts/Strip';
import { useMay } from '../../shared/policy';
import { queries, useChange } from '../../shared/queries';
import { TakenAt } from '../../shared/TakenAt';
import { useRunBegun } from '../../shared/useRunBegun';
import { visible } from '../../shared/visible';
import { byTrouble, serviceTone } from './status';

export default function ServicesTab() {
  const { t } = useTranslation();
  const { server } = useParams({ from: '/servers/$server' });
  const { data, error } = useQuery(queries.services(server));
  const may = useMay();
  const restarts = may('edit_server');
  const [text, setText] = useState('');
  const begun = useRunBegun();
  const restart = useChange(
    (service: string) => ipc.servers.restartService(server, service),
    (result, service) => begun(result.run, t('services.restarting', { service })),
  );
  const { mutate } = restart;
  const columns = useMemo<Column<ServiceRow>[]>(
    () => [
      {
        id: 'name',
        head: t('services.service'),
        width: 200,
        sortValue: (row) => row.name,
        cell: (row) => <span className="code strong">{row.name}</span>,
      },
      {
        id: 'status',
        head: t('servers.state'),
        width: 150,
        sortValue: (row) => (serviceTone(row) === 'ok' ? 1 : 0),
        cell: (row) => (
          <State tone={serviceTone(row)} word={serviceWord(row, t)} title={row.since ?? undefined} />
        ),
      },
      {
        id: 'description',
        head: t('services.purpose'),
        from: 700,
        cell: (row) => <span title={row.description}>{visible(row.description)}</span>,
      },
      {
        id: 'boot',
        head: t('services.boot'),
        width: 120,
        from: 860,
        cell: (row) =>
          row.start_on_boot === 'enabled' ? t('act.yes') : row.start_on_boot === null ? '—' : t('act.no'),
      },
      {
        id: 'act',
        head: '',
        width: 120,
        align: 'end',
        cell: (row) => (
          <Button
            size="xs"
            onClick={() => mutate(row.name)}
            aria-label={t('services.restartNamed', { service: row.name })}
          >
            {t('services.restart')}
          </Button>
        ),
      },
    ],
    [t, mutate],
  );
  if (error) return <ErrorView error={error} />;
  if (!data) return <SkeletonRows />;
  const wanted = plain(text);
  const rows = data.services
    .filter((row) => plain(`${row.name} ${row.description}`).includes(wanted))
    .toSorted(byTrouble);
  return (
    <>
      {restart.error && <ErrorView error={restart.error} />}
      {!restarts && (
        <div style={{ marginBottom: 12 }}>
          <DoneBy privilege="edit_server" what={t('services.restartA')} />
        </div>
      )}
      <Card
        title={t('tab.services')}
        count={data.services.length}
        aside={
          <>
            <TakenAt at={data.taken_at} />
            <TextFilter width={180} value={text} onChange={setText} placeholder={t('services.filter')} />
          </>
        }
        flush
      >
        {rows.length === 0 ? (
          <NothingFound title={t('services.nothing')} onClear={() => setText('')}>
            {t('services.hidden', { count: data.services.length })}
          </NothingFound>
        ) : (
          <DataTable
            inCard
            label={t('tab.services')}
            columns={columns.filter((column) => restarts || column.id !== 'act')}
            rows={rows}
            rowId={(row) => row.name}
          />
        )}
      </Card>
    </>
  );
}

function serviceWord(row: ServiceRow, t: TFunction): string {
  const tone = serviceTone(row);
  if (tone === 'ok') return t('serviceState.running');
  if (tone === 'fail') return t('serviceState.failed');
  if (tone === 'off') return t('serviceState.stopped');
  return visible(row.status);
}
