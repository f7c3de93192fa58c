/** The open workspace: router, frame, palette, shortcuts. Nothing is shown before it is known what may be. */
import { useQuery } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import type { Status } from '../shared/contract';
import { ErrorView } from '../shared/ErrorView';
import { queries } from '../shared/queries';
import { router } from './router';

export function OpenWorkspace({ status }: { status: Extract<Status, { state: 'open' }> }) {
  const policy = useQuery(queries.policy());
  if (policy.error) {
    return (
      <div style={{ padding: 20 }}>
        <ErrorView error={policy.error} onRetry={() => void policy.refetch()} />
      </div>
    );
  }
  return policy.data ? <RouterProvider router={router} context={{ status }} /> : null;
}
