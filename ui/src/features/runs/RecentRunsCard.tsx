/** The last runs on a server, on its overview. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Card } from '../../shared/parts/Card';
import { SkeletonRows } from '../../shared/parts/Loading';
import { queries } from '../../shared/queries';
import { RunTable } from './RunTable';

export function RecentRunsCard({ server }: { server: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(queries.runs({ server, limit: 5 }));
  return (
    <Card
      title={t('history.recent')}
      count={data?.total}
      aside={
        <Link to="/servers/$server/history" params={{ server }} className="small">
          {t('act.all')}
        </Link>
      }
      flush
    >
      {!data && <SkeletonRows />}
      {data?.rows.length === 0 && <p className="card-body t3">{t('runs.noneHere')}</p>}
      {data && data.rows.length > 0 && <RunTable runs={data.rows} inCard short />}
    </Card>
  );
}
