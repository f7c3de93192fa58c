/** The open workspace, from the cache; null while another world is shown. */
import { useQuery } from '@tanstack/react-query';
import type { Status } from './contract';
import { queries } from './queries';

export function useStatus(): Extract<Status, { state: 'open' }> | null {
  const { data } = useQuery(queries.status());
  return data?.state === 'open' ? data : null;
}
