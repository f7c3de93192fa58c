/**
 * An invented fleet behind the same door as the program, for designing in a browser (`vite --mode fake`) and
 * for tests. It answers `invoke` and sends the two events; it is never part of the product's bundle.
 * What it shows is chosen in the address before the hash:
 * `?world=none|locked|empty|full|training|big&role=restricted_administrator&lang=fr&theme=dark`.
 */
import { emit } from '@tauri-apps/api/event';
import { mockIPC, mockWindows } from '@tauri-apps/api/mocks';
import type * as C from '../shared/contract';
import { isOver } from '../shared/states';
import { FakeAccounts } from './fakeAccounts';
import { CATALOGUE, installForm } from './fakeApps';
import {
  appsOf,
  detailOf,
  diagnosisOf,
  domainsOf,
  fleet,
  keysOf,
  operationsOf,
  peopleOf,
  servicesOf,
  shippedNow,
} from './fakeFleet';
import { FakeGates } from './fakeGates';
import { FakeJournal } from './fakeJournal';
import { FakePortal, type PortalWorld } from './fakePortal';
import { type FakeRun, firstRuns, startRun, traceOf } from './fakeRuns';
import {
  firstFleets,
  firstSchedules,
  fleetPlanOf,
  lossesOf,
  PLAN,
  PROVISIONING,
  preflightOf,
  REMOVALS,
  reportOf,
} from './fakeWork';
import policies from './policy.json';

export interface FakeOptions {
  world?: 'none' | 'locked' | 'empty' | 'full' | 'training' | 'big';
  role?: C.Role;
  language?: C.Language | null;
  theme?: C.Theme;
  /** What an end user has. */
  portal?: PortalWorld;
  /** Milliseconds that each answer takes. */
  delay?: number;
  /** Commands that fail, and how. */
  fail?: Record<string, C.AppError>;
}

const WORKSPACE: C.KnownWorkspace = {
  id: 'w1',
  name: 'Tour & Cie',
  folder: '/home/camille/Tour & Cie.towerify',
  training: false,
  account_name: 'Camille Morvan',
};

export function problem(code: C.Code, message: string, params: Record<string, string> = {}): C.AppError {
  return { code, message, hint: null, retry: 'after_change', run: null, fields: [], params };
}

function optionsOf(search: string): FakeOptions {
  const asked = new URLSearchParams(search);
  return {
    world: (asked.get('world') ?? 'full') as FakeOptions['world'],
    role: (asked.get('role') ?? 'administrator') as C.Role,
    language: asked.get('lang') as C.Language | null,
    theme: (asked.get('theme') ?? 'light') as C.Theme,
    portal: (asked.get('portal') ?? 'none') as PortalWorld,
    delay: Number(asked.get('delay') ?? 20),
  };
}

export class Fake {
  world: NonNullable<FakeOptions['world']>;
  preferences: C.Preferences;
  portal: FakePortal;
  rows: C.ServerRow[];
  runs: FakeRun[];
  fleets: C.FleetDetail[];
  schedules: C.ScheduleRow[];
  profiles: C.ProvisioningProfile[] = [];
  calls: { command: string; args: Record<string, unknown> }[] = [];
  failures = 0;
  accounts = new FakeAccounts();
  gates = new FakeGates(this.accounts.all);
  /** Every password is taken, whatever it is. */
  strong = false;
  role: C.Role;
  journal: FakeJournal;

  constructor(readonly options: FakeOptions) {
    this.world = options.world ?? 'full';
    this.role = options.role ?? 'administrator';
    this.portal = new FakePortal(options.portal ?? 'none');
    this.preferences = {
      language: options.language ?? 'en',
      theme: options.theme ?? 'light',
      density: 'normal',
      single_keys: true,
      lock_after: 15,
    };
    this.rows = this.world === 'empty' ? [] : fleet(this.world === 'big' ? 10_000 : 44);
    if (this.own) this.rows = this.rows.filter((row) => row.customer === 'Clinique des Glycines').slice(0, 3);
    this.journal = new FakeJournal(
      this.world === 'big' ? 1_003_118 : this.world === 'empty' ? 0 : 640,
      this.rows,
    );
    this.runs = this.world === 'empty' ? [] : firstRuns(this.rows);
    this.fleets = this.world === 'empty' ? [] : firstFleets(this.rows);
    this.schedules = this.world === 'empty' ? [] : firstSchedules();
  }

  /** Whether a customer's own administrator is at work. */
  get own(): boolean {
    return this.role === 'restricted_administrator';
  }

  status(): C.Status {
    const training = this.world === 'training';
    const workspace: C.KnownWorkspace = training
      ? { ...WORKSPACE, id: 'w2', name: 'Training fleet', training: true }
      : WORKSPACE;
    if (this.world === 'none') return { state: 'none' };
    if (this.world === 'locked') return { state: 'locked', workspace };
    return {
      state: 'open',
      workspace,
      account: {
        id: '0190c0de-0000-7000-8000-0000000000a1',
        name: this.own ? 'Inès Calvet' : 'Camille Morvan',
        role: this.role,
        customer: this.own ? 'Clinique des Glycines' : null,
      },
      exercise: training
        ? {
            name: 'glycines-lab',
            address: '127.0.0.1',
            port: 42212,
            user: 'root',
            password: 'exercise-only',
            fingerprint: KEY.fingerprint,
            customer: 'Clinique des Glycines',
            tags: ['lab'],
          }
        : null,
    };
  }

  list(query: C.ServerQuery): C.ServerPage {
    const words = (query.text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.rows.filter((row) => {
      const hay = [row.name, row.address, row.domain ?? '', row.customer ?? '', ...row.tags]
        .join(' ')
        .toLowerCase();
      return (
        words.every((word) => hay.includes(word)) &&
        (!query.states?.length || query.states.includes(row.state)) &&
        (query.tags ?? []).every((tag) => row.tags.includes(tag)) &&
        (!query.versions?.length || query.versions.includes(row.yunohost ?? '')) &&
        (!query.customers?.length || query.customers.includes(row.customer ?? ''))
      );
    });
    const by = query.sort ?? 'state';
    const key = (row: C.ServerRow): string | number =>
      by === 'name'
        ? row.name
        : by === 'customer'
          ? (row.customer ?? '')
          : by === 'version'
            ? (row.yunohost ?? '')
            : by === 'apps'
              ? (row.apps ?? -1)
              : by === 'updates'
                ? (row.updates ?? -1)
                : by === 'certificate'
                  ? (row.certificate_days ?? 9999)
                  : by === 'last_seen'
                    ? (row.last_seen ?? '')
                    : ORDER.indexOf(row.state);
    const sorted =
      by === 'state' && !query.descending
        ? found
        : found.toSorted(
            (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (query.descending ? -1 : 1),
          );
    const count = (values: (string | null)[]): C.Facet[] => {
      const sums = new Map<string, number>();
      for (const value of values) if (value) sums.set(value, (sums.get(value) ?? 0) + 1);
      return [...sums].map(([value, n]) => ({ value, count: n })).sort((a, b) => b.count - a.count);
    };
    const offset = query.offset ?? 0;
    return {
      total: sorted.length,
      all: this.rows.length,
      rows: sorted.slice(offset, offset + (query.limit || 200)),
      states: ORDER.map((state) => ({ state, count: this.rows.filter((row) => row.state === state).length })),
      tags: count(this.rows.flatMap((row) => row.tags)),
      versions: count(this.rows.map((row) => row.yunohost)),
      customers: count(this.rows.map((row) => row.customer)),
      certificates_soon: this.rows.filter((row) => row.certificate_days !== null && row.certificate_days < 14)
        .length,
      updates: this.rows.reduce((sum, row) => sum + (row.updates ?? 0), 0),
      servers_with_updates: this.rows.filter((row) => row.updates).length,
    };
  }

  row(id: unknown): C.ServerRow {
    const found = this.rows.find((row) => row.id === id);
    if (!found) throw problem('not_found', 'There is no such server.', { what: 'server' });
    return found;
  }

  run(id: unknown): FakeRun {
    const found = this.runs.find((run) => run.detail.row.id === id);
    if (!found) throw problem('not_found', 'There is no such run.', { what: 'run' });
    return found;
  }

  wish(id: unknown, wish: 'pause' | null): null {
    const run = this.run(id);
    const { row } = run.detail;
    run.detail = {
      ...run.detail,
      row: { ...row, wish },
      can: { ...run.detail.can, pause: wish === null, go_on: wish !== null },
    };
    void emit('changed', [{ kind: 'runs' }, { kind: 'run', id: row.id }]);
    return null;
  }

  begin(kind: C.RunKind, en: string, fr: string, server: unknown): C.Begun {
    const row = this.row(server);
    const run = startRun(
      kind,
      { en: `${en} on ${row.name}`, fr: `${fr} sur ${row.name}` },
      row,
      (topics) => void emit('changed', topics),
    );
    this.runs.unshift(run);
    void emit('changed', [{ kind: 'runs' }, { kind: 'servers' }, { kind: 'server', id: row.id }]);
    return { run: run.detail.row.id };
  }

  answer(command: string, args: Record<string, unknown>): unknown {
    const failing = this.options.fail?.[command];
    if (failing) throw failing;
    const workspace = () => {
      void emit('changed', [{ kind: 'workspace' }]);
      return this.status();
    };
    if (/^(accounts|customers)_/.test(command)) return this.accounts.answer(command, args);
    switch (command) {
      case 'workspace_status':
        return this.status();
      case 'workspace_create':
      case 'workspace_training':
      case 'workspace_training_afresh':
        this.world = command === 'workspace_create' ? 'empty' : 'training';
        this.rows = this.world === 'empty' ? [] : fleet(11);
        return workspace();
      case 'workspace_door':
        return this.accounts.door();
      case 'workspace_known':
        return this.world === 'none' ? [] : [WORKSPACE];
      case 'workspace_unlock':
        if (!this.accounts.opens(args.entry as C.EntryTold)) {
          this.failures += 1;
          throw this.failures > 2
            ? problem('throttled', 'Too many wrong passwords.', { seconds: String(2 ** this.failures) })
            : problem('wrong_password', 'The password does not open the workspace.');
        }
        this.world = 'full';
        return workspace();
      case 'workspace_lock':
        this.world = 'locked';
        return workspace();
      case 'workspace_close':
        this.world = 'none';
        return workspace();
      case 'workspace_choose_folder':
        return '/media/usb/Tour & Cie.towerify';
      case 'workspace_open_folder':
        this.world = 'locked';
        return workspace();
      case 'workspace_password_strength': {
        const length = String(args.password).length;
        const score = Math.min(4, Math.floor(length / 4));
        return this.strong ? { score: 4, accepted: true } : { score, accepted: score >= 3 };
      }
      case 'window_touched':
        return null;
      case 'workspace_policy':
        return policies.find((each) => each.role === this.role);
      case 'journal_list':
        return this.journal.list(args.query as C.JournalQuery, this.own);
      case 'journal_entry':
        return this.journal.entry(Number(args.n));
      case 'journal_choices':
        return this.journal.choices(this.own);
      case 'journal_state':
        return this.own ? null : this.journal.state;
      case 'journal_check': {
        const state = this.journal.check();
        void emit('changed', [{ kind: 'journal' }]);
        return state;
      }
      case 'journal_export':
        return this.journal.count;
      case 'journal_cut_plan':
        return this.journal.cut(String(args.before));
      case 'journal_cut':
        return Number(args.upto);
      case 'preferences_get':
        return this.preferences;
      case 'preferences_set':
        this.preferences = args.preferences as C.Preferences;
        void emit('changed', [{ kind: 'preferences' }]);
        return null;
      case 'servers_list':
        return this.list(args.query as C.ServerQuery);
      case 'servers_detail':
        return detailOf(this.row(args.server));
      case 'servers_scan':
        return KEY;
      case 'servers_add': {
        const asked = args.server as C.NewServer;
        const row: C.ServerRow = {
          ...(fleet(44)[12] as C.ServerRow),
          id: `s-${asked.name}`,
          name: asked.name,
          address: asked.address.address,
          domain: `${asked.name}.example`,
          tags: asked.tags ?? [],
          since: new Date().toISOString(),
        };
        this.rows = [...this.rows, row];
        void emit('changed', [{ kind: 'servers' }, { kind: 'workspace' }]);
        return row.id;
      }
      case 'servers_remove':
        this.rows = this.rows.filter((row) => row.id !== args.server);
        void emit('changed', [{ kind: 'servers' }]);
        return null;
      case 'servers_refresh': {
        const selection = args.selection as C.Selection;
        const chosen =
          selection.kind === 'all' ? this.rows : this.rows.filter((row) => selection.ids.includes(row.id));
        const away = chosen.filter((row) => row.state === 'unreachable' || row.state === 'stop');
        return {
          answered: chosen.length - away.length,
          failed: away.map((row) => ({
            id: row.id,
            name: row.name,
            error: problem(row.state === 'stop' ? 'host_key_changed' : 'timed_out', 'No answer.', {
              server: row.name,
            }),
          })),
        };
      }
      case 'servers_key_conflict':
        return { offered: { ...KEY, known_hosts: 'other' }, pinned: keysOf() };
      case 'servers_edit':
      case 'servers_replace_key':
      case 'runs_cancel':
      case 'apps_open':
      case 'window_painted':
      case 'window_notify':
        return null;
      case 'gates_list':
        return this.gates.list(this.row(args.server), this.accounts.all);
      case 'gates_install': {
        const account = this.accounts.all.find((each) => each.id === args.account);
        if (!account) throw problem('not_found', 'There is no such account.', { what: 'account' });
        this.gates.put(this.row(args.server).id, { id: account.id, name: account.name });
        return this.begin('gate_install', 'Put entries', 'Poser des entrées', args.server);
      }
      case 'gates_update':
        this.gates.update(this.row(args.server).id);
        return this.begin('gate_install', 'Put entries', 'Poser des entrées', args.server);
      case 'gates_remove':
        this.gates.take(this.row(args.server).id, String(args.account));
        return this.begin('gate_remove', 'Take entries', 'Retirer des entrées', args.server);
      case 'apps_shipped':
        return shippedNow(args.deployments === true);
      case 'apps_roll_back':
        return this.begin(
          'app_upgrade',
          `Take Horaires back to ${String(args.release)}`,
          `Revenir à ${String(args.release)} pour Horaires`,
          args.server,
        );
      case 'apps_restart':
        return this.begin('app_upgrade', 'Start Horaires anew', 'Redémarrer Horaires', args.server);
      case 'servers_domains':
        return domainsOf(this.row(args.server));
      case 'servers_services':
        return servicesOf(this.row(args.server));
      case 'servers_diagnosis':
        return diagnosisOf(this.row(args.server));
      case 'servers_operations':
        return operationsOf();
      case 'servers_restart_service':
        return this.begin(
          'service_restart',
          `Restart ${String(args.service)}`,
          `Redémarrer ${String(args.service)}`,
          args.server,
        );
      case 'servers_diagnose':
        return this.begin('diagnose', 'Run the diagnosis', 'Faire le diagnostic', args.server);
      case 'apps_list':
        return appsOf(this.row(args.server));
      case 'apps_catalogue':
        return CATALOGUE;
      case 'apps_form':
        return installForm(String(args.app));
      case 'apps_install':
        return this.begin(
          'app_install',
          `Install ${(args.installation as C.Installation).app}`,
          `Installer ${(args.installation as C.Installation).app}`,
          args.server,
        );
      case 'apps_upgrade':
        return this.begin(
          'app_upgrade',
          `Upgrade ${String(args.app)}`,
          `Mettre à jour ${String(args.app)}`,
          args.server,
        );
      case 'apps_remove':
        return this.begin(
          'app_remove',
          `Remove ${String(args.app)}`,
          `Retirer ${String(args.app)}`,
          args.server,
        );
      case 'people_list':
        return peopleOf(this.row(args.server));
      case 'people_create':
        return this.begin(
          'user_create',
          `Create ${(args.user as C.NewUser).username}`,
          `Créer ${(args.user as C.NewUser).username}`,
          args.server,
        );
      case 'people_edit':
        return this.begin(
          'user_update',
          `Change ${String(args.username)}`,
          `Modifier ${String(args.username)}`,
          args.server,
        );
      case 'people_remove':
        return this.begin(
          'user_delete',
          `Delete ${String(args.username)}`,
          `Supprimer ${String(args.username)}`,
          args.server,
        );
      case 'people_give':
        return this.begin(
          'permission_add',
          `Give ${String(args.permission)} to ${String(args.who)}`,
          `Donner ${String(args.permission)} à ${String(args.who)}`,
          args.server,
        );
      case 'people_take':
        return this.begin(
          'permission_remove',
          `Take ${String(args.permission)} from ${String(args.who)}`,
          `Retirer ${String(args.permission)} à ${String(args.who)}`,
          args.server,
        );
      case 'runs_list': {
        const query = args.query as C.RunQuery;
        const found = this.runs
          .map((run) => run.detail.row)
          .filter(
            (row) =>
              (!query.server || row.server === query.server) &&
              (!query.states?.length || query.states.includes(row.state)) &&
              (!query.kinds?.length || query.kinds.includes(row.kind)) &&
              (query.open == null || isOver(row.state) !== query.open),
          );
        return {
          total: found.length,
          open: this.runs.filter((run) => !isOver(run.detail.row.state)).length,
          rows: found.slice(0, query.limit || 200),
        };
      }
      case 'runs_detail':
        return this.run(args.run).detail;
      case 'runs_trace':
        return traceOf(this.run(args.run), Number(args.from), Number(args.limit));
      case 'runs_retry':
      case 'runs_undo':
        return { run: args.run };
      case 'runs_save':
        return true;
      case 'runs_pause':
      case 'runs_go_on':
      case 'runs_forget':
        return this.wish(args.run, command === 'runs_pause' ? 'pause' : null);
      case 'workspace_training_machines':
        return this.world === 'training' ? [BARE] : [];
      case 'servers_ssh_config':
        return SSH_CONFIG;
      case 'fleet_plan':
        return fleetPlanOf(args.order as C.FleetOrder, this.rows);
      case 'fleet_begin':
        return { fleet: (args.run as C.NewFleetRun).order.dry ? 'f-dry' : 'f-running' };
      case 'fleet_list':
        return {
          total: this.fleets.length,
          open: this.fleets.filter((each) => each.row.ended_at === null).length,
          rows: this.fleets.map((each) => each.row),
        };
      case 'fleet_detail': {
        const found = this.fleets.find((each) => each.row.id === args.fleet);
        if (!found) throw problem('not_found', 'There is no such fleet run.', { what: 'run' });
        return found;
      }
      case 'fleet_retry_failed':
        return 1;
      case 'fleet_pause':
      case 'fleet_go_on':
      case 'fleet_cancel':
        return null;
      case 'schedules_list':
        return this.schedules;
      case 'schedules_next':
        return {
          zone: 'Europe/Paris',
          times: [1, 2, 3].map((n) => new Date(Date.now() + n * 86_400_000).toISOString()),
        };
      case 'schedules_create': {
        const made = args.schedule as C.NewSchedule;
        const first = firstSchedules()[0] as C.ScheduleRow;
        this.schedules = [
          ...this.schedules,
          { ...first, id: `sc-${made.name}`, name: made.name, missed: null },
        ];
        void emit('changed', [{ kind: 'schedules' }]);
        return `sc-${made.name}`;
      }
      case 'schedules_leave':
        this.schedules = this.schedules.map((each) =>
          each.id === args.schedule ? { ...each, missed: null } : each,
        );
        void emit('changed', [{ kind: 'schedules' }]);
        return null;
      case 'schedules_enable':
      case 'schedules_delete':
        this.schedules = this.schedules.flatMap((each) =>
          each.id !== args.schedule
            ? [each]
            : command === 'schedules_delete'
              ? []
              : [{ ...each, enabled: Boolean(args.enabled), next: args.enabled ? each.next : [] }],
        );
        void emit('changed', [{ kind: 'schedules' }]);
        return null;
      case 'schedules_run_now':
        return { fleet: 'f-running' };
      case 'provisioning_form':
        return { ...PROVISIONING, profiles: this.profiles };
      case 'provisioning_look':
      case 'provisioning_plan': {
        const { machine } = args.order as C.ProvisioningOrder;
        return command === 'provisioning_plan'
          ? PLAN
          : preflightOf(machine.kind === 'new' ? machine.server.name : this.row(machine.server).name);
      }
      case 'provisioning_begin': {
        const row = this.rows[0] as C.ServerRow;
        return {
          ...this.begin('server_provision', 'Make it a server:', 'En faire un serveur :', row.id),
          server: row.id,
        };
      }
      case 'provisioning_report':
        return reportOf(String(args.run));
      case 'provisioning_save_profile':
        this.profiles = [
          ...this.profiles,
          {
            id: `p-${this.profiles.length}`,
            name: String(args.name),
            choices: args.choices as C.ProvisioningChoices,
            saved_at: new Date().toISOString(),
            saved_by: 'Camille Morvan',
          },
        ];
        return 'p';
      case 'provisioning_delete_profile':
        this.profiles = this.profiles.filter((each) => each.id !== args.profile);
        return null;
      case 'provisioning_disconnect_plan':
        return REMOVALS;
      case 'provisioning_forget_says':
        return lossesOf(this.row(args.server));
      case 'provisioning_disconnect':
        return this.begin('server_disconnect', 'Disconnect', 'Déconnecter', args.server);
      case 'provisioning_switch_api':
        return this.begin('service_restart', 'Switch the API', 'Couper l’API', args.server);
      case 'provisioning_forget':
        this.rows = this.rows.filter((row) => row.id !== args.server);
        void emit('changed', [{ kind: 'servers' }]);
        return null;
      default: {
        const answer = this.portal.answer(command, args);
        if (answer !== undefined) return answer;
        throw problem('internal', `No such command: ${command}`);
      }
    }
  }
}

const BARE: C.TrainingMachine = {
  name: 'atelier-neuf',
  address: '127.0.0.1',
  port: 42290,
  user: 'root',
  password: 'exercise-only',
  fingerprint: 'SHA256:Wm4sD0vGq1y8xkTnB7rJZcE2hUoP5aLfXi9tQ6RbMdg',
  domain: 'atelier.bremont.example',
  customer: 'Atelier Brémont',
  resolver: '127.0.0.1:42291',
};

const SSH_CONFIG: C.SshConfig = {
  file: '~/.ssh/config',
  hosts: [
    {
      name: 'ormeau-backup',
      address: '198.51.100.12',
      port: 2222,
      user: 'admin',
      key: { path: '~/.ssh/id_ed25519', state: 'needs_passphrase' },
      jump: { name: 'bastion', server: null },
      server: null,
    },
    {
      name: 'glycines-01',
      address: '203.0.113.24',
      port: 22,
      user: 'root',
      key: { path: '~/.ssh/id_ed25519', state: 'usable' },
      jump: null,
      server: 's-glycines-01',
    },
  ],
  notes: [],
};

const ORDER: C.ServerState[] = ['stop', 'fail', 'unreachable', 'warn', 'run', 'ok', 'off', 'to_do'];

export const KEY: C.OfferedKey = {
  algorithm: 'ssh-ed25519',
  fingerprint: 'SHA256:Wm4sD0vGq1y8xkTnB7rJZcE2hUoP5aLfXi9tQ6RbMdg',
  words: 'amber violin seven harbour linen cobalt',
  known_hosts: 'none',
};

export function installFake(options: FakeOptions = optionsOf(window.location.search)): Fake {
  const fake = new Fake(options);
  // The router would take what stands before the hash for its own.
  window.history.replaceState(null, '', window.location.pathname + window.location.hash);
  mockWindows('main');
  mockIPC(
    async (command, payload) => {
      const args = (payload ?? {}) as Record<string, unknown>;
      if (command.startsWith('plugin:')) return null;
      fake.calls.push({ command, args });
      if (options.delay) await new Promise((done) => setTimeout(done, options.delay));
      return structuredClone(fake.answer(command, args)) as unknown;
    },
    { shouldMockEvents: true },
  );
  return fake;
}
