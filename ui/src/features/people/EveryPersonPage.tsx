/** The people of all servers that one sees, in one list. An account is on one server: a person with two has two rows. */
import { useQueries } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { UserRow } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { plain } from '../../shared/format';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { TextFilter } from '../../shared/parts/Filters';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { EmptyState, NothingFound } from '../../shared/parts/Strip';
import { Avatar, Tags } from '../../shared/parts/Words';
import { queries } from '../../shared/queries';
import { useOwnServers } from '../../shared/useOwnServers';
import { visible } from '../../shared/visible';

interface Row {
  user: UserRow;
  server: string;
  name: string;
}

export default function EveryPersonPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { servers, error } = useOwnServers();
  const [text, setText] = useState('');
  const lists = useQueries({ queries: (servers ?? []).map((each) => queries.people(each.id)) });
  useCrumbs([{ label: t('nav.myFleet') }, { label: t('nav.people') }]);
  const all: Row[] = (servers ?? []).flatMap((server, index) =>
    (lists[index]?.data?.users ?? []).map((user) => ({ user, server: server.id, name: server.name })),
  );
  const rows = all.filter(({ user, name }) =>
    plain(`${user.fullname} ${user.username} ${user.mail} ${name}`).includes(plain(text)),
  );
  const loaded = servers !== undefined && lists.every((list) => list.data !== undefined || list.error);
  const columns = useMemo<Column<Row>[]>(
    () => [
      {
        id: 'name',
        head: t('people.person'),
        sortValue: ({ user }) => user.fullname,
        cell: ({ user }) => (
          <span className="cell-main">
            <Avatar name={user.fullname} size={20} />
            <span className="name">{visible(user.fullname)}</span>
            <span className="code-s">{user.username}</span>
          </span>
        ),
      },
      {
        id: 'server',
        head: t('home.server'),
        width: 170,
        sortValue: ({ name }) => name,
        cell: ({ server, name }) => (
          <Link to="/servers/$server/people" params={{ server }} tabIndex={-1}>
            {name}
          </Link>
        ),
      },
      {
        id: 'mail',
        head: t('people.mail'),
        width: 260,
        from: 680,
        sortValue: ({ user }) => user.mail,
        cell: ({ user }) => <span className="code-s">{user.mail}</span>,
      },
      {
        id: 'groups',
        head: t('people.groups'),
        width: 200,
        from: 860,
        cell: ({ user }) => <Tags tags={user.groups.filter((group) => group !== 'all_users')} />,
      },
    ],
    [t],
  );
  const failed = error ?? lists.find((list) => list.error)?.error;
  return (
    <div className="page">
      <PageHead title={t('nav.people')} count={loaded && all.length > 0 ? all.length : undefined} />
      {failed != null && (
        <div className="offline-strip">
          <ErrorView error={failed} />
        </div>
      )}
      {!loaded && <SkeletonRows rows={8} />}
      {loaded && all.length === 0 && failed == null && (
        <EmptyState title={t('home.noPerson')}>{t('home.noPersonText')}</EmptyState>
      )}
      {loaded && all.length > 0 && (
        <>
          <div className="filters">
            <TextFilter value={text} onChange={setText} placeholder={t('people.filter')} />
          </div>
          {rows.length === 0 ? (
            <NothingFound title={t('home.nothing')} onClear={() => setText('')}>
              {t('people.hidden', { count: all.length })}
            </NothingFound>
          ) : (
            <DataTable
              label={t('nav.people')}
              columns={columns}
              rows={rows}
              rowId={({ user, server }) => `${server}-${user.username}`}
              rowLabel={({ user, name }) => `${user.fullname}, ${name}`}
              firstSort={{ id: 'name', desc: false }}
              onOpen={({ server }) => void navigate({ to: '/servers/$server/people', params: { server } })}
            />
          )}
        </>
      )}
    </div>
  );
}
