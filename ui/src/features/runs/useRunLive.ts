/**
 * The trace of a run, live: what is written is fetched once, in parts, and the events add
 * to it. Lines are kept by number, so that one told twice is shown once.
 */
import { useEffect, useRef, useState } from 'react';
import type { TraceLine } from '../../shared/contract';
import { ipc, onLive } from '../../shared/ipc';

const PART = 1000;

/** Adds lines by their number: in order, each once. */
export function mergeLines(known: readonly TraceLine[], more: readonly TraceLine[]): TraceLine[] {
  const last = known.at(-1)?.n ?? -1;
  if (more.every((line, index) => line.n > last && (index === 0 || line.n > (more[index - 1]?.n ?? -1)))) {
    return [...known, ...more];
  }
  const byNumber = new Map<number, TraceLine>();
  for (const line of known) byNumber.set(line.n, line);
  for (const line of more) byNumber.set(line.n, line);
  return [...byNumber.values()].sort((a, b) => a.n - b.n);
}

export function useRunLive(run: string): {
  lines: readonly TraceLine[];
  error: unknown;
} {
  const [lines, setLines] = useState<readonly TraceLine[]>([]);
  const [error, setError] = useState<unknown>(null);
  const waiting = useRef<TraceLine[]>([]);
  useEffect(() => {
    let gone = false;
    let stop: (() => void) | undefined;
    let frame = 0;
    setLines([]);
    setError(null);
    waiting.current = [];
    // Lines come in bursts: they are shown once a frame.
    const flush = () => {
      frame = 0;
      const more = waiting.current;
      waiting.current = [];
      if (more.length > 0) setLines((known) => mergeLines(known, more));
    };
    const take = (more: readonly TraceLine[]) => {
      waiting.current.push(...more);
      if (frame === 0) frame = requestAnimationFrame(flush);
    };
    const read = async () => {
      let from = 0;
      for (;;) {
        const page = await ipc.runs.trace(run, from, PART);
        if (gone) return;
        take(page.lines);
        from += page.lines.length;
        if (page.lines.length === 0 || from >= page.total) return;
      }
    };
    void onLive((event) => {
      if (event.run !== run) return;
      if (event.kind === 'trace') take(event.lines);
    }).then((unlisten) => {
      if (gone) unlisten();
      else {
        stop = unlisten;
        // Read after listening: nothing falls between.
        read().catch((problem: unknown) => !gone && setError(problem));
      }
    });
    return () => {
      gone = true;
      stop?.();
      if (frame !== 0) cancelAnimationFrame(frame);
    };
  }, [run]);
  return { lines, error };
}
