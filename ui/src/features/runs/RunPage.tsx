/** A run: its plan at the left, its trace at the right; what failed, what was changed, what to do. */
import { Button, Menu, Select } from '@mantine/core';
import {
  IconArrowBackUp,
  IconCopy,
  IconDeviceFloppy,
  IconDots,
  IconFilter,
  IconHistory,
  IconKeyOff,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconReport,
  IconServer2,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../shared/commands';
import type { RunDetail, StepView, TraceLine } from '../../shared/contract';
import { copyText } from '../../shared/copyText';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorSentence, ErrorView } from '../../shared/ErrorView';
import { errorWords } from '../../shared/errors';
import { duration, spell } from '../../shared/format';
import { ipc } from '../../shared/ipc';
import { ConfirmDialog } from '../../shared/parts/Dialog';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { Plan, type PlanStep } from '../../shared/parts/Plan';
import { ToneIcon } from '../../shared/parts/State';
import { Trace, type TraceRow, type TraceTone } from '../../shared/parts/Trace';
import { toast } from '../../shared/parts/toasts';
import { Pill } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { type Progress, useProgress } from '../../shared/progress';
import { queries, useChange } from '../../shared/queries';
import { isOver, RUN_TONE, STEP_TONE, stepAtWork } from '../../shared/states';
import { useFormat, useSecond } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import { reasonOf } from './reason';
import { useRunLive } from './useRunLive';
import './runs.css';

const SIGN_TONE: Record<TraceLine['sign'], TraceTone> = {
  $: 'command',
  i: 'info',
  '!': 'warn',
  '✓': 'done',
  '✗': 'error',
};

export default function RunPage() {
  const { run } = useParams({ from: '/runs/$run' });
  const detail = useQuery(queries.run(run));
  if (detail.error) {
    return (
      <div className="page-scroll">
        <ErrorView error={detail.error} />
      </div>
    );
  }
  return detail.data ? <Page run={detail.data} /> : <SkeletonRows rows={6} />;
}

function Page({ run }: { run: RunDetail }) {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const navigate = useNavigate();
  const { row } = run;
  const over = isOver(row.state);
  const { lines, error } = useRunLive(row.id);
  const progress = useProgress(over ? null : row.id);
  const [step, setStep] = useState<number | null>(null);
  const [asking, setAsking] = useState<'cancel' | 'undo' | null>(null);
  const close = () => setAsking(null);
  const may = useMay();
  const title = say(row.title);
  useCrumbs([{ label: t('nav.fleet') }, { label: t('runs.title'), to: '/runs' }, { label: title }]);
  const cancel = useChange((_: null) => ipc.runs.cancel(row.id), close);
  const pause = useChange((_: null) => ipc.runs.pause(row.id));
  const goOn = useChange((_: null) => ipc.runs.goOn(row.id));
  const undo = useChange((_: null) => ipc.runs.undo(row.id), close);
  const forget = useChange(
    (_: null) => ipc.runs.forget(row.id),
    () => toast(t('run.forgotten')),
  );
  const save = useChange(
    (_: null) => ipc.runs.save(row.id),
    (saved) => saved && toast(t('trace.kept')),
  );
  const retry = useChange(
    (_: null) => ipc.runs.retry(row.id),
    (begun) => void navigate({ to: '/runs/$run', params: { run: begun.run } }),
  );
  const toJournal = () => void navigate({ to: '/journal', search: { run: row.id } });
  useCommands([
    ...(row.server
      ? [
          {
            id: 'run-server',
            title: t('run.toServer', { server: row.server_name }),
            group: 'page' as const,
            needs: 'see_servers' as const,
            icon: <IconServer2 />,
            run: () => void navigate({ to: '/servers/$server', params: { server: row.server ?? '' } }),
          },
        ]
      : []),
    {
      id: 'run-journal',
      title: t('run.journal'),
      group: 'page',
      needs: 'see_journal',
      icon: <IconHistory />,
      run: toJournal,
    },
  ]);

  const rows = useMemo<TraceRow[]>(
    () =>
      lines
        .filter((line) => step === null || line.step === step)
        .map((line) => ({ at: line.at, tone: SIGN_TONE[line.sign], text: line.text, step: line.step })),
    [lines, step],
  );
  const done = run.steps.filter(isDone).length;
  const now = useSecond(!over);
  const spent = new Date(row.ended_at ?? now).getTime() - new Date(row.started_at).getTime();
  const pill =
    row.wish && !over
      ? t(`run.wish.${row.wish}`)
      : row.state === 'running'
        ? t('run.running', { step: stepAtWork(row.step, row.steps), count: row.steps })
        : row.state === 'failed' && row.steps > 0
          ? t('run.stoppedAt', { step: failedStep(run) })
          : t(`runState.${row.state}`);
  const failed = row.state === 'failed' || row.state === 'unknown';
  const problem = pause.error ?? goOn.error ?? forget.error ?? save.error;
  const undone = run.steps.filter((each) => isDone(each) && each.can_undo);
  const standing = run.steps.filter((each) => isDone(each) && !each.can_undo);

  return (
    <div className="page">
      <PageHead
        icon={
          over ? (
            <ToneIcon tone={RUN_TONE[row.state]} size={20} />
          ) : (
            <ToneIcon tone={RUN_TONE[row.state]} size={20} />
          )
        }
        title={title}
        beside={
          <span data-testid="run-state" data-state={row.state}>
            <Pill tone={RUN_TONE[row.state]}>{pill}</Pill>
          </span>
        }
        under={
          <>
            <span title={row.id}>{t(`runKind.${row.kind}`)}</span>
            <span>·</span>
            <span title={format.exact(row.started_at)}>
              {t('run.startedBy', { time: format.whenShort(row.started_at), by: row.started_by })}
            </span>
            <span>·</span>
            <span className="num">{spell(Math.max(0, spent))}</span>
          </>
        }
        actions={
          <>
            {row.server && (
              <Button
                className="to-server"
                aria-label={t('run.toServer', { server: row.server_name })}
                leftSection={<IconServer2 size={16} />}
                onClick={() =>
                  void navigate({ to: '/servers/$server', params: { server: row.server ?? '' } })
                }
              >
                {row.server_name}
              </Button>
            )}
            {row.kind === 'server_provision' && over && may('provision_server') && (
              <Button
                variant={run.can.retry ? 'default' : 'filled'}
                leftSection={<IconReport size={16} />}
                onClick={() => void navigate({ to: '/runs/$run/report', params: { run: row.id } })}
                data-testid="to-report"
              >
                {t('report.title')}
              </Button>
            )}
            {run.can.pause && (
              <Button
                leftSection={<IconPlayerPause size={16} />}
                loading={pause.isPending}
                onClick={() => pause.mutate(null)}
                data-testid="run-pause"
              >
                {t('run.pause')}
              </Button>
            )}
            {run.can.undo && (
              <Button leftSection={<IconArrowBackUp size={16} />} onClick={() => setAsking('undo')}>
                {t('run.undo')}
              </Button>
            )}
            {run.can.cancel && (
              <Button className="warns" onClick={() => setAsking('cancel')}>
                {t('run.cancel')}
              </Button>
            )}
            {run.can.go_on && (
              <Button
                variant="filled"
                leftSection={<IconPlayerPlay size={16} />}
                loading={goOn.isPending}
                onClick={() => goOn.mutate(null)}
                data-testid="run-go-on"
              >
                {row.wish ? t('run.unwish') : t('run.goOn')}
              </Button>
            )}
            {run.can.retry && (
              <Button
                variant="filled"
                leftSection={<IconRefresh size={16} />}
                loading={retry.isPending}
                onClick={() => retry.mutate(null)}
                data-testid="run-retry"
              >
                {failed && run.steps.length > 1
                  ? t('run.retryStep', { step: failedStep(run) })
                  : t('run.retry')}
              </Button>
            )}
            {(run.can.forget || may('see_journal')) && (
              <Menu position="bottom-end" width={280}>
                <Menu.Target>
                  <Button aria-label={t('act.more')} px={7}>
                    <IconDots size={16} />
                  </Button>
                </Menu.Target>
                <Menu.Dropdown>
                  {may('see_journal') && (
                    <Menu.Item leftSection={<IconHistory size={16} />} onClick={toJournal}>
                      {t('run.journal')}
                    </Menu.Item>
                  )}
                  {run.can.forget && (
                    <Menu.Item leftSection={<IconKeyOff size={16} />} onClick={() => forget.mutate(null)}>
                      {t('run.forget')}
                    </Menu.Item>
                  )}
                </Menu.Dropdown>
              </Menu>
            )}
          </>
        }
      />
      <div className="run">
        <section className="run-plan" aria-label={t('run.plan')}>
          <header className="plan-head">
            <b className="strong">{t('run.plan')}</b>
            <span className="t3 num">{t('run.done', { done, count: run.steps.length })}</span>
            <span className="grow" />
            <span className="small t3 run-safe">{t('run.safe')}</span>
          </header>
          <div className="run-steps">
            <Plan
              label={t('run.plan')}
              steps={run.steps.map((each) => planStep(each, run, lines, progress, t, say))}
              chosen={step}
              onChoose={(n) => setStep((before) => (before === n ? null : n))}
            />
          </div>
          {!over && (
            <div className="run-leave">
              <b className="strong">{t('run.leave')}</b>
              <p className="small t2">
                {t('run.leaveText', { server: row.server_name ?? t('error.theServer') })}
              </p>
            </div>
          )}
        </section>
        <div className="run-trace">
          {failed && <Aftermath run={run} lines={lines} retryError={retry.error} />}
          {error != null && <ErrorView error={error} />}
          {problem && <ErrorView error={problem} />}
          <span className="vh" aria-live="polite">
            {row.state === 'running'
              ? `${pill}: ${say(run.steps.find((each) => each.state === 'running')?.intent)}`
              : pill}
          </span>
          <Trace
            rows={rows}
            live={!over && step === null}
            title={
              <>
                <b className="strong">{t('trace.label')}</b>
                <span className="t3">
                  {step !== null ? t('trace.step', { step: step + 1 }) : over ? null : t('trace.live')}
                </span>
              </>
            }
            tools={
              <Select
                size="xs"
                className="quiet-field"
                w={step === null ? 160 : 116}
                aria-label={t('trace.steps')}
                leftSection={<IconFilter size={14} />}
                value={step === null ? '' : String(step)}
                data={[
                  { value: '', label: t('trace.allSteps') },
                  ...run.steps.map((each) => ({
                    value: String(each.n),
                    label: t('trace.stepN', { step: each.n + 1 }),
                  })),
                ]}
                onChange={(value) => setStep(value ? Number(value) : null)}
              />
            }
            end={
              <>
                <Button
                  size="xs"
                  aria-label={t('trace.keep')}
                  title={t('trace.keep')}
                  loading={save.isPending}
                  onClick={() => save.mutate(null)}
                  px={6}
                >
                  <IconDeviceFloppy size={16} />
                </Button>
                <Button
                  size="xs"
                  aria-label={t('trace.save')}
                  title={t('trace.save')}
                  onClick={() =>
                    void copyText(asText(title, rows)).then((done) => done && toast(t('trace.saved')))
                  }
                  px={6}
                >
                  <IconCopy size={16} />
                </Button>
              </>
            }
            foot={t('trace.lines', { count: rows.length })}
          />
        </div>
      </div>
      <ConfirmDialog
        opened={asking === 'cancel' && run.can.cancel}
        onClose={close}
        title={t('run.cancelTitle', { title })}
        goes={t('run.cancelGoes')}
        stays={t('run.cancelStays')}
        undo={t('run.cancelUndo')}
        keep={t('run.cancelKeep')}
        act={t('run.cancelAct')}
        busy={cancel.isPending}
        onAct={() => cancel.mutate(null)}
        error={cancel.error ? <ErrorSentence error={cancel.error} /> : null}
      />
      <ConfirmDialog
        opened={asking === 'undo' && run.can.undo}
        onClose={close}
        title={t('run.undoTitle', { title })}
        goes={<StepList steps={[...undone].reverse()} />}
        stays={standing.length > 0 ? <StepList steps={standing} /> : t('run.undoStays')}
        undo={t('run.undoUndo')}
        keep={t('run.undoKeep')}
        act={t('run.undoAct', { count: undone.length })}
        busy={undo.isPending}
        onAct={() => undo.mutate(null)}
        error={undo.error ? <ErrorSentence error={undo.error} /> : null}
      />
    </div>
  );
}

type T = TFunction;

function isDone(step: StepView): boolean {
  return step.state === 'done' || step.state === 'already';
}

function StepList({ steps }: { steps: readonly StepView[] }) {
  const say = useWords();
  return (
    <ul className="step-list">
      {steps.map((step) => (
        <li key={step.n}>
          {step.n + 1}. {visible(say(step.intent))}
        </li>
      ))}
    </ul>
  );
}

/** The place of the step that failed, from 1. */
function failedStep(run: RunDetail): number {
  const failed = run.steps.find((step) => step.state === 'failed' || step.state === 'unknown');
  return failed ? failed.n + 1 : stepAtWork(run.row.step, run.row.steps);
}

function planStep(
  step: StepView,
  run: RunDetail,
  lines: readonly TraceLine[],
  progress: Progress | null,
  t: T,
  say: ReturnType<typeof useWords>,
): PlanStep {
  const now = step.state === 'running';
  const live = now && progress?.step === step.n ? progress : null;
  const time =
    step.started_at && step.ended_at
      ? duration(new Date(step.ended_at).getTime() - new Date(step.started_at).getTime())
      : undefined;
  return {
    n: step.n,
    tone: STEP_TONE[step.state],
    word: t(`stepState.${step.state}`),
    title: say(step.intent),
    detail: live?.doing
      ? visible(say(live.doing))
      : step.observation
        ? visible(reasonOf(say(step.observation), lines, step.n).text)
        : step.state === 'already'
          ? t('stepState.already')
          : null,
    time,
    now,
    failed: step.state === 'failed',
    percent: now ? (live ? live.percent : run.row.percent) : null,
  };
}

function Aftermath({
  run,
  lines,
  retryError,
}: {
  run: RunDetail;
  lines: readonly TraceLine[];
  retryError: unknown;
}) {
  const { t } = useTranslation();
  const say = useWords();
  const { aftermath, row } = run;
  const words = row.error
    ? errorWords(
        { ...row.error, params: { server: row.server_name ?? t('error.theServer'), ...row.error.params } },
        t,
      )
    : null;
  const tone = RUN_TONE[row.state];
  const happened = aftermath ? say(aftermath.happened) : (words?.happened ?? row.error?.message ?? '');
  const reason = reasonOf(happened, lines, failedStep(run) - 1);
  return (
    <section
      className="aftermath"
      data-tone={row.state === 'unknown' ? 'warn' : 'fail'}
      role="alert"
      data-testid="aftermath"
    >
      <h2>
        <ToneIcon tone={tone} size={18} />
        {words?.title ?? t(`runState.${row.state}`)}
      </h2>
      <div className="aftermath-columns">
        <div>
          <h3>{t('panel.happened')}</h3>
          <p>{visible(reason.text)}</p>
          {reason.log && <p className="t3">{t('run.theirLog', { log: reason.log })}</p>}
        </div>
        <div>
          <h3>{t('panel.changed')}</h3>
          <p>{aftermath ? say(aftermath.changed) : words?.changed}</p>
        </div>
        <div>
          <h3>{t('panel.todo')}</h3>
          <p>{aftermath ? say(aftermath.next) : words?.todo}</p>
        </div>
      </div>
      {retryError != null && <ErrorSentence error={retryError} />}
    </section>
  );
}

/** The trace as text. */
function asText(title: string, rows: readonly TraceRow[]): string {
  return `${title}\n\n${rows.map((row) => `${row.at} ${row.text}`).join('\n')}\n`;
}
