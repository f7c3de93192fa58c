/** One line of entries: whose, to which server, and what lies there. The server's page and the account's page show the same. */
import type { GateRow, ServerRow } from '../../shared/contract';
import type { Tone } from '../../shared/parts/State';

export interface Line {
  id: string;
  account: { id: string; name: string };
  server: { id: string; name: string };
  /** None where there is no entry, and could be one. */
  gate: GateRow | null;
  /** A run that gives or takes entries is at work there. */
  underWay: boolean;
  /** The server can be asked for something. */
  acts: boolean;
}

/** A line of this server. */
export function lineOf(row: ServerRow, id: string, account: Line['account'], gate: GateRow | null): Line {
  return {
    id,
    account,
    server: { id: row.id, name: row.name },
    gate,
    underWay: row.run?.kind === 'gate_install' || row.run?.kind === 'gate_remove',
    acts: row.state !== 'unreachable' && row.state !== 'stop' && row.state !== 'to_do',
  };
}

export type Standing = 'none' | 'planned' | 'underWay' | 'current' | 'outdated';

export function standing(line: Line): Standing {
  if (line.gate === null) return 'none';
  return line.gate.state === 'planned' && line.underWay ? 'underWay' : line.gate.state;
}

export const STANDING_TONE: Record<Standing, Tone> = {
  none: 'todo',
  planned: 'warn',
  underWay: 'run',
  current: 'ok',
  outdated: 'warn',
};

/** What asks for something first. */
export const STANDING_ORDER: readonly Standing[] = ['planned', 'outdated', 'underWay', 'none', 'current'];
