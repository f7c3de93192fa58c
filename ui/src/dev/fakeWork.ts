/** Invented work that outlives its page: fleet runs, schedules, a machine to be made a server and its report. */
import type * as C from '../shared/contract';

const w = (en: string, fr = en): C.Words => ({ en, fr });
const at = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

function countsOf(members: readonly C.MemberRow[]): C.MemberCount[] {
  const sums = new Map<C.MemberState, number>();
  for (const { state } of members) sums.set(state, (sums.get(state) ?? 0) + 1);
  return [...sums].map(([state, count]) => ({ state, count }));
}

function fleetOf(
  id: string,
  title: C.Words,
  order: C.FleetOrder,
  state: C.FleetState,
  members: C.MemberRow[],
  ago: number,
): C.FleetDetail {
  const waves = [...new Set(members.map((member) => member.wave))].map((n) => {
    const held = members.filter((member) => member.wave === n);
    return { n, servers: held.length, counts: countsOf(held) };
  });
  const going = members.find((member) => member.state === 'running' || member.state === 'waiting');
  const over = state !== 'running' && state !== 'paused';
  return {
    row: {
      id,
      kind: order.change.kind === 'diagnose' ? 'diagnose' : 'app_upgrade',
      title,
      dry: order.dry ?? false,
      state,
      servers: members.length,
      counts: countsOf(members),
      wave: going?.wave ?? waves.length,
      waves: waves.length,
      schedule: null,
      started_by: 'Camille Morvan',
      started_at: at(ago),
      ended_at: over ? at(ago - 14) : null,
    },
    order,
    stop: w('It stops as soon as a server has failed.', 'Elle s’arrête dès qu’un serveur a échoué.'),
    because:
      state === 'stopped'
        ? w(
            'guerande-sud-01 stopped the run: its disk is full.',
            'guerande-sud-01 a arrêté l’opération : disque plein.',
          )
        : null,
    waves,
    members,
    can_pause: state === 'running',
    can_go_on: state === 'paused' || state === 'stopped',
    can_cancel: !over,
    can_retry: over ? members.filter((each) => each.state === 'failed').length : 0,
  };
}

function memberOf(
  row: C.ServerRow,
  index: number,
  total: number,
  state: C.MemberState,
  words: C.Words | null,
): C.MemberRow {
  const first = Math.ceil(total * 0.3);
  const begun = state !== 'waiting' && state !== 'left';
  return {
    n: index + 1,
    server: row.id,
    name: row.name,
    wave: index === 0 ? 1 : index <= first ? 2 : 3,
    state,
    words,
    run: begun && state !== 'nothing' ? 'r-failed' : null,
    tries: begun ? 1 : 0,
    started_at: begun ? at(20 - index * 0.4) : null,
    ended_at: begun && state !== 'running' ? at(19 - index * 0.4) : null,
  };
}

const UPGRADE: C.FleetOrder = {
  change: { kind: 'upgrade_app', app: 'nextcloud' },
  selection: { kind: 'tag', tag: 'prod' },
  sequence: { kind: 'by_name' },
  waves: [{ kind: 'count', servers: 1 }, { kind: 'percent', percent: 30 }, { kind: 'rest' }],
  stop: { kind: 'failures', servers: 1 },
  at_once: null,
  dry: false,
};

export function firstFleets(rows: readonly C.ServerRow[]): C.FleetDetail[] {
  const some = rows.slice(3, 23);
  const done = w('From 30.0.2 to 30.0.4', 'De 30.0.2 à 30.0.4');
  const title = (n: number) =>
    w(`Upgrade nextcloud on ${n} servers`, `Mettre nextcloud à jour sur ${n} serveurs`);
  const at = (index: number): [C.MemberState, C.Words | null] =>
    index < 7
      ? index === 3
        ? ['nothing', w('It is not installed', 'Elle n’est pas installée')]
        : ['done', done]
      : index < 9
        ? ['running', w('Downloading the new version', 'Téléchargement de la nouvelle version')]
        : ['waiting', null];
  const stopped = (index: number): [C.MemberState, C.Words | null] =>
    index < 4
      ? ['done', done]
      : index === 4
        ? [
            'failed',
            w(
              'Not enough room on the disk: 0.4 GB free, 2 GB needed',
              'Disque plein : 0,4 Go libres, 2 Go nécessaires',
            ),
          ]
        : ['left', null];
  const members = (list: readonly C.ServerRow[], of: typeof at) =>
    list.map((row, index) => memberOf(row, index, list.length, ...of(index)));
  return [
    fleetOf('f-running', title(20), UPGRADE, 'running', members(some, at), 21),
    fleetOf('f-stopped', title(9), UPGRADE, 'stopped', members(some.slice(0, 9), stopped), 1500),
    fleetOf(
      'f-dry',
      title(9),
      { ...UPGRADE, dry: true },
      'done',
      members(some.slice(0, 9), (index) =>
        index % 4 === 3
          ? ['nothing', w('It is not installed', 'Elle n’est pas installée')]
          : ['done', w('Would go from 30.0.2 to 30.0.4', 'Passerait de 30.0.2 à 30.0.4')],
      ),
      1530,
    ),
  ];
}

export function fleetPlanOf(order: C.FleetOrder, rows: readonly C.ServerRow[]): C.FleetPlan {
  const { selection } = order;
  const chosen = rows.filter((row) =>
    selection.kind === 'servers'
      ? selection.ids.includes(row.id)
      : selection.kind === 'tag'
        ? row.tags.includes(selection.tag)
        : selection.kind === 'customer'
          ? row.customer === selection.customer
          : selection.kind === 'search'
            ? row.name.includes(selection.text)
            : true,
  );
  const waves: C.PlannedWave[] = [];
  let left = chosen.map((row) => ({ id: row.id, name: row.name }));
  for (const width of [...(order.waves ?? []), { kind: 'rest' } as const]) {
    const size =
      width.kind === 'count'
        ? width.servers
        : width.kind === 'percent'
          ? Math.ceil((chosen.length * width.percent) / 100)
          : left.length;
    if (left.length > 0) waves.push({ servers: left.slice(0, size) });
    left = left.slice(size);
  }
  const n = chosen.length;
  return {
    title: w(`${order.change.kind} on ${n} servers`, `${order.change.kind} sur ${n} serveurs`),
    stop: order.stop
      ? w('It stops as soon as a server has failed.', 'Elle s’arrête dès qu’un serveur a échoué.')
      : null,
    waves,
  };
}

export function firstSchedules(): C.ScheduleRow[] {
  const day = 1440;
  return [
    {
      id: 'sc-upgrades',
      name: 'Sunday upgrades',
      title: w(
        'Upgrade all apps on the servers with the tag prod',
        'Mettre toutes les apps à jour sur les serveurs étiquetés prod',
      ),
      order: { ...UPGRADE, change: { kind: 'upgrade_apps' } },
      timing: { when: { kind: 'weekly', days: ['sunday'], hour: 3, minute: 0 }, zone: 'Europe/Paris' },
      enabled: true,
      next: [at(-6 * day), at(-13 * day)],
      last_at: at(day),
      last_fleet: 'f-stopped',
      last_problem: null,
      missed: null,
      created_by: 'Camille Morvan',
      created_at: at(40 * day),
    },
    {
      id: 'sc-diagnosis',
      name: 'Morning diagnosis',
      title: w('Run the diagnosis on all servers', 'Lancer le diagnostic sur tous les serveurs'),
      order: { ...UPGRADE, change: { kind: 'diagnose' }, selection: { kind: 'all' } },
      timing: { when: { kind: 'daily', hour: 6, minute: 30 }, zone: 'Europe/Paris' },
      enabled: true,
      next: [at(-300), at(-300 - day)],
      last_at: at(3 * day),
      last_fleet: 'f-stopped',
      last_problem: null,
      missed: { times: 2, first: at(2 * day), last: at(day) },
      created_by: 'Camille Morvan',
      created_at: at(90 * day),
    },
  ];
}

const field = (
  name: string,
  label: C.Words,
  does: C.Words,
  options: [string, C.Words][] = [],
): C.ProvisioningField => ({
  name,
  label,
  does,
  options: options.map(([value, words]) => ({ value, label: words })),
});

export const PROVISIONING: C.ProvisioningForm = {
  defaults: {
    domain: '',
    admin: '',
    admin_fullname: '',
    password: 'generated',
    dns: 'resolver',
    resolver: '9.9.9.9',
    certificate: 'self_signed',
    certificate_chain: '',
    ssh_port: 22,
    mail: true,
    never_ban: [],
    api: true,
    unattended_upgrades: true,
    backup: false,
    source: 'address',
    source_address: 'https://install.yunohost.org',
    source_file: '',
    source_sha256: '',
    branch: 'stable',
    second_way_in: false,
    tags: [],
    customer: null,
  },
  fields: [
    field(
      'domain',
      w('Main domain', 'Domaine principal'),
      w('Where the portal and the first apps answer.', 'Là où répondent le portail et les premières apps.'),
    ),
    field(
      'admin_fullname',
      w('First administrator', 'Première personne administratrice'),
      w('Their full name.', 'Son nom complet.'),
    ),
    field(
      'admin',
      w('Their log-in name', 'Son identifiant'),
      w(
        'Logs in over SSH from then on; root no longer does.',
        'Se connecte en SSH dès lors ; root ne le fait plus.',
      ),
    ),
    field(
      'password',
      w('Password', 'Mot de passe'),
      w('Drawn here and sealed, or given by you.', 'Tiré ici et scellé, ou donné par vous.'),
      [
        ['generated', w('Drawn here', 'Tiré ici')],
        ['given', w('Given', 'Donné')],
      ],
    ),
    field(
      'dns',
      w('Names', 'Noms'),
      w('Whether the domain’s records are asked for.', 'Si les enregistrements du domaine sont demandés.'),
      [
        ['resolver', w('Ask a resolver', 'Demander à un résolveur')],
        ['none', w('No DNS here', 'Pas de DNS ici')],
      ],
    ),
    field('resolver', w('Resolver', 'Résolveur'), w('Its IP address.', 'Son adresse IP.')),
    field(
      'certificate',
      w('Certificate', 'Certificat'),
      w('What browsers see.', 'Ce que voient les navigateurs.'),
      [
        ['lets_encrypt', w('Let’s Encrypt')],
        ['self_signed', w('Self-signed', 'Auto-signé')],
        ['own', w('Your own', 'Le vôtre')],
      ],
    ),
    field(
      'certificate_chain',
      w('Certificate and chain', 'Certificat et chaîne'),
      w('PEM, the domain’s own first.', 'PEM, celui du domaine d’abord.'),
    ),
    field(
      'ssh_port',
      w('SSH port', 'Port SSH'),
      w(
        'In the end; the old one is closed only once the new one answers.',
        'À la fin ; l’ancien n’est fermé que quand le nouveau répond.',
      ),
    ),
    field(
      'never_ban',
      w('Never banned', 'Jamais bannies'),
      w(
        'Addresses that fail2ban lets alone, separated by commas.',
        'Adresses que fail2ban laisse en paix, séparées par des virgules.',
      ),
    ),
    field(
      'api',
      w('HTTP API', 'API HTTP'),
      w('YunoHost’s own console needs it.', 'La console de YunoHost en a besoin.'),
    ),
    field(
      'second_way_in',
      w('There is another way in', 'Il y a une autre entrée'),
      w('A console, should SSH be lost.', 'Une console, si SSH venait à manquer.'),
    ),
    field('mail', w('Mail', 'Mail'), w('Otherwise its ports are closed.', 'Sinon ses ports sont fermés.')),
    field(
      'unattended_upgrades',
      w('Security updates by themselves', 'Mises à jour de sécurité automatiques'),
      w('Debian installs them each night.', 'Debian les installe chaque nuit.'),
    ),
    field(
      'backup',
      w('First backup', 'Première sauvegarde'),
      w('Made at the end, kept on the server.', 'Faite à la fin, gardée sur le serveur.'),
    ),
    field(
      'source',
      w('Installer', 'Installeur'),
      w('Fetched by the server, or brought along.', 'Pris par le serveur, ou apporté.'),
      [
        ['address', w('From an address', 'D’une adresse')],
        ['file', w('From a file', 'D’un fichier')],
      ],
    ),
    field(
      'source_address',
      w('Address', 'Adresse'),
      w('Without the release’s name.', 'Sans le nom de la version.'),
    ),
    field(
      'source_sha256',
      w('Its SHA-256', 'Son SHA-256'),
      w('Empty: it is shown, not checked.', 'Vide : il est montré, pas vérifié.'),
    ),
    field('branch', w('Branch', 'Branche'), w('Which packages.', 'Quels paquets.'), [
      ['stable', w('Stable')],
      ['testing', w('Testing')],
      ['unstable', w('Unstable')],
    ]),
    field('customer', w('Customer', 'Client'), w('Whose server it is.', 'À qui est le serveur.')),
    field('tags', w('Tags', 'Étiquettes'), w('Separated by commas.', 'Séparées par des virgules.')),
  ],
  profiles: [],
};

const FINE: [string, C.Words][] = [
  ['debian', w('Debian 12.15 (bookworm), amd64', 'Debian 12.15 (bookworm), amd64')],
  ['root', w('root, with /sbin in its path', 'root, avec /sbin dans son chemin')],
  ['disk', w('62 GB free; 10 GB are needed', '62 Go libres ; il en faut 10')],
  ['memory', w('8.2 GB of memory', '8,2 Go de mémoire')],
  ['apt', w('apt is free and whole', 'apt est libre et complet')],
  ['clock', w('The clock is right, to 0.2 s', 'L’horloge est juste, à 0,2 s')],
  ['hosts', w('Every host needed answers', 'Tous les hôtes nécessaires répondent')],
];

export function preflightOf(name: string): C.Preflight {
  const warn: C.PreflightFinding[] = [
    {
      check: 'ping',
      verdict: 'warn',
      words: w(
        'Ping is answered slowly; the installer asks for it once.',
        'Le ping répond lentement ; l’installeur le demande une fois.',
      ),
    },
    {
      check: 'reboot',
      verdict: 'warn',
      words: w('The machine asks to be restarted first.', 'La machine demande d’abord un redémarrage.'),
    },
  ];
  const stop: C.PreflightFinding[] = name.includes('obstacle')
    ? [
        {
          check: 'listeners',
          verdict: 'stop',
          words: w(
            'Port 80 is taken by apache2: remove it, YunoHost brings its own web server.',
            'Le port 80 est pris par apache2 : retirez-le, YunoHost apporte son propre serveur web.',
          ),
        },
      ]
    : [];
  return {
    findings: [
      ...stop,
      ...warn,
      ...FINE.map(([check, words]): C.PreflightFinding => ({ check, verdict: 'fine', words })),
    ],
    may_begin: stop.length === 0,
    beginning: 'bare',
    machine: 'Debian 12.15, amd64, 4 CPU, 8.2 GB',
  };
}

export const PLAN: C.PlannedStep[] = [
  [
    'look',
    'Look at the machine once more',
    'Regarder la machine une fois encore',
    'Nothing is changed.',
    'Rien n’est changé.',
  ],
  [
    'key',
    'Make a key for this server, and put it there',
    'Faire une clé pour ce serveur, et l’y poser',
    'The password is no longer needed and is forgotten.',
    'Le mot de passe ne sert plus et est oublié.',
  ],
  [
    'prepare',
    'Clear what an earlier try left',
    'Retirer ce qu’un essai antérieur a laissé',
    'And wait for apt to be free.',
    'Et attendre qu’apt soit libre.',
  ],
  [
    'install',
    'Install YunoHost',
    'Installer YunoHost',
    'By its own installer; 10 to 40 minutes.',
    'Par son propre installeur ; 10 à 40 minutes.',
  ],
  [
    'postinstall',
    'Set it up',
    'Le régler',
    'Domain, first administrator.',
    'Domaine, première personne administratrice.',
  ],
  [
    'hand_over',
    'Hand over to the administrator',
    'Passer la main',
    'Key and sudo, proved by a second connection.',
    'Clé et sudo, prouvés par une seconde connexion.',
  ],
  [
    'root',
    'Turn root’s log-in off',
    'Couper l’accès de root',
    'Nobody logs in as root any more.',
    'Personne ne se connecte plus en root.',
  ],
  ['certificate', 'Get the certificate', 'Obtenir le certificat', 'Self-signed.', 'Auto-signé.'],
  [
    'fail2ban',
    'Never ban our addresses',
    'Ne jamais bannir nos adresses',
    'In a file of its own.',
    'Dans un fichier à part.',
  ],
  ['diagnosis', 'Run the diagnosis', 'Faire le diagnostic', 'Changes nothing.', 'Ne change rien.'],
  [
    'snapshot',
    'Take the first snapshot',
    'Prendre le premier relevé',
    'The server is in service.',
    'Le serveur est en service.',
  ],
].map(([name, en, fr, why, pourquoi]) => ({
  name: name ?? '',
  intent: w(en ?? '', fr),
  why: w(why ?? '', pourquoi),
}));

export function reportOf(run: string): C.ProvisioningReport {
  const line = (en: string, fr: string, value: string, valeur = value): C.ReportLine => ({
    label: w(en, fr),
    value: w(value, valeur),
  });
  return {
    title: w('glycines-04 is in service', 'glycines-04 est en service'),
    run,
    done: true,
    by: 'Camille Morvan',
    started_at: at(31),
    ended_at: at(4),
    seconds: 27 * 60 + 12,
    sections: [
      {
        title: w('The server', 'Le serveur'),
        lines: [
          line('Name', 'Nom', 'glycines-04'),
          line('Address', 'Adresse', '203.0.113.77, port 22'),
          line('Main domain', 'Domaine principal', 'nuage.glycines.example'),
          line('Host key', 'Clé d’hôte', 'SHA256:Wm4sD0vGq1y8xkTnB7rJZcE2hUoP5aLfXi9tQ6RbMdg'),
        ],
      },
      {
        title: w('Versions', 'Versions'),
        lines: [line('YunoHost', 'YunoHost', '12.1.25'), line('Debian', 'Debian', '12.15 (bookworm)')],
      },
      {
        title: w('Who may log in', 'Qui peut s’identifier'),
        lines: [
          line('SSH', 'SSH', 'camille, by key', 'camille, par clé'),
          line('root', 'root', 'no longer', 'plus jamais'),
        ],
      },
    ],
    steps: PLAN.map((step, index) => ({
      intent: step.intent,
      state: 'done',
      observation: step.why,
      seconds: index === 3 ? 1290 : 6 + index,
    })),
  };
}

export const REMOVALS: C.Removal[] = [
  {
    name: 'jail',
    words: w(
      'Our addresses are taken out of what fail2ban never bans',
      'Nos adresses sortent de ce que fail2ban ne bannit jamais',
    ),
    former: null,
  },
  {
    name: 'ssh_port',
    words: w('SSH answers on its former port again', 'SSH répond de nouveau sur son ancien port'),
    former: '22',
  },
  {
    name: 'key',
    words: w(
      'Our key is removed from camille’s authorized keys',
      'Notre clé sort des clés autorisées de camille',
    ),
    former: null,
  },
];

export function lossesOf(row: C.ServerRow): C.ForgetSays {
  return {
    server: row.name,
    lost: [
      w('Its pinned host key and how to log in', 'Sa clé d’hôte épinglée et la façon de s’identifier'),
      w('The sealed password of its administrator', 'Le mot de passe scellé de son administration'),
      w('14 snapshots and 3 runs with their traces', '14 relevés et 3 opérations avec leurs traces'),
    ],
    stays: REMOVALS,
  };
}
