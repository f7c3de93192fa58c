/** In-house apps that were deployed from the command line: their mark, releases, logs, going back, starting anew. */
import { act, cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { router } from '../app/router';
import { type Fake, type FakeOptions, problem } from '../dev/fake';
import { item, openAt, said } from './opened';

/** The first of the invented servers with eight apps: the in-house one is the last. */
const SERVER = 's-northfold-01';
const APP = 'horaires_prod';

const open = (options: FakeOptions = {}, path = `/servers/${SERVER}/apps`, prepare?: (fake: Fake) => void) =>
  openAt(path, options, prepare);

const noItem = (name: string | RegExp) =>
  expect(screen.queryByRole('menuitem', { name, hidden: true })).toBeNull();

async function releases(name = 'Releases and log…'): Promise<HTMLElement> {
  await userEvent.click(await screen.findByTestId(`more-${APP}`));
  await userEvent.click(await item(name));
  return screen.findByRole('dialog');
}

beforeEach(() => {
  localStorage.clear();
});

describe('the mark of an in-house app', () => {
  it('says the release, and of which commit, by whom and when', async () => {
    await open();
    const row = await screen.findByTestId(`row-${APP}`);
    const mark = within(row).getByText('Deployed: r7').parentElement;
    expect(mark?.title).toContain('Les horaires d’été');
    expect(mark?.title).toContain('Commit 74f0c1d2e3');
    expect(mark?.title).toMatch(/Inès Calvet, .*\d{4}/);
    // Ordered by nobody is another app; this one is no trouble.
    expect(within(row).queryByText('Not in catalogue')).toBeNull();
    expect(screen.getByTestId('row-monitorix')).toHaveTextContent('Not in catalogue');
  });

  it('is on the server’s overview too', async () => {
    await open({}, `/servers/${SERVER}`);
    expect(await screen.findByText('Deployed: r7')).toBeInTheDocument();
  });

  it('offers releases for in-house apps alone, and no upgrade from the catalogue for them', async () => {
    await open();
    await userEvent.click(await screen.findByTestId(`more-${APP}`));
    expect(await item('Releases and log…')).toBeInTheDocument();
    noItem(/Up to date|Upgrade/);
    cleanup();
    await open();
    await userEvent.click(await screen.findByTestId('more-monitorix'));
    expect(await item('Up to date')).toBeInTheDocument();
    noItem('Releases and log…');
  });
});

describe('its releases and log', () => {
  it('show what each release is, and which one is live', async () => {
    await open();
    const dialog = await releases();
    const list = within(await within(dialog).findByRole('list', { name: 'Releases' })).getAllByRole(
      'listitem',
    );
    expect(list).toHaveLength(3);
    expect(list[0]).toHaveAttribute('aria-current', 'true');
    expect(list[0]).toHaveTextContent(/r7.*Les horaires d’été.*74f0c1d2e3.*Inès Calvet.*Live/);
    expect(within(list[0] as HTMLElement).queryByRole('button')).toBeNull();
    expect(within(list[1] as HTMLElement).getByRole('button', { name: 'Go back to r6' })).toBeEnabled();
  });

  it('show the app’s log, and that of its deployments, as text', async () => {
    const fake = await open();
    const dialog = await releases();
    const log = await within(dialog).findByRole('log', { name: 'Log' });
    expect(log).toHaveTextContent('listening on 127.0.0.1:8095');
    await userEvent.click(within(dialog).getByRole('radio', { name: 'Its deployments' }));
    expect(await within(dialog).findByText(/r6 by Camille Morvan/)).toBeInTheDocument();
    expect(within(dialog).queryByText(/listening on/)).toBeNull();
    expect(said(fake, 'apps_shipped')).toEqual([
      { server: SERVER, app: APP, deployments: false },
      { server: SERVER, app: APP, deployments: true },
    ]);
  });

  it('are read anew when they are shown again, and when one asks', async () => {
    const fake = await open();
    const dialog = await releases();
    await within(dialog).findByRole('log', { name: 'Log' });
    await userEvent.click(within(dialog).getByRole('button', { name: 'Read the log again' }));
    await waitFor(() => expect(said(fake, 'apps_shipped')).toHaveLength(2));
    await userEvent.click(within(dialog).getAllByRole('button', { name: 'Close' }).at(-1) as HTMLElement);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await releases();
    await waitFor(() => expect(said(fake, 'apps_shipped')).toHaveLength(3));
  });

  it('that can’t be read are said, and asked for again', async () => {
    const fake = await open({
      fail: { apps_shipped: problem('timed_out', 'No answer.', { server: 'northfold-01' }) },
    });
    const dialog = await releases();
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('northfold-01');
    expect(within(dialog).getByRole('button', { name: 'Start anew' })).toBeDisabled();
    if (fake.options.fail) delete fake.options.fail.apps_shipped;
    await userEvent.click(within(dialog).getByRole('button', { name: 'Try again' }));
    expect(await within(dialog).findByRole('list', { name: 'Releases' })).toBeInTheDocument();
    expect(within(dialog).queryByRole('alert')).toBeNull();
  });

  it('of the deployments alone that can’t be read leave the releases, and the way back', async () => {
    const options: FakeOptions = { fail: {} };
    await open(options);
    const dialog = await releases();
    await within(dialog).findByRole('log', { name: 'Log' });
    if (options.fail) options.fail.apps_shipped = problem('refused', 'The log is not there.');
    await userEvent.click(within(dialog).getByRole('radio', { name: 'Its deployments' }));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('The log is not there.');
    expect(within(dialog).getAllByRole('listitem')).toHaveLength(3);
    if (options.fail) delete options.fail.apps_shipped;
    await userEvent.click(within(dialog).getByRole('radio', { name: 'The app' }));
    expect(await within(dialog).findByText(/listening on/)).toBeInTheDocument();
  });
});

describe('going back to a release', () => {
  it('asks first, names both releases, and opens the run', async () => {
    const fake = await open();
    const dialog = await releases();
    await userEvent.click(await within(dialog).findByRole('button', { name: 'Go back to r6' }));
    const asks = await screen.findByRole('dialog', { name: 'Take Horaires (prod) back to r6?' });
    expect(within(asks).getByText('r7 no longer answers')).toBeInTheDocument();
    await waitFor(() => expect(within(asks).getByRole('button', { name: 'Keep r7' })).toHaveFocus());
    expect(said(fake, 'apps_roll_back')).toEqual([]);
    await userEvent.click(within(asks).getByRole('button', { name: 'Go back to r6' }));
    expect(await screen.findByTestId('run-state')).toBeInTheDocument();
    expect(said(fake, 'apps_roll_back')).toEqual([{ server: SERVER, app: APP, release: 'r6' }]);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('that is thought better of leads back to the releases', async () => {
    const fake = await open();
    const dialog = await releases();
    await userEvent.click(await within(dialog).findByRole('button', { name: 'Go back to r5' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Keep r7' }));
    expect(await screen.findByRole('list', { name: 'Releases' })).toBeInTheDocument();
    expect(said(fake, 'apps_roll_back')).toEqual([]);
  });

  it('that is refused says why, where it was asked', async () => {
    await open({
      fail: { apps_roll_back: problem('busy', 'A run is at work.', { server: 'northfold-01' }) },
    });
    const dialog = await releases();
    await userEvent.click(await within(dialog).findByRole('button', { name: 'Go back to r6' }));
    const asks = await screen.findByRole('dialog', { name: /back to r6/ });
    await userEvent.click(within(asks).getByRole('button', { name: 'Go back to r6' }));
    expect(await within(asks).findByRole('alert')).toHaveTextContent('Another operation is at work');
  });

  it('in French', async () => {
    await open({ language: 'fr' });
    const dialog = await releases('Versions et journal…');
    await userEvent.click(await within(dialog).findByRole('button', { name: 'Revenir à r6' }));
    expect(await screen.findByRole('dialog', { name: /^Ramener Horaires \(prod\) à r6/ })).toHaveTextContent(
      'r7 ne répond plus',
    );
  });
});

describe('starting it anew', () => {
  it('opens the run', async () => {
    const fake = await open();
    const dialog = await releases();
    await within(dialog).findByRole('list', { name: 'Releases' });
    await userEvent.click(within(dialog).getByRole('button', { name: 'Start anew' }));
    expect(await screen.findByTestId('run-state')).toBeInTheDocument();
    expect(said(fake, 'apps_restart')).toEqual([{ server: SERVER, app: APP }]);
  });

  it('that is refused says why, beside its releases', async () => {
    await open({ fail: { apps_restart: problem('busy', 'A run is at work.', { server: 'northfold-01' }) } });
    const dialog = await releases();
    await within(dialog).findByRole('list', { name: 'Releases' });
    await userEvent.click(within(dialog).getByRole('button', { name: 'Start anew' }));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent('Another operation is at work');
    expect(within(dialog).getAllByRole('listitem')).toHaveLength(3);
  });
});

describe('a restricted administrator', () => {
  it('sees the mark, and nothing of the log nor a way to turn it', async () => {
    const fake = await open({ role: 'restricted_administrator' }, '/servers/s-glycines-01/apps', (made) => {
      for (const server of made.rows) server.apps = 8;
    });
    expect(await screen.findByText('Deployed: r7')).toBeInTheDocument();
    await userEvent.click(screen.getByTestId(`more-${APP}`));
    expect(await item('Remove…')).toBeInTheDocument();
    noItem('Releases and log…');
    await act(async () => router.history.push('/apps'));
    await waitFor(() => expect(screen.getAllByText('Deployed: r7')).toHaveLength(3));
    expect(fake.calls.filter(({ command }) => /shipped|roll_back|restart/.test(command))).toEqual([]);
  });
});
