/** An `AppError` where it belongs: a panel in the page, or one sentence under a control. */
import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppError } from './contract';
import { errorWords } from './errors';
import { asAppError } from './ipc';
import { ErrorPanel } from './parts/Strip';
import { visible } from './visible';

export function ErrorView({
  error,
  onRetry,
  actions,
}: {
  error: unknown;
  onRetry?: () => void;
  actions?: ReactNode;
}) {
  const { t } = useTranslation();
  const problem = asAppError(error);
  const words = errorWords(problem, t);
  return (
    <ErrorPanel
      tone={words.tone}
      title={visible(words.title)}
      happened={visible(words.happened)}
      changed={words.changed}
      todo={words.todo}
      note={problem.code}
      actions={
        <>
          {onRetry && problem.retry !== 'never' && (
            <Button size="xs" leftSection={<IconRefresh size={14} />} onClick={onRetry}>
              {t('act.tryAgain')}
            </Button>
          )}
          {actions}
        </>
      }
    />
  );
}

/** One sentence: the title and what to do. */
export function ErrorSentence({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (error == null) return null;
  const problem: AppError = asAppError(error);
  const words = errorWords(problem, t);
  const detail =
    problem.code === 'refused' || problem.code === 'internal' ? ` ${visible(problem.message)}` : '';
  return (
    <span role="alert" className="error-sentence" data-testid="error">
      <b>{visible(words.title)}</b>
      {detail} {words.todo}
    </span>
  );
}
