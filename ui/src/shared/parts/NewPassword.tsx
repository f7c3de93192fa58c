/** A new password, and how hard it is to guess while it is typed. */
import { PasswordInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ipc } from '../ipc';
import { useSettled } from '../useSettled';
import { Bar } from './State';

export function NewPassword({
  label,
  help,
  value,
  error,
  id,
  onChange,
  onBlur,
  onJudged,
}: {
  label: string;
  help?: string;
  value: string;
  error?: string;
  id?: string;
  onChange: (event: { currentTarget: { value: string } }) => void;
  onBlur?: () => void;
  /** Whether what stands there now is taken; unknown while it is being judged. */
  onJudged?: (accepted: boolean | undefined) => void;
}) {
  const { t } = useTranslation();
  const typed = useSettled(value, 150);
  const strength = useQuery({
    // The password itself is not a key: keys are kept in the cache.
    queryKey: ['strength', typed.length, hash(typed)],
    queryFn: async () => {
      const judged = await ipc.workspace.strength(typed);
      onJudged?.(judged.accepted);
      return judged;
    },
    enabled: typed !== '',
    gcTime: 0,
    meta: { topics: [] },
  });
  const words = strength.data ? t(`strength.${clampScore(strength.data.score)}`) : null;
  const text = [typed === '' ? null : words, help].filter(Boolean).join(' ');
  return (
    <div>
      <PasswordInput
        id={id}
        label={label}
        value={value}
        error={error}
        autoComplete="new-password"
        description={text || undefined}
        onChange={(event) => {
          onJudged?.(undefined);
          onChange(event);
        }}
        onBlur={onBlur}
      />
      {typed !== '' && strength.data && (
        <div className="strength" data-testid="strength">
          <Bar
            percent={(strength.data.score + 1) * 20}
            tone={strength.data.accepted ? 'run' : 'warn'}
            label={words ?? ''}
          />
        </div>
      )}
    </div>
  );
}

function clampScore(score: number): '0' | '1' | '2' | '3' | '4' {
  return score <= 0 ? '0' : score === 1 ? '1' : score === 2 ? '2' : score === 3 ? '3' : '4';
}

function hash(text: string): number {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}
