import { act, cleanup, configure, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { App, queryClient } from '../app/App';
import { router } from '../app/router';
import { type Fake, type FakeOptions, installFake } from '../dev/fake';
import { RECOVERY_KEY } from '../dev/fakeAccounts';
import { startI18n } from '../shared/i18n';

async function open(options: FakeOptions, path = '/servers'): Promise<Fake> {
  cleanup();
  queryClient.clear();
  const fake = installFake({ delay: 0, language: 'en', ...options });
  startI18n('en');
  render(<App />);
  if (options.world !== 'none' && options.world !== 'locked') {
    await screen.findByRole('main');
    await act(async () => router.history.push(path));
  }
  return fake;
}

const type = (field: HTMLElement, value: string) => fireEvent.change(field, { target: { value } });

const said = (fake: Fake, command: string) =>
  fake.calls.filter((call) => call.command === command).map((call) => call.args);

// Pages come in pieces, on a machine that may be busy.
configure({ asyncUtilTimeout: 8_000 });

beforeEach(() => {
  localStorage.clear();
});

describe('the lock', () => {
  it('shows who there is, and asks the chosen one for the code of a second factor', async () => {
    const fake = await open({ world: 'locked' });
    await userEvent.click(await screen.findByRole('button', { name: /Inès Calvet/ }));
    const hers = screen.getByRole('region', { name: 'Inès Calvet' });
    await userEvent.type(within(hers).getByLabelText('Password'), 'open sesame{Enter}');
    const code = await within(hers).findByLabelText('Code of the second factor');
    await userEvent.type(code, '000000{Enter}');
    expect(await within(hers).findByText(/Wrong code/)).toBeInTheDocument();
    await userEvent.type(within(hers).getByLabelText('Code of the second factor'), '123456{Enter}');
    expect(await screen.findByRole('grid', { name: 'Servers' })).toBeInTheDocument();
    expect(said(fake, 'workspace_unlock').at(-1)).toEqual({
      entry: { account: 'a3', by: { way: 'password', password: 'open sesame' }, code: '123456' },
    });
  });

  it('a disabled account can be seen and not chosen', async () => {
    await open({ world: 'locked' });
    const ruth = await screen.findByRole('button', { name: /Ruth Le Goff/ });
    expect(ruth).toBeDisabled();
    expect(ruth).toHaveTextContent('Disabled');
  });

  it('the recovery key opens, with a new password', async () => {
    await open({ world: 'locked' });
    await userEvent.click(await screen.findByRole('button', { name: 'I forgot my password' }));
    await userEvent.type(screen.getByLabelText('Recovery key'), RECOVERY_KEY.toLowerCase());
    await userEvent.type(screen.getByLabelText('New password'), 'treize lampes sous la pluie');
    await userEvent.click(screen.getByRole('button', { name: 'Open and set the password' }));
    expect(await screen.findByRole('grid', { name: 'Servers' })).toBeInTheDocument();
  });

  it('the keyring opens without the password', async () => {
    const fake = await open({ world: 'locked' });
    await userEvent.click(await screen.findByRole('button', { name: 'Use this computer’s keyring' }));
    expect(await screen.findByRole('grid', { name: 'Servers' })).toBeInTheDocument();
    expect(said(fake, 'workspace_unlock')).toEqual([
      { entry: { account: 'a1', by: { way: 'keyring' }, code: null } },
    ]);
  });
});

describe('a new workspace', () => {
  it('shows a recovery key once, and tests it', async () => {
    const fake = await open({ world: 'none' });
    await userEvent.type(
      await screen.findByRole('textbox', { name: 'Name of your firm or team' }),
      'Tour & Cie',
    );
    await userEvent.type(screen.getByRole('textbox', { name: 'Your name' }), 'Camille Morvan');
    // The invented program takes this one again where it is asked for.
    fake.strong = true;
    await userEvent.type(screen.getByLabelText('Password'), 'open sesame');
    await userEvent.click(screen.getByRole('button', { name: 'Create the workspace' }));
    const dialog = await screen.findByRole('dialog', { name: 'Your recovery key' });
    expect(await within(dialog).findByTestId('recovery-key')).toHaveTextContent('4F7K');
    const groups = RECOVERY_KEY.split('-');
    await userEvent.type(within(dialog).getByLabelText('Group 3'), 'XXXX');
    await userEvent.type(within(dialog).getByLabelText('Group 6'), groups[5] ?? '');
    await userEvent.click(within(dialog).getByRole('button', { name: 'I have it' }));
    expect(await within(dialog).findByText('This is not what was shown.')).toBeInTheDocument();
    await userEvent.clear(within(dialog).getByLabelText('Group 3'));
    await userEvent.type(within(dialog).getByLabelText('Group 3'), (groups[2] ?? '').toLowerCase());
    await userEvent.click(within(dialog).getByRole('button', { name: 'I have it' }));
    expect(await screen.findByText('The recovery key is in force')).toBeInTheDocument();
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  });
});

describe('accounts', () => {
  it('one is made for a customer, and a name that is taken is said beside its field', async () => {
    const fake = await open({ world: 'full' }, '/accounts/new');
    type(await screen.findByLabelText('Name'), 'Inès Calvet');
    await userEvent.click(screen.getByRole('radio', { name: /End user/ }));
    type(screen.getByLabelText('First password'), 'treize lampes sous la pluie');
    await userEvent.click(screen.getByTestId('form-act'));
    expect(said(fake, 'accounts_create')).toEqual([]);
    await userEvent.click(screen.getByRole('combobox', { name: 'Customer' }));
    // Nothing has a size in this test's page, so that the list counts as hidden.
    await userEvent.click(await screen.findByRole('option', { name: 'Clinique des Glycines', hidden: true }));
    await userEvent.click(screen.getByTestId('form-act'));
    expect(await screen.findByText('There is an account of this name already.')).toBeInTheDocument();
    type(screen.getByLabelText('Name'), 'Zoé Marec');
    await userEvent.click(screen.getByTestId('form-act'));
    expect(await screen.findByText('Zoé Marec may open the workspace')).toBeInTheDocument();
    expect(said(fake, 'accounts_create').at(-1)).toMatchObject({
      account: { name: 'Zoé Marec', role: 'end_user', customer: 'c1' },
    });
  }, 60_000);

  it('a password is reset with one’s own', async () => {
    const fake = await open({ world: 'full' }, '/accounts');
    await userEvent.click(await screen.findByRole('button', { name: 'More for Inès Calvet' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'New password…', hidden: true }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.type(within(dialog).getByLabelText('New password'), 'treize lampes sous la pluie');
    await userEvent.type(within(dialog).getByLabelText('Your own password'), 'wrong');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Set the password' }));
    expect(await within(dialog).findByText(/Wrong password/)).toBeInTheDocument();
    await userEvent.clear(within(dialog).getByLabelText('Your own password'));
    await userEvent.type(within(dialog).getByLabelText('Your own password'), 'open sesame');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Set the password' }));
    expect(await screen.findByText('Inès Calvet has a new password')).toBeInTheDocument();
    expect(said(fake, 'accounts_reset_password').at(-1)).toMatchObject({ account: 'a3' });
  });

  it('one’s own is neither disabled nor deleted from here', async () => {
    await open({ world: 'full' }, '/accounts');
    await userEvent.click(await screen.findByRole('button', { name: 'More for Camille Morvan' }));
    await screen.findByRole('menuitem', { name: 'Rename…', hidden: true });
    expect(screen.queryByRole('menuitem', { name: 'Delete…', hidden: true })).not.toBeInTheDocument();
    expect(screen.queryByRole('menuitem', { name: 'Disable', hidden: true })).not.toBeInTheDocument();
  });
});

describe('one’s own account', () => {
  it('a second factor is on once a code of it was given, and shows its recovery codes', async () => {
    await open({ world: 'full' }, '/account');
    const card = await screen.findByRole('region', { name: 'Second factor' });
    await userEvent.click(within(card).getByRole('button', { name: 'Set up…' }));
    await userEvent.type(await screen.findByLabelText('Your own password'), 'open sesame{Enter}');
    expect(await screen.findByTestId('factor-secret')).toHaveTextContent('JBSW');
    await userEvent.type(screen.getByLabelText('Code'), '000000{Enter}');
    expect(await screen.findByText('This is not the code.')).toBeInTheDocument();
    await userEvent.clear(screen.getByLabelText('Code'));
    await userEvent.type(screen.getByLabelText('Code'), '123456{Enter}');
    expect(within(await screen.findByTestId('recovery-codes')).getAllByRole('listitem')).toHaveLength(10);
    await userEvent.click(screen.getByRole('button', { name: 'I have kept them' }));
    expect(await within(card).findByText(/10 recovery codes are left/)).toBeInTheDocument();
  });
});
