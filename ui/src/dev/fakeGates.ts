/** Invented entries: one out of date and one up to date on `glycines-01`, one that never came to its end on `northfold-01`. */
import type * as C from '../shared/contract';

/** The version that would be put there now, and an older one. */
export const NOW = '1-5f3ac01e';
const FORMER = '1-0b77d2e4';

const DIFFERENCE: C.Words = {
  en: 'An entry lets its owner do on this server what its policy says and nothing else: their users, groups and apps. It is decided on the server, and opens no shell. A YunoHost administrator can do everything there, by SSH and in YunoHost’s own administration, also to what is another’s.',
  fr: 'Une entrée permet à son détenteur de faire sur ce serveur ce que dit sa politique et rien d’autre : ses utilisateurs, ses groupes et ses apps. C’est décidé sur le serveur, et n’ouvre aucun terminal. Un administrateur YunoHost y peut tout, par SSH et dans l’administration de YunoHost, y compris sur ce qui est à d’autres.',
};

function row(account: C.GateAccount, state: C.GateState): C.GateRow {
  const there = state !== 'planned';
  return {
    account,
    system_user: `towerify-${account.id.padStart(12, '7c40e19ab3d2')}`,
    fingerprint: 'SHA256:hP0mVq3cXr9WdTfKz7Yb1LsNuE5oGjAi8xQw2RvMk4Y',
    state,
    version: state === 'current' ? NOW : there ? FORMER : null,
    installed_at: there ? '2026-03-04T10:12:00Z' : null,
  };
}

export class FakeGates {
  /** By server. */
  private readonly there = new Map<string, C.GateRow[]>();

  constructor(accounts: readonly C.Account[]) {
    const begun: [server: string, account: string, state: C.GateState][] = [
      ['s-glycines-01', 'a3', 'outdated'],
      ['s-glycines-01', 'a6', 'current'],
      ['s-northfold-01', 'a8', 'planned'],
    ];
    for (const [server, id, state] of begun) {
      const account = accounts.find((each) => each.id === id);
      if (account) this.there.set(server, [...this.of(server), row({ id, name: account.name }, state)]);
    }
  }

  of(server: string): C.GateRow[] {
    return this.there.get(server) ?? [];
  }

  list(server: C.ServerRow, accounts: readonly C.Account[]): C.Gates {
    const gates = this.of(server.id);
    return {
      server: server.id,
      version: NOW,
      gates,
      without: accounts
        .filter(
          (each) =>
            each.role === 'restricted_administrator' &&
            each.disabled_at === null &&
            each.customer !== null &&
            each.customer.name === server.customer &&
            !gates.some((gate) => gate.account.id === each.id),
        )
        .map(({ id, name }) => ({ id, name })),
      difference: DIFFERENCE,
    };
  }

  put(server: string, account: C.GateAccount): void {
    const others = this.of(server).filter((gate) => gate.account.id !== account.id);
    this.there.set(server, [...others, row(account, 'current')]);
  }

  update(server: string): void {
    this.there.set(
      server,
      this.of(server).map((gate) => row(gate.account, 'current')),
    );
  }

  take(server: string, account: string): void {
    this.there.set(
      server,
      this.of(server).filter((gate) => gate.account.id !== account),
    );
  }
}
