import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { App, queryClient } from '../app/App';
import { router } from '../app/router';
import { type Fake, type FakeOptions, installFake } from '../dev/fake';
import { asJournalQuery, beginOf, readJournalSearch } from '../features/journal/journalSearch';
import { startI18n } from '../shared/i18n';
import { en } from '../shared/i18n/en';

async function open(options: FakeOptions, path = '/journal'): Promise<Fake> {
  cleanup();
  queryClient.clear();
  const fake = installFake({ delay: 0, language: 'en', ...options });
  startI18n('en');
  render(<App />);
  await screen.findByRole('main');
  await act(async () => router.history.push(path));
  return fake;
}

const asked = (fake: Fake, command: string) =>
  fake.calls.filter((call) => call.command === command).map((call) => call.args);

beforeEach(() => {
  localStorage.clear();
});

describe('the journal', () => {
  it('shows the newest first; → opens the inspector, arrows move it, Esc closes it', async () => {
    await open({ world: 'full' });
    const grid = await screen.findByRole('grid', { name: 'Journal' });
    expect(await screen.findByTestId('row-640')).toBeInTheDocument();
    grid.focus();
    await userEvent.keyboard('{ArrowRight}');
    const inspector = await screen.findByTestId('inspector');
    expect(await within(inspector).findByText(/Entry 640,/)).toBeInTheDocument();
    await userEvent.keyboard('{ArrowDown}');
    expect(await within(inspector).findByText(/Entry 639,/)).toBeInTheDocument();
    await userEvent.keyboard('[[');
    expect(await within(inspector).findByText(/Entry 640,/)).toBeInTheDocument();
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByTestId('inspector')).toBeNull());
  });

  it('says of a denial who may', async () => {
    await open({ world: 'full' });
    const cells = await screen.findAllByText('Edit a server');
    await userEvent.click(cells[0] as HTMLElement);
    const inspector = await screen.findByTestId('inspector');
    expect(
      await within(inspector).findByText(/“Edit a server” is done by: Administrator/),
    ).toBeInTheDocument();
  });

  it('keeps its filters in the address, and asks the program with them', async () => {
    const fake = await open({ world: 'full' }, '/journal?outcome=failed&since=week');
    await screen.findByRole('grid', { name: 'Journal' });
    const last = asked(fake, 'journal_list').at(-1)?.query as { outcome: string; from: string };
    expect(last.outcome).toBe('failed');
    expect(Date.now() - Date.parse(last.from)).toBeGreaterThan(6.9 * 86_400_000);
    await userEvent.type(screen.getByRole('textbox', { name: 'Who, what, on what…' }), 'calvet');
    await waitFor(() => expect(router.state.location.search).toMatchObject({ text: 'calvet' }));
    await waitFor(() =>
      expect((asked(fake, 'journal_list').at(-1)?.query as { text: string } | undefined)?.text).toBe(
        'calvet',
      ),
    );
  });

  it('scrolls through a million entries without asking for more than it shows', async () => {
    const fake = await open({ world: 'big' });
    expect(await screen.findByText('1,003,118')).toBeInTheDocument();
    const grid = await screen.findByRole('grid', { name: 'Journal' });
    expect(Number(grid.getAttribute('aria-rowcount'))).toBeLessThan(1000);
    await act(async () => new Promise((done) => setTimeout(done, 300)));
    expect(asked(fake, 'journal_list').length).toBeLessThan(10);
  }, 60_000);

  it('is verified once after opening, and again when asked', async () => {
    const fake = await open({ world: 'full' });
    expect(await screen.findByTestId('journal-state')).toHaveTextContent(/Journal verified at \d\d:\d\d/);
    expect(asked(fake, 'journal_check')).toHaveLength(1);
    await userEvent.click(screen.getByRole('button', { name: 'Verify' }));
    await waitFor(() => expect(asked(fake, 'journal_check')).toHaveLength(2));
  });

  it('is let go of only after saying what goes, and typing the workspace’s name', async () => {
    const fake = await open({ world: 'full' });
    fake.journal.cut = () => ({
      upto: 12,
      goes: 12,
      first_at: '2021-01-02T10:00:00Z',
      last_at: '2021-03-04T10:00:00Z',
      stays: 628,
    });
    await screen.findByRole('grid', { name: 'Journal' });
    await userEvent.click(screen.getByRole('button', { name: 'More' }));
    await userEvent.click(
      await screen.findByRole('menuitem', { name: 'Let go of old entries…', hidden: true }),
    );
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText(/12 entries, from 2 Jan 2021 to 4 Mar 2021/)).toBeInTheDocument();
    const act12 = within(dialog).getByRole('button', { name: 'Let go of 12 entries' });
    expect(act12).toBeDisabled();
    await userEvent.type(within(dialog).getByLabelText(/Tour & Cie/), 'Tour & Cie');
    await userEvent.click(act12);
    await waitFor(() => expect(asked(fake, 'journal_cut')).toEqual([{ upto: 12 }]));
  });
});

describe('the words of the journal', () => {
  /** The acts that the core's use cases note: `note(…, "server.add", …)`. */
  function noted(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((file) => {
      const path = join(folder, file.name);
      if (file.isDirectory()) return noted(path);
      const text = file.name.endsWith('.rs') ? readFileSync(path, 'utf8') : '';
      return [
        ...text.matchAll(
          /"((?:account|customer|fleet|journal|profile|run|schedule|server|workspace)\.[a-z_]+)"/g,
        ),
      ].map((found) => found[1] ?? '');
    });
  }

  it('are there for everything that the core writes into it', () => {
    const written = new Set(noted(join(__dirname, '../../../crates/core/src')));
    for (const other of ['workspace.db', 'journal.begin', 'journal.signature']) written.delete(other);
    expect(written.size).toBeGreaterThan(30);
    const known = (what: string) => what.replaceAll('.', '_') in en.what;
    expect([...written].filter((what) => !known(what))).toEqual([]);
  });
});

describe('the search of the journal', () => {
  it('takes from the address only what it knows', () => {
    expect(
      readJournalSearch({
        since: 'week',
        from: 'x',
        until: '2026-03-02',
        text: 5,
        outcome: 'done',
        other: 'y',
      }),
    ).toEqual({ since: 'week', until: '2026-03-02', outcome: 'done' });
  });

  it('begins a period at midnight, and ends a day at the next', () => {
    const noon = new Date(2026, 2, 4, 12).getTime();
    expect(beginOf('yesterday', noon)).toEqual(new Date(2026, 2, 3));
    const query = asJournalQuery({ from: '2026-03-02', until: '2026-03-02' }, noon);
    expect(Date.parse(query.until ?? '') - Date.parse(query.from ?? '')).toBe(86_400_000);
  });
});
