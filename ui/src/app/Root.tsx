/** The root of all routes: the frame, the palette, the shortcuts that work everywhere. */

import {
  IconCalendarEvent,
  IconHistory,
  IconHome,
  IconKeyboard,
  IconLock,
  IconPlayerPlay,
  IconPower,
  IconServer2,
  IconSettings,
  IconUser,
  IconUsers,
} from '@tabler/icons-react';
import { useNavigate, useRouteContext } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FirstRecoveryKey } from '../features/accounts/FirstRecoveryKey';
import { useCommands } from '../shared/commands';
import { ipc } from '../shared/ipc';
import { usePreferences } from '../shared/preferences';
import { useStatus } from '../shared/useStatus';
import { Frame } from './frame/Frame';
import { openPalette, usePaletteOpen } from './palette/open';
import { usePresence } from './presence';
import { useRunEnds } from './runEnds';
import { useShortcuts } from './shortcuts';

const Palette = lazy(() => import('./palette/Palette'));
const ShortcutSheet = lazy(() => import('./ShortcutSheet'));

export function Root() {
  const { t } = useTranslation();
  const entered = useRouteContext({ from: '__root__' }).status;
  // Another workspace may be opened while this stays on screen; the router learns of it at the next page only.
  const status = useStatus() ?? entered;
  const navigate = useNavigate();
  const [sheet, setSheet] = useState(false);
  const paletteOpen = usePaletteOpen();
  const [preferences] = usePreferences();
  useCommands([
    { id: 'palette', title: t('palette.open'), group: 'app', keys: 'mod+k', hidden: true, run: openPalette },
    ...(status.account.role === 'restricted_administrator'
      ? [
          {
            id: 'go-home',
            title: t('command.goHome'),
            group: 'go' as const,
            icon: <IconHome />,
            run: () => void navigate({ to: '/home' }),
          },
        ]
      : []),
    {
      id: 'go-servers',
      title: t('command.goServers'),
      group: 'go',
      needs: 'see_servers',
      keys: 'g s',
      icon: <IconServer2 />,
      run: () => void navigate({ to: '/servers' }),
    },
    {
      id: 'go-runs',
      title: t('command.goRuns'),
      group: 'go',
      needs: 'see_runs',
      keys: 'g r',
      icon: <IconPlayerPlay />,
      run: () => void navigate({ to: '/runs' }),
    },
    {
      id: 'go-schedules',
      title: t('command.goSchedules'),
      group: 'go',
      needs: 'manage_schedules',
      icon: <IconCalendarEvent />,
      run: () => void navigate({ to: '/schedules' }),
    },
    {
      id: 'go-journal',
      title: t('command.goJournal'),
      group: 'go',
      keys: 'g j',
      needs: 'see_journal',
      icon: <IconHistory />,
      run: () => void navigate({ to: '/journal' }),
    },
    {
      id: 'go-settings',
      title: t('command.goSettings'),
      group: 'go',
      keys: 'mod+,',
      icon: <IconSettings />,
      run: () => void navigate({ to: '/settings' }),
    },
    {
      id: 'go-account',
      title: t('account.own'),
      group: 'go',
      icon: <IconUser />,
      run: () => void navigate({ to: '/account' }),
    },
    {
      id: 'go-accounts',
      title: t('account.title'),
      group: 'go',
      needs: 'manage_accounts',
      icon: <IconUsers />,
      run: () => void navigate({ to: '/accounts' }),
    },
    {
      id: 'lock',
      title: t('nav.lock'),
      group: 'app',
      keys: 'mod+l',
      icon: <IconLock />,
      run: () => void ipc.workspace.lock(),
    },
    {
      id: 'quit',
      title: t('nav.quit'),
      group: 'app',
      keys: 'mod+q',
      icon: <IconPower />,
      run: () => void ipc.window.quit(),
    },
    {
      id: 'shortcuts',
      title: t('shortcuts.title'),
      group: 'app',
      keys: '?',
      icon: <IconKeyboard />,
      run: () => setSheet(true),
    },
    {
      id: 'filter',
      title: t('command.filter'),
      group: 'page',
      keys: '/',
      hidden: true,
      run: () => document.querySelector<HTMLInputElement>('[data-list-filter]')?.focus(),
    },
  ]);
  useShortcuts(preferences.single_keys);
  useRunEnds();
  usePresence();
  return (
    <>
      <Frame status={status} onShortcuts={() => setSheet(true)} />
      <Suspense fallback={null}>
        <FirstRecoveryKey />
        {paletteOpen && <Palette />}
        {sheet && <ShortcutSheet onClose={() => setSheet(false)} />}
      </Suspense>
    </>
  );
}
