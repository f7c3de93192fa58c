/** What a fleet run is asked for, as a form's answers; waves and stop rule as people write them. Pure. */
import type {
  Day,
  FleetChange,
  FleetOrder,
  FleetSelection,
  MemberCount,
  MemberState,
  NewTiming,
  StopRule,
  When,
  Width,
} from '../../../shared/contract';

export type Answers = Readonly<Record<string, string>>;

export const CHANGES = [
  'refresh',
  'upgrade_apps',
  'upgrade_app',
  'remove_app',
  'restart_service',
  'diagnose',
  'give_access',
  'take_access',
  'create_user',
  'delete_user',
] as const satisfies readonly FleetChange['kind'][];

/** What else each change asks. */
export const ASKS: Record<FleetChange['kind'], readonly string[]> = {
  refresh: [],
  upgrade_apps: [],
  upgrade_app: ['app'],
  remove_app: ['app'],
  restart_service: ['service'],
  diagnose: [],
  give_access: ['permission', 'who'],
  take_access: ['permission', 'who'],
  create_user: ['fullname', 'username', 'password'],
  delete_user: ['username'],
};

/** Changes that take something away: they are begun only after a question. */
export const TAKES: readonly FleetChange['kind'][] = ['remove_app', 'take_access', 'delete_user'];

export function changeOf(answers: Answers): FleetChange {
  const word = (name: string) => (answers[name] ?? '').trim();
  const kind = (CHANGES.find((each) => each === answers.change) ?? 'refresh') as FleetChange['kind'];
  switch (kind) {
    case 'upgrade_app':
    case 'remove_app':
      return { kind, app: word('app') };
    case 'restart_service':
      return { kind, service: word('service') };
    case 'give_access':
    case 'take_access':
      return { kind, permission: word('permission'), who: word('who') };
    case 'create_user':
      return { kind, username: word('username'), fullname: word('fullname') };
    case 'delete_user':
      return { kind, username: word('username'), purge: answers.purge === '1' };
    default:
      return { kind };
  }
}

/** `1, 30 %, all`: each a number of servers, a part of them, or all that are left; none of it when one is not. */
export function wavesOf(text: string): Width[] | null {
  const widths: Width[] = [];
  for (const part of text.split(',').map((each) => each.trim().toLowerCase())) {
    if (part === '') continue;
    if (['all', 'rest', 'tous', 'reste'].includes(part)) {
      widths.push({ kind: 'rest' });
      continue;
    }
    const found = /^(\d{1,6})\s*(%?)$/.exec(part);
    const number = Number(found?.[1]);
    if (!found || number < 1 || (found[2] && number > 100)) return null;
    widths.push(found[2] ? { kind: 'percent', percent: number } : { kind: 'count', servers: number });
  }
  return widths;
}

/** The waves that are offered, as one writes them; `own` is the person's own. */
export const WAVES = { careful: '1, 30 %, all', steps: '10 %, 50 %, all', once: 'all' } as const;

export function stopOf(answers: Answers): StopRule | null {
  const number = Math.max(1, Number(answers.stop_number) || 1);
  switch (answers.stop) {
    case 'first':
      return { kind: 'failures', servers: 1 };
    case 'failures':
      return { kind: 'failures', servers: number };
    case 'percent':
      return { kind: 'percent', percent: Math.min(100, number) };
    default:
      return null;
  }
}

export function selectionOf(answers: Answers, chosen: readonly string[]): FleetSelection {
  switch (answers.where) {
    case 'servers':
      return { kind: 'servers', ids: [...chosen] };
    case 'tag':
      return { kind: 'tag', tag: answers.tag ?? '' };
    case 'customer':
      return { kind: 'customer', customer: answers.customer ?? '' };
    case 'search':
      return { kind: 'search', text: (answers.search ?? '').trim() };
    default:
      return { kind: 'all' };
  }
}

export function orderOf(answers: Answers, chosen: readonly string[], dry: boolean): FleetOrder {
  const waves = answers.waves === 'own' ? answers.own_waves : WAVES[answers.waves as keyof typeof WAVES];
  return {
    change: changeOf(answers),
    selection: selectionOf(answers, chosen),
    sequence: { kind: answers.where === 'servers' ? 'as_given' : 'by_name' },
    waves: wavesOf(waves ?? WAVES.careful) ?? [],
    stop: stopOf(answers),
    at_once: Number(answers.at_once) > 0 ? Number(answers.at_once) : null,
    dry,
  };
}

export const DAYS: readonly Day[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
];

/** When, from the form; none while something is missing in it. */
export function timingOf(answers: Answers): NewTiming | null {
  const zone = (answers.zone ?? '').trim() || null;
  const when = whenOf(answers);
  return when ? { when, zone } : null;
}

function whenOf(answers: Answers): When | null {
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(answers.time ?? '') ?? [];
  if (answers.rule === 'cron') {
    const expression = (answers.cron ?? '').trim();
    return expression ? { kind: 'cron', expression } : null;
  }
  if (hour === undefined || minute === undefined) return null;
  const clock = { hour: Number(hour), minute: Number(minute) };
  if (answers.rule === 'once') {
    return /^\d{4}-\d{2}-\d{2}$/.test(answers.date ?? '')
      ? { kind: 'once', at: `${answers.date}T${hour}:${minute}:00` }
      : null;
  }
  if (answers.rule === 'weekly') {
    const wanted = (answers.days ?? '').split(',');
    const days = DAYS.filter((day) => wanted.includes(day));
    return days.length > 0 ? { kind: 'weekly', days, ...clock } : null;
  }
  return { kind: 'daily', ...clock };
}

/** How many servers are in one of these states. */
export function inStates(counts: readonly MemberCount[], states: readonly MemberState[]): number {
  return counts.filter((each) => states.includes(each.state)).reduce((sum, each) => sum + each.count, 0);
}

export const ENDED: readonly MemberState[] = ['done', 'nothing', 'failed', 'unknown', 'cancelled', 'left'];
export const FAILED: readonly MemberState[] = ['failed', 'unknown'];
