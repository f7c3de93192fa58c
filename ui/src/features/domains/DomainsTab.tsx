/** The domains of a server, their apps and certificates. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { DomainRow } from '../../shared/contract';
import { ErrorView } from '../../shared/ErrorView';
import { Card } from '../../shared/parts/Card';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { SkeletonRows } from '../../shared/parts/Loading';
import { State } from '../../shared/parts/State';
import { EmptyState } from '../../shared/parts/Strip';
import { Tag } from '../../shared/parts/Words';
import { queries } from '../../shared/queries';
import { TakenAt } from '../../shared/TakenAt';
import { certificateTone } from './certificates';

export default function DomainsTab() {
  const { t } = useTranslation();
  const { server } = useParams({ from: '/servers/$server' });
  const { data, error } = useQuery(queries.domains(server));
  const columns = useMemo<Column<DomainRow>[]>(
    () => [
      {
        id: 'name',
        head: t('domains.domain'),
        sortValue: (row) => row.name,
        cell: (row) => (
          <span className="cell-main">
            <span className="code name">{row.name}</span>
            {row.main && <Tag>{t('domains.main')}</Tag>}
          </span>
        ),
      },
      {
        id: 'apps',
        head: t('servers.apps'),
        sortValue: (row) => row.apps.length,
        cell: (row) =>
          row.apps.length === 0 ? '—' : <span title={row.apps.join(', ')}>{row.apps.join(', ')}</span>,
      },
      {
        id: 'kind',
        head: t('domains.signedBy'),
        width: 170,
        sortValue: (row) => row.certificate_kind ?? '',
        cell: (row) => certificateKind(row.certificate_kind, t('domains.selfsigned')),
      },
      {
        id: 'days',
        head: t('servers.certificate'),
        width: 190,
        sortValue: (row) => row.certificate_days ?? 99999,
        cell: (row) => (
          <State
            tone={certificateTone(row)}
            word={
              row.certificate_days == null
                ? t('domains.unknown')
                : row.certificate_days <= 0
                  ? t('domains.expired')
                  : t('domains.valid')
            }
            since={
              row.certificate_days != null && row.certificate_days > 0
                ? t('time.days', { count: row.certificate_days })
                : null
            }
          />
        ),
      },
    ],
    [t],
  );
  if (error) return <ErrorView error={error} />;
  if (!data) return <SkeletonRows />;
  if (data.domains.length === 0)
    return <EmptyState title={t('domains.none')}>{t('domains.noneText')}</EmptyState>;
  return (
    <Card title={t('tab.domains')} count={data.domains.length} aside={<TakenAt at={data.taken_at} />} flush>
      <DataTable
        inCard
        label={t('tab.domains')}
        columns={columns}
        rows={data.domains}
        rowId={(row) => row.name}
        firstSort={{ id: 'name', desc: false }}
      />
    </Card>
  );
}

function certificateKind(kind: string | null, selfsigned: string): string {
  if (kind === null) return '—';
  return kind === 'letsencrypt' ? 'Let’s Encrypt' : kind === 'selfsigned' ? selfsigned : kind;
}
