/** The invented firm's servers: names and hosts of the design, under `.example`. */
import type * as C from '../shared/contract';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

type Line = [
  name: string,
  domain: string,
  state: C.ServerState,
  since: number,
  customer: string,
  tags: string[],
  version: string | null,
  apps: number,
  cert: number,
  updates: number,
];

const LINES: Line[] = [
  [
    'glycines-02',
    'apps.glycines.example',
    'stop',
    6 * HOUR,
    'Clinique des Glycines',
    ['prod', 'hds'],
    '12.1.25',
    7,
    61,
    0,
  ],
  [
    'castel-neuf-01',
    'castel-neuf.example',
    'fail',
    38 * 60_000,
    'Imprimerie Castel-Neuf',
    ['prod'],
    '12.1.25',
    5,
    47,
    1,
  ],
  [
    'saint-aubrac-01',
    'saint-aubrac.example',
    'unreachable',
    134 * 60_000,
    'Commune de Saint-Aubrac',
    ['prod', 'mairie'],
    '12.1.24',
    9,
    33,
    4,
  ],
  [
    'northfold-02',
    'files.northfold.example',
    'warn',
    DAY,
    'Northfold Surveyors',
    ['prod', 'eu-west'],
    '12.1.25',
    6,
    9,
    2,
  ],
  [
    'guerande-sud-01',
    'gs-transports.example',
    'warn',
    3 * DAY,
    'Transports Guérande-Sud',
    ['prod'],
    '12.0.17',
    4,
    52,
    11,
  ],
  ['ormeau-01', 'ormeau.example', 'warn', 5 * HOUR, 'Fondation Ormeau', ['prod', 'asso'], '12.1.25', 8, 5, 0],
  [
    'pelham-gray-03',
    'studio.pelhamgray.example',
    'warn',
    2 * DAY,
    'Pelham & Gray Architects',
    ['prod', 'eu-west'],
    '11.3.0',
    3,
    70,
    23,
  ],
  [
    'glycines-03',
    'labo.glycines.example',
    'run',
    HOUR,
    'Clinique des Glycines',
    ['prod', 'hds'],
    null,
    0,
    0,
    0,
  ],
  [
    'glycines-01',
    'nuage.glycines.example',
    'run',
    HOUR,
    'Clinique des Glycines',
    ['prod', 'hds'],
    '12.1.25',
    7,
    48,
    3,
  ],
  ['bremont-01', 'bremont.example', 'ok', 41 * DAY, 'Atelier Brémont', ['prod'], '12.1.25', 6, 66, 0],
  [
    'bremont-staging',
    'preprod.bremont.example',
    'ok',
    12 * DAY,
    'Atelier Brémont',
    ['staging'],
    '12.1.25',
    6,
    58,
    1,
  ],
  [
    'northfold-01',
    'northfold.example',
    'ok',
    96 * DAY,
    'Northfold Surveyors',
    ['prod', 'eu-west'],
    '12.1.25',
    11,
    44,
    0,
  ],
  [
    'pelham-gray-01',
    'pelhamgray.example',
    'ok',
    120 * DAY,
    'Pelham & Gray Architects',
    ['prod', 'eu-west'],
    '12.1.25',
    9,
    39,
    0,
  ],
  [
    'pelham-gray-02',
    'git.pelhamgray.example',
    'ok',
    88 * DAY,
    'Pelham & Gray Architects',
    ['prod', 'eu-west'],
    '12.1.25',
    2,
    39,
    1,
  ],
  [
    'moisson-01',
    'coop-lamoisson.example',
    'ok',
    64 * DAY,
    'Coopérative La Moisson',
    ['prod', 'asso'],
    '12.1.25',
    7,
    71,
    0,
  ],
  [
    'moisson-02',
    'caisse.coop-lamoisson.example',
    'ok',
    64 * DAY,
    'Coopérative La Moisson',
    ['prod', 'asso'],
    '12.1.25',
    3,
    71,
    0,
  ],
  [
    'vial-01',
    'lycee-vial.example',
    'ok',
    22 * DAY,
    'Lycée Hortense-Vial',
    ['prod', 'edu'],
    '12.1.25',
    12,
    83,
    0,
  ],
  [
    'vial-02',
    'cours.lycee-vial.example',
    'ok',
    22 * DAY,
    'Lycée Hortense-Vial',
    ['prod', 'edu'],
    '12.1.25',
    4,
    83,
    2,
  ],
  [
    'harrowgate-01',
    'harrowgate-dental.example',
    'ok',
    51 * DAY,
    'Harrowgate Dental',
    ['prod', 'eu-west'],
    '12.1.25',
    5,
    28,
    0,
  ],
  ['kestrel-01', 'kestrel-optics.example', 'ok', 17 * DAY, 'Kestrel Optics', ['prod'], '12.1.25', 8, 74, 0],
  [
    'kestrel-lab',
    'lab.kestrel-optics.example',
    'ok',
    17 * DAY,
    'Kestrel Optics',
    ['staging'],
    '12.1.25',
    3,
    74,
    0,
  ],
];

const REASON: Partial<Record<C.ServerState, C.ServerReason>> = {
  stop: {
    reason: 'host_key_changed',
    words: { en: 'It offers another host key', fr: 'Il présente une autre clé d’hôte' },
    detail: null,
  },
  fail: {
    reason: 'service_down',
    words: { en: 'A service is down', fr: 'Un service est arrêté' },
    detail: 'mariadb',
  },
  unreachable: {
    reason: 'no_answer',
    words: { en: 'It does not answer', fr: 'Il ne répond pas' },
    detail: null,
  },
  warn: {
    reason: 'diagnosis_warnings',
    words: { en: 'The diagnosis reports warnings', fr: 'Le diagnostic signale des alertes' },
    detail: null,
  },
};

export function fleet(count: number): C.ServerRow[] {
  const rows = LINES.slice(0, count).map(
    ([name, domain, state, since, customer, tags, version, apps, cert, updates]): C.ServerRow => {
      const fresh = version === null;
      return {
        id: `s-${name}`,
        name,
        address: `203.0.113.${(name.length * 7) % 250}`,
        domain,
        customer,
        state,
        reasons: REASON[state] ? [REASON[state]] : [],
        since: ago(since),
        run:
          state !== 'run'
            ? null
            : {
                id: fresh ? 'r-install' : 'r-update',
                kind: fresh ? 'app_install' : 'app_upgrade',
                title: fresh
                  ? { en: 'Install Nextcloud on glycines-03', fr: 'Installer Nextcloud sur glycines-03' }
                  : { en: 'Updating Nextcloud to 30.0.4', fr: 'Mise à jour de Nextcloud vers 30.0.4' },
                percent: fresh ? 62 : 41,
                step: 3,
                steps: 5,
                started_at: ago(8 * 60_000),
                started_by: 'Camille Morvan',
              },
        tags,
        yunohost: version,
        apps: fresh ? null : apps,
        certificate_days: fresh ? null : cert,
        updates: fresh ? null : updates,
        last_seen: fresh
          ? null
          : ago(state === 'unreachable' ? 138 * 60_000 : state === 'stop' ? 6 * HOUR : 4 * 60_000),
      };
    },
  );
  for (let n = rows.length; n < count; n += 1) {
    const model = rows[9 + (n % 12)];
    if (model)
      rows.push({
        ...model,
        id: `s-${n}`,
        name: `agence-${String(n).padStart(count > 100 ? 5 : 2, '0')}`,
        domain: `agence-${n}.example`,
        customer: 'Coopérative La Moisson',
        since: ago((60 + n) * DAY),
      });
  }
  return rows;
}

export function keysOf(): C.PinnedKey[] {
  return [
    {
      algorithm: 'ssh-ed25519',
      fingerprint: 'SHA256:q7RkV2nYt4LwZ0sHbJc8eXmP1uAoD6fGiT3yK5vN9fL',
      since: '2025-03-03T09:12:00Z',
      by: 'Camille Morvan',
      how: 'provider',
    },
  ];
}

export function detailOf(row: C.ServerRow): C.ServerDetail {
  return {
    row,
    port: 22,
    user: 'root',
    login: 'key',
    jump: null,
    host_keys: keysOf(),
    facts:
      row.yunohost === null
        ? null
        : {
            yunohost: row.yunohost,
            postinstalled: true,
            debian: '12',
            arch: 'x86-64',
            host: row.name,
            memory_kib: 8_000_000,
            memory_free_kib: 3_800_000,
            disk_kib: 160_000_000,
            disk_free_kib: 62_000_000,
            reboot_required: false,
          },
    snapshots: row.last_seen ? [{ kind: 'apps', taken_at: row.last_seen }] : [],
    counts: { apps: row.apps ?? 0, users: 31, domains: 3, services: 9, diagnosis: 1, runs: 3 },
    added_at: '2025-03-03T09:12:00Z',
    last_tried: ago(4 * 60_000),
  };
}

export function shippedNow(deployments: boolean): C.ShippedNow {
  const release = (number: number, message: string, days: number): C.Shipped => ({
    release: `r${number}`,
    commit: `${number}4f0c1d2e3b4a5968778695a4b3c2d1e0f1a2b3c`,
    message,
    by: number % 2 ? 'Inès Calvet' : 'Camille Morvan',
    at: ago(days * 86_400_000),
  });
  return {
    release: 'r7',
    releases: [
      release(7, 'Les horaires d’été', 1),
      release(6, 'Une page pour les fermetures', 4),
      release(5, 'Plus de contraste', 11),
    ],
    lines: deployments
      ? [
          'r5 by Inès Calvet, commit 54f0c1d2e3',
          'r6 by Camille Morvan, commit 64f0c1d2e3',
          'r7 by Inès Calvet, commit 74f0c1d2e3',
        ]
      : ['listening on 127.0.0.1:8095', 'GET /horaires 200', 'GET /horaires/fermetures 200'],
  };
}

export function appsOf(row: C.ServerRow): C.Apps {
  const list: [string, string, string, string, string | null, boolean, number][] = [
    ['nextcloud', 'Nextcloud', '/', '30.0.2~ynh1', '30.0.4~ynh1', true, 31],
    ['collabora', 'Collabora', '/office', '24.04.9~ynh1', null, true, 31],
    ['vaultwarden', 'Vaultwarden', '/coffre', '1.32.5~ynh2', null, true, 18],
    ['paperless-ngx', 'Paperless-ngx', '/ged', '2.13.5~ynh1', null, true, 9],
    ['bookstack', 'BookStack', '/wiki', '24.10.2~ynh1', null, true, 26],
    ['framadate', 'Framadate', '/dates', '1.2.0~ynh3', null, true, 31],
    ['monitorix', 'Monitorix', '/monitorix', '3.16.0~ynh1', null, false, 2],
    ['horaires_prod', 'Horaires (prod)', '/horaires', '7~ynh1', null, false, 31],
  ];
  return {
    taken_at: row.last_seen,
    apps:
      row.apps === null
        ? []
        : list.slice(0, row.apps).map(([id, label, path, version, next, known, people]) => ({
            id,
            label,
            description: `${label}, for the firm`,
            version,
            address: `${row.domain}${path}`,
            url: `https://${row.domain}${path}`,
            new_version: next,
            in_catalogue: known,
            people,
            shipped: id === 'horaires_prod' ? (shippedNow(false).releases[0] ?? null) : null,
          })),
  };
}

export function domainsOf(row: C.ServerRow): C.Domains {
  const days = row.certificate_days ?? 40;
  return {
    taken_at: row.last_seen,
    domains: [
      {
        name: row.domain ?? row.name,
        main: true,
        apps: ['Nextcloud', 'Collabora'],
        certificate_days: days,
        certificate_kind: 'letsencrypt',
        certificate_style: 'success',
      },
      {
        name: `wiki.${row.domain}`,
        main: false,
        apps: ['BookStack'],
        certificate_days: days - 1,
        certificate_kind: 'letsencrypt',
        certificate_style: 'success',
      },
      {
        name: `coffre.${row.domain}`,
        main: false,
        apps: ['Vaultwarden'],
        certificate_days: 3649,
        certificate_kind: 'selfsigned',
        certificate_style: 'warning',
      },
    ],
  };
}

export function servicesOf(row: C.ServerRow): C.Services {
  const names = [
    'nginx',
    'mariadb',
    'postgresql',
    'php8.2-fpm',
    'slapd',
    'postfix',
    'dovecot',
    'fail2ban',
    'yunomdns',
  ];
  return {
    taken_at: row.last_seen,
    services: names.map((name) => ({
      name,
      description:
        {
          nginx: 'Serves or provides access to all the websites hosted on your server',
          slapd: 'Stores users, domains and related info',
          yunomdns: 'Allows you to reach your server using .local in your local network',
        }[name] ?? `The ${name} service`,
      status:
        name === 'yunomdns' ? 'inactive' : row.state === 'fail' && name === 'mariadb' ? 'failed' : 'running',
      start_on_boot: 'enabled',
      since: '2026-11-12 08:02:11',
    })),
  };
}

export function diagnosisOf(row: C.ServerRow): C.Diagnosis {
  return {
    taken_at: row.last_seen,
    ever_run: row.name !== 'bremont-staging',
    items: [
      {
        category: 'Email',
        status: 'WARNING',
        summary: `No reverse DNS for ${row.address}: some mail may be refused.`,
        details: ['Define the reverse DNS with your hosting provider.'],
        ignored: false,
      },
      {
        category: 'Base system',
        status: 'INFO',
        summary: `Server is running Debian 12`,
        details: [],
        ignored: false,
      },
      {
        category: 'DNS records',
        status: 'SUCCESS',
        summary: `DNS records are correctly configured for domain ${row.domain}`,
        details: [],
        ignored: false,
      },
    ],
  };
}

export function operationsOf(): C.Operations {
  return {
    taken_at: ago(4 * 60_000),
    operations: [
      {
        name: '20261122-093411-app_upgrade-nextcloud',
        description: 'Upgrade the app ‘nextcloud’',
        success: 'yes',
        started_at: ago(2 * HOUR),
      },
      {
        name: '20261121-081200-user_create-a.perrin',
        description: 'Add user ‘a.perrin’',
        success: 'yes',
        started_at: ago(30 * HOUR),
      },
      {
        name: '20261119-101500-app_install-monitorix',
        description: 'Install the app ‘monitorix’',
        success: 'no',
        started_at: ago(3 * DAY),
      },
    ],
  };
}

const NAMES = [
  'Aline Perrin',
  'Bastien Roche',
  'Chloé Tissot',
  'Denis Amar',
  'Élodie Fabre',
  'Farid Nouri',
  'Gwenaëlle Prat',
  'Hugo Savary',
  'Inès Calvet',
  'Jules Morel',
  'Kenza Belaïd',
  'Lucie Tissot',
  'Marc Ollivier',
];
const GROUPS = [
  'accueil',
  'laboratoire',
  'laboratoire',
  'direction',
  'soins',
  'soins',
  'facturation',
  'informatique',
  'informatique',
  'soins',
  'soins',
  'laboratoire',
  'facturation',
];

export function peopleOf(row: C.ServerRow): C.People {
  const users: C.UserRow[] = NAMES.map((fullname, index) => {
    const parts = fullname.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().split(' ');
    const username = `${parts[0]?.[0]}.${parts[1]}`;
    return {
      username,
      fullname,
      mail: `${username}@${row.domain}`,
      aliases: [],
      forwards: [],
      mailbox_quota: index % 3 === 0 ? '0' : '5G',
      groups: ['all_users', GROUPS[index] ?? 'soins', ...(fullname === 'Inès Calvet' ? ['admins'] : [])],
      admin: fullname === 'Inès Calvet',
    };
  });
  const everybody = users.map((user) => user.username);
  const some = (n: number) => everybody.filter((_, index) => index % n !== 1);
  const permission = (app: string, label: string, allowed: string[], who: string[]): C.PermissionRow => ({
    id: `${app}.main`,
    app,
    label,
    url: `https://${row.domain}/${app}`,
    allowed,
    users: who,
    protected: false,
  });
  return {
    taken_at: row.last_seen,
    users,
    groups: [
      { name: 'all_users', members: everybody, permissions: ['nextcloud.main', 'collabora.main'] },
      { name: 'admins', members: ['i.calvet'], permissions: [] },
      { name: 'visitors', members: [], permissions: [] },
      { name: 'laboratoire', members: ['b.roche', 'c.tissot', 'l.tissot'], permissions: [] },
    ],
    permissions: [
      permission('nextcloud', 'Nextcloud', ['all_users'], everybody),
      permission('collabora', 'Collabora', ['all_users'], everybody),
      permission('vaultwarden', 'Vaultwarden', some(3), some(3)),
      permission('paperless-ngx', 'Paperless-ngx', some(2), some(2)),
      permission('bookstack', 'BookStack', some(5), some(5)),
      permission('framadate', 'Framadate', some(4), some(4)),
    ],
    domains: [row.domain ?? 'example.example', `wiki.${row.domain}`],
    main_domain: row.domain,
  };
}
