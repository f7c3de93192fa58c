/** Toasts: something done, with Undo when there is one. Never an error. */
import { notifications } from '@mantine/notifications';
import { IconCircleCheckFilled } from '@tabler/icons-react';
import type { ReactNode } from 'react';

export function toast(message: ReactNode, action?: { label: string; onAct: () => void }): void {
  const id = notifications.show({
    icon: <IconCircleCheckFilled size={16} />,
    autoClose: 6000,
    withBorder: false,
    className: 'toast',
    message: (
      <span className="toast-text">
        <span className="grow strong">{message}</span>
        {action && (
          <button
            type="button"
            className="toast-act"
            onClick={() => {
              notifications.hide(id);
              action.onAct();
            }}
          >
            {action.label}
          </button>
        )}
      </span>
    ),
  });
}
