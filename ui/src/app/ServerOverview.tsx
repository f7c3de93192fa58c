/** A server's overview: cards of several features, put together here because features do not know each other. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { AppsCard } from '../features/apps/AppsCard';
import { DiagnosisCard } from '../features/diagnosis/DiagnosisCard';
import { CertificatesCard } from '../features/domains/CertificatesCard';
import { RecentRunsCard } from '../features/runs/RecentRunsCard';
import { FactsCard } from '../features/servers/FactsCard';
import { ServicesCard } from '../features/services/ServicesCard';
import { useMay } from '../shared/policy';
import { queries } from '../shared/queries';

export default function ServerOverview() {
  const { server } = useParams({ from: '/servers/$server' });
  const may = useMay();
  const detail = useQuery(queries.server(server));
  if (!detail.data) return null;
  const reachable = detail.data.row.state !== 'unreachable' && detail.data.row.state !== 'stop';
  return (
    <div className="columns">
      <div>
        {may('see_apps') && <AppsCard server={server} run={detail.data.row.run} canInstall={reachable} />}
        {may('see_runs') && <RecentRunsCard server={server} />}
        {may('see_services') && <ServicesCard server={server} />}
      </div>
      <div>
        <FactsCard server={detail.data} />
        {may('see_domains') && <CertificatesCard server={server} />}
        {may('see_services') && <DiagnosisCard server={server} />}
      </div>
    </div>
  );
}
