/** Providers, and which world is shown: no workspace, a locked one, an open one; or an end user's apps, which need none. */
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorView } from '../shared/ErrorView';
import { ipc, onChanged } from '../shared/ipc';
import { useApplyPreferences } from '../shared/preferences';
import { invalidate, newQueryClient, queries } from '../shared/queries';
import { cssVariables, theme } from '../shared/theme';
import { OpenWorkspace } from './OpenWorkspace';

const FirstRun = lazy(() => import('../features/workspace/FirstRun'));
const Launcher = lazy(() => import('../features/launcher/Launcher'));
const Lock = lazy(() => import('../features/workspace/Lock'));

export const queryClient = newQueryClient();

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <Worlds />
        <Notifications position="bottom-right" limit={3} containerWidth={380} zIndex={300} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Worlds() {
  useApplyPreferences();
  const status = useQuery(queries.status());
  const [elsewhere, setElsewhere] = useState(false);
  // Whether a person chose to be an end user here; until they did, whoever has places and no workspace is one.
  const [endUser, setEndUser] = useState<boolean | null>(null);
  const { t } = useTranslation();
  useEffect(() => {
    let stop: (() => void) | undefined;
    let gone = false;
    void onChanged((topics) => {
      void invalidate(queryClient, topics);
      if (topics.some((topic) => topic.kind === 'workspace')) setElsewhere(false);
    }).then((unlisten) => {
      if (gone) unlisten();
      else stop = unlisten;
    });
    return () => {
      gone = true;
      stop?.();
    };
  }, []);
  const state = status.data?.state;
  const mine = useQuery({ ...queries.launcher(), enabled: state === 'none' && endUser === null });
  // The program waits for the first screen before it counts its start as done.
  useEffect(() => {
    if (state !== undefined) requestAnimationFrame(() => void ipc.window.painted().catch(() => {}));
  }, [state]);
  // What was read in one workspace must not be seen in another, nor while it is locked.
  useEffect(() => {
    if (state === 'none' || state === 'locked') {
      queryClient.removeQueries({
        predicate: (query) => !['status', 'preferences', 'portal'].includes(String(query.queryKey[0])),
      });
      void queryClient.resetQueries({ queryKey: ['portal'] });
    }
  }, [state]);

  if (status.error) {
    return (
      <div style={{ padding: 20 }}>
        <ErrorView error={status.error} onRetry={() => void status.refetch()} />
      </div>
    );
  }
  if (!status.data) return null;
  if (state === 'none' && endUser === null && mine.isPending) return null;
  const launches =
    status.data.state === 'open'
      ? status.data.account.role === 'end_user'
      : (endUser ?? (state === 'none' && (mine.data?.places.length ?? 0) > 0));
  return (
    <Suspense fallback={null}>
      <Painted />
      {launches ? (
        <Launcher
          leaveLabel={t(state === 'open' ? 'launcher.lock' : 'launcher.leave')}
          onLeave={() => (state === 'open' ? void ipc.workspace.lock() : setEndUser(false))}
        />
      ) : status.data.state === 'open' ? (
        <OpenWorkspace status={status.data} />
      ) : status.data.state === 'locked' && !elsewhere ? (
        <Lock
          workspace={status.data.workspace}
          onElsewhere={() => setElsewhere(true)}
          onEndUser={() => setEndUser(true)}
        />
      ) : (
        <FirstRun
          onBack={status.data.state === 'locked' ? () => setElsewhere(false) : undefined}
          onEndUser={() => setEndUser(true)}
        />
      )}
    </Suspense>
  );
}

/** Tells the program, once, that the first screen is on the display: it is mounted together with it. */
function Painted() {
  useEffect(() => {
    const frame = requestAnimationFrame(() =>
      requestAnimationFrame(() => void ipc.window.painted().catch(() => undefined)),
    );
    return () => cancelAnimationFrame(frame);
  }, []);
  return null;
}
