/**
 * The keys that work everywhere: one listener over the command registry. Single letters work only outside
 * fields and dialogs, and can be switched off; `g s` is two keys within a second.
 */
import { useEffect } from 'react';
import { currentCommands } from '../shared/commands';
import { takesText } from '../shared/keys';

const SEQUENCE_MS = 1000;

/** The name of a key press as commands write it: `mod+k`, `n`, `?`, `F5`. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key;
}

export function useShortcuts(singleKeys: boolean): void {
  useEffect(() => {
    let before = '';
    let beforeAt = 0;
    const listener = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.isComposing) return;
      const name = keyName(event);
      const plainKey = !name.startsWith('mod+') && !/^F\d+$/.test(name);
      const dialog = document.querySelector('[role=dialog]') !== null;
      if (dialog && name !== 'mod+k') return;
      if (plainKey && (!singleKeys || takesText(event.target))) return;
      const now = Date.now();
      const sequence = now - beforeAt < SEQUENCE_MS ? `${before} ${name}` : '';
      const commands = currentCommands();
      const found =
        commands.findLast((command) => sequence !== '' && command.keys === sequence) ??
        commands.findLast((command) => command.keys === name);
      before = name;
      beforeAt = now;
      if (!found) return;
      event.preventDefault();
      before = '';
      found.run();
    };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, [singleKeys]);
}
