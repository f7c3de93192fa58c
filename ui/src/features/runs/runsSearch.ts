/** The filters of the runs page, kept in the address so that back works. */
import type { RunKind, RunQuery, RunState } from '../../shared/contract';

export const RUN_STATES: readonly RunState[] = [
  'running',
  'waiting',
  'paused',
  'undoing',
  'failed',
  'unknown',
  'done',
  'cancelled',
  'undone',
];

export const RUN_KINDS: readonly RunKind[] = [
  'server_provision',
  'server_disconnect',
  'app_install',
  'app_upgrade',
  'app_remove',
  'user_create',
  'user_update',
  'user_delete',
  'permission_add',
  'permission_remove',
  'service_restart',
  'api_switch',
  'gate_install',
  'gate_remove',
  'diagnose',
  'server_add',
  'refresh',
  'update_check',
];

export type RunsTab = 'open' | 'ended';

export interface RunsSearch {
  tab?: RunsTab;
  text?: string;
  state?: RunState[];
  kind?: RunKind[];
  server?: string;
}

export function readRunsSearch(raw: Record<string, unknown>): RunsSearch {
  const list = <V extends string>(value: unknown, known: readonly V[]): V[] | undefined => {
    const found = Array.isArray(value) ? known.filter((each) => value.includes(each)) : [];
    return found.length > 0 ? found : undefined;
  };
  const search: RunsSearch = {};
  if (raw.tab === 'open' || raw.tab === 'ended') search.tab = raw.tab;
  if (typeof raw.text === 'string' && raw.text) search.text = raw.text;
  if (typeof raw.server === 'string' && raw.server) search.server = raw.server;
  const state = list(raw.state, RUN_STATES);
  if (state) search.state = state;
  const kind = list(raw.kind, RUN_KINDS);
  if (kind) search.kind = kind;
  return search;
}

/** Without what is not set, so that the address stays short. */
export function cleanRuns(search: RunsSearch): RunsSearch {
  return Object.fromEntries(
    Object.entries(search).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

export function asRunQuery(search: RunsSearch, limit: number): RunQuery {
  return {
    server: search.server ?? null,
    states: search.state ?? [],
    kinds: search.kind ?? [],
    open: search.tab === undefined ? null : search.tab === 'open',
    limit,
  };
}

export function isRunsFiltered(search: RunsSearch): boolean {
  return Boolean(search.text || search.server || search.state?.length || search.kind?.length);
}
