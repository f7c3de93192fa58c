/** Says, where the system says such things, that a run ended or asks for somebody while the window is not in front. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { FleetRow, RunRow } from '../shared/contract';
import { ipc } from '../shared/ipc';
import { useMay } from '../shared/policy';
import { queries } from '../shared/queries';
import { isFleetOver, isOver } from '../shared/states';
import { useWords } from '../shared/useWords';

/** So many runs are looked after: more are not at work at a time. */
const MOST = 100;

interface Piece {
  id: string;
  over: boolean;
}

/** What was not over when it was last seen, and is now. What is seen for the first time is no news. */
export function ended<P extends Piece>(before: ReadonlyMap<string, boolean>, now: readonly P[]): P[] {
  return now.filter((piece) => piece.over && before.get(piece.id) === false);
}

export function useRunEnds(): void {
  const { t } = useTranslation();
  const say = useWords();
  const may = useMay();
  const runs = useQuery({ ...queries.runs({ limit: MOST }), enabled: may('see_runs') });
  const fleets = useQuery({ ...queries.fleets({ limit: MOST }), enabled: may('run_fleet') });
  const seen = useRef<ReadonlyMap<string, boolean>>(new Map());
  useEffect(() => {
    // A server of a fleet run is told with the whole of it.
    const alone = (runs.data?.rows ?? []).filter((row: RunRow) => !row.fleet);
    const pieces = [
      ...alone.map((row) => ({
        id: row.id,
        over: isOver(row.state),
        title: say(row.title),
        text: t(`runState.${row.state}`),
      })),
      ...(fleets.data?.rows ?? []).map((row: FleetRow) => ({
        id: row.id,
        over: isFleetOver(row.state),
        title: say(row.title),
        text: t(`fleetState.${row.state}`),
      })),
    ];
    const news = ended(seen.current, pieces);
    seen.current = new Map(pieces.map((piece) => [piece.id, piece.over]));
    if (document.hasFocus()) return;
    for (const { title, text } of news) void ipc.window.notify(title, text).catch(() => undefined);
  }, [runs.data, fleets.data, say, t]);
}
