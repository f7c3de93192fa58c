/** The path shown in the header; each page says its own, the last part is where one is. */
import { useEffect, useSyncExternalStore } from 'react';

export interface Crumb {
  label: string;
  /** An address of the router, for all but the last. */
  to?: string;
}

let crumbs: readonly Crumb[] = [];
const listeners = new Set<() => void>();

export function useCrumbs(list: readonly Crumb[]): void {
  const signature = JSON.stringify(list);
  useEffect(() => {
    crumbs = JSON.parse(signature) as Crumb[];
    for (const listener of listeners) listener();
    document.title = [...crumbs.map((crumb) => crumb.label)].reverse().concat('Towerify').join(' · ');
  }, [signature]);
}

export function useCurrentCrumbs(): readonly Crumb[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    () => crumbs,
  );
}
