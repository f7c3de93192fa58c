/** The frame around every page: sidebar, header with path and palette, status bar. */
import { Menu, Tooltip } from '@mantine/core';
import {
  IconApps,
  IconChevronRight,
  IconHistory,
  IconHome,
  IconLoader2,
  IconLock,
  IconPlayerPlay,
  IconSearch,
  IconSelector,
  IconServer2,
  IconSettings,
  IconUser,
  IconUsers,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useMatches, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Status } from '../../shared/contract';
import { useCurrentCrumbs } from '../../shared/crumbs';
import { ipc } from '../../shared/ipc';
import { CTRL } from '../../shared/keys';
import { Logo } from '../../shared/parts/Logo';
import { Avatar, Kbd } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { queries } from '../../shared/queries';
import { ATTENTION } from '../../shared/states';
import { useFormat } from '../../shared/useFormat';
import { NotYours } from '../NotYours';
import { openPalette } from '../palette/open';
import { AtWork } from './AtWork';
import './frame.css';
import { StatusBar } from './StatusBar';

type Open = Extract<Status, { state: 'open' }>;

export function Frame({ status, onShortcuts }: { status: Open; onShortcuts: () => void }) {
  return (
    <div className="frame">
      <Sidebar status={status} />
      <div className="content">
        <Header />
        <AtWork />
        <main className="main" id="main" tabIndex={-1}>
          <Page />
        </main>
      </div>
      <StatusBar status={status} onShortcuts={onShortcuts} />
    </div>
  );
}

/** The page, or why it is not shown. */
function Page() {
  const may = useMay();
  const denied = useMatches({
    select: (matches) =>
      matches
        .map((match) => match.staticData.needs)
        .find((needs) => needs !== null && needs !== undefined && !may(needs)),
  });
  return denied ? <NotYours needs={denied} /> : <Outlet />;
}

function Item({
  icon,
  label,
  count,
  to,
  due,
}: {
  icon: ReactNode;
  label: string;
  count?: number;
  to: '/home' | '/servers' | '/apps' | '/people' | '/runs' | '/accounts' | '/journal' | '/settings';
  due?: boolean;
}) {
  const { integer } = useFormat();
  return (
    <Tooltip
      label={label}
      position="right"
      events={{ hover: true, focus: false, touch: false }}
      disabled={window.innerWidth >= 1200}
    >
      <Link
        to={to}
        className="nav"
        data-due={due || undefined}
        activeOptions={{ exact: false, includeSearch: false }}
      >
        {icon}
        <span className="nav-label grow">{label}</span>
        {count ? <span className="nav-count num">{integer(count)}</span> : null}
        <span className="vh">{label}</span>
      </Link>
    </Tooltip>
  );
}

function Sidebar({ status }: { status: Open }) {
  const { t } = useTranslation();
  const { integer } = useFormat();
  const navigate = useNavigate();
  const may = useMay();
  const own = status.account.role === 'restricted_administrator';
  const servers = useQuery({ ...queries.servers({ limit: 1 }), enabled: may('see_servers') });
  const runs = useQuery({ ...queries.runs({ limit: 1 }), enabled: may('see_runs') });
  const waiting = (servers.data?.states ?? [])
    .filter((each) => ATTENTION.includes(each.state))
    .reduce((sum, each) => sum + each.count, 0);
  return (
    <nav className="sidebar" aria-label={t('nav.label')}>
      <Menu position="bottom-start" width={220}>
        <Menu.Target>
          <button
            type="button"
            className="side-head"
            aria-label={t('nav.workspaceMenu', { name: status.workspace.name })}
          >
            <Logo />
            <span className="grow ell">{status.workspace.name}</span>
            <IconSelector />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconLock size={16} />}
            rightSection={<Kbd>{CTRL} L</Kbd>}
            onClick={() => void ipc.workspace.lock()}
          >
            {t('nav.lock')}
          </Menu.Item>
          <Menu.Item leftSection={<IconSelector size={16} />} onClick={() => void ipc.workspace.close()}>
            {t('nav.another')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {own && <Item icon={<IconHome />} label={t('nav.home')} to="/home" />}
      <div className="side-title">{t(own ? 'nav.myFleet' : 'nav.fleet')}</div>
      {may('see_servers') && (
        <Item
          icon={<IconServer2 />}
          label={t('nav.servers')}
          count={servers.data?.all}
          to="/servers"
          due={waiting > 0}
        />
      )}
      {waiting > 0 && !own && (
        <Link
          to="/servers"
          search={{ state: [...ATTENTION] }}
          className="nav nav-sub"
          activeProps={{ 'data-status': undefined }}
        >
          <span className="grow">{t('nav.attention')}</span>
          <span className="nav-count num">{integer(waiting)}</span>
        </Link>
      )}
      {own && may('see_apps') && <Item icon={<IconApps />} label={t('nav.apps')} to="/apps" />}
      {own && may('see_people') && <Item icon={<IconUsers />} label={t('nav.people')} to="/people" />}
      {may('see_runs') && (
        <Item
          icon={<IconPlayerPlay />}
          label={t('nav.runs')}
          count={runs.data?.open}
          to="/runs"
          due={(runs.data?.open ?? 0) > 0}
        />
      )}
      <hr className="rail-rule" />
      <div className="side-title">{t('nav.workspace')}</div>
      {may('manage_accounts') && <Item icon={<IconUser />} label={t('account.title')} to="/accounts" />}
      {may('see_journal') && <Item icon={<IconHistory />} label={t('nav.journal')} to="/journal" />}
      <Item icon={<IconSettings />} label={t('nav.settings')} to="/settings" />
      <span className="grow" />
      <Menu position="top-start" width={200}>
        <Menu.Target>
          <button
            type="button"
            className="side-foot"
            aria-label={t('nav.accountMenu', { name: status.account.name })}
          >
            <Avatar name={status.account.name} />
            <span className="grow">
              <b className="ell">{status.account.name}</b>
              <small>{t(`role.${status.account.role}`)}</small>
            </span>
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconUser size={16} />} onClick={() => void navigate({ to: '/account' })}>
            {t('account.own')}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconSettings size={16} />}
            onClick={() => void navigate({ to: '/settings' })}
          >
            {t('nav.settings')}
          </Menu.Item>
          <Menu.Item leftSection={<IconLock size={16} />} onClick={() => void ipc.workspace.lock()}>
            {t('nav.lock')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}

function Header() {
  const { t } = useTranslation();
  const crumbs = useCurrentCrumbs();
  const may = useMay();
  const runs = useQuery({ ...queries.runs({ limit: 1 }), enabled: may('see_runs') });
  const open = runs.data?.open ?? 0;
  return (
    <header className="header">
      <nav aria-label={t('nav.path')} className="grow">
        <ol className="crumbs">
          {crumbs.map((crumb, index) => (
            <Fragment key={`${crumb.label}-${crumb.to ?? ''}`}>
              <li aria-current={index === crumbs.length - 1 ? 'page' : undefined}>
                {index > 0 && <IconChevronRight aria-hidden />}
                {crumb.to ? <Link to={crumb.to}>{crumb.label}</Link> : <span>{crumb.label}</span>}
              </li>
            </Fragment>
          ))}
        </ol>
      </nav>
      <button type="button" className="palette-field" onClick={openPalette} aria-keyshortcuts="Control+K">
        <IconSearch />
        <span className="grow">{t('palette.field')}</span>
        <Kbd>{CTRL} K</Kbd>
      </button>
      {open > 0 && (
        <Link to="/runs" className="runs-link">
          <IconLoader2 className="spin" aria-hidden />
          <span>
            <b className="num">{open}</b> {t('nav.runsOpen', { count: open })}
          </span>
        </Link>
      )}
    </header>
  );
}
