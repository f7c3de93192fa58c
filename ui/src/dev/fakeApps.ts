/** A small invented catalogue, and a form with every kind of question. */
import type * as C from '../shared/contract';

const both = (en: string, fr: string): C.Words => ({ en, fr });

const APPS: [string, string, string, string, string, number, string][] = [
  [
    'nextcloud',
    'Nextcloud',
    'Online storage, file sharing and collaborative suite',
    'productivity_and_management',
    '30.0.4~ynh1',
    8,
    'working',
  ],
  [
    'wordpress',
    'WordPress',
    'Create a beautiful blog or website easily',
    'publishing',
    '6.7~ynh1',
    8,
    'working',
  ],
  [
    'vaultwarden',
    'Vaultwarden',
    'Password manager for the whole team',
    'system_tools',
    '1.32.5~ynh2',
    8,
    'working',
  ],
  [
    'gitlab',
    'GitLab',
    'Repository manager with a wiki, issue tracking and CI',
    'dev',
    '17.5.1~ynh1',
    7,
    'working',
  ],
  [
    'mattermost',
    'Mattermost',
    'Open-source, self-hosted team chat',
    'communication',
    '10.1.2~ynh1',
    8,
    'working',
  ],
  [
    'dolibarr',
    'Dolibarr',
    'Enterprise resource planning and customer relations',
    'productivity_and_management',
    '20.0.1~ynh1',
    8,
    'working',
  ],
  ['roundcube', 'Roundcube', 'Open-source webmail software', 'communication', '1.6.9~ynh1', 8, 'working'],
  [
    'limesurvey',
    'LimeSurvey',
    'Surveys and questionnaires',
    'productivity_and_management',
    '6.6.5~ynh1',
    8,
    'working',
  ],
  ['oldwiki', 'Old Wiki', 'A wiki that nobody packages any more', 'publishing', '0.9~ynh1', 0, 'notworking'],
];

export const CATALOGUE: C.Catalogue = {
  taken_at: new Date().toISOString(),
  apps: APPS.map(([id, name, description, category, version, level, state]) => ({
    id,
    name,
    description,
    category,
    version,
    level,
    state,
    installed: id === 'vaultwarden' || id === 'nextcloud',
    multi_instance: id !== 'vaultwarden',
  })),
  categories: [
    { id: 'communication', title: 'Communication' },
    { id: 'dev', title: 'Development' },
    { id: 'productivity_and_management', title: 'Productivity and management' },
    { id: 'publishing', title: 'Publishing' },
    { id: 'system_tools', title: 'System tools' },
  ],
};

function question(
  id: string,
  kind: C.QuestionKind,
  ask: C.Words,
  rest: Partial<C.Question> = {},
): C.Question {
  return {
    id,
    kind,
    ask,
    help: null,
    default: null,
    example: null,
    optional: false,
    secret: kind === 'password',
    choices: [],
    visible: null,
    min: null,
    max: null,
    ...rest,
  };
}

const choice = (value: string, en = value, fr = en): C.Choice => ({ value, label: { en, fr } });

export function installForm(app: string): C.InstallForm {
  const row = APPS.find(([id]) => id === app);
  return {
    app,
    name: row?.[1] ?? app,
    description: both(row?.[2] ?? '', row?.[2] ?? ''),
    version: row?.[4] ?? '1.0~ynh1',
    questions: [
      question('domain', 'domain', both('Domain', 'Domaine'), {
        choices: [choice('labo.glycines.example'), choice('nuage.glycines.example')],
        default: 'labo.glycines.example',
      }),
      question('path', 'path', both('Path', 'Chemin'), { default: '/office' }),
      question('admin', 'user', both('Administrator of the app', 'Administrateur de l’app'), {
        choices: [choice('i.calvet', 'Inès Calvet (i.calvet)'), choice('h.savary', 'Hugo Savary (h.savary)')],
        help: both('One of the people of this server.', 'Une des personnes de ce serveur.'),
      }),
      question('init_main_permission', 'group', both('Who may open it', 'Qui peut l’ouvrir'), {
        choices: [choice('visitors'), choice('all_users'), choice('laboratoire'), choice('direction')],
        default: 'all_users',
      }),
      question(
        'password',
        'password',
        both('Password of the app’s administrator', 'Mot de passe de l’administrateur de l’app'),
      ),
      question('language', 'select', both('Language', 'Langue'), {
        choices: [choice('fr', 'Français'), choice('en', 'English')],
        default: 'fr',
      }),
      question(
        'user_home',
        'boolean',
        both(
          'Let people see their home folder in the app',
          'Montrer aux personnes leur dossier personnel dans l’app',
        ),
        {
          default: '1',
          help: both(
            'Asked by the package. Can be changed later in its settings.',
            'Demandé par le paquet. Se change ensuite dans ses réglages.',
          ),
        },
      ),
      question('home_name', 'text', both('Name of that folder', 'Nom de ce dossier'), {
        default: 'Home',
        visible: 'user_home',
        optional: true,
      }),
    ],
    disk: '1.2G',
    memory: '500M',
    notice: null,
    unmet: [],
    taken: ['labo.glycines.example/office'],
  };
}
