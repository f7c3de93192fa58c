/** The filters of the fleet, as they live in the address. */
import type { ServerQuery, ServerSort, ServerState } from '../../shared/contract';
import { SEVERITY } from '../../shared/states';

export interface FleetSearch {
  text?: string;
  state?: ServerState[];
  tag?: string[];
  version?: string[];
  customer?: string[];
  sort?: ServerSort;
  desc?: boolean;
}

const SORTS: readonly ServerSort[] = [
  'state',
  'name',
  'customer',
  'version',
  'apps',
  'certificate',
  'updates',
  'last_seen',
];

function texts(value: unknown): string[] | undefined {
  const list = Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
  return list.length > 0 ? list : undefined;
}

/** Reads an address; what makes no sense in it is dropped. */
export function readFleetSearch(raw: Record<string, unknown>): FleetSearch {
  const state = texts(raw.state)?.filter((each): each is ServerState =>
    SEVERITY.some((known) => known === each),
  );
  return {
    ...(typeof raw.text === 'string' && raw.text !== '' ? { text: raw.text } : {}),
    ...(state && state.length > 0 ? { state } : {}),
    ...(texts(raw.tag) ? { tag: texts(raw.tag) } : {}),
    ...(texts(raw.version) ? { version: texts(raw.version) } : {}),
    ...(texts(raw.customer) ? { customer: texts(raw.customer) } : {}),
    ...(SORTS.some((known) => known === raw.sort) ? { sort: raw.sort as ServerSort } : {}),
    ...(raw.desc === true ? { desc: true } : {}),
  };
}

export function asQuery(search: FleetSearch): ServerQuery {
  return {
    text: search.text ?? '',
    states: search.state ?? [],
    tags: search.tag ?? [],
    versions: search.version ?? [],
    customers: search.customer ?? [],
    sort: search.sort ?? 'state',
    descending: search.desc ?? false,
    offset: 0,
    limit: PAGE,
  };
}

export const PAGE = 200;

export function isFiltered(search: FleetSearch): boolean {
  return Boolean(search.text || search.state || search.tag || search.version || search.customer);
}
