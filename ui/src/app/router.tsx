/**
 * The addresses of the interface. Hash history: the program serves files, and the address bar is not seen,
 * but back, forward and a filter kept in the address work.
 */
import {
  createHashHistory,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { readJournalSearch } from '../features/journal/journalSearch';
import { readRunsSearch } from '../features/runs/runsSearch';
import { FleetPage } from '../features/servers/FleetPage';
import { readFleetSearch } from '../features/servers/fleetSearch';
import type { Privilege, Status } from '../shared/contract';
import { NotFound, PageError } from './PageError';
import { Root } from './Root';

const root = createRootRouteWithContext<{
  status: Extract<Status, { state: 'open' }>;
}>()({
  staticData: { needs: null },
  component: Root,
  errorComponent: PageError,
  notFoundComponent: NotFound,
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  staticData: { needs: null },
  beforeLoad: ({ context }) => {
    const own = context.status.account.role === 'restricted_administrator';
    throw redirect({ to: own ? '/home' : '/servers' });
  },
});

const ownHome = createRoute({
  getParentRoute: () => root,
  path: '/home',
  staticData: { needs: 'see_servers' },
  component: lazyRouteComponent(() => import('./OwnHome')),
});
const everyApp = createRoute({
  getParentRoute: () => root,
  path: '/apps',
  staticData: { needs: 'see_apps' },
  component: lazyRouteComponent(() => import('../features/apps/EveryAppPage')),
});
const everyPerson = createRoute({
  getParentRoute: () => root,
  path: '/people',
  staticData: { needs: 'see_people' },
  component: lazyRouteComponent(() => import('../features/people/EveryPersonPage')),
});

const servers = createRoute({
  getParentRoute: () => root,
  path: '/servers',
  staticData: { needs: 'see_servers' },
  validateSearch: readFleetSearch,
  component: FleetPage,
});

const addServer = createRoute({
  getParentRoute: () => root,
  path: '/servers/add',
  staticData: { needs: 'add_server' },
  component: lazyRouteComponent(() => import('../features/servers/AddServerPage')),
});

const provision = createRoute({
  getParentRoute: () => root,
  path: '/servers/provision',
  staticData: { needs: 'provision_server' },
  validateSearch: (raw: Record<string, unknown>): { server?: string } =>
    typeof raw.server === 'string' ? { server: raw.server } : {},
  component: lazyRouteComponent(() => import('../features/servers/provision/ProvisionPage')),
});

const server = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server',
  staticData: { needs: 'see_servers' },
  component: lazyRouteComponent(() => import('../features/servers/ServerPage')),
});
const overview = createRoute({
  getParentRoute: () => server,
  path: '/',
  staticData: { needs: 'see_servers' },
  component: lazyRouteComponent(() => import('./ServerOverview')),
});
const apps = createRoute({
  getParentRoute: () => server,
  path: '/apps',
  staticData: { needs: 'see_apps' },
  component: lazyRouteComponent(() => import('../features/apps/AppsTab')),
});
const people = createRoute({
  getParentRoute: () => server,
  path: '/people',
  staticData: { needs: 'see_people' },
  component: lazyRouteComponent(() => import('../features/people/PeopleTab')),
});
const domains = createRoute({
  getParentRoute: () => server,
  path: '/domains',
  staticData: { needs: 'see_domains' },
  component: lazyRouteComponent(() => import('../features/domains/DomainsTab')),
});
const services = createRoute({
  getParentRoute: () => server,
  path: '/services',
  staticData: { needs: 'see_services' },
  component: lazyRouteComponent(() => import('../features/services/ServicesTab')),
});
const diagnosis = createRoute({
  getParentRoute: () => server,
  path: '/diagnosis',
  staticData: { needs: 'see_services' },
  component: lazyRouteComponent(() => import('../features/diagnosis/DiagnosisTab')),
});
const entries = createRoute({
  getParentRoute: () => server,
  path: '/entries',
  staticData: { needs: 'manage_gates' },
  component: lazyRouteComponent(() => import('../features/gates/EntriesTab')),
});
const history = createRoute({
  getParentRoute: () => server,
  path: '/history',
  staticData: { needs: 'see_runs' },
  component: lazyRouteComponent(() => import('../features/runs/HistoryTab')),
});

const editServer = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server/edit',
  staticData: { needs: 'edit_server' },
  component: lazyRouteComponent(() => import('../features/servers/EditServerPage')),
});
const chooseApp = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server/install',
  staticData: { needs: 'install_app' },
  component: lazyRouteComponent(() => import('../features/apps/CataloguePage')),
});
const installApp = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server/install/$app',
  staticData: { needs: 'install_app' },
  component: lazyRouteComponent(() => import('../features/apps/InstallPage')),
});
const newPerson = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server/people/new',
  staticData: { needs: 'manage_users' },
  component: lazyRouteComponent(() => import('../features/people/NewUserPage')),
});
const editPerson = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server/people/edit/$user',
  staticData: { needs: 'manage_users' },
  component: lazyRouteComponent(() => import('../features/people/EditUserPage')),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  staticData: { needs: 'see_runs' },
  validateSearch: readRunsSearch,
  component: lazyRouteComponent(() => import('../features/runs/RunsPage')),
});
const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$run',
  staticData: { needs: 'see_runs' },
  component: lazyRouteComponent(() => import('../features/runs/RunPage')),
});
const report = createRoute({
  getParentRoute: () => root,
  path: '/runs/$run/report',
  staticData: { needs: 'provision_server' },
  component: lazyRouteComponent(() => import('../features/servers/provision/ReportPage')),
});
const newFleetRun = createRoute({
  getParentRoute: () => root,
  path: '/runs/new',
  staticData: { needs: 'run_fleet' },
  validateSearch: (raw: Record<string, unknown>): { schedule?: boolean } =>
    raw.schedule === true ? { schedule: true } : {},
  component: lazyRouteComponent(() => import('../features/runs/fleet/NewFleetRunPage')),
});
const fleetRun = createRoute({
  getParentRoute: () => root,
  path: '/runs/fleet/$fleet',
  staticData: { needs: 'run_fleet' },
  component: lazyRouteComponent(() => import('../features/runs/fleet/FleetRunPage')),
});
const schedules = createRoute({
  getParentRoute: () => root,
  path: '/schedules',
  staticData: { needs: 'manage_schedules' },
  component: lazyRouteComponent(() => import('../features/runs/SchedulesPage')),
});
const journal = createRoute({
  getParentRoute: () => root,
  path: '/journal',
  staticData: { needs: 'see_journal' },
  validateSearch: readJournalSearch,
  component: lazyRouteComponent(() => import('../features/journal/JournalPage')),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  staticData: { needs: null },
  component: lazyRouteComponent(() => import('../features/settings/SettingsPage')),
});

const accounts = createRoute({
  getParentRoute: () => root,
  path: '/accounts',
  staticData: { needs: 'manage_accounts' },
  component: lazyRouteComponent(() => import('../features/accounts/AccountsPage')),
});
const newAccount = createRoute({
  getParentRoute: () => root,
  path: '/accounts/new',
  staticData: { needs: 'manage_accounts' },
  component: lazyRouteComponent(() => import('../features/accounts/NewAccountPage')),
});
const accountEntries = createRoute({
  getParentRoute: () => root,
  path: '/accounts/$account/entries',
  staticData: { needs: 'manage_gates' },
  component: lazyRouteComponent(() => import('../features/gates/AccountEntriesPage')),
});
const ownAccount = createRoute({
  getParentRoute: () => root,
  path: '/account',
  staticData: { needs: 'manage_own_account' },
  component: lazyRouteComponent(() => import('../features/accounts/OwnAccountPage')),
});

const routeTree = root.addChildren([
  home,
  ownHome,
  everyApp,
  everyPerson,
  servers,
  addServer,
  provision,
  server.addChildren([overview, apps, people, domains, services, diagnosis, entries, history]),
  editServer,
  chooseApp,
  installApp,
  newPerson,
  editPerson,
  runs,
  run,
  report,
  newFleetRun,
  fleetRun,
  schedules,
  journal,
  settings,
  accounts,
  newAccount,
  accountEntries,
  ownAccount,
]);

export const router = createRouter({
  routeTree,
  history: createHashHistory(),
  // The status is handed in when the workspace opens.
  context: undefined as never,
  defaultPreload: 'intent',
  defaultPendingMs: 300,
  defaultErrorComponent: PageError,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  /** What one must hold to see a page; a route that does not say it does not compile. */
  interface StaticDataRouteOption {
    needs: Privilege | null;
  }
}
