/**
 * What can be done now: pages register their commands while they are shown; the palette, the shortcuts and
 * the sheet of shortcuts read the same list.
 */
import type { ReactNode } from 'react';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { Privilege } from './contract';
import { useMay } from './policy';

export type CommandGroup = 'go' | 'page' | 'app';

export interface Command {
  id: string;
  title: string;
  hint?: string;
  group: CommandGroup;
  icon?: ReactNode;
  /** `n`, `/`, `g s`, `mod+k`, `F5`, `mod+,`, `?`. */
  keys?: string;
  /** Known to the shortcuts only, not offered in the palette. */
  hidden?: boolean;
  /** Offered to whoever holds this, and to nobody else. */
  needs?: Privilege;
  run: () => void;
}

let commands: readonly Command[] = [];
const owned = new Map<symbol, readonly Command[]>();
const listeners = new Set<() => void>();

function publish(): void {
  commands = [...owned.values()].flat();
  for (const listener of listeners) listener();
}

export function currentCommands(): readonly Command[] {
  return commands;
}

/** Offers these commands while the component is shown. */
export function useCommands(all: readonly Command[]): void {
  const may = useMay();
  const list = all.filter((command) => command.needs === undefined || may(command.needs));
  const latest = useRef(list);
  latest.current = list;
  const signature = list
    .map((command) => `${command.id}\u0000${command.title}\u0000${command.hint ?? ''}`)
    .join('\u0001');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature stands for the list
  useEffect(() => {
    const key = Symbol('commands');
    owned.set(
      key,
      latest.current.map((command) => ({
        ...command,
        run: () => latest.current.find((other) => other.id === command.id)?.run(),
      })),
    );
    publish();
    return () => {
      owned.delete(key);
      publish();
    };
  }, [signature]);
}

export function useCommandList(): readonly Command[] {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, currentCommands);
}
