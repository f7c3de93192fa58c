/** How the program's states are drawn: tone, order of severity. */
import type { FleetState, MemberState, RunState, ServerState, StepState } from './contract';
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
  paused: 'off',
  undoing: 'run',
  undone: 'off',
};

export const FLEET_TONE: Record<FleetState, Tone> = {
  running: 'run',
  paused: 'off',
  stopped: 'fail',
  cancelled: 'off',
  done: 'ok',
};

export const MEMBER_TONE: Record<MemberState, Tone> = {
  waiting: 'todo',
  running: 'run',
  done: 'ok',
  nothing: 'ok',
  failed: 'fail',
  unknown: 'unknown',
  cancelled: 'off',
  left: 'todo',
};

export const STEP_TONE: Record<StepState, Tone> = {
  waiting: 'todo',
  running: 'run',
  done: 'ok',
  already: 'ok',
  failed: 'fail',
  unknown: 'unknown',
  skipped: 'todo',
  undone: 'off',
};

/** The step at work, from 1: the program counts the steps that are over. */
export function stepAtWork(over: number, steps: number): number {
  return Math.max(1, Math.min(over + 1, steps));
}

/** Runs that will still do something: by themselves, or when a person says so. */
export const OPEN_RUNS: readonly RunState[] = ['waiting', 'running', 'paused', 'undoing'];

export function isOver(state: RunState): boolean {
  return !OPEN_RUNS.includes(state);
}

/** A fleet run that begins no more servers by itself. One that its rule stopped waits for a person, and is no longer at work. */
export function isFleetOver(state: FleetState): boolean {
  return state !== 'running' && state !== 'paused';
}
