/** Where a run stands, in a list: a run at work says how far it is, live. */
import { useTranslation } from 'react-i18next';
import type { FleetRow, MemberRow, RunRow } from '../../shared/contract';
import { State } from '../../shared/parts/State';
import { percentNow, useProgress } from '../../shared/progress';
import { FLEET_TONE, MEMBER_TONE, RUN_TONE, stepAtWork } from '../../shared/states';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import { ENDED, FAILED, inStates } from './fleet/order';

export function RunStateCell({ row }: { row: RunRow }) {
  const { t } = useTranslation();
  const running = row.state === 'running' || row.state === 'undoing';
  const said = useProgress(running ? row.id : null);
  const percent = running ? percentNow(said, row.step, row.percent) : null;
  return (
    <State
      tone={RUN_TONE[row.state]}
      word={row.wish && running ? t(`run.wish.${row.wish}`) : t(`runState.${row.state}`)}
      percent={percent}
      since={
        running
          ? percent != null
            ? `${percent}\u00a0%`
            : t('run.stepShort', { step: stepAtWork(row.step, row.steps), count: row.steps })
          : null
      }
      title={row.error?.message}
    />
  );
}

/** The same of a fleet run: how many of its servers had their turn, and how many failed. */
export function FleetStateCell({ row }: { row: FleetRow }) {
  const { t } = useTranslation();
  const ended = inStates(row.counts, ENDED);
  const failed = inStates(row.counts, FAILED);
  const running = row.state === 'running' || row.state === 'paused';
  return (
    <State
      tone={row.state === 'done' && failed > 0 ? 'warn' : FLEET_TONE[row.state]}
      word={t(`fleetState.${row.state}`)}
      percent={running && row.servers > 0 ? (ended / row.servers) * 100 : null}
      since={
        running
          ? t('run.stepShort', { step: ended, count: row.servers })
          : failed > 0
            ? t('fleetRun.failedN', { count: failed })
            : null
      }
    />
  );
}

export function MemberStateCell({ row, dry }: { row: MemberRow; dry?: boolean }) {
  const { t } = useTranslation();
  const say = useWords();
  const said = useProgress(row.state === 'running' ? row.run : null);
  const percent = row.state === 'running' ? (said?.percent ?? null) : null;
  return (
    <State
      tone={dry && row.state === 'done' ? 'todo' : MEMBER_TONE[row.state]}
      word={dry && row.state === 'done' ? t('fleetRun.wouldState') : t(`memberState.${row.state}`)}
      percent={percent}
      since={percent != null ? `${percent}\u00a0%` : null}
      title={row.words ? visible(say(row.words)) : undefined}
    />
  );
}
