/** The people of a server, and what they may open. */
import { ActionIcon, Button, Checkbox, Menu } from '@mantine/core';
import { IconDots, IconPencil, IconTrash, IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../shared/commands';
import type { UserRow } from '../../shared/contract';
import { ErrorSentence, ErrorView } from '../../shared/ErrorView';
import { plain } from '../../shared/format';
import { ipc } from '../../shared/ipc';
import { Card } from '../../shared/parts/Card';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { ConfirmDialog } from '../../shared/parts/Dialog';
import { TextFilter } from '../../shared/parts/Filters';
import { SkeletonRows } from '../../shared/parts/Loading';
import { EmptyState, NothingFound } from '../../shared/parts/Strip';
import { Avatar, Tag, Tags } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { queries, useChange } from '../../shared/queries';
import { TakenAt } from '../../shared/TakenAt';
import { useRunBegun } from '../../shared/useRunBegun';
import { visible } from '../../shared/visible';
import { AccessGrid } from './AccessGrid';
import './people.css';

export default function PeopleTab() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { server } = useParams({ from: '/servers/$server' });
  const { data, error } = useQuery(queries.people(server));
  const detail = useQuery(queries.server(server));
  const [text, setText] = useState('');
  const [deleting, setDeleting] = useState<UserRow | null>(null);
  const row = detail.data?.row;
  const may = useMay();
  const reachable = row !== undefined && row.state !== 'unreachable' && row.state !== 'stop';
  const manages = may('manage_users');
  const acts = reachable && manages;
  const add = () => void navigate({ to: '/servers/$server/people/new', params: { server } });
  useCommands([
    {
      id: 'add-person',
      title: t('people.add'),
      group: 'page',
      keys: 'n',
      needs: 'manage_users',
      icon: <IconUserPlus />,
      run: add,
    },
  ]);

  const columns = useMemo<Column<UserRow>[]>(
    () => [
      {
        id: 'name',
        head: t('people.person'),
        sortValue: (user) => user.fullname,
        cell: (user) => (
          <span className="cell-main">
            <Avatar name={user.fullname} size={20} />
            {manages ? (
              <Link
                className="name"
                tabIndex={-1}
                to="/servers/$server/people/edit/$user"
                params={{ server, user: user.username }}
              >
                {visible(user.fullname)}
              </Link>
            ) : (
              <span className="name">{visible(user.fullname)}</span>
            )}
            <span className="code-s">{user.username}</span>
            {user.admin && <Tag>{t('people.admin')}</Tag>}
          </span>
        ),
      },
      {
        id: 'mail',
        head: t('people.mail'),
        width: 260,
        from: 620,
        sortValue: (user) => user.mail,
        cell: (user) => <span className="code-s">{user.mail}</span>,
      },
      {
        id: 'groups',
        head: t('people.groups'),
        width: 200,
        from: 760,
        cell: (user) => <Tags tags={user.groups.filter((group) => group !== 'all_users')} />,
      },
      {
        id: 'quota',
        head: t('people.quota'),
        width: 110,
        align: 'end',
        from: 880,
        cell: (user) =>
          user.mailbox_quota === '0' || user.mailbox_quota === '' ? t('people.noLimit') : user.mailbox_quota,
      },
      {
        id: 'act',
        head: <span className="vh">{t('act.more')}</span>,
        width: 60,
        align: 'end',
        cell: (user) => (
          <Menu position="bottom-end" width={200}>
            <Menu.Target>
              <ActionIcon
                size={26}
                aria-label={t('people.moreNamed', { name: user.fullname })}
                data-testid={`more-${user.username}`}
              >
                <IconDots />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={<IconPencil size={16} />}
                onClick={() =>
                  void navigate({
                    to: '/servers/$server/people/edit/$user',
                    params: { server, user: user.username },
                  })
                }
              >
                {t('people.edit')}
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item
                className="warns"
                leftSection={<IconTrash size={16} />}
                onClick={() => setDeleting(user)}
              >
                {t('people.delete')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ),
      },
    ],
    [t, server, navigate, manages],
  );
  if (error) return <ErrorView error={error} />;
  if (!data || !row) return <SkeletonRows rows={6} />;
  const button = (
    <Button
      size={data.users.length > 0 ? 'xs' : 'sm'}
      variant={data.users.length > 0 ? 'default' : 'filled'}
      leftSection={<IconUserPlus size={14} />}
      onClick={add}
    >
      {t('people.add')}
    </Button>
  );
  if (data.users.length === 0) {
    return (
      <EmptyState title={t('people.none')} ways={acts ? <div>{button}</div> : null}>
        {t('people.noneText')}
      </EmptyState>
    );
  }
  const shown = data.users.filter((user) =>
    plain(`${user.fullname} ${user.username} ${user.mail}`).includes(plain(text)),
  );
  return (
    <div className="people-stack">
      <Card
        title={t('tab.people')}
        count={data.users.length}
        flush
        aside={
          <>
            <TakenAt at={data.taken_at} />
            {data.users.length > 8 && (
              <TextFilter width={170} value={text} onChange={setText} placeholder={t('people.filter')} />
            )}
            {acts && button}
          </>
        }
      >
        {shown.length === 0 ? (
          <NothingFound title={t('people.nothing')} onClear={() => setText('')}>
            {t('people.hidden', { count: data.users.length })}
          </NothingFound>
        ) : (
          <DataTable
            inCard
            label={t('tab.people')}
            columns={columns.filter((column) => acts || column.id !== 'act')}
            rows={shown}
            rowId={(user) => user.username}
            firstSort={{ id: 'name', desc: false }}
            onOpen={
              acts
                ? (user) =>
                    void navigate({
                      to: '/servers/$server/people/edit/$user',
                      params: { server, user: user.username },
                    })
                : undefined
            }
          />
        )}
      </Card>
      <AccessGrid
        server={{ id: server, name: row.name }}
        people={data}
        acts={reachable && may('manage_permissions')}
      />
      <DeleteUser server={{ id: server, name: row.name }} user={deleting} onClose={() => setDeleting(null)} />
    </div>
  );
}

function DeleteUser({
  server,
  user,
  onClose,
}: {
  server: { id: string; name: string };
  user: UserRow | null;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const begun = useRunBegun();
  const [purge, setPurge] = useState(false);
  const name = user?.fullname ?? '';
  const remove = useChange(
    (username: string) => ipc.people.remove(server.id, username, purge),
    (result) => {
      onClose();
      begun(result.run, t('people.deleting', { name }));
    },
  );
  return (
    <ConfirmDialog
      opened={user !== null}
      onClose={onClose}
      title={t('people.deleteTitle', { name, server: server.name })}
      goes={
        purge
          ? t('people.deleteGoesAll', { mail: user?.mail ?? '' })
          : t('people.deleteGoes', { mail: user?.mail ?? '' })
      }
      stays={purge ? t('people.deleteStaysApps') : t('people.deleteStays')}
      undo={t('people.deleteUndo')}
      keep={t('people.deleteKeep', { name })}
      act={t('people.deleteAct', { name })}
      busy={remove.isPending}
      onAct={() => user && remove.mutate(user.username)}
      error={remove.error ? <ErrorSentence error={remove.error} /> : null}
    >
      <Checkbox
        mt={12}
        label={t('people.purge')}
        checked={purge}
        onChange={(event) => setPurge(event.currentTarget.checked)}
      />
    </ConfirmDialog>
  );
}
