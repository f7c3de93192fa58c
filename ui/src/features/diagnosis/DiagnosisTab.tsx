/** The diagnosis of a server: findings by category, worst first. */
import { Button } from '@mantine/core';
import { IconStethoscope } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Card } from '../../shared/parts/Card';
import { DoneBy } from '../../shared/parts/DoneBy';
import { SkeletonRows } from '../../shared/parts/Loading';
import { State } from '../../shared/parts/State';
import { EmptyState } from '../../shared/parts/Strip';
import { useMay } from '../../shared/policy';
import { queries, useChange } from '../../shared/queries';
import { TakenAt } from '../../shared/TakenAt';
import { useRunBegun } from '../../shared/useRunBegun';
import { visible } from '../../shared/visible';
import { findingTone, findingWord } from './tone';

export default function DiagnosisTab() {
  const { t } = useTranslation();
  const { server } = useParams({ from: '/servers/$server' });
  const { data, error } = useQuery(queries.diagnosis(server));
  const may = useMay();
  const [everything, setEverything] = useState(false);
  const begun = useRunBegun();
  const diagnose = useChange(
    (_: null) => ipc.servers.diagnose(server),
    (result) => begun(result.run, t('diagnosis.begun')),
  );
  if (error) return <ErrorView error={error} />;
  if (!data) return <SkeletonRows />;
  const act = may('edit_server') ? (
    <Button
      size={data.ever_run ? 'xs' : 'sm'}
      variant={data.ever_run ? 'default' : 'filled'}
      leftSection={<IconStethoscope size={14} />}
      loading={diagnose.isPending}
      onClick={() => diagnose.mutate(null)}
    >
      {t('diagnosis.run')}
    </Button>
  ) : null;
  if (!data.ever_run) {
    return (
      <EmptyState title={t('diagnosis.never')} ways={act}>
        {t('diagnosis.neverText')}
        {act === null && <DoneBy privilege="edit_server" what={t('diagnosis.run')} />}
      </EmptyState>
    );
  }
  const quiet = data.items.filter((item) => !['fail', 'warn'].includes(findingTone(item)));
  const shown = everything
    ? data.items
    : data.items.filter((item) => ['fail', 'warn'].includes(findingTone(item)));
  return (
    <>
      {diagnose.error && <ErrorView error={diagnose.error} />}
      <Card
        title={t('tab.diagnosis')}
        count={shown.length}
        aside={
          <>
            <TakenAt at={data.taken_at} />
            {act}
          </>
        }
        flush
      >
        {shown.length === 0 && (
          <div className="card-body">
            <State tone="ok" word={t('diagnosis.clean')} />
          </div>
        )}
        <ul className="findings">
          {shown.map((item) => (
            <li key={item.category + item.summary}>
              <State tone={findingTone(item)} word={t(`finding.${findingWord(item)}`)} />
              <span className="t3">{visible(item.category)}</span>
              <div>
                {visible(item.summary)}
                {item.details.length > 0 && (
                  <details>
                    <summary className="small link">
                      {t('diagnosis.details', { count: item.details.length })}
                    </summary>
                    {item.details.map((detail) => (
                      <p className="small t2" key={detail}>
                        {visible(detail)}
                      </p>
                    ))}
                  </details>
                )}
              </div>
            </li>
          ))}
        </ul>
        {quiet.length > 0 && (
          <div className="card-more">
            <button type="button" className="link small" onClick={() => setEverything((before) => !before)}>
              {everything ? t('diagnosis.less') : t('diagnosis.more', { count: quiet.length })}
            </button>
          </div>
        )}
      </Card>
    </>
  );
}
