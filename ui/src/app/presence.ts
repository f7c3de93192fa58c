/** Tells the program that somebody is at the window, at most twice a minute: without that it locks itself. */
import { useEffect } from 'react';
import { ipc } from '../shared/ipc';

const EVERY = 30_000;

export function usePresence(): void {
  useEffect(() => {
    let last = 0;
    const touched = () => {
      const now = Date.now();
      if (now - last < EVERY) return;
      last = now;
      void ipc.window.touched().catch(() => undefined);
    };
    const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;
    for (const sign of signs) window.addEventListener(sign, touched, { passive: true });
    touched();
    return () => {
      for (const sign of signs) window.removeEventListener(sign, touched);
    };
  }, []);
}
