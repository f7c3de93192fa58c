/** The filters of the journal's page, kept in the address so that back works and others can link to them. */
import type { JournalQuery } from '../../shared/contract';

export const PERIODS = ['today', 'yesterday', 'week', 'month', 'year'] as const;
export type Period = (typeof PERIODS)[number];

export interface JournalSearch {
  text?: string;
  account?: string;
  what?: string;
  outcome?: string;
  customer?: string;
  /** One thing: its kind and id. */
  kind?: string;
  id?: string;
  run?: string;
  since?: Period;
  /** Days, as `2026-03-02`, both within. */
  from?: string;
  until?: string;
}

const TEXTS = ['text', 'account', 'what', 'outcome', 'customer', 'kind', 'id', 'run'] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function readJournalSearch(raw: Record<string, unknown>): JournalSearch {
  const search: JournalSearch = {};
  for (const name of TEXTS) {
    const value = raw[name];
    if (typeof value === 'string' && value) search[name] = value;
  }
  const since = PERIODS.find((period) => period === raw.since);
  if (since) search.since = since;
  for (const name of ['from', 'until'] as const) {
    const value = raw[name];
    if (typeof value === 'string' && DAY.test(value)) search[name] = value;
  }
  return search;
}

/** Without what is not set, so that the address stays short. */
export function cleanJournal(search: JournalSearch): JournalSearch {
  return Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined && value !== ''),
  );
}

export function isJournalFiltered(search: JournalSearch): boolean {
  return Object.keys(cleanJournal(search)).length > 0;
}

/** The beginning of a period, on this computer's wall clock. */
export function beginOf(period: Period, now: number): Date {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  const back: Record<Period, number> = { today: 0, yesterday: 1, week: 7, month: 30, year: 365 };
  day.setDate(day.getDate() - back[period]);
  return day;
}

/** The local midnight at which a day begins, or the one at which it ends. */
function midnight(day: string, after: number): string {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + after).toISOString();
}

export function asJournalQuery(search: JournalSearch, now: number): JournalQuery {
  return {
    text: search.text ?? '',
    account: search.account ?? null,
    what: search.what ?? null,
    outcome: search.outcome ?? null,
    customer: search.customer ?? null,
    run: search.run ?? null,
    subject_kind: search.id ? (search.kind ?? 'server') : null,
    subject_id: search.id ?? null,
    from: search.from
      ? midnight(search.from, 0)
      : search.since
        ? beginOf(search.since, now).toISOString()
        : null,
    until: search.until ? midnight(search.until, 1) : null,
    before: null,
    limit: 200,
  };
}
