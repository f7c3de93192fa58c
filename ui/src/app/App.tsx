/** Providers, and which of the three worlds is shown: no workspace, a locked one, an open one. */
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ErrorView } from '../shared/ErrorView';
import { ipc, onChanged } from '../shared/ipc';
import { useApplyPreferences } from '../shared/preferences';
import { invalidate, newQueryClient, queries } from '../shared/queries';
import { cssVariables, theme } from '../shared/theme';
import { OpenWorkspace } from './OpenWorkspace';

const FirstRun = lazy(() => import('../features/workspace/FirstRun'));
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
  // The program waits for the first screen before it counts its start as done.
  useEffect(() => {
    if (state !== undefined) requestAnimationFrame(() => void ipc.window.painted().catch(() => {}));
  }, [state]);
  // What was read in one workspace must not be seen in another, nor while it is locked.
  useEffect(() => {
    if (state === 'none' || state === 'locked') {
      queryClient.removeQueries({
        predicate: (query) => query.queryKey[0] !== 'status' && query.queryKey[0] !== 'preferences',
      });
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
  return (
    <Suspense fallback={null}>
      <Painted />
      {status.data.state === 'open' ? (
        <OpenWorkspace status={status.data} />
      ) : status.data.state === 'locked' && !elsewhere ? (
        <Lock workspace={status.data.workspace} onElsewhere={() => setElsewhere(true)} />
      ) : (
        <FirstRun onBack={status.data.state === 'locked' ? () => setElsewhere(false) : undefined} />
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
