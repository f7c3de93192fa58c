/** Invented runs: one at work, one that failed, some that ended; a new one moves by itself. */
import { emit } from '@tauri-apps/api/event';
import type * as C from '../shared/contract';

export interface FakeRun {
  detail: C.RunDetail;
  lines: C.TraceLine[];
}

const w = (en: string, fr: string): C.Words => ({ en, fr });
const at = (secondsAgo: number): string => new Date(Date.now() - secondsAgo * 1000).toISOString();

const STEPS: [C.Words, C.Words][] = [
  [
    w('Look at the server', 'Regarder le serveur'),
    w('YunoHost 12.1.25, 62 GB free', 'YunoHost 12.1.25, 62 Go libres'),
  ],
  [
    w('Check the answers', 'Vérifier les réponses'),
    w('Domain and path are free', 'Domaine et chemin sont libres'),
  ],
  [
    w('Install Nextcloud', 'Installer Nextcloud'),
    w('Provisioning the database', 'Préparation de la base de données'),
  ],
  [w('Give access', 'Donner accès'), w('all people', 'toutes les personnes')],
  [w('Read the server again', 'Relever le serveur'), w('1 app more', '1 app de plus')],
];

const TEXTS: [C.TraceLine['sign'], string][] = [
  ['$', 'yunohost tools versions'],
  ['i', '12.1.25 on Debian 12'],
  ['✓', 'Step 1 done in 2 s'],
  ['$', 'yunohost app install nextcloud --args ••••'],
  ['i', 'Installing nextcloud…'],
  ['i', '[#...................] > Validating installation parameters…'],
  ['i', 'Provisioning system_user…'],
  ['i', 'Provisioning install_dir…'],
  ['!', 'The package asks for 1.2 GB; 62 GB are free'],
  ['i', 'Provisioning database…'],
  ['i', '[####................] > Setting up source files…'],
  ['i', '138 MB fetched, SHA-256 checked'],
  ['i', '[########............] > Installing dependencies…'],
];

function steps(now: number, state: C.StepState): C.StepView[] {
  return STEPS.map(([intent, observation], index) => {
    const n = index + 1;
    return {
      n: index,
      intent,
      state: n < now ? 'done' : n === now ? state : 'waiting',
      attempt: n <= now ? 1 : 0,
      can_undo: n === 3 || n === 4,
      observation:
        n < now
          ? observation
          : n === now && state === 'failed'
            ? w(
                'YunoHost refused: the domain is used by another app',
                'YunoHost a refusé : le domaine est pris par une autre app',
              )
            : null,
      started_at: n <= now ? at(400 - n * 20) : null,
      ended_at: n < now || (n === now && state === 'failed') ? at(386 - n * 20) : null,
    };
  });
}

/** What one may decide of a run in this state. */
export function canOf(state: C.RunState): C.RunCan {
  return {
    pause: state === 'running',
    go_on: state === 'paused',
    cancel: state === 'running' || state === 'paused' || state === 'waiting',
    retry: state === 'failed' || state === 'unknown',
    undo: state === 'failed' || state === 'done',
    forget: state === 'failed',
  };
}

function row(
  id: string,
  kind: C.RunKind,
  title: C.Words,
  server: C.ServerRow,
  state: C.RunState,
  ago: number,
): C.RunRow {
  return {
    id,
    kind,
    title,
    server: server.id,
    server_name: server.name,
    fleet: null,
    state,
    wish: null,
    percent: state === 'running' ? 62 : null,
    step: state === 'done' ? 5 : 2,
    steps: 5,
    started_by: 'Camille Morvan',
    started_at: at(ago),
    ended_at: state === 'running' ? null : at(ago - 92),
    error:
      state === 'failed'
        ? {
            code: 'refused',
            message: 'YunoHost refused: domain_location_unavailable',
            hint: null,
            retry: 'after_change',
            run: id,
            fields: [],
            params: { key: 'app_location_unavailable', server: server.name },
          }
        : null,
  };
}

function lines(count: number, ago: number): C.TraceLine[] {
  return Array.from({ length: count }, (_, index) => {
    const [sign, text] = TEXTS[index] ?? ['i', `Setting up package ${index} of ${count}`];
    return { n: index, at: at(ago - index), step: index < 3 ? 0 : 2, sign, text };
  });
}

export function firstRuns(rows: readonly C.ServerRow[]): FakeRun[] {
  const find = (name: string) => rows.find((each) => each.name === name) ?? rows[0];
  const lab = find('glycines-03');
  const one = find('glycines-01');
  const castel = find('castel-neuf-01');
  if (!lab || !one || !castel) return [];
  return [
    {
      detail: {
        row: row(
          'r-install',
          'app_install',
          w('Install Nextcloud on glycines-03', 'Installer Nextcloud sur glycines-03'),
          lab,
          'running',
          392,
        ),
        steps: steps(3, 'running'),
        trace_lines: 60,
        aftermath: null,
        can: canOf('running'),
      },
      lines: lines(60, 390),
    },
    {
      detail: {
        row: row(
          'r-update',
          'app_upgrade',
          w('Upgrade Nextcloud on glycines-01', 'Mettre à jour Nextcloud sur glycines-01'),
          one,
          'running',
          480,
        ),
        steps: steps(3, 'running'),
        trace_lines: 30,
        aftermath: null,
        can: canOf('running'),
      },
      lines: lines(30, 470),
    },
    {
      detail: {
        row: row(
          'r-failed',
          'app_install',
          w('Install Dolibarr on castel-neuf-01', 'Installer Dolibarr sur castel-neuf-01'),
          castel,
          'failed',
          3000,
        ),
        steps: steps(3, 'failed'),
        trace_lines: 14,
        aftermath: {
          happened: w(
            'YunoHost refused the address castel-neuf.example/erp: another app is there. Error app_location_unavailable.',
            'YunoHost a refusé l’adresse castel-neuf.example/erp : une autre app y est. Erreur app_location_unavailable.',
          ),
          changed: w(
            'Nothing was installed. The server was read; its apps are as before.',
            'Rien n’a été installé. Le serveur a été lu ; ses apps sont comme avant.',
          ),
          next: w(
            'Choose another path, or remove the app that is there, then try again.',
            'Choisissez un autre chemin, ou retirez l’app qui y est, puis réessayez.',
          ),
        },
        can: canOf('failed'),
      },
      lines: [
        ...lines(13, 2990),
        { n: 13, at: at(2900), step: 3, sign: '✗', text: 'app_location_unavailable, step 3 stopped' },
      ],
    },
    {
      detail: {
        row: row(
          'r-user',
          'user_create',
          w('Create a.perrin on glycines-01', 'Créer a.perrin sur glycines-01'),
          one,
          'done',
          30000,
        ),
        steps: steps(6, 'done'),
        trace_lines: 13,
        aftermath: null,
        can: canOf('done'),
      },
      lines: lines(13, 29900),
    },
  ];
}

export function traceOf(run: FakeRun, from: number, limit: number): C.TracePage {
  return { total: run.lines.length, lines: run.lines.slice(from, from + limit) };
}

let count = 0;

/** A run that does a step a second. */
export function startRun(
  kind: C.RunKind,
  title: C.Words,
  server: C.ServerRow,
  changed: (topics: C.Topic[]) => void,
): FakeRun {
  count += 1;
  const id = `r-new-${count}`;
  const run: FakeRun = {
    detail: {
      row: { ...row(id, kind, title, server, 'running', 0), step: 1, percent: 0 },
      steps: steps(1, 'running'),
      trace_lines: 0,
      aftermath: null,
      can: canOf('running'),
    },
    lines: [],
  };
  let now = 1;
  const timer = setInterval(() => {
    now += 1;
    const line: C.TraceLine = {
      n: run.lines.length,
      at: new Date().toISOString(),
      step: now - 1,
      sign: '✓',
      text: `Step ${now - 1} done`,
    };
    run.lines.push(line);
    void emit('live', { kind: 'trace', run: id, lines: [line] });
    run.detail = {
      ...run.detail,
      steps: steps(now, 'running'),
      trace_lines: run.lines.length,
      row: { ...run.detail.row, step: Math.min(5, now), percent: Math.min(100, now * 20) },
    };
    if (now > 5) {
      clearInterval(timer);
      run.detail.row = {
        ...run.detail.row,
        state: 'done',
        percent: null,
        ended_at: new Date().toISOString(),
      };
      run.detail = { ...run.detail, can: canOf('done') };
    }
    changed([{ kind: 'runs' }, { kind: 'run', id }, { kind: 'server', id: server.id }, { kind: 'servers' }]);
  }, 900);
  return run;
}
