/** Whether this computer has a network, as the system says; the training fleet needs none. */
import { useSyncExternalStore } from 'react';

let since: number | null = typeof navigator !== 'undefined' && navigator.onLine === false ? Date.now() : null;

function subscribe(listener: () => void): () => void {
  const change = () => {
    since = navigator.onLine ? null : (since ?? Date.now());
    listener();
  };
  window.addEventListener('online', change);
  window.addEventListener('offline', change);
  return () => {
    window.removeEventListener('online', change);
    window.removeEventListener('offline', change);
  };
}

/** Since when there is no network, or null. */
export function useOffline(): number | null {
  return useSyncExternalStore(subscribe, () => since);
}
