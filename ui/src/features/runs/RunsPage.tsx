/** Every run of the workspace, newest first: found again after leaving its page or restarting the program. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunState } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { plain } from '../../shared/format';
import { FilterChip, TextFilter } from '../../shared/parts/Filters';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { EmptyState, NothingFound } from '../../shared/parts/Strip';
import { queries } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { RunTable } from './RunTable';

const STATES: readonly RunState[] = ['running', 'waiting', 'failed', 'unknown', 'done', 'cancelled'];
const MOST = 2000;

export default function RunsPage() {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const [states, setStates] = useState<RunState[]>([]);
  const [text, setText] = useState('');
  useCrumbs([{ label: t('nav.fleet') }, { label: t('runs.title') }]);
  const { data, error } = useQuery(queries.runs({ states, limit: MOST }));
  const rows = (data?.rows ?? []).filter((row) =>
    plain(`${say(row.title)} ${row.server_name ?? ''} ${row.started_by}`).includes(plain(text)),
  );
  const clear = () => {
    setStates([]);
    setText('');
  };
  const filtered = states.length > 0 || text !== '';
  return (
    <div className="page">
      <PageHead
        title={t('runs.title')}
        count={data && data.total > 0 ? format.integer(data.total) : undefined}
      />
      {error && (
        <div className="page-scroll">
          <ErrorView error={error} />
        </div>
      )}
      {!data && !error && <SkeletonRows rows={6} />}
      {data && data.total === 0 && !filtered && (
        <EmptyState title={t('runs.none')}>{t('runs.noneText')}</EmptyState>
      )}
      {data && (data.total > 0 || filtered) && (
        <>
          <div className="filters">
            <TextFilter value={text} onChange={setText} placeholder={t('runs.filter')} />
            <FilterChip
              field={t('servers.state')}
              all={t('filter.all')}
              chosen={states}
              options={STATES.map((state) => ({ value: state, label: t(`runState.${state}`) }))}
              onChange={(chosen) => setStates(STATES.filter((state) => chosen.includes(state)))}
            />
          </div>
          {rows.length === 0 ? (
            <NothingFound title={t('runs.nothing')} onClear={clear}>
              {t('runs.hidden')}
            </NothingFound>
          ) : (
            <RunTable runs={rows} withServer />
          )}
        </>
      )}
    </div>
  );
}
