/** Installed apps in a table: on the overview, and whole on their tab. */
import { ActionIcon, Menu } from '@mantine/core';
import {
  IconArrowUp,
  IconDots,
  IconExternalLink,
  IconHistory,
  IconTrash,
  IconUsers,
} from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppRow } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { AppIcon } from '../../shared/parts/AppIcon';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { State } from '../../shared/parts/State';
import { useMay } from '../../shared/policy';
import { useChange } from '../../shared/queries';
import { visible } from '../../shared/visible';
import { RemoveApp, UpgradeApp } from './AppDialogs';
import { ShippedApp } from './ShippedApp';
import { ShippedMark } from './ShippedMark';
import './apps.css';

export function AppTable({
  server,
  apps,
  acts,
  whole,
}: {
  server: { id: string; name: string; domain: string | null };
  apps: readonly AppRow[];
  /** Whether what needs the server is offered. */
  acts: boolean;
  whole?: boolean;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  const [seesPeople, opens] = [may('see_people'), may('open_app')];
  const [upgrades, removes] = [may('upgrade_app'), may('remove_app')];
  const turns = may('edit_server');
  const [upgrading, setUpgrading] = useState<AppRow | null>(null);
  const [removing, setRemoving] = useState<AppRow | null>(null);
  const [shipped, setShipped] = useState<AppRow | null>(null);
  const open = useChange((app: string) => ipc.apps.open(server.id, app));
  const { mutate } = open;
  const begun = (run: string) => void navigate({ to: '/runs/$run', params: { run } });

  const columns = useMemo<Column<AppRow>[]>(
    () => [
      {
        id: 'app',
        head: t('apps.app'),
        sortValue: (row) => row.label,
        cell: (row) => (
          <span className="cell-main">
            <AppIcon id={row.id} name={row.label} />
            <span className="name" title={visible(row.description)}>
              {visible(row.label)}
            </span>
            {whole && <span className="code-s t3">{row.id}</span>}
          </span>
        ),
      },
      {
        id: 'address',
        head: t('apps.address'),
        width: whole ? 260 : 150,
        from: whole ? 760 : 620,
        sortValue: (row) => row.address ?? '',
        cell: (row) =>
          row.url && opens ? (
            <button
              type="button"
              className="link code-s ell app-address"
              tabIndex={-1}
              title={t('apps.openNamed', { app: row.label })}
              onClick={() => mutate(row.id)}
            >
              {whole ? row.address : shortAddress(row.address, server.domain)}
            </button>
          ) : (
            <span className="code-s">{row.address ?? '—'}</span>
          ),
      },
      {
        id: 'version',
        head: t('apps.version'),
        width: 124,
        from: whole ? 620 : 760,
        sortValue: (row) => row.version,
        cell: (row) => <span className="num">{row.version}</span>,
      },
      {
        id: 'state',
        head: t('servers.state'),
        width: 166,
        sortValue: (row) => (row.shipped ? 2 : row.in_catalogue ? (row.new_version ? 1 : 2) : 0),
        cell: (row) =>
          row.shipped ? (
            <ShippedMark shipped={row.shipped} />
          ) : !row.in_catalogue ? (
            <State tone="warn" word={t('apps.notInCatalogue')} />
          ) : row.new_version ? (
            <span className="row" title={row.new_version}>
              <IconArrowUp aria-hidden style={{ color: 'var(--accent)' }} />
              <span className="strong" style={{ color: 'var(--accent)' }}>
                {t('apps.canUpgrade')}
              </span>
            </span>
          ) : (
            <State tone="ok" word={t('apps.upToDate')} />
          ),
      },
      {
        id: 'people',
        head: t('tab.people'),
        width: 76,
        align: 'end',
        sortValue: (row) => row.people,
        cell: (row) => row.people,
      },
      {
        id: 'act',
        head: <span className="vh">{t('act.more')}</span>,
        width: 88,
        align: 'end',
        cell: (row) => (
          <span className="row" style={{ justifyContent: 'flex-end', gap: 0 }}>
            {row.url && opens && (
              <ActionIcon
                size={26}
                aria-label={t('apps.openNamed', { app: row.label })}
                onClick={() => mutate(row.id)}
                data-testid={`open-${row.id}`}
              >
                <IconExternalLink />
              </ActionIcon>
            )}
            <Menu position="bottom-end" width={220}>
              <Menu.Target>
                <ActionIcon
                  size={26}
                  aria-label={t('apps.moreNamed', { app: row.label })}
                  data-testid={`more-${row.id}`}
                >
                  <IconDots />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {seesPeople && (
                  <Menu.Item
                    leftSection={<IconUsers size={16} />}
                    onClick={() =>
                      void navigate({ to: '/servers/$server/people', params: { server: server.id } })
                    }
                  >
                    {t('apps.whoMay')}
                  </Menu.Item>
                )}
                {acts && row.shipped && turns && (
                  <Menu.Item leftSection={<IconHistory size={16} />} onClick={() => setShipped(row)}>
                    {t('apps.shippedMore')}
                  </Menu.Item>
                )}
                {acts && upgrades && !row.shipped && (
                  <Menu.Item
                    leftSection={<IconArrowUp size={16} />}
                    disabled={!row.new_version}
                    onClick={() => setUpgrading(row)}
                  >
                    {row.new_version
                      ? t('apps.upgradeTo', { version: row.new_version })
                      : t('apps.noUpgrade')}
                  </Menu.Item>
                )}
                {acts && removes && (
                  <>
                    <Menu.Divider />
                    <Menu.Item
                      className="warns"
                      leftSection={<IconTrash size={16} />}
                      onClick={() => setRemoving(row)}
                    >
                      {t('apps.remove')}
                    </Menu.Item>
                  </>
                )}
              </Menu.Dropdown>
            </Menu>
          </span>
        ),
      },
    ],
    [t, whole, mutate, navigate, server.id, server.domain, acts, seesPeople, opens, upgrades, removes, turns],
  );
  return (
    <>
      {open.error && (
        <div className="card-body">
          <ErrorSentence error={open.error} />
        </div>
      )}
      <DataTable
        inCard
        label={t('tab.apps')}
        columns={columns}
        rows={apps}
        rowId={(row) => row.id}
        firstSort={{ id: 'app', desc: false }}
      />
      <UpgradeApp server={server} app={upgrading} onClose={() => setUpgrading(null)} onBegun={begun} />
      <ShippedApp
        key={shipped?.id}
        server={server}
        app={shipped}
        onClose={() => setShipped(null)}
        onBegun={begun}
      />
      <RemoveApp server={server} app={removing} onClose={() => setRemoving(null)} onBegun={begun} />
    </>
  );
}

/** On the overview the server's own domain goes without saying. */
function shortAddress(address: string | null, domain: string | null): string {
  if (!address) return '—';
  return domain && address.startsWith(`${domain}/`) ? address.slice(domain.length) : address;
}
