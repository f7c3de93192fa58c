/** How the program's states are drawn: tone, order of severity. */
import type { RunState, ServerState, StepState } from './contract';
import type { Tone } from './parts/State';

export const SERVER_TONE: Record<ServerState, Tone> = {
  stop: 'stop',
  fail: 'fail',
  unreachable: 'unreachable',
  warn: 'warn',
  run: 'run',
  ok: 'ok',
  off: 'off',
  to_do: 'todo',
};

/** Worst first: the order of lists and of the summary. */
export const SEVERITY: readonly ServerState[] = [
  'stop',
  'fail',
  'unreachable',
  'warn',
  'run',
  'ok',
  'off',
  'to_do',
];

/** States that wait for somebody. */
export const ATTENTION: readonly ServerState[] = ['stop', 'fail', 'unreachable', 'warn'];

export function bySeverity(a: ServerState, b: ServerState): number {
  return SEVERITY.indexOf(a) - SEVERITY.indexOf(b);
}

export const RUN_TONE: Record<RunState, Tone> = {
  waiting: 'todo',
  running: 'run',
  done: 'ok',
  failed: 'fail',
  unknown: 'unknown',
  cancelled: 'off',
};

export const STEP_TONE: Record<StepState, Tone> = {
  waiting: 'todo',
  running: 'run',
  done: 'ok',
  already: 'ok',
  failed: 'fail',
  unknown: 'unknown',
  skipped: 'todo',
};

/** The step at work, from 1: the program counts the steps that are over. */
export function stepAtWork(over: number, steps: number): number {
  return Math.max(1, Math.min(over + 1, steps));
}

export function isOver(state: RunState): boolean {
  return state !== 'waiting' && state !== 'running';
}
