import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { installFake, KEY } from '../dev/fake';
import { detailOf, fleet } from '../dev/fakeFleet';
import { FirstContact } from '../features/servers/FirstContact';
import { KeyChanged } from '../features/servers/KeyChanged';
import { ConfirmDialog } from '../shared/parts/Dialog';
import { show } from './render';

const WORDS = {
  title: 'Remove Nextcloud from glycines-lab?',
  goes: 'the app',
  stays: 'the domain',
  undo: 'no',
  keep: 'Keep Nextcloud',
  act: 'Remove Nextcloud',
};

describe('a dialog begins on the safe button', () => {
  it('degree 2: the one that keeps', async () => {
    show(<ConfirmDialog opened onClose={() => {}} onAct={() => {}} {...WORDS} />);
    await waitFor(() => expect(screen.getByRole('button', { name: 'Keep Nextcloud' })).toHaveFocus());
  });

  it('degree 3: the one that keeps, and the act waits for the typed name', async () => {
    const act = vi.fn();
    show(<ConfirmDialog opened onClose={() => {}} onAct={act} typed="glycines-lab" {...WORDS} />);
    await waitFor(() => expect(screen.getByRole('button', { name: 'Keep Nextcloud' })).toHaveFocus());
    const remove = screen.getByRole('button', { name: 'Remove Nextcloud' });
    expect(remove).toBeDisabled();
    const field = screen.getByRole('textbox', { name: 'Type glycines-lab to go on' });
    await userEvent.type(field, 'glycines-la{Enter}');
    expect(act).not.toHaveBeenCalled();
    expect(remove).toBeDisabled();
    await userEvent.type(field, 'b');
    expect(remove).toBeEnabled();
    await userEvent.click(remove);
    expect(act).toHaveBeenCalledOnce();
  });

  it('first contact: the refusal', async () => {
    show(
      <FirstContact
        opened
        offered={KEY}
        at={Date.now()}
        address="203.0.113.58:22"
        name="moisson-03"
        busy={false}
        onAccept={() => {}}
        onRefuse={() => {}}
      />,
    );
    await waitFor(() => expect(screen.getByRole('button', { name: 'Not this machine' })).toHaveFocus());
  });

  it('a changed key: the refusal, and replacing waits for the typed name', async () => {
    installFake({ world: 'full', delay: 0 });
    const row = fleet(1)[0];
    if (!row) throw new Error('no server');
    show(<KeyChanged server={detailOf(row)} opened onClose={() => {}} />);
    await waitFor(() => expect(screen.getByRole('button', { name: 'Keep refusing' })).toHaveFocus());
    const replace = screen.getByRole('button', { name: 'Replace pinned key' });
    await screen.findByText(KEY.fingerprint);
    expect(replace).toBeDisabled();
    await userEvent.type(screen.getByRole('textbox', { name: /replace the pinned key/ }), row.name);
    expect(replace).toBeEnabled();
  });
});

describe('first contact', () => {
  const base = { opened: true, at: Date.now(), address: 'a:22', name: 'a', busy: false, onRefuse: () => {} };

  it('shows the whole fingerprint and the words for the phone', () => {
    show(<FirstContact {...base} offered={KEY} onAccept={() => {}} />);
    expect(screen.getByTestId('fingerprint')).toHaveTextContent(KEY.fingerprint);
    expect(screen.getByTestId('phone-words')).toHaveTextContent(
      'amber · violin · seven · harbour · linen · cobalt',
    );
  });

  it('says how it was checked', async () => {
    const accept = vi.fn();
    show(<FirstContact {...base} offered={KEY} onAccept={accept} />);
    await userEvent.click(screen.getByRole('radio', { name: /provider/ }));
    await userEvent.click(screen.getByRole('button', { name: 'Accept and pin this key' }));
    expect(accept).toHaveBeenCalledWith('provider');
  });

  it('a revoked key has no button to accept it', () => {
    show(<FirstContact {...base} offered={{ ...KEY, known_hosts: 'revoked' }} onAccept={() => {}} />);
    expect(screen.queryByRole('button', { name: 'Accept and pin this key' })).toBeNull();
    expect(screen.getByRole('alert')).toHaveTextContent('revoked');
  });

  it('a fingerprint that is not the exercise’s is said', () => {
    show(<FirstContact {...base} offered={KEY} expected="SHA256:other" onAccept={() => {}} />);
    expect(screen.getByText(/not the fingerprint of the exercise/)).toBeInTheDocument();
  });
});
