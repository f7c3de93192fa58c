/** A state: icon, word and since when. Never colour alone. */
import {
  IconAlertHexagonFilled,
  IconAlertTriangleFilled,
  IconBan,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconLoader2,
  IconPlayerPauseFilled,
  IconPlugConnectedX,
  IconQuestionMark,
  IconShieldX,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';

export type Tone =
  | 'ok'
  | 'warn'
  | 'fail'
  | 'unreachable'
  | 'stop'
  | 'run'
  | 'off'
  | 'todo'
  | 'denied'
  | 'unknown';

const ICON: Record<Tone, typeof IconBan> = {
  ok: IconCircleCheckFilled,
  warn: IconAlertTriangleFilled,
  fail: IconAlertHexagonFilled,
  unreachable: IconPlugConnectedX,
  stop: IconShieldX,
  run: IconLoader2,
  off: IconPlayerPauseFilled,
  todo: IconCircleDashed,
  denied: IconBan,
  unknown: IconQuestionMark,
};

/** The colour family of a tone: `--<family>`, `--<family>-bg`, `--<family>-line`. */
export const FAMILY: Record<Tone, 'ok' | 'warn' | 'fail' | 'stop' | 'run' | 'off'> = {
  ok: 'ok',
  warn: 'warn',
  fail: 'fail',
  unreachable: 'fail',
  stop: 'stop',
  run: 'run',
  off: 'off',
  todo: 'off',
  denied: 'warn',
  unknown: 'warn',
};

export function ToneIcon({ tone, size = 16 }: { tone: Tone; size?: number }) {
  const Icon = ICON[tone];
  return (
    <Icon
      aria-hidden
      size={size}
      className={tone === 'run' ? 'tone-icon spin' : 'tone-icon'}
      style={{ color: `var(--${FAMILY[tone]})`, width: size, height: size }}
    />
  );
}

interface Props {
  tone: Tone;
  word: string;
  /** What follows the word, quieter: an age, a per cent. */
  since?: ReactNode;
  /** 0 to 100: draws a bar of 32 px. */
  percent?: number | null;
  /** The exact time or the reason, for the pointer and for a screen reader. */
  title?: string;
}

export function State({ tone, word, since, percent, title }: Props) {
  return (
    <span className="state" data-tone={FAMILY[tone]} title={title}>
      <ToneIcon tone={tone} />
      <span className="state-word">{word}</span>
      {percent != null && <Bar percent={percent} width={32} />}
      {since != null && <span className="state-since num">{since}</span>}
    </span>
  );
}

/** A thin bar of progress or use. */
export function Bar({
  percent,
  width,
  tone = 'run',
  label,
}: {
  percent: number;
  width?: number | string;
  tone?: 'run' | 'off' | 'warn' | 'fail';
  label?: string;
}) {
  return (
    <span
      className="bar"
      role="progressbar"
      aria-valuenow={Math.round(percent)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-label={label}
      style={{ width: width ?? '100%' }}
    >
      <span style={{ width: `${Math.min(100, Math.max(0, percent))}%`, background: `var(--${tone})` }} />
    </span>
  );
}
