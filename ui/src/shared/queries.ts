/**
 * Server state, only through the query cache. A query says which topics it shows (in its `meta`); the
 * `changed` event invalidates exactly the queries that show one of the changed topics. Nothing polls.
 */
import {
  keepPreviousData,
  QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import type { AppError, FleetQuery, JournalQuery, RunQuery, ServerQuery, Topic } from './contract';
import { asAppError, type IpcError, ipc } from './ipc';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: IpcError;
    queryMeta: { topics: readonly Topic[] };
  }
}

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 5 * 60_000,
        retry: false,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
      },
      mutations: { retry: false },
    },
  });
}

export function sameTopic(a: Topic, b: Topic): boolean {
  if (a.kind !== b.kind) return false;
  return 'id' in a && 'id' in b ? a.id === b.id : true;
}

/** Fetches again what shows one of these topics; what is not on screen is only marked. */
export function invalidate(client: QueryClient, changed: readonly Topic[]): Promise<void> {
  return client.invalidateQueries({
    predicate: (query) => {
      const shown = query.meta?.topics ?? [];
      return shown.some((topic) => changed.some((other) => sameTopic(topic, other)));
    },
  });
}

const server = (id: string): Topic => ({ kind: 'server', id });

export const queries = {
  status: () =>
    queryOptions({
      queryKey: ['status'],
      queryFn: ipc.workspace.status,
      meta: { topics: [{ kind: 'workspace' }] },
    }),
  policy: () =>
    queryOptions({
      queryKey: ['policy'],
      queryFn: ipc.workspace.policy,
      meta: { topics: [{ kind: 'workspace' }] },
    }),
  preferences: () =>
    queryOptions({
      queryKey: ['preferences'],
      queryFn: ipc.preferences.get,
      meta: { topics: [{ kind: 'preferences' }] },
    }),
  servers: (query: ServerQuery) =>
    queryOptions({
      queryKey: ['servers', query],
      queryFn: () => ipc.servers.list(query),
      placeholderData: keepPreviousData,
      meta: { topics: [{ kind: 'servers' }] },
    }),
  server: (id: string) =>
    queryOptions({
      queryKey: ['server', id],
      queryFn: () => ipc.servers.detail(id),
      meta: { topics: [server(id)] },
    }),
  /** Read anew each time it is shown: it is edited outside. */
  sshConfig: () =>
    queryOptions({
      queryKey: ['ssh-config'],
      queryFn: ipc.servers.sshConfig,
      staleTime: 0,
      meta: { topics: [{ kind: 'servers' }] },
    }),
  keyConflict: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'key'],
      queryFn: () => ipc.servers.keyConflict(id),
      meta: { topics: [server(id)] },
    }),
  domains: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'domains'],
      queryFn: () => ipc.servers.domains(id),
      meta: { topics: [server(id)] },
    }),
  services: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'services'],
      queryFn: () => ipc.servers.services(id),
      meta: { topics: [server(id)] },
    }),
  diagnosis: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'diagnosis'],
      queryFn: () => ipc.servers.diagnosis(id),
      meta: { topics: [server(id)] },
    }),
  operations: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'operations'],
      queryFn: () => ipc.servers.operations(id),
      meta: { topics: [server(id)] },
    }),
  apps: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'apps'],
      queryFn: () => ipc.apps.list(id),
      meta: { topics: [server(id)] },
    }),
  /** Read anew each time it is shown: a log goes on by itself. */
  shipped: (id: string, app: string, deployments: boolean) =>
    queryOptions({
      queryKey: ['server', id, 'shipped', app, deployments],
      queryFn: () => ipc.apps.shipped(id, app, deployments),
      staleTime: 0,
      meta: { topics: [server(id)] },
    }),
  catalogue: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'catalogue'],
      queryFn: () => ipc.apps.catalogue(id),
      meta: { topics: [server(id)] },
    }),
  installForm: (id: string, app: string) =>
    queryOptions({
      queryKey: ['server', id, 'form', app],
      queryFn: () => ipc.apps.form(id, app),
      meta: { topics: [server(id)] },
    }),
  gates: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'gates'],
      queryFn: () => ipc.gates.list(id),
      meta: { topics: [server(id), { kind: 'gates' }] },
    }),
  people: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'people'],
      queryFn: () => ipc.people.list(id),
      meta: { topics: [server(id)] },
    }),
  launcher: () =>
    queryOptions({
      queryKey: ['portal', 'launcher'],
      queryFn: ipc.portal.launcher,
      // What an app is for is told in the language of the window.
      meta: { topics: [{ kind: 'portal' }, { kind: 'preferences' }] },
    }),
  logos: () =>
    queryOptions({
      queryKey: ['portal', 'logos'],
      queryFn: ipc.portal.logos,
      meta: { topics: [{ kind: 'portal' }] },
    }),
  profile: (place: string) =>
    queryOptions({
      queryKey: ['portal', 'profile', place],
      queryFn: () => ipc.portal.profile(place),
      meta: { topics: [{ kind: 'portal' }] },
    }),
  runs: (query: RunQuery) =>
    queryOptions({
      queryKey: ['runs', query],
      queryFn: () => ipc.runs.list(query),
      placeholderData: keepPreviousData,
      meta: { topics: [{ kind: 'runs' }] },
    }),
  fleets: (query: FleetQuery) =>
    queryOptions({
      queryKey: ['fleets', query],
      queryFn: () => ipc.fleet.list(query),
      placeholderData: keepPreviousData,
      meta: { topics: [{ kind: 'fleets' }] },
    }),
  fleet: (id: string) =>
    queryOptions({
      queryKey: ['fleet', id],
      queryFn: () => ipc.fleet.detail(id),
      meta: { topics: [{ kind: 'fleet', id }] },
    }),
  door: (folder: string | null) =>
    queryOptions({
      queryKey: ['door', folder],
      queryFn: () => ipc.workspace.door(folder),
      meta: { topics: [{ kind: 'workspace' }, { kind: 'accounts' }] },
    }),
  known: () =>
    queryOptions({
      queryKey: ['known'],
      queryFn: ipc.workspace.known,
      meta: { topics: [{ kind: 'workspace' }] },
    }),
  accounts: () =>
    queryOptions({
      queryKey: ['accounts'],
      queryFn: ipc.accounts.list,
      meta: { topics: [{ kind: 'accounts' }] },
    }),
  ownAccount: () =>
    queryOptions({
      queryKey: ['accounts', 'own'],
      queryFn: ipc.accounts.own,
      meta: { topics: [{ kind: 'accounts' }] },
    }),
  customers: () =>
    queryOptions({
      queryKey: ['customers'],
      queryFn: ipc.customers.list,
      meta: { topics: [{ kind: 'customers' }] },
    }),
  schedules: () =>
    queryOptions({
      queryKey: ['schedules'],
      queryFn: ipc.schedules.list,
      meta: { topics: [{ kind: 'schedules' }] },
    }),
  journal: (query: JournalQuery) =>
    queryOptions({
      queryKey: ['journal', query],
      queryFn: () => ipc.journal.list(query),
      placeholderData: keepPreviousData,
      meta: { topics: [{ kind: 'journal' }] },
    }),
  journalEntry: (n: number) =>
    queryOptions({
      queryKey: ['journal', 'entry', n],
      queryFn: () => ipc.journal.entry(n),
      placeholderData: keepPreviousData,
      meta: { topics: [{ kind: 'journal' }] },
    }),
  journalChoices: () =>
    queryOptions({
      queryKey: ['journal', 'choices'],
      queryFn: ipc.journal.choices,
      meta: { topics: [{ kind: 'journal' }] },
    }),
  journalState: () =>
    queryOptions({
      queryKey: ['journal', 'state'],
      queryFn: ipc.journal.state,
      meta: { topics: [{ kind: 'journal' }] },
    }),
  journalCut: (before: string) =>
    queryOptions({
      queryKey: ['journal', 'cut', before],
      queryFn: () => ipc.journal.cutPlan(before),
      staleTime: 0,
      placeholderData: keepPreviousData,
      meta: { topics: [] },
    }),
  trainingMachines: () =>
    queryOptions({
      queryKey: ['training', 'machines'],
      queryFn: ipc.workspace.trainingMachines,
      meta: { topics: [{ kind: 'workspace' }] },
    }),
  provisioningForm: () =>
    queryOptions({
      queryKey: ['provisioning', 'form'],
      queryFn: ipc.provisioning.form,
      meta: { topics: [{ kind: 'servers' }] },
    }),
  report: (run: string) =>
    queryOptions({
      queryKey: ['run', run, 'report'],
      queryFn: () => ipc.provisioning.report(run),
      meta: { topics: [{ kind: 'run', id: run }] },
    }),
  removals: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'removals'],
      queryFn: () => ipc.provisioning.removals(id),
      meta: { topics: [server(id)] },
    }),
  losses: (id: string) =>
    queryOptions({
      queryKey: ['server', id, 'losses'],
      queryFn: () => ipc.provisioning.losses(id),
      meta: { topics: [server(id)] },
    }),
  run: (id: string) =>
    queryOptions({
      queryKey: ['run', id],
      queryFn: () => ipc.runs.detail(id),
      meta: { topics: [{ kind: 'run', id }] },
    }),
};

/** A change: its error is an `AppError`; what it touches is told by the `changed` event. */
export function useChange<A, R>(change: (args: A) => Promise<R>, onDone?: (result: R, args: A) => void) {
  return useMutation<R, IpcError, A>({
    mutationFn: change,
    onSuccess: (result, args) => onDone?.(result, args),
  });
}

/** Says at once that these topics changed, without waiting for the event. */
export function useInvalidate(): (topics: readonly Topic[]) => Promise<void> {
  const client = useQueryClient();
  return (topics) => invalidate(client, topics);
}

export function errorOf(thrown: unknown): AppError | null {
  return thrown == null ? null : asAppError(thrown);
}
