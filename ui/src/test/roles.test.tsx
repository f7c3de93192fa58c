/**
 * The window follows the policy. For each role: every page that the policy denies says who can instead of being shown,
 * and asks the program nothing; every command, button and link that it denies is absent.
 */
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { App, queryClient } from '../app/App';
import { router } from '../app/router';
import { type Fake, installFake } from '../dev/fake';
import policies from '../dev/policy.json';
import { currentCommands } from '../shared/commands';
import type { PolicyView, Privilege, Role, ServerRow } from '../shared/contract';
import { startI18n } from '../shared/i18n';
import { mayOf } from '../shared/policy';

/** The roles that have the frame and its pages; an end user has the launcher. */
const AT_WORK: Role[] = ['administrator', 'restricted_administrator'];

/** What each command of the program takes, as its use case asks; those that everybody may call are not here. */
const TAKES: [commands: RegExp, privilege: Privilege][] = [
  [/^servers_(list|detail)$/, 'see_servers'],
  [/^servers_(scan|add|ssh_config)$/, 'add_server'],
  [/^servers_(key_conflict|replace_key)$/, 'accept_host_key'],
  [/^servers_(edit|restart_service|diagnose)$/, 'edit_server'],
  [/^servers_remove$|^provisioning_forget/, 'remove_server'],
  [/^servers_refresh$/, 'refresh_servers'],
  [/^servers_domains$/, 'see_domains'],
  [/^servers_(services|diagnosis|operations)$/, 'see_services'],
  [/^provisioning_(?!forget)/, 'provision_server'],
  [/^apps_(list|catalogue)$/, 'see_apps'],
  [/^apps_(form|install)$/, 'install_app'],
  [/^apps_upgrade$/, 'upgrade_app'],
  [/^apps_remove$/, 'remove_app'],
  [/^apps_(shipped|roll_back|restart)$/, 'edit_server'],
  [/^people_list$/, 'see_people'],
  [/^gates_/, 'manage_gates'],
  [/^people_(create|edit|remove)$/, 'manage_users'],
  [/^people_(give|take)$/, 'manage_permissions'],
  [/^runs_/, 'see_runs'],
  [/^fleet_/, 'run_fleet'],
  [/^schedules_/, 'manage_schedules'],
  [/^journal_(list|entry|choices|state)$/, 'see_journal'],
  [/^journal_(check|export)$/, 'export_journal'],
  [/^journal_cut/, 'cut_journal'],
];

function policyOf(role: Role): PolicyView {
  const found = policies.find((each) => each.role === role);
  if (!found) throw new Error(`no policy for ${role}`);
  return found as PolicyView;
}

async function open(role: Role, path: string): Promise<Fake> {
  cleanup();
  queryClient.clear();
  const fake = installFake({ delay: 0, language: 'en', world: 'full', role });
  startI18n('en');
  render(<App />);
  await screen.findByRole('main');
  await go(path);
  return fake;
}

async function go(path: string): Promise<void> {
  await act(async () => router.history.push(path));
}

/** A server that answers. */
function served(fake: Fake): ServerRow {
  const found = fake.rows.find((row) => row.state === 'ok') ?? fake.rows.find((row) => row.state === 'run');
  if (!found) throw new Error('no server answers');
  return found;
}

/** Every page, with things that are there put in for its parts. */
function pages(fake: Fake): { path: string; needs: Privilege | null }[] {
  const server = served(fake).id;
  const run = fake.runs[0]?.detail.row.id ?? '';
  return Object.values(router.routesById)
    .filter((route) => route.id !== '__root__' && route.fullPath !== '/')
    .map((route) => ({
      path: route.fullPath
        .replace('$server', server)
        .replace('$run', run)
        .replace('$fleet', 'f-running')
        .replace('$app', 'nextcloud')
        .replace('$user', 'aline')
        .replace('$account', 'a3'),
      needs: route.options.staticData.needs,
    }));
}

function denied(fake: Fake, role: Role): string[] {
  const may = mayOf(policyOf(role));
  return fake.calls
    .map((call) => call.command)
    .filter((command) => TAKES.some(([which, takes]) => which.test(command) && !may(takes)));
}

beforeEach(() => {
  localStorage.clear();
});

describe.each(AT_WORK)('as %s', (role) => {
  it('every page is shown or says who can, and nothing is asked that the policy denies', async () => {
    const fake = await open(role, '/settings');
    const may = mayOf(policyOf(role));
    let shown = 0;
    for (const { path, needs } of pages(fake)) {
      await go('/settings');
      await go(path);
      if (needs !== null && !may(needs)) {
        const page = await screen.findByTestId('not-yours');
        expect(page, path).toHaveTextContent('is done by: ');
      } else {
        await waitFor(() => expect(screen.queryByTestId('not-yours'), path).toBeNull());
        shown += 1;
      }
      await waitFor(() => expect(router.state.status).toBe('idle'));
      await act(async () => new Promise((done) => setTimeout(done, 30)));
      const offered = currentCommands().filter((command) => command.needs && !may(command.needs));
      expect(
        offered.map((command) => command.id),
        path,
      ).toEqual([]);
    }
    expect(shown).toBeGreaterThan(1);
    expect(denied(fake, role)).toEqual([]);
  }, 60_000);
});

describe('as end_user', () => {
  it('the launcher is shown, and nothing of the frame or of what it reads', async () => {
    cleanup();
    queryClient.clear();
    const fake = installFake({ delay: 0, language: 'en', world: 'full', role: 'end_user' });
    startI18n('en');
    render(<App />);
    await waitFor(() => expect(fake.calls.some((call) => call.command.startsWith('portal_'))).toBe(true));
    await act(async () => new Promise((done) => setTimeout(done, 100)));
    expect(screen.queryByRole('navigation', { name: 'Main' })).toBeNull();
    expect(denied(fake, 'end_user')).toEqual([]);
  });
});

describe('the sidebar', () => {
  const links = () =>
    within(screen.getByRole('navigation', { name: 'Main' }))
      .getAllByRole('link')
      .map((link) => link.getAttribute('href')?.replace(/^.*#/, ''));

  it('of an administrator has the fleet and the workspace', async () => {
    await open('administrator', '/servers');
    await screen.findByRole('grid', { name: 'Servers' });
    expect(links()).toEqual(
      expect.arrayContaining(['/servers', '/runs', '/accounts', '/journal', '/settings']),
    );
    expect(links()).not.toContain('/home');
  });

  it('of a restricted administrator begins with their home', async () => {
    await open('restricted_administrator', '/');
    expect(await screen.findByRole('heading', { name: 'Hello, Inès' })).toBeInTheDocument();
    expect(links()).toEqual(['/home', '/servers', '/apps', '/people', '/runs', '/journal', '/settings']);
  });
});

describe('a restricted administrator', () => {
  const ROLE = 'restricted_administrator';

  it('finds no way to add a server, nor to work on many', async () => {
    await open(ROLE, '/servers');
    const grid = await screen.findByRole('grid', { name: 'Servers' });
    expect(screen.queryByRole('button', { name: /Add a server/ })).toBeNull();
    fireEvent.keyDown(document.body, { key: 'n' });
    await act(async () => new Promise((done) => setTimeout(done, 30)));
    expect(router.state.location.pathname).toBe('/servers');
    grid.focus();
    await userEvent.keyboard('{Control>}a{/Control}');
    expect(await screen.findByTestId('bulk')).toBeInTheDocument();
    expect(screen.queryByTestId('do-on')).toBeNull();
  });

  it('finds on a server what they may do there and nothing else', async () => {
    const fake = await open(ROLE, '/settings');
    const server = served(fake);
    await go(`/servers/${server.id}`);
    expect((await screen.findAllByRole('button', { name: /Install an app/ })).length).toBeGreaterThan(0);
    await userEvent.click(screen.getAllByRole('button', { name: 'More' })[0] as HTMLElement);
    expect(
      await screen.findByRole('menuitem', { name: /journal/, hidden: true }, { timeout: 8000 }),
    ).toBeInTheDocument();
    expect(screen.queryByRole('menuitem', { name: /Edit/, hidden: true })).toBeNull();
    expect(screen.queryByRole('menuitem', { name: /Forget|Disconnect/, hidden: true })).toBeNull();
    await go(`/servers/${server.id}/services`);
    expect(
      await screen.findByText(/Restarting a service: this is done by: administrator/),
    ).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /^Restart/ })).toBeNull();
  });

  it('sees that a changed key is being checked, and neither keys nor a way to decide', async () => {
    const fake = await open(ROLE, '/settings');
    const row = fake.rows[0];
    if (!row) throw new Error('no server');
    row.state = 'stop';
    await go(`/servers/${row.id}`);
    expect(await screen.findByText(/is checking this server’s identity/)).toBeInTheDocument();
    expect(screen.queryByText(/SHA256:.*SHA256:/)).toBeNull();
    expect(screen.queryByRole('button', { name: /Compare/ })).toBeNull();
  });

  it('reads the journal, and neither verifies, exports nor cuts it', async () => {
    await open(ROLE, '/journal');
    expect(await screen.findByRole('grid', { name: 'Journal' })).toBeInTheDocument();
    for (const name of [/Verify/, /Export/]) {
      expect(screen.queryByRole('button', { name })).toBeNull();
    }
    expect(screen.queryByTestId('journal-state')).toBeNull();
  });
});
