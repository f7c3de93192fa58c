/** The entries of one restricted administrator: on each server of their customer, whether one is there, and its version. */
import { Button } from '@mantine/core';
import { IconServer2 } from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account, Gates, ServerRow } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { useOffline } from '../../shared/network';
import { Card } from '../../shared/parts/Card';
import type { Column } from '../../shared/parts/DataTable';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { EmptyState } from '../../shared/parts/Strip';
import { queries } from '../../shared/queries';
import { DifferenceCard } from './DifferenceCard';
import { EntryTable } from './EntryTable';
import { type Line, lineOf } from './lines';
import './gates.css';

/** A customer's servers that one page puts together at most. */
const MOST = 50;

export default function AccountEntriesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { account: id } = useParams({ from: '/accounts/$account/entries' });
  const offline = useOffline();
  const accounts = useQuery(queries.accounts());
  const account = accounts.data?.find((each) => each.id === id);
  const customer = account?.customer?.name ?? '';
  const servers = useQuery({
    ...queries.servers({ customers: [customer], limit: MOST, sort: 'name' }),
    enabled: customer !== '',
  });
  const rows = customer === '' ? [] : servers.data?.rows;
  const lists = useQueries({ queries: (rows ?? []).map((row) => queries.gates(row.id)) });
  useCrumbs([
    { label: t('nav.workspace') },
    { label: t('account.title'), to: '/accounts' },
    { label: account?.name ?? '' },
  ]);
  const first = useMemo<Column<Line>>(
    () => ({
      id: 'server',
      head: t('entry.server'),
      sortValue: (line) => line.server.name,
      cell: (line) => (
        <Link
          className="name"
          tabIndex={-1}
          to="/servers/$server/entries"
          params={{ server: line.server.id }}
        >
          {line.server.name}
        </Link>
      ),
    }),
    [t],
  );
  const error = accounts.error ?? servers.error ?? lists.find((list) => list.error)?.error;
  const known = lists.flatMap((list) => list.data ?? []);
  const loaded = account !== undefined && rows !== undefined && known.length === rows.length;
  const lines = account ? known.flatMap((gates) => linesOf(gates, account, rows ?? [])) : [];
  const shown = known[0];
  return (
    <div className="page">
      <PageHead title={account ? t('entry.of', { name: account.name }) : t('entry.ofMenu')} />
      <div className="page-scroll">
        {error ? (
          <ErrorView error={error} />
        ) : accounts.data && !account ? (
          <EmptyState title={t('notFound.title')}>{t('notFound.text')}</EmptyState>
        ) : !loaded ? (
          <SkeletonRows rows={4} />
        ) : (
          <div className="entries">
            {lines.length === 0 && account.disabled_at ? (
              <EmptyState title={t('entry.noneDisabled', { name: account.name })}>
                {t('entry.noneDisabledText')}
              </EmptyState>
            ) : lines.length === 0 || !shown ? (
              <EmptyState
                title={t('entry.noServer', { name: account.name })}
                ways={
                  <Button
                    variant="filled"
                    leftSection={<IconServer2 size={16} />}
                    onClick={() => void navigate({ to: '/servers' })}
                  >
                    {t('entry.noServerWay')}
                  </Button>
                }
              >
                {t('entry.noServerText', { name: account.name, customer: customer || '—' })}
              </EmptyState>
            ) : (
              <Card title={customer} count={lines.length} flush>
                <EntryTable
                  label={t('entry.of', { name: account.name })}
                  first={first}
                  lines={lines}
                  version={shown.version}
                  difference={shown.difference}
                  online={offline === null}
                />
              </Card>
            )}
            <DifferenceCard />
          </div>
        )}
      </div>
    </div>
  );
}

/** This account's line on a server: its entry, or the place for one; nothing where it may have none. */
function linesOf(gates: Gates, account: Account, rows: readonly ServerRow[]): Line[] {
  const row = rows.find((each) => each.id === gates.server);
  const gate = gates.gates.find((each) => each.account.id === account.id) ?? null;
  const may = gate !== null || gates.without.some((each) => each.id === account.id);
  if (!row || !may) return [];
  return [lineOf(row, row.id, { id: account.id, name: account.name }, gate)];
}
