/** The servers that whoever is at work sees: a restricted administrator has a handful. */
import { useQuery } from '@tanstack/react-query';
import type { ServerRow } from './contract';
import { queries } from './queries';

/** A page of a customer's own things puts so many servers together at most. */
const MOST = 50;

export function useOwnServers(): { servers: readonly ServerRow[] | undefined; error: unknown } {
  const { data, error } = useQuery(queries.servers({ limit: MOST, sort: 'name' }));
  return { servers: data?.rows, error };
}
