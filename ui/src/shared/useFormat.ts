/** The formats of format.ts bound to the reader's language and to the present, which moves every 30 s. */
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import * as f from './format';
import { asLanguage, type Language } from './i18n';

const TICK = 30_000;
let present = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) present = Date.now();
  listeners.add(listener);
  timer ??= setInterval(() => {
    present = Date.now();
    for (const each of listeners) each();
  }, TICK);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present, to the half minute. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => present);
}

/** The present, to the second, while something is timed. */
export function useSecond(timed: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!timed) return;
    const ticking = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(ticking);
  }, [timed]);
  return now;
}

export function useLanguage(): Language {
  return asLanguage(useTranslation().i18n.language);
}

export interface Formats {
  language: Language;
  now: number;
  age(since: f.Moment): string;
  outage(since: f.Moment): string;
  isToday(moment: f.Moment): boolean;
  clock(moment: f.Moment): string;
  clockSeconds(moment: f.Moment): string;
  day(moment: f.Moment): string;
  when(moment: f.Moment): string;
  whenShort(moment: f.Moment): string;
  exact(moment: f.Moment): string;
  /** On the wall clock of a zone. */
  whenExact(moment: f.Moment, zone: string): string;
  integer(value: number): string;
  percent(fraction: number): string;
  bytes(value: number): string;
  compare(a: string, b: string): number;
}

export function useFormat(): Formats {
  const { t } = useTranslation();
  const language = useLanguage();
  const now = useNow();
  const today = t('time.today');
  return useMemo(
    () => ({
      language,
      now,
      age: (since) => f.age(since, now, language),
      outage: (since) => f.outage(since, now, language),
      isToday: (moment) => f.isToday(moment, now),
      clock: (moment) => f.clock(moment, language),
      clockSeconds: (moment) => f.clockSeconds(moment, language),
      day: (moment) => f.day(moment, now, language),
      when: (moment) => f.when(moment, now, language, today),
      whenShort: (moment) => f.whenShort(moment, now, language),
      exact: (moment) => f.exact(moment, language),
      whenExact: (moment, zone) => f.inZone(moment, zone, language),
      integer: (value) => f.integer(value, language),
      percent: (fraction) => f.percent(fraction, language),
      bytes: (value) => f.bytes(value, language),
      compare: (a, b) => f.compareText(a, b, language),
    }),
    [language, now, today],
  );
}
