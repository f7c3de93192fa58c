/** The open workspace: router, frame, palette, shortcuts. */
import { RouterProvider } from '@tanstack/react-router';
import type { Status } from '../shared/contract';
import { router } from './router';

export function OpenWorkspace({ status }: { status: Extract<Status, { state: 'open' }> }) {
  return <RouterProvider router={router} context={{ status }} />;
}
