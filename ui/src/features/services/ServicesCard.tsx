/** The services of a server in a glance: what is down first. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Card } from '../../shared/parts/Card';
import { SkeletonRows } from '../../shared/parts/Loading';
import { ToneIcon } from '../../shared/parts/State';
import { queries } from '../../shared/queries';
import { byTrouble, serviceTone } from './status';

const MOST = 12;

export function ServicesCard({ server }: { server: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(queries.services(server));
  const sorted = (data?.services ?? []).toSorted(byTrouble);
  const down = sorted.filter((service) => serviceTone(service) !== 'ok').length;
  return (
    <Card
      title={t('tab.services')}
      count={data && <span className="small">{t('services.sum', { up: sorted.length - down, down })}</span>}
      aside={
        <Link to="/servers/$server/services" params={{ server }} className="small">
          {t('services.all')}
        </Link>
      }
    >
      {!data && <SkeletonRows rows={1} />}
      <div className="service-flow">
        {sorted.slice(0, MOST).map((service) => (
          <span key={service.name} className="row" title={service.description}>
            <ToneIcon tone={serviceTone(service)} />
            <span className="code">{service.name}</span>
            {serviceTone(service) !== 'ok' && (
              <span className="small t3">
                {t(`serviceState.${serviceTone(service) === 'fail' ? 'failed' : 'stopped'}`)}
              </span>
            )}
          </span>
        ))}
      </div>
    </Card>
  );
}
