/**
 * The journal's rows, the newest first, fetched as one scrolls. Entries never change, so what was fetched is kept; only
 * the newest page is asked for again when something was written. Where an answer says that it did not look through
 * everything yet, the next is asked for at once, until there is a page to show.
 */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import type { JournalPage, JournalQuery, JournalRow } from '../../shared/contract';
import { ipc } from '../../shared/ipc';
import { queries } from '../../shared/queries';

/** So many are shown; what is older is found by its date. */
export const SHOWN = 20_000;

/** What the older pages are kept under. */
export const OLDER = ['journal', 'older'] as const;

export interface JournalRows {
  rows: readonly JournalRow[];
  /** The newest page: with how many entries there are. */
  page: JournalPage | undefined;
  error: unknown;
  /** The number of the entry before which is being looked, while nothing was found for a while. */
  lookingBefore: number | null;
  /** There is more, and it is not shown: older than this. */
  stopped: string | null;
  onRange: (first: number, last: number) => void;
}

export function useJournalRows(query: JournalQuery): JournalRows {
  const newest = useQuery(queries.journal(query));
  const older = useInfiniteQuery({
    queryKey: [...OLDER, query],
    queryFn: ({ pageParam }) => ipc.journal.list({ ...query, before: pageParam }),
    initialPageParam: null as number | null,
    getNextPageParam: (page: JournalPage) => page.next,
    placeholderData: keepPreviousData,
    meta: { topics: [] },
  });
  const { data, hasNextPage, isFetching, fetchNextPage, refetch } = older;
  const kept = useMemo(() => data?.pages.flatMap((page) => page.rows) ?? [], [data]);
  const fresh = newest.data?.rows;
  const top = kept[0]?.n ?? 0;
  const rows = useMemo(
    () => (data ? [...(fresh ?? []).filter((row) => row.n > top), ...kept].slice(0, SHOWN) : []),
    [data, fresh, kept, top],
  );

  // So much was written meanwhile that the newest page does not reach what is known: begin anew.
  const torn = kept.length > 0 && (fresh?.length ?? 0) >= query.limit && (fresh?.at(-1)?.n ?? 0) > top + 1;
  useEffect(() => {
    if (torn) void refetch();
  }, [torn, refetch]);

  const full = rows.length >= SHOWN;
  const pages = data?.pages.length ?? 0;
  const lastShort = (data?.pages.at(-1)?.rows.length ?? 0) < query.limit;
  const looking = hasNextPage && lastShort && !full && kept.length < pages * 20;
  useEffect(() => {
    if (looking && !isFetching) void fetchNextPage();
  }, [looking, isFetching, fetchNextPage]);

  const count = rows.length;
  const onRange = useCallback(
    (_: number, last: number) => {
      if (last >= count - 60 && hasNextPage && !isFetching && count < SHOWN) void fetchNextPage();
    },
    [count, hasNextPage, isFetching, fetchNextPage],
  );
  return {
    rows,
    page: newest.data,
    error: newest.error ?? older.error,
    lookingBefore: looking ? (data?.pages.at(-1)?.next ?? null) : null,
    stopped: full && (hasNextPage || kept.length > SHOWN) ? (rows.at(-1)?.at ?? null) : null,
    onRange,
  };
}
