/** The accounts of the workspace: who works here, as what, and whether they may. */
import { ActionIcon, Button, Menu, TextInput } from '@mantine/core';
import {
  IconDots,
  IconKey,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconServer2,
  IconShieldOff,
  IconTrash,
  IconUserPlus,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../shared/commands';
import type { Account } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorSentence, ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { ConfirmDialog, Dialog } from '../../shared/parts/Dialog';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { toast } from '../../shared/parts/toasts';
import { Avatar, Pill } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { queries, useChange } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { PasswordDialog } from './PasswordDialog';
import { ResetPassword } from './ResetPassword';
import './accounts.css';

type Doing = { what: 'rename' | 'reset' | 'factor' | 'delete'; account: Account };

export default function AccountsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [doing, setDoing] = useState<Doing | null>(null);
  useCrumbs([{ label: t('nav.workspace') }, { label: t('account.title') }]);
  const { data, error } = useQuery(queries.accounts());
  const add = () => void navigate({ to: '/accounts/new' });
  const close = () => setDoing(null);
  useCommands([
    {
      id: 'new-account',
      title: t('account.add'),
      group: 'page',
      keys: 'n',
      icon: <IconUserPlus />,
      run: add,
    },
  ]);
  const enable = useChange(
    (account: Account) =>
      account.disabled_at ? ipc.accounts.enable(account.id) : ipc.accounts.disable(account.id),
    (_, account) =>
      toast(t(account.disabled_at ? 'account.enabledDone' : 'account.disabledDone', { name: account.name })),
  );
  const remove = useChange(
    (account: Account) => ipc.accounts.remove(account.id),
    (_, account) => {
      toast(t('account.deleted', { name: account.name }));
      close();
    },
  );
  const resetFactor = useChange(
    (given: { account: Account; own: string }) => ipc.accounts.resetFactor(given.account.id, given.own),
    close,
  );
  const { mutate: switchOn } = enable;
  const gives = useMay()('manage_gates');
  const columns = useMemo<Column<Account>[]>(
    () => [
      {
        id: 'name',
        head: t('account.name'),
        sortValue: (row) => row.name,
        cell: (row) => (
          <span className="row">
            <Avatar name={row.name} size={20} />
            <span className="name">{row.name}</span>
            {row.own && <span className="t3 small">{t('account.you')}</span>}
          </span>
        ),
      },
      {
        id: 'role',
        head: t('account.roleHead'),
        width: 190,
        sortValue: (row) => row.role,
        cell: (row) => t(`role.${row.role}`),
      },
      {
        id: 'customer',
        head: t('account.customer'),
        width: 190,
        sortValue: (row) => row.customer?.name ?? '',
        cell: (row) => row.customer?.name ?? '—',
      },
      {
        id: 'factor',
        head: t('account.factor'),
        width: 120,
        from: 1060,
        cell: (row) => (row.second_factor ? t('act.yes') : '—'),
      },
      {
        id: 'since',
        head: t('account.since'),
        width: 140,
        from: 940,
        sortValue: (row) => row.created_at,
        cell: (row) => <span className="t3">{format.when(row.created_at)}</span>,
      },
      {
        id: 'state',
        head: t('account.state'),
        width: 200,
        sortValue: (row) => row.disabled_at ?? '',
        cell: (row) =>
          row.disabled_at ? (
            <Pill tone="off">{t('account.disabledSince', { when: format.when(row.disabled_at) })}</Pill>
          ) : (
            t('account.works')
          ),
      },
      {
        id: 'act',
        head: <span className="vh">{t('act.more')}</span>,
        width: 56,
        align: 'end',
        cell: (row) => (
          <Menu position="bottom-end" width={240}>
            <Menu.Target>
              <ActionIcon size={26} aria-label={t('account.moreNamed', { name: row.name })}>
                <IconDots />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={<IconPencil size={16} />}
                onClick={() => setDoing({ what: 'rename', account: row })}
              >
                {t('account.rename')}
              </Menu.Item>
              {row.role === 'restricted_administrator' && gives && (
                <Menu.Item
                  leftSection={<IconServer2 size={16} />}
                  onClick={() =>
                    void navigate({ to: '/accounts/$account/entries', params: { account: row.id } })
                  }
                >
                  {t('entry.ofMenu')}
                </Menu.Item>
              )}
              {!row.own && (
                <>
                  {!row.disabled_at && (
                    <Menu.Item
                      leftSection={<IconKey size={16} />}
                      onClick={() => setDoing({ what: 'reset', account: row })}
                    >
                      {t('account.reset')}
                    </Menu.Item>
                  )}
                  {row.second_factor && (
                    <Menu.Item
                      leftSection={<IconShieldOff size={16} />}
                      onClick={() => setDoing({ what: 'factor', account: row })}
                    >
                      {t('account.resetFactor')}
                    </Menu.Item>
                  )}
                  <Menu.Item
                    leftSection={
                      row.disabled_at ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />
                    }
                    onClick={() => switchOn(row)}
                  >
                    {row.disabled_at ? t('account.enable') : t('account.disable')}
                  </Menu.Item>
                  <Menu.Divider />
                  <Menu.Item
                    className="warns"
                    leftSection={<IconTrash size={16} />}
                    onClick={() => setDoing({ what: 'delete', account: row })}
                  >
                    {t('account.delete')}
                  </Menu.Item>
                </>
              )}
            </Menu.Dropdown>
          </Menu>
        ),
      },
    ],
    [t, format, switchOn, navigate, gives],
  );
  return (
    <div className="page">
      <PageHead
        title={t('account.title')}
        count={data?.length}
        actions={
          <Button variant="filled" leftSection={<IconUserPlus size={16} />} onClick={add}>
            {t('account.add')}
          </Button>
        }
      />
      {enable.error && (
        <div className="page-note">
          <ErrorSentence error={enable.error} />
        </div>
      )}
      {error ? (
        <ErrorView error={error} />
      ) : data ? (
        <DataTable
          label={t('account.title')}
          columns={columns}
          rows={data}
          rowId={(row) => row.id}
          rowLabel={(row) => row.name}
          firstSort={{ id: 'name', desc: false }}
        />
      ) : (
        <SkeletonRows />
      )}
      {doing?.what === 'rename' && <Rename account={doing.account} onClose={close} />}
      {doing?.what === 'reset' && <ResetPassword account={doing.account} onClose={close} />}
      {doing?.what === 'factor' && (
        <PasswordDialog
          title={t('account.resetFactorTitle', { name: doing.account.name })}
          text={t('account.resetFactorText')}
          act={t('account.resetFactorAct')}
          busy={resetFactor.isPending}
          error={resetFactor.error}
          onClose={close}
          onAct={(own) => resetFactor.mutate({ account: doing.account, own })}
        />
      )}
      {doing?.what === 'delete' && (
        <ConfirmDialog
          opened
          onClose={close}
          title={t('account.deleteTitle', { name: doing.account.name })}
          goes={t('account.deleteGoes')}
          stays={t('account.deleteStays')}
          undo={t('account.deleteUndo')}
          keep={t('account.deleteKeep', { name: doing.account.name })}
          act={t('account.deleteAct', { name: doing.account.name })}
          busy={remove.isPending}
          error={remove.error ? <ErrorSentence error={remove.error} /> : null}
          onAct={() => remove.mutate(doing.account)}
        />
      )}
    </div>
  );
}

function Rename({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation();
  const say = useWords();
  const [name, setName] = useState(account.name);
  const rename = useChange((_: null) => ipc.accounts.rename(account.id, name), onClose);
  const wrong = rename.error?.fields[0];
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('account.renameTitle', { name: account.name })}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" form="rename" variant="filled" loading={rename.isPending}>
            {t('account.renameAct')}
          </Button>
        </>
      }
    >
      <form
        id="rename"
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate(null);
        }}
      >
        <TextInput
          data-autofocus
          label={t('account.name')}
          value={name}
          error={wrong ? say(wrong.words) : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {rename.error && !wrong && <ErrorSentence error={rename.error} />}
      </form>
    </Dialog>
  );
}
