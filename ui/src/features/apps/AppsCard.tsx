/** The apps of a server, on its overview. */
import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { RunBrief } from '../../shared/contract';
import { ErrorView } from '../../shared/ErrorView';
import { Card } from '../../shared/parts/Card';
import { SkeletonRows } from '../../shared/parts/Loading';
import { useMay } from '../../shared/policy';
import { queries } from '../../shared/queries';
import { AppTable } from './AppTable';

export function AppsCard({
  server,
  canInstall,
}: {
  server: string;
  run: RunBrief | null;
  canInstall: boolean;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  const { data, error } = useQuery(queries.apps(server));
  const detail = useQuery(queries.server(server));
  if (error) return <ErrorView error={error} />;
  return (
    <Card
      title={t('tab.apps')}
      count={data?.apps.length}
      flush
      aside={
        canInstall &&
        may('install_app') && (
          <Button
            size="xs"
            leftSection={<IconPlus size={14} />}
            onClick={() => void navigate({ to: '/servers/$server/install', params: { server } })}
          >
            {t('server.install')}
          </Button>
        )
      }
    >
      {!data && <SkeletonRows rows={4} />}
      {data?.apps.length === 0 && (
        <div className="card-body">
          <b className="strong">{t('apps.none')}</b>
          <p className="small t3">{t('apps.noneText')}</p>
        </div>
      )}
      {data && data.apps.length > 0 && detail.data && (
        <AppTable
          server={{ id: server, name: detail.data.row.name, domain: detail.data.row.domain }}
          apps={data.apps}
          acts={canInstall}
        />
      )}
    </Card>
  );
}
