/** What an entry says, in the reader's words. */
import type { TFunction } from 'i18next';
import type { JournalRow, PolicyView, Words } from '../../shared/contract';
import { en } from '../../shared/i18n/en';
import type { Tone } from '../../shared/parts/State';

type What = keyof typeof en.what;
type Outcome = keyof typeof en.outcome;

const ASKED = 'ask.';

/** `server.add` as words; of a denial, what was asked for. What has no words here is shown as it is written. */
export function whatWords(
  what: string,
  t: TFunction,
  say: (words: Words) => string,
  policy: PolicyView | undefined,
): string {
  if (what.startsWith(ASKED)) {
    const asked = policy?.privileges.find((each) => each.privilege === what.slice(ASKED.length));
    return asked ? say(asked.words) : what;
  }
  const key = what.replaceAll('.', '_');
  return key in en.what ? t(`what.${key as What}`) : what;
}

export function outcomeWords(outcome: string, t: TFunction): string {
  return outcome in en.outcome ? t(`outcome.${outcome as Outcome}`) : outcome;
}

const TONES: Record<string, Tone> = {
  done: 'ok',
  begun: 'run',
  failed: 'fail',
  denied: 'denied',
  refused: 'denied',
  unknown: 'unknown',
  cancelled: 'off',
  undone: 'off',
};

export function outcomeTone(outcome: string): Tone {
  return TONES[outcome] ?? 'off';
}

/** The detail of an entry, as what it is called and what it is; nested things by their path. */
export function detailOf(row: JournalRow): [name: string, value: string][] {
  let read: unknown;
  try {
    read = JSON.parse(row.detail);
  } catch {
    return [['detail', row.detail]];
  }
  const found: [string, string][] = [];
  const walk = (value: unknown, path: string) => {
    if (value === null || value === undefined || value === '') return;
    if (typeof value === 'object' && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) walk(inner, path ? `${path}.${name}` : name);
    } else {
      const text = Array.isArray(value) ? value.map((each) => shownOf(each)).join(', ') : String(value);
      if (text) found.push([path, text]);
    }
  };
  walk(read, '');
  return found.slice(0, 24);
}

function shownOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

type Field = keyof typeof en.journal.field;

/** What a part of the detail is called; what has no words here is shown as it is written. */
export function fieldWords(name: string, t: TFunction): string {
  return name in en.journal.field ? t(`journal.field.${name as Field}`) : name;
}

/** The run that an entry tells of. */
export function runOf(row: JournalRow): string | null {
  const found = detailOf(row).find(([name]) => name === 'run');
  return found?.[1] ?? null;
}

/** A hash for the eye: its beginning and its end. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 4)} ${hash.slice(4, 8)} … ${hash.slice(-4)}`;
}
