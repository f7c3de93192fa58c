/** The findings that need somebody. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Card } from '../../shared/parts/Card';
import { SkeletonRows } from '../../shared/parts/Loading';
import { State } from '../../shared/parts/State';
import { queries } from '../../shared/queries';
import { visible } from '../../shared/visible';
import { findingTone } from './tone';

export function DiagnosisCard({ server }: { server: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(queries.diagnosis(server));
  const errors = (data?.items ?? []).filter((item) => findingTone(item) === 'fail');
  const warnings = (data?.items ?? []).filter((item) => findingTone(item) === 'warn');
  return (
    <Card
      title={t('tab.diagnosis')}
      aside={
        <Link to="/servers/$server/diagnosis" params={{ server }} className="small">
          {t('act.open')}
        </Link>
      }
    >
      {!data && <SkeletonRows rows={1} />}
      {data && !data.ever_run && <p className="t3 small">{t('diagnosis.neverShort')}</p>}
      {data?.ever_run && errors.length + warnings.length === 0 && (
        <State tone="ok" word={t('diagnosis.clean')} />
      )}
      <div className="col" style={{ gap: 6 }}>
        {errors.length > 0 && <State tone="fail" word={t('diagnosis.errors', { count: errors.length })} />}
        {warnings.length > 0 && (
          <State tone="warn" word={t('diagnosis.warnings', { count: warnings.length })} />
        )}
        {[...errors, ...warnings].slice(0, 3).map((item) => (
          <p className="small t2" key={item.category + item.summary}>
            {visible(item.summary)}
          </p>
        ))}
      </div>
    </Card>
  );
}
