/**
 * The lines of the runs page: runs and fleet runs together, newest first; an opened fleet run is followed by its
 * servers. Pure.
 */
import type { FleetRow, MemberRow, RunRow } from '../../shared/contract';

export type RunLine =
  | { kind: 'run'; id: string; row: RunRow }
  | { kind: 'fleet'; id: string; row: FleetRow; opened: boolean }
  | { kind: 'member'; id: string; row: MemberRow; fleet: string };

export function runLines(
  runs: readonly RunRow[],
  fleets: readonly FleetRow[],
  members: ReadonlyMap<string, readonly MemberRow[]>,
  opened: ReadonlySet<string>,
): RunLine[] {
  const lines: RunLine[] = [
    ...runs.map((row): RunLine => ({ kind: 'run', id: row.id, row })),
    ...fleets.map((row): RunLine => ({ kind: 'fleet', id: row.id, row, opened: opened.has(row.id) })),
  ];
  const began = (line: RunLine): string => line.row.started_at ?? '';
  lines.sort((a, b) => (began(a) < began(b) ? 1 : began(a) > began(b) ? -1 : 0));
  return lines.flatMap((line) =>
    line.kind === 'fleet' && line.opened
      ? [
          line,
          ...(members.get(line.id) ?? []).map(
            (row): RunLine => ({ kind: 'member', id: `${line.id}-${row.n}`, row, fleet: line.id }),
          ),
        ]
      : [line],
  );
}
