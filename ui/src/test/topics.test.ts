import { QueryObserver } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { topics } from '../bindings';
import type { Topic } from '../shared/contract';
import { invalidate, newQueryClient, queries } from '../shared/queries';
import { bySeverity } from '../shared/states';

const SERVER = { kind: 'server', id: 'a' } as const;

describe('the changed event', () => {
  async function refetched(changed: Topic[]): Promise<string[]> {
    const client = newQueryClient();
    const asked: string[] = [];
    const watched = {
      list: queries.servers({}),
      a: queries.server('a'),
      appsOfA: queries.apps('a'),
      b: queries.server('b'),
      runs: queries.runs({}),
      run: queries.run('r'),
      preferences: queries.preferences(),
    };
    for (const [name, options] of Object.entries(watched)) {
      const { meta, queryKey } = options;
      client.setQueryData(queryKey as readonly unknown[], {});
      new QueryObserver(client, {
        queryKey: queryKey as readonly unknown[],
        meta,
        staleTime: Number.POSITIVE_INFINITY,
        queryFn: () => {
          asked.push(name);
          return {};
        },
      }).subscribe(() => {});
    }
    await invalidate(client, changed);
    return asked.sort();
  }

  it.each([
    [[{ kind: 'servers' }], ['list']],
    [[SERVER], ['a', 'appsOfA']],
    [[{ kind: 'server', id: 'nobody' }], []],
    [
      [{ kind: 'runs' }, { kind: 'run', id: 'r' }],
      ['run', 'runs'],
    ],
    [[{ kind: 'run', id: 'other' }], []],
    [[{ kind: 'preferences' }], ['preferences']],
  ] as [Topic[], string[]][])('%j fetches again exactly %j', async (changed, expected) => {
    expect(await refetched(changed)).toEqual(expected);
  });
});

describe('the topics of a query', () => {
  it.each([
    ['servers_list', queries.servers({})],
    ['servers_detail', queries.server('a')],
    ['servers_domains', queries.domains('a')],
    ['servers_services', queries.services('a')],
    ['servers_diagnosis', queries.diagnosis('a')],
    ['servers_operations', queries.operations('a')],
    ['servers_key_conflict', queries.keyConflict('a')],
    ['apps_list', queries.apps('a')],
    ['apps_catalogue', queries.catalogue('a')],
    ['apps_form', queries.installForm('a', 'x')],
    ['people_list', queries.people('a')],
    ['gates_list', queries.gates('a')],
    ['runs_list', queries.runs({})],
    ['runs_detail', queries.run('r')],
    ['fleet_list', queries.fleets({})],
    ['fleet_detail', queries.fleet('f')],
    ['schedules_list', queries.schedules()],
    ['journal_list', queries.journal({ text: '', limit: 200 } as never)],
    ['journal_entry', queries.journalEntry(1)],
    ['journal_choices', queries.journalChoices()],
    ['journal_state', queries.journalState()],
    ['workspace_policy', queries.policy()],
    ['provisioning_form', queries.provisioningForm()],
    ['provisioning_report', queries.report('r')],
    ['provisioning_disconnect_plan', queries.removals('a')],
    ['provisioning_forget_says', queries.losses('a')],
    ['workspace_training_machines', queries.trainingMachines()],
    ['servers_ssh_config', queries.sshConfig()],
    ['preferences_get', queries.preferences()],
    ['workspace_status', queries.status()],
  ] as const)('%s are those that the program declares', (command, options) => {
    const declared = topics[command];
    expect(declared.does).toBe('query');
    expect(options.meta?.topics.map((topic) => topic.kind)).toEqual([...declared.topics]);
  });
});

describe('severity', () => {
  it('sorts the worst first', () => {
    const states = ['ok', 'off', 'warn', 'run', 'stop', 'to_do', 'unreachable', 'fail'] as const;
    expect([...states].sort(bySeverity)).toEqual([
      'stop',
      'fail',
      'unreachable',
      'warn',
      'run',
      'ok',
      'off',
      'to_do',
    ]);
  });
});
