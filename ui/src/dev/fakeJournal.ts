/** An invented journal: entries of the last days, or a million of them, made as they are asked for. */
import type * as C from '../shared/contract';

const WHO = [
  { id: 'a-camille', name: 'Camille Morvan', role: 'administrator' },
  { id: 'a-ines', name: 'Inès Calvet', role: 'restricted_administrator' },
  { id: 'a-noe', name: 'Noé Kermarec', role: 'administrator' },
] as const;

const WHAT: [what: string, outcome: string][] = [
  ['app_install', 'begun'],
  ['app_install', 'done'],
  ['ask.edit_server', 'denied'],
  ['user_create', 'done'],
  ['server.add', 'done'],
  ['app_upgrade', 'failed'],
  ['permission_add', 'done'],
  ['journal.export', 'done'],
  ['server.accept_key', 'done'],
  ['service_restart', 'unknown'],
];

const CUSTOMER = 'c-glycines';

function hash(n: number): string {
  let state = (n * 2654435761) >>> 0;
  return Array.from({ length: 8 }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 1) >>> 0;
    return state.toString(16).padStart(8, '0');
  }).join('');
}

export class FakeJournal {
  state: C.JournalState | null = null;

  constructor(
    public count: number,
    private readonly servers: readonly C.ServerRow[],
    private readonly now = Date.now(),
  ) {}

  row(n: number): C.JournalRow {
    const who = WHO[n % 7 === 0 ? 1 : n % 11 === 0 ? 2 : 0];
    const [what, outcome] = WHAT[n % WHAT.length] ?? ['server.add', 'done'];
    const server = this.servers[n % Math.max(1, this.servers.length)];
    const workspace = what.startsWith('journal.') || server === undefined;
    return {
      n,
      id: `e-${n}`,
      at: new Date(this.now - (this.count - n) * 540_000).toISOString(),
      account: who.id,
      who: who.name,
      role: who.role,
      what,
      subject_kind: workspace ? 'workspace' : 'server',
      subject_id: workspace ? null : server.id,
      subject: workspace ? 'Tour & Cie' : server.name,
      outcome,
      detail: JSON.stringify(
        what.startsWith('ask.')
          ? { times: 1 }
          : what.includes('.')
            ? {}
            : { run: 'r-done', change: { app: 'nextcloud', domain: 'nuage.glycines.example' } },
      ),
      customer: server?.customer === 'Clinique des Glycines' ? CUSTOMER : null,
    };
  }

  list(query: C.JournalQuery, own: boolean): C.JournalPage {
    const words = (query.text ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word.length > 2);
    const rows: C.JournalRow[] = [];
    const limit = query.limit || 200;
    let n = (query.before ?? this.count + 1) - 1;
    for (; n > 0 && rows.length <= limit; n -= 1) {
      const row = this.row(n);
      const hay = `${row.who} ${row.what} ${row.subject}`.toLowerCase();
      const fits =
        (!own || row.customer === CUSTOMER) &&
        (!query.account || row.account === query.account) &&
        (!query.what || row.what === query.what) &&
        (!query.outcome || row.outcome === query.outcome) &&
        (!query.customer || row.customer === query.customer) &&
        (!query.subject_id || row.subject_id === query.subject_id) &&
        (!query.run || row.detail.includes(`"${query.run}"`)) &&
        (!query.from || row.at >= query.from) &&
        (!query.until || row.at < query.until) &&
        words.every((word) => hay.includes(word));
      if (fits) rows.push(row);
    }
    const more = rows.length > limit;
    const shown = rows.slice(0, limit);
    return {
      rows: shown,
      next: more ? (shown.at(-1)?.n ?? null) : null,
      all: own || query.before ? null : this.count,
      found: more ? null : shown.length,
    };
  }

  entry(n: number): C.JournalEntry {
    return {
      row: this.row(n),
      this: hash(n),
      before: hash(n - 1),
      signed_at: new Date(this.now - 3_600_000).toISOString(),
      signed_n: this.count - 4,
    };
  }

  choices(own: boolean): C.JournalChoices {
    return {
      accounts: WHO.map(({ id, name }) => ({ id, name })),
      whats: [...new Set(WHAT.map(([what]) => what))].sort(),
      outcomes: [...new Set(WHAT.map(([, outcome]) => outcome))].sort(),
      customers: own ? [] : [{ id: CUSTOMER, name: 'Clinique des Glycines' }],
    };
  }

  check(): C.JournalState {
    this.state = {
      at: new Date().toISOString(),
      entries: this.count,
      first: 1,
      signed_to: this.count,
      signer: 'SHA256:Wm4sD0vGq1y8xkTnB7rJZcE2hUoP5aLfXi9tQ6RbMdg',
      fault: null,
      fault_at: null,
    };
    return this.state;
  }

  cut(before: string): C.JournalCut {
    let goes = 0;
    while (goes < this.count && this.row(goes + 1).at < before) goes += 1;
    return {
      upto: goes || null,
      goes,
      first_at: goes ? this.row(1).at : null,
      last_at: goes ? this.row(goes).at : null,
      stays: this.count - goes,
    };
  }
}
