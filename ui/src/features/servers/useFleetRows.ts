/** The rows of the fleet, fetched in parts of 200 as they come into view. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { ServerPage, ServerQuery, ServerRow } from '../../shared/contract';
import { queries } from '../../shared/queries';
import { PAGE } from './fleetSearch';

export function useFleetRows(query: ServerQuery): {
  page: ServerPage | undefined;
  rows: readonly (ServerRow | null)[];
  error: unknown;
  onRange: (first: number, last: number) => void;
} {
  const first = useQuery(queries.servers(query));
  const [range, setRange] = useState<[number, number]>([0, 0]);
  const total = first.data?.total ?? 0;
  const parts = useMemo(() => {
    const wanted: number[] = [];
    for (let part = Math.max(1, range[0]); part <= range[1] && part * PAGE < total; part += 1)
      wanted.push(part);
    return wanted;
  }, [range, total]);
  const others = useQueries({
    queries: parts.map((part) => queries.servers({ ...query, offset: part * PAGE })),
  });
  const loaded = others.map((other) => other.data?.rows);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `loaded` is a new array each time; its members are not
  const rows = useMemo(() => {
    const all: (ServerRow | null)[] = [...(first.data?.rows ?? [])];
    while (all.length < total) all.push(null);
    parts.forEach((part, index) => {
      loaded[index]?.forEach((row, offset) => {
        all[part * PAGE + offset] = row;
      });
    });
    return all;
  }, [first.data, total, parts, ...loaded]);
  const onRange = useCallback((from: number, until: number) => {
    const next: [number, number] = [Math.floor(from / PAGE), Math.floor(until / PAGE)];
    setRange((before) => (before[0] === next[0] && before[1] === next[1] ? before : next));
  }, []);
  return { page: first.data, rows, error: first.error, onRange };
}
