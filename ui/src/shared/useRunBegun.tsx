/** After a change was begun: a toast that leads to its run. The page stays where it is. */
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { toast } from './parts/toasts';

export function useRunBegun(): (run: string, message: string) => void {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (run, message) =>
    toast(message, {
      label: t('run.open'),
      onAct: () => void navigate({ to: '/runs/$run', params: { run } }),
    });
}
