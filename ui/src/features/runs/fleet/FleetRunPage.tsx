/** One change on many servers: its waves at the left, what became of each server at the right. */
import { Button } from '@mantine/core';
import {
  IconEye,
  IconListCheck,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconShieldCheck,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FleetDetail, MemberState } from '../../../shared/contract';
import { useCrumbs } from '../../../shared/crumbs';
import { ErrorSentence, ErrorView } from '../../../shared/ErrorView';
import { spell } from '../../../shared/format';
import { ipc } from '../../../shared/ipc';
import { ConfirmDialog } from '../../../shared/parts/Dialog';
import { FilterChip } from '../../../shared/parts/Filters';
import { SkeletonRows } from '../../../shared/parts/Loading';
import { PageHead } from '../../../shared/parts/PageHead';
import { Bar, ToneIcon } from '../../../shared/parts/State';
import { NothingFound, Strip } from '../../../shared/parts/Strip';
import { Pill, Tag } from '../../../shared/parts/Words';
import { queries, useChange } from '../../../shared/queries';
import { FLEET_TONE, isFleetOver } from '../../../shared/states';
import { useFormat, useSecond } from '../../../shared/useFormat';
import { useWords } from '../../../shared/useWords';
import { visible } from '../../../shared/visible';
import { MemberTable } from './MemberTable';
import { ENDED, FAILED, inStates, TAKES } from './order';
import '../runs.css';

const MEMBER_STATES: readonly MemberState[] = [
  'failed',
  'unknown',
  'running',
  'waiting',
  'done',
  'nothing',
  'cancelled',
  'left',
];

export default function FleetRunPage() {
  const { fleet } = useParams({ from: '/runs/fleet/$fleet' });
  const detail = useQuery(queries.fleet(fleet));
  if (detail.error) {
    return (
      <div className="page-scroll">
        <ErrorView error={detail.error} />
      </div>
    );
  }
  return detail.data ? <Page key={detail.data.row.id} run={detail.data} /> : <SkeletonRows rows={6} />;
}

function Page({ run }: { run: FleetDetail }) {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const navigate = useNavigate();
  const { row } = run;
  const over = isFleetOver(row.state);
  const title = say(row.title);
  const [states, setStates] = useState<MemberState[]>([]);
  const [asking, setAsking] = useState<'cancel' | 'real' | null>(null);
  useCrumbs([{ label: t('nav.fleet') }, { label: t('runs.title'), to: '/runs' }, { label: title }]);
  const close = () => setAsking(null);
  const pause = useChange((_: null) => ipc.fleet.pause(row.id));
  const goOn = useChange((_: null) => ipc.fleet.goOn(row.id));
  const cancel = useChange((_: null) => ipc.fleet.cancel(row.id), close);
  const retry = useChange((_: null) => ipc.fleet.retryFailed(row.id));
  const real = useChange(
    (_: null) => ipc.fleet.begin({ order: { ...run.order, dry: false } }),
    (begun) => {
      close();
      void navigate({ to: '/runs/fleet/$fleet', params: { fleet: begun.fleet } });
    },
  );
  const now = useSecond(!over);
  const spent = new Date(row.ended_at ?? now).getTime() - new Date(row.started_at).getTime();
  const ended = inStates(row.counts, ENDED);
  const failed = inStates(row.counts, FAILED);
  const would = inStates(row.counts, ['done']);
  const tone = row.state === 'done' && failed > 0 ? 'warn' : FLEET_TONE[row.state];
  const members = run.members.filter((member) => states.length === 0 || states.includes(member.state));
  // A user's password was never kept: without it, looking can't become doing.
  const canReal = row.dry && over && would > 0 && run.order.change.kind !== 'create_user';
  const problem = pause.error ?? goOn.error ?? retry.error;

  return (
    <div className="page">
      <PageHead
        icon={<ToneIcon tone={over ? tone : row.state === 'paused' ? 'off' : 'run'} size={20} />}
        title={title}
        beside={
          <>
            {row.dry && <Tag>{t('fleetRun.dry')}</Tag>}
            <span data-testid="fleet-state" data-state={row.state}>
              <Pill tone={tone}>
                {row.state === 'running'
                  ? t('fleetRun.wave', { wave: row.wave, count: row.waves })
                  : t(`fleetState.${row.state}`)}
              </Pill>
            </span>
          </>
        }
        under={
          <>
            <span>{t('servers.nServers', { count: row.servers })}</span>
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
            {run.can_pause && (
              <Button
                leftSection={<IconPlayerPause size={16} />}
                loading={pause.isPending}
                onClick={() => pause.mutate(null)}
              >
                {t('fleetRun.pause')}
              </Button>
            )}
            {run.can_cancel && (
              <Button className="warns" onClick={() => setAsking('cancel')}>
                {t('run.cancel')}
              </Button>
            )}
            {run.can_go_on && (
              <Button
                variant={run.can_retry > 0 ? 'default' : 'filled'}
                leftSection={<IconPlayerPlay size={16} />}
                loading={goOn.isPending}
                onClick={() => goOn.mutate(null)}
              >
                {t('run.goOn')}
              </Button>
            )}
            {run.can_retry > 0 && (
              <Button
                variant="filled"
                leftSection={<IconRefresh size={16} />}
                loading={retry.isPending}
                onClick={() => retry.mutate(null)}
                data-testid="retry-failed"
              >
                {t('fleetRun.retry', { count: run.can_retry })}
              </Button>
            )}
            {canReal && (
              <Button
                variant="filled"
                leftSection={<IconListCheck size={16} />}
                onClick={() => setAsking('real')}
                data-testid="for-real"
              >
                {t('fleetRun.real', { count: would })}
              </Button>
            )}
          </>
        }
      />
      {(problem || run.because || row.dry) && (
        <div className="offline-strip">
          {problem && <ErrorView error={problem} />}
          {run.because && (
            <Strip tone={row.state === 'stopped' ? 'warn' : 'off'} strong={visible(say(run.because))}>
              {row.state === 'stopped' && t('fleetRun.stoppedText')}
            </Strip>
          )}
          {row.dry && !run.because && (
            <Strip tone="off" icon={<IconEye />} strong={t('fleetRun.dryStrong')}>
              {t('fleetRun.dryText')}
            </Strip>
          )}
        </div>
      )}
      <div className="run fleet-run">
        <section className="run-plan" aria-label={t('fleetRun.waves')}>
          <header className="plan-head">
            <b className="strong">{t('fleetRun.waves')}</b>
            <span className="t3 num">{t('run.done', { done: ended, count: row.servers })}</span>
          </header>
          <div className="run-steps">
            <ol className="plan">
              {run.waves.map((wave) => {
                const done = inStates(wave.counts, ENDED);
                const bad = inStates(wave.counts, FAILED);
                const begun = wave.n <= row.wave && (done > 0 || inStates(wave.counts, ['running']) > 0);
                const all = done === wave.servers;
                return (
                  <li
                    key={wave.n}
                    data-now={(begun && !all && !over) || undefined}
                    data-todo={!begun || undefined}
                  >
                    <ToneIcon tone={all ? (bad > 0 ? 'warn' : 'ok') : begun && !over ? 'run' : 'todo'} />
                    <span className="plan-n num">{wave.n}</span>
                    <div className="plan-what">
                      <span className="plan-title">{t('servers.nServers', { count: wave.servers })}</span>
                      <div className="plan-detail">
                        {wave.counts
                          .filter((each) => each.count > 0)
                          .map((each) =>
                            t(`memberSum.${row.dry && each.state === 'done' ? 'would' : each.state}`, {
                              count: each.count,
                            }),
                          )
                          .join(', ')}
                      </div>
                      {begun && !all && (
                        <div className="plan-progress">
                          <Bar percent={(done / Math.max(1, wave.servers)) * 100} />
                        </div>
                      )}
                    </div>
                    <span />
                  </li>
                );
              })}
            </ol>
          </div>
          <div className="run-leave">
            <b className="strong">
              <IconShieldCheck size={14} aria-hidden /> {run.stop ? say(run.stop) : t('fleetRun.noStop')}
            </b>
            {!over && <p className="small t2">{t('fleetRun.leave')}</p>}
          </div>
        </section>
        <div className="run-trace">
          <div className="filters" style={{ padding: '6px 14px' }}>
            <b className="strong">{t('fleetRun.results')}</b>
            <FilterChip
              field={t('servers.state')}
              all={t('filter.all')}
              chosen={states}
              options={MEMBER_STATES.map((state) => ({
                value: state,
                label: t(`memberState.${state}`),
                count: inStates(row.counts, [state]),
              })).filter((option) => option.count > 0)}
              onChange={(chosen) => setStates(MEMBER_STATES.filter((state) => chosen.includes(state)))}
            />
          </div>
          <span className="vh" aria-live="polite">
            {t('run.done', { done: ended, count: row.servers })}
          </span>
          {members.length === 0 ? (
            <NothingFound title={t('servers.nothing')} onClear={() => setStates([])}>
              {t('servers.hidden', { count: run.members.length })}
            </NothingFound>
          ) : (
            <MemberTable members={members} dry={row.dry} />
          )}
        </div>
      </div>
      <ConfirmDialog
        opened={asking === 'cancel'}
        onClose={close}
        title={t('run.cancelTitle', { title })}
        goes={t('fleetRun.cancelGoes')}
        stays={t('fleetRun.cancelStays')}
        undo={t('fleetRun.cancelUndo')}
        keep={t('run.cancelKeep')}
        act={t('run.cancelAct')}
        busy={cancel.isPending}
        onAct={() => cancel.mutate(null)}
        error={cancel.error ? <ErrorSentence error={cancel.error} /> : null}
      />
      <ConfirmDialog
        opened={asking === 'real'}
        onClose={close}
        title={t('fleetRun.realTitle', { title })}
        goes={t(`fleetRun.goes.${run.order.change.kind}`)}
        stays={t('fleetRun.realStays')}
        undo={t(TAKES.includes(run.order.change.kind) ? 'fleetRun.realUndoNo' : 'fleetRun.realUndo')}
        keep={t('act.notNow')}
        act={t('fleetRun.real', { count: would })}
        busy={real.isPending}
        onAct={() => real.mutate(null)}
        error={real.error ? <ErrorSentence error={real.error} /> : null}
      />
    </div>
  );
}
