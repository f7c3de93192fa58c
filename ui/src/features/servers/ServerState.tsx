/** A server's state in a list: icon, word, since when; a run covers it with its bar. */
import { useTranslation } from 'react-i18next';
import type { ServerRow } from '../../shared/contract';
import { State } from '../../shared/parts/State';
import { useMay } from '../../shared/policy';
import { percentNow, useProgress } from '../../shared/progress';
import { SERVER_TONE, stepAtWork } from '../../shared/states';
import { type Formats, useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';

export function sinceText(row: ServerRow, format: Formats): string | null {
  if (!row.since) return null;
  return row.state === 'unreachable' || row.state === 'fail'
    ? format.outage(row.since)
    : format.age(row.since);
}

export function ServerStateCell({ row }: { row: ServerRow }) {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const may = useMay();
  const said = useProgress(row.run?.id);
  if (row.run) {
    const percent = percentNow(said, row.run.step, row.run.percent);
    return (
      <State
        tone="run"
        word={t(`runKind.${row.run.kind}`)}
        percent={percent}
        since={percent == null ? null : `${percent}\u00a0%`}
        title={t('servers.stepOf', { step: stepAtWork(row.run.step, row.run.steps), count: row.run.steps })}
      />
    );
  }
  if (row.state === 'stop' && !may('accept_host_key')) {
    return <State tone="warn" word={t('state.checking')} since={sinceText(row, format)} />;
  }
  const reason = row.reasons.map((each) => say(each.words)).join('\n');
  return (
    <State
      tone={SERVER_TONE[row.state]}
      word={t(`state.${row.state}`)}
      since={sinceText(row, format)}
      title={[reason, row.since ? format.exact(row.since) : ''].filter(Boolean).join('\n')}
    />
  );
}

/** "glycines-02, key changed, for 6 hours". */
export function useRowLabel(): (row: ServerRow) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (row) => {
    const state = row.run ? t(`runKind.${row.run.kind}`) : t(`state.${row.state}`);
    const since = row.run ? null : sinceText(row, format);
    return since
      ? t('servers.rowLabel', { name: row.name, state: state.toLowerCase(), since })
      : `${row.name}, ${state.toLowerCase()}`;
  };
}
