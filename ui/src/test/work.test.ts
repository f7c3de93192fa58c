import { describe, expect, it } from 'vitest';
import { ended } from '../app/runEnds';
import { orderOf, selectionOf, stopOf, timingOf, wavesOf } from '../features/runs/fleet/order';
import { runLines } from '../features/runs/runLines';
import { asRunQuery, cleanRuns, readRunsSearch } from '../features/runs/runsSearch';
import { answersOf, choicesOf, isAsked, widgetOf, withProfile } from '../features/servers/provision/choices';
import { answersFrom } from '../features/servers/SshConfigPick';
import * as check from '../shared/checks';
import type { FleetRow, MemberRow, ProvisioningChoices, RunRow, SshConfigHost } from '../shared/contract';

describe('waves as people write them', () => {
  const count = (servers: number) => ({ kind: 'count', servers });
  const percent = (part: number) => ({ kind: 'percent', percent: part });
  const rest = { kind: 'rest' };
  it.each([
    ['1, 30 %, all', [count(1), percent(30), rest]],
    ['2,50%,reste', [count(2), percent(50), rest]],
    ['tous', [rest]],
    ['', []],
  ])('%s', (text, expected) => expect(wavesOf(text)).toEqual(expected));
  it.each(['0', '101 %', 'a few', '-1', '1.5'])('%s is none', (text) => expect(wavesOf(text)).toBeNull());
});

describe('what a fleet run is asked for', () => {
  it('is its change, where, in which waves and when it stops', () => {
    expect(
      orderOf(
        {
          change: 'upgrade_app',
          app: ' nextcloud ',
          where: 'tag',
          tag: 'prod',
          waves: 'careful',
          stop: 'first',
        },
        [],
        true,
      ),
    ).toEqual({
      change: { kind: 'upgrade_app', app: 'nextcloud' },
      selection: { kind: 'tag', tag: 'prod' },
      sequence: { kind: 'by_name' },
      waves: [{ kind: 'count', servers: 1 }, { kind: 'percent', percent: 30 }, { kind: 'rest' }],
      stop: { kind: 'failures', servers: 1 },
      at_once: null,
      dry: true,
    });
  });

  it('keeps the order of the list for what was selected there', () => {
    expect(selectionOf({ where: 'servers' }, ['b', 'a'])).toEqual({ kind: 'servers', ids: ['b', 'a'] });
    expect(orderOf({ where: 'servers' }, ['b', 'a'], false).sequence).toEqual({ kind: 'as_given' });
  });

  it('stops after so many, at a part of a wave, or never', () => {
    expect(stopOf({ stop: 'failures', stop_number: '3' })).toEqual({ kind: 'failures', servers: 3 });
    expect(stopOf({ stop: 'percent', stop_number: '250' })).toEqual({ kind: 'percent', percent: 100 });
    expect(stopOf({ stop: 'never' })).toBeNull();
  });
});

describe('when a schedule is due', () => {
  const time = '03:30';
  it.each<[Record<string, string>, object]>([
    [
      { rule: 'daily', time },
      { kind: 'daily', hour: 3, minute: 30 },
    ],
    [
      { rule: 'once', time, date: '2026-12-01' },
      { kind: 'once', at: '2026-12-01T03:30:00' },
    ],
    [
      { rule: 'weekly', time, days: 'sunday,wednesday' },
      { kind: 'weekly', days: ['wednesday', 'sunday'], hour: 3, minute: 30 },
    ],
    [
      { rule: 'cron', cron: ' 0 3 * * SUN ' },
      { kind: 'cron', expression: '0 3 * * SUN' },
    ],
  ])('%o', (answers, when) => {
    expect(timingOf({ ...answers, zone: 'Europe/Paris' })).toEqual({
      when,
      zone: 'Europe/Paris',
    });
  });
  it.each<Record<string, string>>([
    { rule: 'daily', time: '24:00' },
    { rule: 'once', time, date: '' },
    { rule: 'weekly', time, days: '' },
    { rule: 'cron', cron: ' ' },
  ])('%o is not a time yet', (answers) => expect(timingOf(answers)).toBeNull());
});

describe('the runs page', () => {
  const run = (id: string, started_at: string) => ({ id, started_at }) as RunRow;
  const fleet = (id: string, started_at: string) => ({ id, started_at }) as FleetRow;
  const members = new Map([['f', [{ n: 1 }, { n: 2 }] as MemberRow[]]]);

  it('mixes runs and fleet runs, newest first, and opens one to its servers', () => {
    const runs = [run('a', '2026-01-03'), run('b', '2026-01-01')];
    const fleets = [fleet('f', '2026-01-02')];
    const ids = (opened: string[]) =>
      runLines(runs, fleets, members, new Set(opened)).map((line) => `${line.kind} ${line.id}`);
    expect(ids([])).toEqual(['run a', 'fleet f', 'run b']);
    expect(ids(['f'])).toEqual(['run a', 'fleet f', 'member f-1', 'member f-2', 'run b']);
  });

  it('keeps its filters in the address, and only those that make sense', () => {
    expect(
      readRunsSearch({ tab: 'open', state: ['failed', 'x'], kind: 'diagnose', server: 's', text: 4 }),
    ).toEqual({ tab: 'open', state: ['failed'], server: 's' });
    expect(cleanRuns({ text: '', state: [], tab: 'ended' })).toEqual({ tab: 'ended' });
    expect(asRunQuery({ tab: 'ended', kind: ['diagnose'] }, 10)).toMatchObject({
      open: false,
      kinds: ['diagnose'],
      limit: 10,
    });
  });
});

describe('the end of a run', () => {
  it('is news once, and never for what was over when it was first seen', () => {
    const before = new Map([
      ['a', false],
      ['b', true],
    ]);
    const now = [
      { id: 'a', over: true },
      { id: 'b', over: true },
      { id: 'c', over: true },
    ];
    expect(ended(before, now).map((each) => each.id)).toEqual(['a']);
    expect(ended(new Map([['a', true]]), now)).toEqual([]);
  });
});

describe('the choices of a provisioning', () => {
  const defaults: ProvisioningChoices = {
    domain: '',
    dns: 'resolver',
    resolver: '9.9.9.9',
    ssh_port: 22,
    mail: true,
    api: false,
    never_ban: [],
    tags: [],
    customer: null,
  };

  it('come back from the form in the types of their defaults', () => {
    expect(choicesOf(answersOf(defaults), defaults)).toEqual(defaults);
    expect(
      choicesOf(
        {
          ...answersOf(defaults),
          ssh_port: ' 2222 ',
          mail: '',
          never_ban: '192.0.2.7, 192.0.2.0/24',
          customer: ' ',
        },
        defaults,
      ),
    ).toEqual({ ...defaults, ssh_port: 2222, mail: false, never_ban: ['192.0.2.7', '192.0.2.0/24'] });
  });

  it('are asked only where they matter', () => {
    expect(isAsked('resolver', { dns: 'resolver' })).toBe(true);
    expect(isAsked('resolver', { dns: 'none' })).toBe(false);
    expect(isAsked('mail', {})).toBe(true);
  });

  it('are asked by what they are', () => {
    const option = { value: 'a', label: { en: 'A', fr: 'A' } };
    expect(widgetOf({ name: 'mail', options: [] }, true)).toBe('switch');
    expect(widgetOf({ name: 'dns', options: [option, option] }, 'a')).toBe('cards');
    expect(widgetOf({ name: 'zone', options: [option, option, option, option] }, 'a')).toBe('list');
    expect(widgetOf({ name: 'ssh_port', options: [] }, 22)).toBe('number');
    expect(widgetOf({ name: 'certificate_chain', options: [] }, '')).toBe('long');
  });

  it('of a profile leave the domain and the administrator as they are', () => {
    const typed = { ...answersOf(defaults), domain: 'nuage.example', admin: 'camille' };
    expect(withProfile(typed, { ...defaults, mail: false, domain: '' })).toMatchObject({
      domain: 'nuage.example',
      admin: 'camille',
      mail: '',
    });
  });

  it('take a domain in small letters, in at least two parts', () => {
    for (const good of ['nuage.example', 'a.b-c.example']) expect(check.domain(good), good).toBeNull();
    for (const bad of ['localhost', 'Nuage.example', 'a..example', '-a.example', 'a.example.'])
      expect(check.domain(bad), bad).not.toBeNull();
  });
});

describe('a machine of the SSH configuration', () => {
  const host: SshConfigHost = {
    name: 'ormeau-backup',
    address: '198.51.100.12',
    port: 2222,
    user: null,
    key: { path: '~/.ssh/id_ed25519', state: 'needs_passphrase' },
    jump: { name: 'bastion', server: 's-1' },
    server: null,
  };

  it('fills the form, with its key, by the machine it goes through', () => {
    expect(answersFrom(host)).toEqual({
      kind: 'key',
      answers: {
        name: 'ormeau-backup',
        address: '198.51.100.12',
        port: '2222',
        user: 'root',
        key_file: '~/.ssh/id_ed25519',
        jump: 's-1',
      },
    });
  });

  it('asks the agent where its key can not be used', () => {
    const { kind, answers } = answersFrom({ ...host, key: { path: '~/.ssh/gone', state: 'missing' } });
    expect([kind, answers.key_file]).toEqual(['agent', '']);
  });
});
