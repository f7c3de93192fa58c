/** How a server's standing is drawn, and since when. */
import type { Standing } from '../../shared/contract';
import type { Tone } from '../../shared/parts/State';

/** What a server says that it can't do, rather than being out of reach. */
const FAILING: readonly string[] = ['nonsense', 'not_a_portal', 'refused', 'internal', 'outcome_unknown'];

export type StandingWord = 'unknown' | 'answers' | 'silent' | 'failing' | 'certificate_changed';

export function wordOf(standing: Standing): StandingWord {
  if (standing.state === 'silent' && FAILING.includes(standing.code)) return 'failing';
  return standing.state;
}

const TONE: Record<StandingWord, Tone> = {
  unknown: 'unknown',
  answers: 'ok',
  silent: 'unreachable',
  failing: 'fail',
  certificate_changed: 'stop',
};

export function toneOf(standing: Standing): Tone {
  return TONE[wordOf(standing)];
}

/** Since when it is not well; null when it is. */
export function unwellSince(standing: Standing): string | null {
  return 'since' in standing ? standing.since : null;
}

/** Host and path, as people know it. */
export function addressOf(url: string): string {
  return url.replace(/^https:\/\//, '').replace(/\/$/, '');
}
