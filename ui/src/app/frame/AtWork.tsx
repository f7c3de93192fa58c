/**
 * What is at work just now, under the head of every page that does not show it anyway: the run begun last, how far it
 * is, and how many others there are.
 */
import { Button } from '@mantine/core';
import { IconLoader2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Bar } from '../../shared/parts/State';
import { useMay } from '../../shared/policy';
import { percentNow, useProgress } from '../../shared/progress';
import { queries } from '../../shared/queries';
import { stepAtWork } from '../../shared/states';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';

/** Whether a page shows this run, or all of them, by itself. */
function isShown(path: string, server: string | null): boolean {
  return (
    path.startsWith('/runs') || path.startsWith('/schedules') || (server !== null && path.includes(server))
  );
}

export function AtWork() {
  const { t } = useTranslation();
  const say = useWords();
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const may = useMay();
  const runs = useQuery({
    ...queries.runs({ states: ['running', 'undoing'], limit: 20 }),
    enabled: may('see_runs'),
  });
  const fleets = useQuery({
    ...queries.fleets({ states: ['running'], limit: 1 }),
    enabled: may('run_fleet'),
  });
  const fleet = fleets.data?.rows[0];
  const run = runs.data?.rows[0];
  const said = useProgress(fleet ? null : run?.id);
  if (fleet && fleet.state === 'running' && !isShown(path, null)) {
    const ended = fleet.counts
      .filter((each) => each.state !== 'waiting' && each.state !== 'running')
      .reduce((sum, each) => sum + each.count, 0);
    return (
      <Line
        title={visible(say(fleet.title))}
        doing={t('run.stepShort', { step: ended, count: fleet.servers })}
        percent={fleet.servers > 0 ? Math.round((ended / fleet.servers) * 100) : null}
        others={(fleets.data?.total ?? 1) - 1}
        onOpen={() => void navigate({ to: '/runs/fleet/$fleet', params: { fleet: fleet.id } })}
      />
    );
  }
  if (!run || isShown(path, run.server)) return null;
  const doing = said && said.step >= run.step ? visible(say(said.doing)) : '';
  return (
    <Line
      title={visible(say(run.title))}
      doing={[t('run.stepOf', { step: stepAtWork(run.step, run.steps), count: run.steps }), doing]
        .filter(Boolean)
        .join(', ')}
      percent={percentNow(said, run.step, run.percent)}
      others={(runs.data?.total ?? 1) - 1}
      onOpen={() => void navigate({ to: '/runs/$run', params: { run: run.id } })}
    />
  );
}

function Line({
  title,
  doing,
  percent,
  others,
  onOpen,
}: {
  title: string;
  doing: string;
  percent: number | null;
  others: number;
  onOpen: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="at-work" data-testid="at-work">
      <IconLoader2 className="spin" aria-hidden />
      <b className="ell">{title}</b>
      <span className="t2 ell grow">
        {doing}
        {percent != null && (
          <>
            {' '}
            &nbsp;
            <Bar percent={percent} width={120} label={title} /> &nbsp;
            <span className="num">{percent}&nbsp;%</span>
          </>
        )}
      </span>
      {others > 0 && <span className="t3">{t('run.others', { count: others })}</span>}
      <Button size="xs" onClick={onOpen}>
        {t('run.open')}
      </Button>
    </div>
  );
}
