/** Entries of customers' own administrators: seen, given, brought up to date and taken away on the server's page. */
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { router } from '../app/router';
import { type FakeOptions, problem } from '../dev/fake';
import { NOW } from '../dev/fakeGates';
import { currentCommands } from '../shared/commands';
import { item, openAt, said } from './opened';

const SERVER = 's-glycines-01';
const TAB = `/servers/${SERVER}/entries`;

const row = (account: string) => screen.findByTestId(`row-${account}`);

beforeEach(() => {
  localStorage.clear();
});

describe('the entries of a server', () => {
  it('say of each restricted administrator whether one is there, of which version, and whether it is out of date', async () => {
    await openAt(TAB);
    const ines = await row('a3');
    expect(ines).toHaveTextContent('Inès Calvet');
    expect(within(ines).getByText('Out of date').parentElement).toHaveAttribute(
      'title',
      `There: 1-0b77d2e4. Now it would be: ${NOW}.`,
    );
    expect(ines).toHaveTextContent('1-0b77d2e4');
    expect(await row('a6')).toHaveTextContent('Up to date');
    expect(await row('a6')).toHaveTextContent(NOW);
    expect(await row('a7')).toHaveTextContent('No entry');
    // The administrator, the end user and the other customers' are none of this.
    expect(screen.getAllByTestId(/^row-/)).toHaveLength(3);
    const compare = screen.getByRole('table', { name: 'An entry, or YunoHost’s administrator?' });
    expect(within(compare).getByText('Everything: sudo gives root.')).toBeInTheDocument();
  });

  it('are reached from the server’s page, and from the palette', async () => {
    await openAt(`/servers/${SERVER}`);
    const tabs = await screen.findByRole('navigation', { name: 'Parts of the server' });
    await userEvent.click(within(tabs).getByRole('link', { name: 'Entries' }));
    await row('a3');
    expect(currentCommands().map((command) => command.title)).toEqual(
      expect.arrayContaining([
        'Entries to glycines-01',
        'Give Lucie Tissot an entry to glycines-01…',
        'Take the entry of Hugo Savary to glycines-01 away…',
      ]),
    );
  });

  it('one is given after what it lets its owner do was read, and the run that does it opens', async () => {
    const fake = await openAt(TAB);
    await userEvent.click(await screen.findByTestId('give-a7'));
    const dialog = await screen.findByRole('dialog', { name: 'Give Lucie Tissot an entry to glycines-01?' });
    expect(within(dialog).getByText(/A YunoHost administrator can do everything there/)).toBeInTheDocument();
    await waitFor(() => expect(within(dialog).getByRole('button', { name: 'Not now' })).toHaveFocus());
    expect(said(fake, 'gates_install')).toEqual([]);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Give the entry' }));
    expect(await screen.findByTestId('run-state')).toBeInTheDocument();
    expect(said(fake, 'gates_install')).toEqual([{ server: SERVER, account: 'a7' }]);
  });

  it('one that is out of date is brought up to date by a run that opens', async () => {
    const fake = await openAt(TAB);
    await userEvent.click(await screen.findByTestId('update-a3'));
    expect(await screen.findByTestId('run-state')).toBeInTheDocument();
    expect(said(fake, 'gates_update')).toEqual([{ server: SERVER }]);
    expect(screen.queryByTestId('update-a6')).toBeNull();
  });

  it('one is taken away once it was asked, and the run that does it opens', async () => {
    const fake = await openAt(TAB);
    await userEvent.click(await screen.findByTestId('more-a3'));
    await userEvent.click(await item('Take away…'));
    const dialog = await screen.findByRole('dialog', {
      name: 'Take the entry of Inès Calvet to glycines-01 away?',
    });
    await waitFor(() => expect(within(dialog).getByRole('button', { name: 'Keep the entry' })).toHaveFocus());
    expect(said(fake, 'gates_remove')).toEqual([]);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Take the entry away' }));
    expect(await screen.findByTestId('run-state')).toBeInTheDocument();
    expect(said(fake, 'gates_remove')).toEqual([{ server: SERVER, account: 'a3' }]);
  });

  it('one that never came to its end is tried again', async () => {
    const fake = await openAt('/servers/s-northfold-01/entries');
    expect(await row('a8')).toHaveTextContent('Not there yet');
    await userEvent.click(screen.getByTestId('give-a8'));
    await userEvent.click(await screen.findByRole('button', { name: 'Give the entry' }));
    expect(await screen.findByTestId('run-state')).toBeInTheDocument();
    expect(said(fake, 'gates_install')).toEqual([{ server: 's-northfold-01', account: 'a8' }]);
  });

  it('show the fingerprint of the key whole', async () => {
    await openAt(TAB);
    await userEvent.click(await screen.findByTestId('more-a6'));
    expect(await screen.findByText('SHA256:hP0mVq3cXr9WdTfKz7Yb1LsNuE5oGjAi8xQw2RvMk4Y')).toBeInTheDocument();
  });

  it('in French', async () => {
    await openAt(TAB, { language: 'fr' });
    expect(await row('a3')).toHaveTextContent('Pas à jour');
    await userEvent.click(screen.getByTestId('give-a7'));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText(/Un administrateur YunoHost y peut tout/)).toBeInTheDocument();
  });
});

describe('what stands in the way of an entry is said', () => {
  it('by a run at work, in the dialog that stays open', async () => {
    await openAt(TAB, {
      fail: { gates_install: problem('busy', 'A run is at work on glycines-01.', { server: 'glycines-01' }) },
    });
    await userEvent.click(await screen.findByTestId('give-a7'));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Give the entry' }));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(
      'Another operation is at work on glycines-01 Wait until it ends, then try again.',
    );
    // Another one begins without what was said of this one.
    await userEvent.click(within(dialog).getByRole('button', { name: 'Not now' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await userEvent.click(screen.getByTestId('give-a7'));
    expect(within(await screen.findByRole('dialog')).queryByRole('alert')).toBeNull();
  });

  it('by the program’s own sentence, for an account that may not have one any more', async () => {
    const words = {
      en: 'Only a restricted administrator of the customer whose server it is can have an entry.',
      fr: 'Seul un administrateur restreint du client à qui est le serveur peut avoir une entrée.',
    };
    const error = { ...problem('invalid_fields', words.en), fields: [{ field: 'account', words }] };
    await openAt(TAB, { fail: { gates_install: error } });
    await userEvent.click(await screen.findByTestId('give-a7'));
    await userEvent.click(await screen.findByRole('button', { name: 'Give the entry' }));
    expect(await screen.findByText(words.en)).toBeInTheDocument();
  });

  it('above the table, when it can’t be brought up to date', async () => {
    await openAt(TAB, {
      fail: { gates_update: problem('busy', 'A run is at work.', { server: 'glycines-01' }) },
    });
    await userEvent.click(await screen.findByTestId('update-a3'));
    expect(await screen.findByTestId('error-panel')).toHaveTextContent('Another operation is at work');
    expect(screen.getByTestId('update-a3')).toBeEnabled();
  });

  it('in the dialog, when it can’t be taken away', async () => {
    await openAt(TAB, { fail: { gates_remove: problem('not_found', 'There is no such entry.') } });
    await userEvent.click(await screen.findByTestId('more-a3'));
    await userEvent.click(await item('Take away…'));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Take the entry away' }));
    expect(await within(dialog).findByRole('alert')).toBeInTheDocument();
  });

  it('when the list can’t be read, with a way to try again', async () => {
    const options: FakeOptions = { fail: { gates_list: problem('local_disk', 'The disk is full.') } };
    const fake = await openAt(TAB, options);
    const panel = await screen.findByTestId('error-panel');
    if (fake.options.fail) delete fake.options.fail.gates_list;
    await userEvent.click(within(panel).getByRole('button', { name: 'Try again' }));
    expect(await row('a3')).toBeInTheDocument();
  });
});

describe('where nobody could have one, it is said what an entry is and what comes first', () => {
  it('an account of the customer', async () => {
    await openAt('/servers/s-bremont-01/entries');
    expect(await screen.findByText('Nobody can have an entry to bremont-01 yet')).toBeInTheDocument();
    expect(
      screen.getByText(/with a key of their own instead of yours to root.*of Atelier Brémont/),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Make an account' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/accounts/new'));
  });

  it('the customer', async () => {
    await openAt('/servers/s-bremont-01/entries', {}, (fake) => {
      fake.row('s-bremont-01').customer = null;
    });
    expect(await screen.findByText('bremont-01 belongs to no customer')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Say whose it is' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/servers/s-bremont-01/edit'));
  });
});

describe('the entries of an account', () => {
  it('are found in its menu, server by server, and given there', async () => {
    const fake = await openAt('/accounts');
    await userEvent.click(await screen.findByRole('button', { name: 'More for Lucie Tissot' }));
    await userEvent.click(await item('Entries to servers'));
    expect(await screen.findByRole('heading', { name: 'Entries of Lucie Tissot' })).toBeInTheDocument();
    // Every server of her customer, and no other.
    await waitFor(() => expect(screen.getAllByTestId(/^row-s-glycines-0/)).toHaveLength(3));
    expect(screen.getAllByTestId(/^row-/)).toHaveLength(3);
    // Nothing can be asked of one whose key changed.
    expect(screen.queryByTestId('give-s-glycines-02')).toBeNull();
    await userEvent.click(screen.getByTestId(`give-${SERVER}`));
    await userEvent.click(await screen.findByRole('button', { name: 'Give the entry' }));
    expect(await screen.findByTestId('run-state')).toBeInTheDocument();
    expect(said(fake, 'gates_install')).toEqual([{ server: SERVER, account: 'a7' }]);
  });

  it('say of each server whether one is there and out of date', async () => {
    await openAt('/accounts/a3/entries');
    expect(await screen.findByTestId(`row-${SERVER}`)).toHaveTextContent('Out of date');
    expect(screen.getByTestId('row-s-glycines-02')).toHaveTextContent('No entry');
  });

  it('of a customer without a server say what comes first; of an end user there is no such thing', async () => {
    await openAt('/accounts/a7/entries', {}, (fake) => {
      const other = fake.accounts.customers.find((each) => each.name === 'Mairie de Brémont') ?? null;
      fake.accounts.all = fake.accounts.all.map((each) =>
        each.id === 'a7' ? { ...each, customer: other } : each,
      );
    });
    expect(await screen.findByText('There is no server for Lucie Tissot yet')).toBeInTheDocument();
    await act(async () => router.history.push('/accounts/a5/entries'));
    expect(await screen.findByText('No entry for Ruth Le Goff')).toBeInTheDocument();
    await act(async () => router.history.push('/accounts'));
    await userEvent.click(await screen.findByRole('button', { name: 'More for Paul Aubrac' }));
    await item('Rename…');
    expect(screen.queryByRole('menuitem', { name: 'Entries to servers', hidden: true })).toBeNull();
  });
});

describe('nothing is offered', () => {
  it('of a server that does not answer: its entries are shown', async () => {
    await openAt(TAB, {}, (fake) => {
      fake.row(SERVER).state = 'unreachable';
    });
    expect(await row('a3')).toHaveTextContent('Out of date');
    expect(screen.queryByTestId('update-a3')).toBeNull();
    expect(screen.queryByTestId('more-a3')).toBeNull();
    expect(currentCommands().filter((command) => command.id.startsWith('entry-'))).toEqual([]);
  });

  it('to a restricted administrator, not even the tab', async () => {
    const fake = await openAt(`/servers/${SERVER}`, { role: 'restricted_administrator' });
    const tabs = await screen.findByRole('navigation', { name: 'Parts of the server' });
    await within(tabs).findByRole('link', { name: /People/ });
    expect(within(tabs).queryByRole('link', { name: 'Entries' })).toBeNull();
    await act(async () => router.history.push(TAB));
    expect(await screen.findByTestId('not-yours')).toHaveTextContent('Manage entries to servers');
    expect(said(fake, 'gates_list')).toEqual([]);
  });
});
