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
import { readRunsSearch } from '../features/runs/runsSearch';
import { FleetPage } from '../features/servers/FleetPage';
import { readFleetSearch } from '../features/servers/fleetSearch';
import type { Status } from '../shared/contract';
import { NotFound, PageError } from './PageError';
import { Root } from './Root';

const root = createRootRouteWithContext<{ status: Extract<Status, { state: 'open' }> }>()({
  component: Root,
  errorComponent: PageError,
  notFoundComponent: NotFound,
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/servers' });
  },
});

const servers = createRoute({
  getParentRoute: () => root,
  path: '/servers',
  validateSearch: readFleetSearch,
  component: FleetPage,
});

const addServer = createRoute({
  getParentRoute: () => root,
  path: '/servers/add',
  component: lazyRouteComponent(() => import('../features/servers/AddServerPage')),
});

const provision = createRoute({
  getParentRoute: () => root,
  path: '/servers/provision',
  validateSearch: (raw: Record<string, unknown>): { server?: string } =>
    typeof raw.server === 'string' ? { server: raw.server } : {},
  component: lazyRouteComponent(() => import('../features/servers/provision/ProvisionPage')),
});

const server = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server',
  component: lazyRouteComponent(() => import('../features/servers/ServerPage')),
});
const overview = createRoute({
  getParentRoute: () => server,
  path: '/',
  component: lazyRouteComponent(() => import('./ServerOverview')),
});
const apps = createRoute({
  getParentRoute: () => server,
  path: '/apps',
  component: lazyRouteComponent(() => import('../features/apps/AppsTab')),
});
const people = createRoute({
  getParentRoute: () => server,
  path: '/people',
  component: lazyRouteComponent(() => import('../features/people/PeopleTab')),
});
const domains = createRoute({
  getParentRoute: () => server,
  path: '/domains',
  component: lazyRouteComponent(() => import('../features/domains/DomainsTab')),
});
const services = createRoute({
  getParentRoute: () => server,
  path: '/services',
  component: lazyRouteComponent(() => import('../features/services/ServicesTab')),
});
const diagnosis = createRoute({
  getParentRoute: () => server,
  path: '/diagnosis',
  component: lazyRouteComponent(() => import('../features/diagnosis/DiagnosisTab')),
});
const history = createRoute({
  getParentRoute: () => server,
  path: '/history',
  component: lazyRouteComponent(() => import('../features/runs/HistoryTab')),
});

const editServer = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server/edit',
  component: lazyRouteComponent(() => import('../features/servers/EditServerPage')),
});
const chooseApp = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server/install',
  component: lazyRouteComponent(() => import('../features/apps/CataloguePage')),
});
const installApp = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server/install/$app',
  component: lazyRouteComponent(() => import('../features/apps/InstallPage')),
});
const newPerson = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server/people/new',
  component: lazyRouteComponent(() => import('../features/people/NewUserPage')),
});
const editPerson = createRoute({
  getParentRoute: () => root,
  path: '/servers/$server/people/edit/$user',
  component: lazyRouteComponent(() => import('../features/people/EditUserPage')),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: readRunsSearch,
  component: lazyRouteComponent(() => import('../features/runs/RunsPage')),
});
const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$run',
  component: lazyRouteComponent(() => import('../features/runs/RunPage')),
});
const report = createRoute({
  getParentRoute: () => root,
  path: '/runs/$run/report',
  component: lazyRouteComponent(() => import('../features/servers/provision/ReportPage')),
});
const newFleetRun = createRoute({
  getParentRoute: () => root,
  path: '/runs/new',
  validateSearch: (raw: Record<string, unknown>): { schedule?: boolean } =>
    raw.schedule === true ? { schedule: true } : {},
  component: lazyRouteComponent(() => import('../features/runs/fleet/NewFleetRunPage')),
});
const fleetRun = createRoute({
  getParentRoute: () => root,
  path: '/runs/fleet/$fleet',
  component: lazyRouteComponent(() => import('../features/runs/fleet/FleetRunPage')),
});
const schedules = createRoute({
  getParentRoute: () => root,
  path: '/schedules',
  component: lazyRouteComponent(() => import('../features/runs/SchedulesPage')),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings/SettingsPage')),
});

const accounts = createRoute({
  getParentRoute: () => root,
  path: '/accounts',
  component: lazyRouteComponent(() => import('../features/accounts/AccountsPage')),
});
const newAccount = createRoute({
  getParentRoute: () => root,
  path: '/accounts/new',
  component: lazyRouteComponent(() => import('../features/accounts/NewAccountPage')),
});
const ownAccount = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: lazyRouteComponent(() => import('../features/accounts/OwnAccountPage')),
});

const routeTree = root.addChildren([
  home,
  servers,
  addServer,
  provision,
  server.addChildren([overview, apps, people, domains, services, diagnosis, history]),
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
  settings,
  accounts,
  newAccount,
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
}
