import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { App, queryClient } from '../app/App';
import { type Fake, type FakeOptions, installFake, problem } from '../dev/fake';
import { FINGERPRINT } from '../dev/fakePortal';
import { matching } from '../features/launcher/Launcher';
import { changeOf } from '../features/launcher/ProfilePage';
import { wordOf } from '../features/launcher/standing';
import type { Profile, Tile } from '../shared/contract';
import { startI18n } from '../shared/i18n';

async function open(options: FakeOptions): Promise<Fake> {
  cleanup();
  queryClient.clear();
  const fake = installFake({ delay: 0, language: 'en', world: 'none', ...options });
  startI18n('en');
  render(<App />);
  return fake;
}

const said = (fake: Fake, command: string) =>
  fake.calls.filter((call) => call.command === command).map((call) => call.args);
const tiles = () => screen.findAllByTestId('tile');

beforeEach(() => localStorage.clear());

describe('an end user', () => {
  it('begins with an address, a name and a password, and sends none before the certificate is accepted', async () => {
    const fake = await open({ portal: 'none' });
    await userEvent.click(await screen.findByRole('button', { name: /Open as an end user/ }));
    await userEvent.type(
      await screen.findByRole('textbox', { name: 'Address' }),
      'https://nuage.glycines.example/yunohost/sso/',
    );
    await userEvent.type(screen.getByRole('textbox', { name: 'Your name there' }), 'a.perrin');
    await userEvent.type(screen.getByLabelText('Password'), 'un mot de passe');
    await userEvent.click(screen.getByRole('button', { name: 'Continue' }));
    expect(await screen.findByTestId('fingerprint')).toHaveTextContent(FINGERPRINT);
    expect(JSON.stringify(said(fake, 'portal_look'))).not.toContain('un mot de passe');
    expect(said(fake, 'portal_add')).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: 'Accept and pin this certificate' }));
    expect((await tiles()).length).toBe(8);
    expect(said(fake, 'portal_add')).toHaveLength(1);
  });

  it('is told what is wrong with an address beside its field, and nothing is asked', async () => {
    const fake = await open({ portal: 'none' });
    await userEvent.click(await screen.findByRole('button', { name: /Open as an end user/ }));
    await userEvent.type(await screen.findByRole('textbox', { name: 'Address' }), 'nonsense');
    await userEvent.click(screen.getByRole('button', { name: 'Continue' }));
    expect(screen.getByRole('textbox', { name: 'Address' })).toBeInvalid();
    expect(said(fake, 'portal_look')).toEqual([]);
  });

  it('comes back to their apps, and opens them by number, but not from a field', async () => {
    const fake = await open({ portal: 'in' });
    await tiles();
    await userEvent.keyboard('2');
    await waitFor(() =>
      expect(said(fake, 'portal_open')).toEqual([{ url: 'https://nuage.glycines.example/courriel' }]),
    );
    await userEvent.keyboard('{Control>}k{/Control}');
    expect(screen.getByRole('textbox', { name: 'Find an app' })).toHaveFocus();
    await userEvent.keyboard('wiki');
    expect(await tiles()).toHaveLength(1);
    await userEvent.keyboard('1');
    expect(said(fake, 'portal_open')).toHaveLength(1);
    await userEvent.clear(screen.getByRole('textbox', { name: 'Find an app' }));
    await userEvent.keyboard('wiki{Enter}');
    await waitFor(() => expect(said(fake, 'portal_open')).toHaveLength(2));
  });

  it('asks its places once when it opens, and never by itself again', async () => {
    const fake = await open({ portal: 'in' });
    await tiles();
    await waitFor(() => expect(said(fake, 'portal_refresh')).toHaveLength(1));
    await userEvent.keyboard('{F5}');
    await waitFor(() => expect(said(fake, 'portal_refresh')).toHaveLength(2));
  });

  it('is told since when nothing answers, and sees what was last known', async () => {
    await open({ portal: 'offline' });
    expect(await screen.findByText(/^Offline since/)).toBeInTheDocument();
    const [first] = await tiles();
    expect(first).toHaveAccessibleName(/Open Files, nuage.glycines.example\/nuage: Unreachable, 2\sh\s14/);
  });

  it('signs in again; a wrong password is asked once and stays in no field', async () => {
    const fake = await open({ portal: 'out' });
    const form = await screen.findByTestId('sign-in');
    const field = within(form).getByLabelText('Password for nuage.glycines.example');
    await userEvent.type(field, 'wrong{Enter}');
    expect(await within(form).findByText(/The name or the password is wrong/)).toBeInTheDocument();
    expect(field).toHaveValue('');
    expect(said(fake, 'portal_sign_in')).toHaveLength(1);
    await userEvent.type(field, 'right{Enter}');
    await waitFor(() => expect(screen.queryByTestId('sign-in')).toBeNull());
  });

  it('stops hard at a changed certificate: both are shown, and only the typed name accepts', async () => {
    const fake = await open({ portal: 'changed' });
    await userEvent.click(await screen.findByRole('button', { name: 'Look at both…' }));
    expect(await screen.findByRole('button', { name: 'Keep refusing' })).toHaveFocus();
    const accept = screen.getByRole('button', { name: 'Accept the new one' });
    expect(accept).toBeDisabled();
    await userEvent.type(
      screen.getByRole('textbox', { name: /to accept the new certificate/ }),
      'nuage.glycines.example',
    );
    await userEvent.click(accept);
    await waitFor(() =>
      expect(said(fake, 'portal_accept_certificate')).toEqual([
        { place: 'pl1', fingerprint: FINGERPRINT.split(':').reverse().join(':') },
      ]),
    );
  });

  it('changes their password: the rules are said first, and what the server refuses stands beside its field', async () => {
    const fake = await open({ portal: 'in' });
    await userEvent.click(await screen.findByRole('button', { name: 'Profile and password' }));
    const form = await screen.findByTestId('password-form');
    const current = within(form).getByLabelText('Present password');
    const fresh = within(form).getByLabelText('New password');
    const act = within(form).getByRole('button', { name: 'Change the password' });
    await userEvent.type(current, 'wrong');
    await userEvent.type(fresh, '@trop court');
    await userEvent.click(act);
    expect(within(form).getByText(/Not with @ first/)).toBeInTheDocument();
    expect(said(fake, 'portal_change_password')).toEqual([]);
    await userEvent.clear(fresh);
    await userEvent.type(fresh, 'une phrase 2027');
    await userEvent.click(act);
    expect(await within(form).findByText('This is not your present password.')).toBeInTheDocument();
    await userEvent.clear(current);
    await userEvent.type(current, 'right');
    await userEvent.click(act);
    expect(await screen.findByText(/is changed\. Every other/)).toBeInTheDocument();
    expect(within(await screen.findByTestId('password-form')).getByLabelText('New password')).toHaveValue('');
  });

  it('with an account in a workspace sees their apps and nothing of the fleet', async () => {
    await open({ world: 'full', role: 'end_user', portal: 'in' });
    await tiles();
    expect(screen.queryByRole('navigation')).toBeNull();
  });

  it('may leave for the other ways to begin', async () => {
    await open({ portal: 'in' });
    await userEvent.click(await screen.findByRole('button', { name: /Aline Perrin, your name/ }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Other ways to begin', hidden: true }));
    expect(await screen.findByRole('button', { name: 'Create the workspace' })).toBeInTheDocument();
  });

  it('sees an error of the program as a sentence, and the apps that are known all the same', async () => {
    await open({
      portal: 'in',
      fail: { portal_open: problem('internal', 'The browser could not be opened.') },
    });
    await userEvent.click((await tiles())[0] as HTMLElement);
    expect(await screen.findByText(/The browser could not be opened/)).toBeInTheDocument();
    expect(await tiles()).toHaveLength(8);
  });
});

describe('what the launcher works out', () => {
  const tile = (label: string, description: string): Tile => ({
    url: 'https://a.example/b',
    label,
    description,
    app: 'x',
    logo: null,
    standing: { state: 'unknown' },
    places: [],
  });

  it('finds by every word, whatever the accents', () => {
    const all = [tile('Enquêtes', 'Sondages'), tile('Wiki', 'Documentation')];
    expect(matching(all, 'enquetes').map((each) => each.label)).toEqual(['Enquêtes']);
    expect(matching(all, 'wiki doc').map((each) => each.label)).toEqual(['Wiki']);
    expect(matching(all, 'wiki sondages')).toEqual([]);
    expect(matching(all, ' ')).toHaveLength(2);
  });

  it('sends only what is different', () => {
    const profile = {
      place: { fullname: 'A P' },
      aliases: ['a@b.example'],
      forwards: [],
    } as unknown as Profile;
    expect(changeOf(profile, { fullname: 'A P ', aliases: 'a@b.example', forwards: '' })).toEqual({
      fullname: null,
      aliases: null,
      forwards: null,
    });
    expect(changeOf(profile, { fullname: 'B', aliases: '', forwards: 'c@d.example' })).toEqual({
      fullname: 'B',
      aliases: [],
      forwards: ['c@d.example'],
    });
  });

  it('tells a server that fails from one that is out of reach', () => {
    expect(wordOf({ state: 'silent', since: '', code: 'timed_out' })).toBe('silent');
    expect(wordOf({ state: 'silent', since: '', code: 'nonsense' })).toBe('failing');
  });
});
