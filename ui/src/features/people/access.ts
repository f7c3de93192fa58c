/** Who may open what: how a person has a permission, and the changes that gather before they are sent. Pure. */
import type { People, PermissionRow, UserRow } from '../../shared/contract';

/** How someone has an access: given to the person, through a group, to everyone, or not at all. */
export type Held = { how: 'person' } | { how: 'group'; groups: string[] } | { how: 'none' };

const EVERYONE = new Set(['all_users', 'visitors']);

export function held(permission: PermissionRow, user: UserRow): Held {
  if (permission.allowed.includes(user.username)) return { how: 'person' };
  const groups = permission.allowed.filter((who) => EVERYONE.has(who) || user.groups.includes(who));
  if (groups.length > 0) return { how: 'group', groups };
  return permission.users.includes(user.username) ? { how: 'group', groups: [] } : { how: 'none' };
}

export interface Change {
  permission: string;
  who: string;
  give: boolean;
}

export function sameChange(a: Change, b: Change): boolean {
  return a.permission === b.permission && a.who === b.who;
}

/** Turns a cell over: a change that undoes an earlier one takes it away. */
export function toggle(changes: readonly Change[], wanted: Change): Change[] {
  const without = changes.filter((change) => !sameChange(change, wanted));
  return without.length < changes.length ? without : [...without, wanted];
}

/** Columns of the grid: one a permission that people open, by label. */
export function columnsOf(people: People): PermissionRow[] {
  return people.permissions.toSorted((a, b) => a.label.localeCompare(b.label));
}
