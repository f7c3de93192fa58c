/** Entries to a server: which of its customer's own administrators has one, and whether it is up to date. */
import { Button } from '@mantine/core';
import { IconPencil, IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Gates, ServerRow } from '../../shared/contract';
import { ErrorView } from '../../shared/ErrorView';
import { useOffline } from '../../shared/network';
import { Card } from '../../shared/parts/Card';
import type { Column } from '../../shared/parts/DataTable';
import { SkeletonRows } from '../../shared/parts/Loading';
import { EmptyState } from '../../shared/parts/Strip';
import { Avatar } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { queries } from '../../shared/queries';
import { DifferenceCard } from './DifferenceCard';
import { EntryTable } from './EntryTable';
import { type Line, lineOf } from './lines';
import './gates.css';

export default function EntriesTab() {
  const { t } = useTranslation();
  const { server } = useParams({ from: '/servers/$server' });
  const { data, error, refetch } = useQuery(queries.gates(server));
  const detail = useQuery(queries.server(server));
  const offline = useOffline();
  const row = detail.data?.row;
  const first = useMemo<Column<Line>>(
    () => ({
      id: 'person',
      head: t('entry.person'),
      sortValue: (line) => line.account.name,
      cell: (line) => (
        <span className="cell-main">
          <Avatar name={line.account.name} size={20} />
          <span className="name">{line.account.name}</span>
        </span>
      ),
    }),
    [t],
  );
  if (error) return <ErrorView error={error} onRetry={() => void refetch()} />;
  if (!data || !row) return <SkeletonRows rows={3} />;
  const lines = linesOf(data, row);
  return (
    <div className="entries">
      {lines.length === 0 ? (
        <NobodyYet server={row} />
      ) : (
        <Card title={t('entry.onServer', { server: row.name })} count={data.gates.length} flush>
          <EntryTable
            label={t('entry.onServer', { server: row.name })}
            first={first}
            lines={lines}
            version={data.version}
            difference={data.difference}
            online={offline === null}
          />
        </Card>
      )}
      <DifferenceCard />
    </div>
  );
}

function linesOf(data: Gates, row: ServerRow): Line[] {
  return [
    ...data.gates.map((gate) => lineOf(row, gate.account.id, gate.account, gate)),
    ...data.without.map((account) => lineOf(row, account.id, account, null)),
  ];
}

/** Nobody is there who could have one: whose server it is, or who administers it, is said first. */
function NobodyYet({ server }: { server: ServerRow }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  if (server.customer === null) {
    return (
      <EmptyState
        title={t('entry.noCustomer', { server: server.name })}
        ways={
          may('edit_server') && (
            <Button
              variant="filled"
              leftSection={<IconPencil size={16} />}
              onClick={() => void navigate({ to: '/servers/$server/edit', params: { server: server.id } })}
            >
              {t('entry.noCustomerWay')}
            </Button>
          )
        }
      >
        {t('entry.noCustomerText')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={t('entry.noAccount', { server: server.name })}
      ways={
        may('manage_accounts') && (
          <Button
            variant="filled"
            leftSection={<IconUserPlus size={16} />}
            onClick={() => void navigate({ to: '/accounts/new' })}
          >
            {t('entry.noAccountWay')}
          </Button>
        )
      }
    >
      {t('entry.noAccountText', { customer: server.customer })}
    </EmptyState>
  );
}
