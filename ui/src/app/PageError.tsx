/** A page that failed, or does not exist. */
import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ErrorView } from '../shared/ErrorView';
import { EmptyState } from '../shared/parts/Strip';

export function PageError({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <div className="page-scroll">
      <ErrorView error={error} onRetry={reset} />
    </div>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <EmptyState
      title={t('notFound.title')}
      ways={<Button onClick={() => void navigate({ to: '/servers' })}>{t('command.goServers')}</Button>}
    >
      {t('notFound.text')}
    </EmptyState>
  );
}
