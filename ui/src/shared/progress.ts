/**
 * How far runs at work are, as they say it: the program writes a percentage down now and then, and tells it at once.
 * One ear for all who show it: a list, a strip, a page.
 */
import { useSyncExternalStore } from 'react';
import type { LiveEvent } from './contract';
import { onLive } from './ipc';

export type Progress = Extract<LiveEvent, { kind: 'progress' }>;

/** Runs that nobody shows any more are forgotten, the oldest first. */
const MOST = 500;

const known = new Map<string, Progress>();
const listeners = new Set<() => void>();
let stop: Promise<() => void> | undefined;

function hear(event: LiveEvent): void {
  if (event.kind !== 'progress') return;
  known.delete(event.run);
  known.set(event.run, event);
  if (known.size > MOST) known.delete(known.keys().next().value ?? '');
  for (const each of listeners) each();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  stop ??= onLive(hear);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    const ending = stop;
    stop = undefined;
    known.clear();
    void ending?.then((unlisten) => unlisten());
  };
}

/** What a run said last about how far it is; none before it said something. */
export function useProgress(run: string | null | undefined): Progress | null {
  return useSyncExternalStore(subscribe, () => (run ? (known.get(run) ?? null) : null));
}

/**
 * The percentage to show of a run whose step at work is `step`: what it said, if it said it in this step, else what was
 * written down.
 */
export function percentNow(
  said: Pick<Progress, 'step' | 'percent'> | null,
  step: number,
  written: number | null,
): number | null {
  return said !== null && said.step >= step && said.percent !== null ? said.percent : written;
}
