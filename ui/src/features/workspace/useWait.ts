import { useEffect, useState } from 'react';

/** Seconds still to wait, counting down. */
export function useWait(seconds: number, again: number): number {
  const [left, setLeft] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new refusal begins a new wait
  useEffect(() => {
    if (!(seconds > 0)) {
      setLeft(0);
      return;
    }
    const end = Date.now() + seconds * 1000;
    setLeft(Math.ceil(seconds));
    const timer = setInterval(() => {
      const rest = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      setLeft(rest);
      if (rest === 0) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [seconds, again]);
  return left;
}
