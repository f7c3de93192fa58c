/**
 * Dates, ages, sizes and numbers in the reader's form. Pure: the present is handed in.
 * Ages are in one unit (38 min, 6 h, 41 d / 41 j), or in two under a day when they measure an outage (2 h 14).
 */
import type { Language } from './i18n';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** English here is British in form: 3 Dec, 24-hour clock. */
const LOCALE: Record<Language, string> = { en: 'en-GB', fr: 'fr-FR' };
const DAY_UNIT: Record<Language, string> = { en: 'd', fr: 'j' };
const NBSP = '\u00a0';

export type Moment = string | number | Date;

function at(moment: Moment): Date {
  return moment instanceof Date ? moment : new Date(moment);
}

function sameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}

/** How long ago, in one unit: `38 min`, `6 h`, `41 d`. Under a minute it is `< 1 min`. */
export function age(since: Moment, now: Moment, language: Language): string {
  const spent = Math.max(0, at(now).getTime() - at(since).getTime());
  if (spent < MINUTE) return `<${NBSP}1${NBSP}min`;
  if (spent < HOUR) return `${Math.floor(spent / MINUTE)}${NBSP}min`;
  if (spent < DAY) return `${Math.floor(spent / HOUR)}${NBSP}h`;
  return `${Math.floor(spent / DAY)}${NBSP}${DAY_UNIT[language]}`;
}

/** An outage under a day is told in two units: `2 h 14`. */
export function outage(since: Moment, now: Moment, language: Language): string {
  const spent = Math.max(0, at(now).getTime() - at(since).getTime());
  if (spent < HOUR || spent >= DAY) return age(since, now, language);
  const minutes = Math.floor((spent % HOUR) / MINUTE);
  return `${Math.floor(spent / HOUR)}${NBSP}h${NBSP}${String(minutes).padStart(2, '0')}`;
}

/** `10:38`. */
export function clock(moment: Moment, language: Language): string {
  return new Intl.DateTimeFormat(LOCALE[language], {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at(moment));
}

/** Whether a moment is of the day that it is now. */
export function isToday(moment: Moment, now: Moment): boolean {
  return sameDay(at(moment), at(now));
}

/** `10:38:04`, for traces. */
export function clockSeconds(moment: Moment, language: Language): string {
  return new Intl.DateTimeFormat(LOCALE[language], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(at(moment));
}

/** `3 Dec`, and with the year when it is another one. */
export function day(moment: Moment, now: Moment, language: Language): string {
  const date = at(moment);
  const otherYear = date.getFullYear() !== at(now).getFullYear();
  return new Intl.DateTimeFormat(LOCALE[language], {
    day: 'numeric',
    month: 'short',
    ...(otherYear ? { year: 'numeric' } : {}),
  }).format(date);
}

/**
 * `today 09:14`; for the last day also `22 Nov 23:50`; else the day. The word for today is handed in.
 */
export function when(moment: Moment, now: Moment, language: Language, today: string): string {
  const date = at(moment);
  if (sameDay(date, at(now))) return `${today} ${clock(date, language)}`;
  return isRecent(date, now)
    ? `${day(date, now, language)} ${clock(date, language)}`
    : day(date, now, language);
}

/** `09:14` today and within the last 12 hours, else the day: for narrow places. */
export function whenShort(moment: Moment, now: Moment, language: Language): string {
  const date = at(moment);
  const near = at(now).getTime() - date.getTime() < DAY / 2 && isRecent(date, now);
  return sameDay(date, at(now)) || near ? clock(date, language) : day(date, now, language);
}

function isRecent(date: Date, now: Moment): boolean {
  const spent = at(now).getTime() - date.getTime();
  return spent >= 0 && spent < DAY;
}

/** The exact time, for tooltips and accessible names. */
export function exact(moment: Moment, language: Language): string {
  return new Intl.DateTimeFormat(LOCALE[language], { dateStyle: 'full', timeStyle: 'medium' }).format(
    at(moment),
  );
}

/** `Sun 29 Nov 03:00` on the wall clock of a zone; of the reader's when the zone is not known here. */
export function inZone(moment: Moment, zone: string, language: Language): string {
  const form: Intl.DateTimeFormatOptions = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  };
  try {
    return new Intl.DateTimeFormat(LOCALE[language], { ...form, timeZone: zone }).format(at(moment));
  } catch {
    return new Intl.DateTimeFormat(LOCALE[language], form).format(at(moment));
  }
}

/** A length of time with seconds: `0:14`, `6:12`, `1:02:07`. */
export function duration(milliseconds: number): string {
  const total = Math.max(0, Math.round(milliseconds / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** A length of time in words: `14 s`, `6 min 32 s`, `2 h 05`. */
export function spell(milliseconds: number): string {
  const total = Math.max(0, Math.round(milliseconds / 1000));
  if (total < 60) return `${total}${NBSP}s`;
  if (total < 3600) {
    const rest = total % 60;
    return rest === 0
      ? `${total / 60}${NBSP}min`
      : `${Math.floor(total / 60)}${NBSP}min${NBSP}${rest}${NBSP}s`;
  }
  return `${Math.floor(total / 3600)}${NBSP}h${NBSP}${String(Math.floor((total % 3600) / 60)).padStart(2, '0')}`;
}

export function integer(value: number, language: Language): string {
  return new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: 0 }).format(value);
}

/** `62 %`, with the space both languages' design asks for. */
export function percent(fraction: number, language: Language): string {
  return `${integer(Math.round(fraction * 100), language)}${NBSP}%`;
}

const UNITS: Record<Language, readonly string[]> = {
  en: ['B', 'kB', 'MB', 'GB', 'TB'],
  fr: ['o', 'ko', 'Mo', 'Go', 'To'],
};

/** Bytes in powers of 1000, one decimal under 10: `3.1 GB`, `3,1 Go`. */
export function bytes(value: number, language: Language): string {
  let unit = 0;
  let amount = value;
  while (amount >= 1000 && unit < 4) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && amount < 10 ? 1 : 0;
  const text = new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: digits }).format(amount);
  return `${text}${NBSP}${UNITS[language][unit] ?? ''}`;
}

export function compareText(a: string, b: string, language: Language): number {
  return a.localeCompare(b, LOCALE[language], { numeric: true, sensitivity: 'base' });
}

/** For searching: no case, no accents. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
