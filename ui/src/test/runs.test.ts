import { describe, expect, it } from 'vitest';
import { keyName } from '../app/shortcuts';
import { held, toggle } from '../features/people/access';
import { editOf } from '../features/people/EditUserPage';
import { suggestUsername } from '../features/people/NewUserPage';
import { reasonOf } from '../features/runs/reason';
import { mergeLines } from '../features/runs/useRunLive';
import { asQuery, readFleetSearch } from '../features/servers/fleetSearch';
import { splitTags, tagsCheck } from '../features/servers/tags';
import * as check from '../shared/checks';
import type { PermissionRow, TraceLine, UserRow } from '../shared/contract';
import { percentNow } from '../shared/progress';

const line = (n: number): TraceLine => ({
  n,
  at: '2026-11-24T10:00:00Z',
  step: 1,
  sign: 'i',
  text: String(n),
});
const numbers = (lines: readonly TraceLine[]) => lines.map((each) => each.n);

describe('a trace', () => {
  it('told twice is shown once, and in order', () => {
    expect(numbers(mergeLines([line(0), line(1)], [line(2), line(3)]))).toEqual([0, 1, 2, 3]);
    expect(numbers(mergeLines([line(5), line(6)], [line(0), line(1), line(5)]))).toEqual([0, 1, 5, 6]);
    expect(numbers(mergeLines([], [line(2), line(1), line(2)]))).toEqual([1, 2]);
  });
});

describe('the filters in the address', () => {
  it('keep what makes sense', () => {
    expect(
      readFleetSearch({ text: 'gly', state: ['fail', 'nonsense'], tag: ['hds'], sort: 'apps', desc: true }),
    ).toEqual({
      text: 'gly',
      state: ['fail'],
      tag: ['hds'],
      sort: 'apps',
      desc: true,
    });
    expect(readFleetSearch({ text: 7, state: 'fail', sort: 'x', desc: 'yes' })).toEqual({});
  });

  it('become the question for the program', () => {
    expect(asQuery({ state: ['fail'] })).toMatchObject({
      states: ['fail'],
      text: '',
      sort: 'state',
      offset: 0,
    });
  });
});

describe('who may open what', () => {
  const user: UserRow = {
    username: 'ines',
    fullname: 'Inès',
    mail: 'ines@a.example',
    aliases: ['i@a.example'],
    forwards: [],
    mailbox_quota: '0',
    groups: ['all_users', 'lab'],
    admin: false,
  };
  const permission = (allowed: string[], users: string[] = []): PermissionRow => ({
    id: 'a.main',
    app: 'a',
    label: 'A',
    url: null,
    allowed,
    users,
    protected: false,
  });
  it.each([
    [permission(['ines']), { how: 'person' }],
    [permission(['lab']), { how: 'group', groups: ['lab'] }],
    [permission(['all_users', 'other']), { how: 'group', groups: ['all_users'] }],
    [permission(['other']), { how: 'none' }],
    [permission([], ['ines']), { how: 'group', groups: [] }],
  ])('%#', (given, expected) => {
    expect(held(given, user)).toEqual(expected);
  });

  it('a change turned back is no change', () => {
    const give = { permission: 'a.main', who: 'ines', give: true };
    expect(toggle([], give)).toEqual([give]);
    expect(toggle([give], { ...give, give: false })).toEqual([]);
  });

  it('an edit sends what changed and nothing else', () => {
    const same = {
      fullname: 'Inès',
      mail: 'ines@a.example',
      aliases: 'i@a.example',
      forwards: '',
      mailbox_quota: '',
    };
    expect(editOf(user, same)).toEqual({});
    expect(
      editOf(user, { ...same, forwards: 'x@b.example', password: 'new password', mailbox_quota: '5G' }),
    ).toEqual({
      forwards: ['x@b.example'],
      password: 'new password',
      mailbox_quota: '5G',
    });
  });
});

describe('small rules', () => {
  it('a log-in name is made from a name', () => {
    expect(suggestUsername('Inès Calvet')).toBe('ines.calvet');
    expect(suggestUsername('Jean-Noël d’Arc')).toBe('jean.noel.darc');
  });

  it('tags are split, lowered, and checked', () => {
    expect(splitTags(' HDS, prod prod ')).toEqual(['hds', 'prod']);
    expect(tagsCheck('prod, -x')?.rule).toBe('characters');
    expect(tagsCheck('')).toBeNull();
  });

  it.each([
    ['glycines-01.example', null],
    ['203.0.113.7', null],
    ['2001:db8::1', null],
    ['300.1.1.1', 'not_an_address'],
    ['-a.example', 'not_an_address'],
    ['a b', 'not_an_address'],
    ['', 'required'],
  ])('the address %j gives %s', (text, rule) => {
    expect(check.host(text)?.rule ?? null).toBe(rule);
  });

  it.each([
    ['22', null],
    ['0', 'port_range'],
    ['65536', 'port_range'],
    ['2 2', 'port_range'],
    ['', 'required'],
  ])('the port %j gives %s', (text, rule) => {
    expect(check.port(text)?.rule ?? null).toBe(rule);
  });

  it.each([
    ['Tour & Cie', null],
    ['a/b', 'characters'],
    ['ends.', 'characters'],
    ['A', null],
  ])('the workspace name %j gives %s', (text, rule) => {
    expect(check.workspaceName(text)?.rule ?? null).toBe(rule);
  });

  it('keys have the names that commands use', () => {
    const press = (key: string, ctrlKey = false) => keyName({ key, ctrlKey, metaKey: false, altKey: false });
    expect([press('K', true), press('?'), press('F5'), press('N')]).toEqual(['mod+k', '?', 'F5', 'n']);
  });
});

describe('why a step failed', () => {
  const generic =
    "YunoHost refused: The operation 'Install' could not be completed. Please share the full log of this operation using the command 'yunohost log share 20261123-app_install-chantier' to get help. Its log: 20261123-app_install-chantier.";
  const said = (sign: TraceLine['sign'], text: string, step = 1): TraceLine => ({
    ...line(0),
    sign,
    text,
    step,
  });

  it('is what the server said last before it asked to share its log', () => {
    const lines = [
      said('✗', 'an error of another step', 0),
      said('✗', 'Unable to install chantier: the foundations do not hold'),
      said('!', 'Removing the app'),
      said('✗', generic),
    ];
    expect(reasonOf(generic, lines, 1)).toEqual({
      text: 'Unable to install chantier: the foundations do not hold',
      log: '20261123-app_install-chantier',
    });
  });

  it('stays as it is told when it says something, or when the trace says nothing more', () => {
    expect(reasonOf('YunoHost refused: the path is taken', [said('✗', 'x')], 1).text).toBe(
      'YunoHost refused: the path is taken',
    );
    expect(reasonOf(generic, [said('i', 'nothing')], 1).text).toBe(generic);
  });
});

describe('how far a run is', () => {
  it('is what it says of its step, else what was written down', () => {
    expect(percentNow({ step: 2, percent: 41 }, 2, 0)).toBe(41);
    expect(percentNow({ step: 1, percent: 90 }, 2, null)).toBe(null);
    expect(percentNow(null, 2, 62)).toBe(62);
    expect(percentNow({ step: 2, percent: null }, 2, 62)).toBe(62);
  });
});
