import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { App, queryClient } from '../app/App';
import { router } from '../app/router';
import { type Fake, type FakeOptions, installFake } from '../dev/fake';
import { rememberChosen } from '../shared/chosen';
import { startI18n } from '../shared/i18n';

async function open(path: string, options: FakeOptions = {}): Promise<Fake> {
  cleanup();
  queryClient.clear();
  const fake = installFake({ delay: 0, language: 'en', world: 'full', ...options });
  startI18n('en');
  render(<App />);
  await screen.findByRole('main');
  await act(async () => router.history.push(path));
  return fake;
}

const said = (fake: Fake, command: string) =>
  fake.calls.filter((call) => call.command === command).map((call) => call.args);

const actOf = () => screen.getByTestId('form-act');

beforeEach(() => {
  localStorage.clear();
  rememberChosen([]);
});

describe('making a bare machine a server', () => {
  async function toChoices(name: string): Promise<Fake> {
    const fake = await open('/servers/provision');
    await userEvent.type(await screen.findByRole('textbox', { name: 'Name' }), name);
    await userEvent.type(screen.getByRole('textbox', { name: 'Address' }), '203.0.113.77');
    await userEvent.type(screen.getByLabelText('Password'), 'a password of the machine');
    await userEvent.click(actOf());
    await userEvent.click(await screen.findByRole('button', { name: 'Accept and pin this key' }));
    await screen.findByRole('textbox', { name: 'Main domain' });
    return fake;
  }

  async function choose(): Promise<void> {
    await userEvent.type(screen.getByRole('textbox', { name: 'Main domain' }), 'nuage.glycines.example');
    await userEvent.type(screen.getByRole('textbox', { name: 'First administrator' }), 'Camille Morvan');
    await userEvent.type(screen.getByRole('textbox', { name: 'Their log-in name' }), 'camille');
    await userEvent.click(actOf());
    await screen.findByTestId('findings');
  }

  it('shows the whole plan before anything is begun, and begins what was shown', async () => {
    const fake = await toChoices('glycines-04');
    await userEvent.click(actOf());
    // Nothing is asked of the machine while an answer is missing.
    expect(said(fake, 'provisioning_look')).toEqual([]);
    await choose();
    await userEvent.click(actOf());
    const plan = await screen.findByTestId('plan');
    expect(within(plan).getByText('Install YunoHost')).toBeInTheDocument();
    expect(said(fake, 'provisioning_begin')).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: /Make glycines-04 a server/ }));
    await screen.findByTestId('run-state');
    expect(said(fake, 'provisioning_begin')).toMatchObject([
      {
        order: {
          machine: { kind: 'new', server: { name: 'glycines-04', how: 'console' } },
          choices: { domain: 'nuage.glycines.example', admin: 'camille', ssh_port: 22, mail: true },
        },
      },
    ]);
  });

  it('does not go on from a machine that something stands in the way of', async () => {
    const fake = await toChoices('glycines-obstacle');
    await choose();
    expect(screen.getByText(/It can’t begin yet: 1 thing/)).toBeInTheDocument();
    expect(actOf()).toHaveTextContent('Look again');
    await userEvent.click(actOf());
    await waitFor(() => expect(said(fake, 'provisioning_look')).toHaveLength(2));
    expect(said(fake, 'provisioning_plan')).toEqual([]);
  });
});

describe('the runs', () => {
  it('show what is done on many servers as one row that opens to its servers', async () => {
    await open('/runs');
    await screen.findByTestId('row-f-stopped');
    expect(screen.queryByTestId('row-f-stopped-1')).toBeNull();
    await userEvent.click(screen.getByTestId('toggle-f-stopped'));
    expect(await screen.findByTestId('row-f-stopped-1')).toHaveTextContent('northfold-02');
  });

  it('pause after the step at work, and say so', async () => {
    const fake = await open('/runs/r-install');
    await userEvent.click(await screen.findByTestId('run-pause'));
    expect(await screen.findByText('Pauses after this step')).toBeInTheDocument();
    expect(said(fake, 'runs_pause')).toEqual([{ run: 'r-install' }]);
  });

  it('say which steps are undone before they are', async () => {
    const fake = await open('/runs/r-user');
    await userEvent.click(await screen.findByRole('button', { name: 'Undo…' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText(/4\. Give access/)).toBeInTheDocument();
    expect(said(fake, 'runs_undo')).toEqual([]);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Undo 2 steps' }));
    await waitFor(() => expect(said(fake, 'runs_undo')).toEqual([{ run: 'r-user' }]));
  });
});

describe('the same change on many servers', () => {
  it('is looked at first, on those that were selected', async () => {
    rememberChosen(['s-glycines-01', 's-ormeau-01']);
    const fake = await open('/runs/new');
    expect(await screen.findByRole('heading', { name: 'Do on 2 servers' })).toBeInTheDocument();
    await userEvent.click(actOf());
    await screen.findByTestId('fleet-state');
    expect(said(fake, 'fleet_begin')).toMatchObject([
      {
        run: {
          order: {
            change: { kind: 'upgrade_apps' },
            selection: { kind: 'servers', ids: ['s-glycines-01', 's-ormeau-01'] },
            dry: true,
          },
        },
      },
    ]);
    // From looking to doing, by a question.
    await userEvent.click(await screen.findByTestId('for-real'));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('button', { name: /Do it on/ }));
    await waitFor(() =>
      expect(said(fake, 'fleet_begin').at(-1)).toMatchObject({ run: { order: { dry: false } } }),
    );
  });

  it('that was missed is run now or left, by a person', async () => {
    const fake = await open('/schedules');
    expect(await screen.findByText(/“Morning diagnosis” was due 2 times/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Leave it' }));
    await waitFor(() => expect(screen.queryByText(/was due 2 times/)).toBeNull());
    expect(said(fake, 'schedules_leave')).toEqual([{ schedule: 'sc-diagnosis' }]);
  });
});

describe('parting from a server', () => {
  it('shows what is undone there, and forgets only with its name typed', async () => {
    const fake = await open('/servers/s-ormeau-01');
    await userEvent.click(await screen.findByRole('button', { name: 'More' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Forget…', hidden: true }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByTestId('removals')).toBeInTheDocument();
    const forget = within(dialog).getByRole('button', { name: 'Forget ormeau-01' });
    expect(forget).toBeDisabled();
    await userEvent.type(within(dialog).getByRole('textbox'), 'ormeau-01');
    await userEvent.click(forget);
    await waitFor(() => expect(said(fake, 'provisioning_forget')).toEqual([{ server: 's-ormeau-01' }]));
  });
});
