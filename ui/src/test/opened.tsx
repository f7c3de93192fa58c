/** The whole interface over the full invented fleet, opened at an address: what tests of a page begin with. */
import { act, cleanup, render, screen } from '@testing-library/react';
import { App, queryClient } from '../app/App';
import { router } from '../app/router';
import { type Fake, type FakeOptions, installFake } from '../dev/fake';
import { type Language, startI18n } from '../shared/i18n';

/** Opens the page; `prepare` changes what the program answers before the page asks. */
export async function openAt(
  path: string,
  options: FakeOptions = {},
  prepare: (fake: Fake) => void = () => {},
): Promise<Fake> {
  cleanup();
  queryClient.clear();
  const language = (options.language ?? 'en') as Language;
  const fake = installFake({ delay: 0, language, world: 'full', ...options });
  prepare(fake);
  startI18n(language);
  // Where the test before stopped is not where this one begins.
  router.history.replace('/settings');
  render(<App />);
  await screen.findByRole('main');
  await act(async () => router.history.push(path));
  return fake;
}

/** With which arguments a command was called, each time. */
export const said = (fake: Fake, command: string) =>
  fake.calls.filter((call) => call.command === command).map((call) => call.args);

/** An item of an open menu. Nothing has a size in the tests' document, so that a menu may count as hidden. */
export const item = (name: string | RegExp) => screen.findByRole('menuitem', { name, hidden: true });
