/** What became of the last refresh of many servers, for the status bar. Kept for this sitting only. */
import { useSyncExternalStore } from 'react';

export interface LastSweep {
  at: number;
  answered: number;
  all: number;
}

let last: LastSweep | null = null;
const listeners = new Set<() => void>();

export function rememberSweep(sweep: LastSweep): void {
  last = sweep;
  for (const listener of listeners) listener();
}

export function useLastSweep(): LastSweep | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => last,
  );
}
