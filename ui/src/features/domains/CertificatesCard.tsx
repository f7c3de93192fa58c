/** The certificates of a server, the shortest first. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Card } from '../../shared/parts/Card';
import { SkeletonRows } from '../../shared/parts/Loading';
import { ToneIcon } from '../../shared/parts/State';
import { queries } from '../../shared/queries';
import { certificateTone } from './certificates';

const MOST = 6;

export function CertificatesCard({ server }: { server: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(queries.domains(server));
  const sorted = (data?.domains ?? []).toSorted(
    (a, b) => (a.certificate_days ?? 9999) - (b.certificate_days ?? 9999),
  );
  return (
    <Card
      title={t('domains.certificates')}
      count={data?.domains.length}
      aside={
        sorted.length > MOST && (
          <Link to="/servers/$server/domains" params={{ server }} className="small">
            {t('act.all')}
          </Link>
        )
      }
    >
      {!data && <SkeletonRows />}
      {sorted.slice(0, MOST).map((domain) => (
        <div className="list-row" key={domain.name}>
          <ToneIcon tone={certificateTone(domain)} />
          <span className="code ell grow">{domain.name}</span>
          <span className="num t2">
            {domain.certificate_kind === 'selfsigned'
              ? t('domains.selfsigned')
              : domain.certificate_days == null
                ? '—'
                : t('time.days', { count: domain.certificate_days })}
          </span>
        </div>
      ))}
      {data && sorted.length === 0 && <p className="t3 small">{t('domains.none')}</p>}
    </Card>
  );
}
