import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { App, queryClient } from '../app/App';
import { router } from '../app/router';
import { type Fake, type FakeOptions, installFake, KEY, problem } from '../dev/fake';
import { startI18n } from '../shared/i18n';

async function open(options: FakeOptions, path = '/servers'): Promise<Fake> {
  cleanup();
  queryClient.clear();
  const fake = installFake({ delay: 0, language: 'en', ...options });
  startI18n('en');
  render(<App />);
  if (options.world !== 'none' && options.world !== 'locked') {
    await screen.findByRole('main');
    await go(path);
  }
  return fake;
}

async function go(path: string): Promise<void> {
  await act(async () => router.history.push(path));
}

const said = (fake: Fake, command: string) =>
  fake.calls.filter((call) => call.command === command).map((call) => call.args);

beforeEach(() => {
  localStorage.clear();
});

describe('the first screen', () => {
  it('refuses a password that is easy to guess, beside its field, and sends nothing', async () => {
    const fake = await open({ world: 'none' });
    await userEvent.type(
      await screen.findByRole('textbox', { name: 'Name of your firm or team' }),
      'Tour & Cie',
    );
    await userEvent.type(screen.getByRole('textbox', { name: 'Your name' }), 'Camille Morvan');
    await userEvent.type(screen.getByLabelText('Password'), 'azerty');
    await screen.findByTestId('strength');
    await userEvent.click(screen.getByRole('button', { name: 'Create the workspace' }));
    expect(await screen.findByText(/Easy to guess/)).toBeInTheDocument();
    expect(said(fake, 'workspace_create')).toEqual([]);
  });

  it('a password never becomes part of a key of the cache', async () => {
    await open({ world: 'none' });
    await userEvent.type(await screen.findByLabelText('Password'), 'quatre mots sans rapport');
    await screen.findByTestId('strength');
    expect(
      JSON.stringify(
        queryClient
          .getQueryCache()
          .getAll()
          .map((query) => query.queryKey),
      ),
    ).not.toContain('quatre');
  });
});

describe('the lock', () => {
  it('says a wrong password without detail, empties the field, then opens', async () => {
    await open({ world: 'locked' });
    const field = await screen.findByLabelText('Password');
    await userEvent.type(field, 'wrong{Enter}');
    expect(
      await screen.findByText('Wrong password for Camille Morvan. The workspace stays locked.'),
    ).toBeInTheDocument();
    expect(field).toHaveValue('');
    await userEvent.type(field, 'open sesame{Enter}');
    expect(await screen.findByRole('grid', { name: 'Servers' })).toBeInTheDocument();
  });
});

describe('the fleet', () => {
  it('a number of the summary sets a filter, and the address keeps it', async () => {
    const fake = await open({ world: 'full' });
    await userEvent.click(await screen.findByTestId('sum-stop'));
    await waitFor(() => expect(screen.getAllByTestId(/^row-/)).toHaveLength(1));
    expect(decodeURIComponent(window.location.hash)).toContain('stop');
    expect(said(fake, 'servers_list').at(-1)).toMatchObject({ query: { states: ['stop'] } });
  });

  it('the bulk bar refreshes what is selected, and says who did not answer', async () => {
    const fake = await open({ world: 'full' });
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Select saint-aubrac-01' }));
    await userEvent.click(screen.getByRole('checkbox', { name: 'Select northfold-02' }));
    const bar = screen.getByTestId('bulk');
    expect(bar).toHaveTextContent('2 servers selected');
    await userEvent.click(within(bar).getByRole('button', { name: 'Refresh 2 servers' }));
    expect(await screen.findByText('1 of 2 servers answered.')).toBeInTheDocument();
    expect(said(fake, 'servers_refresh')).toEqual([
      { selection: { kind: 'these', ids: ['s-saint-aubrac-01', 's-northfold-02'] } },
    ]);
  });

  it('an error of the program is said in words, with what to do', async () => {
    await open({ world: 'full', fail: { servers_list: problem('local_disk', 'I/O error') } });
    const panel = await screen.findByTestId('error-panel');
    expect(panel).toHaveTextContent('The disk of this computer failed');
    expect(panel).toHaveTextContent('What to do');
  });

  it('is spoken in the other language at once', async () => {
    await open({ world: 'full' });
    await screen.findByRole('grid', { name: 'Servers' });
    await userEvent.click(screen.getByTestId('language'));
    expect(await screen.findByRole('grid', { name: 'Serveurs' })).toBeInTheDocument();
    expect(document.documentElement.lang).toBe('fr');
  });

  it('Ctrl+K finds a server and goes there', async () => {
    await open({ world: 'full' });
    await screen.findByRole('grid', { name: 'Servers' });
    fireEvent.keyDown(window, { key: 'k', ctrlKey: true });
    const field = await screen.findByRole('combobox', { name: 'Search or run a command' });
    await userEvent.type(field, 'bremont-01');
    await waitFor(() => expect(screen.getAllByRole('option')[0]).toHaveTextContent('bremont-01'));
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(window.location.hash).toContain('/servers/s-bremont-01'));
  });
});

describe('adding a server', () => {
  it('shows the fingerprint before any secret leaves, and sends what was accepted', async () => {
    const fake = await open({ world: 'training' }, '/servers/add');
    await userEvent.click(await screen.findByTestId('exercise-fill'));
    await userEvent.click(screen.getByTestId('form-act'));
    expect(await screen.findByTestId('fingerprint')).toHaveTextContent(KEY.fingerprint);
    expect(JSON.stringify(fake.calls)).not.toContain('exercise-only');
    await userEvent.click(screen.getByRole('radio', { name: /over the phone/ }));
    await userEvent.click(screen.getByRole('button', { name: 'Accept and pin this key' }));
    await waitFor(() => expect(window.location.hash).toContain('/servers/s-glycines-lab'));
    expect(said(fake, 'servers_add')).toMatchObject([
      {
        server: {
          name: 'glycines-lab',
          fingerprint: KEY.fingerprint,
          how: 'phone',
          login: { kind: 'password', password: 'exercise-only' },
        },
      },
    ]);
  });

  it('counts what is to correct and goes to the first', async () => {
    const fake = await open({ world: 'full' }, '/servers/add');
    await userEvent.click(await screen.findByTestId('form-act'));
    expect(await screen.findByText('3 answers to correct: Name, Address, Password')).toBeInTheDocument();
    await waitFor(() => expect(screen.getByRole('textbox', { name: 'Name' })).toHaveFocus());
    expect(said(fake, 'servers_scan')).toEqual([]);
  });

  it('what the program refuses comes back beside its field', async () => {
    const refusal = {
      ...problem('invalid_fields', ''),
      fields: [{ field: 'name', words: { en: 'Taken already.', fr: 'Déjà pris.' } }],
    };
    await open({ world: 'training', fail: { servers_add: refusal } }, '/servers/add');
    await userEvent.click(await screen.findByTestId('exercise-fill'));
    await userEvent.click(screen.getByTestId('form-act'));
    await userEvent.click(await screen.findByRole('button', { name: 'Accept and pin this key' }));
    expect(await screen.findByText('Taken already.')).toBeInTheDocument();
  });
});

describe('installing an app', () => {
  it('stops at an address that is taken, then installs and shows the run', async () => {
    const fake = await open({ world: 'full' }, '/servers/s-glycines-01/install/nextcloud');
    await userEvent.type(
      await screen.findByLabelText('Password of the app’s administrator'),
      'Sardine-bleue-2719',
    );
    await userEvent.click(screen.getByTestId('form-act'));
    expect(await screen.findByText('1 answer to correct: Path')).toBeInTheDocument();
    expect(screen.getByText(/Try \/office2/)).toBeInTheDocument();
    const path = screen.getByRole('textbox', { name: 'Path' });
    await userEvent.clear(path);
    await userEvent.type(path, '/fichiers');
    await userEvent.click(screen.getByTestId('form-act'));
    expect(await screen.findByTestId('run-state')).toHaveAttribute('data-state', 'running');
    expect(said(fake, 'apps_install')).toMatchObject([
      {
        server: 's-glycines-01',
        installation: {
          app: 'nextcloud',
          label: 'Nextcloud',
          answers: { path: '/fichiers', password: 'Sardine-bleue-2719' },
        },
      },
    ]);
  });

  it('a run that fails says what happened, what was changed, and what to do', async () => {
    await open({ world: 'full' }, '/runs/r-failed');
    const panel = await screen.findByTestId('aftermath');
    expect(panel).toHaveTextContent('another app is there');
    expect(panel).toHaveTextContent('Nothing was installed');
    expect(panel).toHaveTextContent('Choose another path');
    expect(screen.getByTestId('run-state')).toHaveTextContent('Stopped at step 3');
  });
});

describe('who may open what', () => {
  it('changes gather, and Apply sends them', async () => {
    const fake = await open({ world: 'full' }, '/servers/s-glycines-01/people');
    await userEvent.click(await screen.findByTestId('access-b.roche-paperless-ngx.main'));
    expect(screen.getByText('1 change: Bastien Roche receives Paperless-ngx')).toBeInTheDocument();
    await userEvent.click(screen.getByTestId('access-apply'));
    await waitFor(() =>
      expect(said(fake, 'people_give')).toEqual([
        { server: 's-glycines-01', permission: 'paperless-ngx.main', who: 'b.roche' },
      ]),
    );
  });
});

describe('a page that is left and found again', () => {
  it('keeps the filters of the list', async () => {
    await open({ world: 'full' });
    await userEvent.type(await screen.findByLabelText('Filter by name, domain, tag…'), 'glycines');
    await waitFor(() => expect(screen.getAllByTestId(/^row-/)).toHaveLength(3));
    const list = window.location.hash.slice(1);
    await go('/runs');
    expect(await screen.findByRole('grid', { name: 'Runs' })).toBeInTheDocument();
    await go(list);
    await waitFor(() => expect(screen.getAllByTestId(/^row-/)).toHaveLength(3));
  });
});
