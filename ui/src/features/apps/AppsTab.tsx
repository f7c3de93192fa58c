/** The apps of a server, whole: open, upgrade, remove, install. */
import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorView } from '../../shared/ErrorView';
import { plain } from '../../shared/format';
import { Card } from '../../shared/parts/Card';
import { TextFilter } from '../../shared/parts/Filters';
import { SkeletonRows } from '../../shared/parts/Loading';
import { EmptyState, NothingFound } from '../../shared/parts/Strip';
import { useMay } from '../../shared/policy';
import { queries } from '../../shared/queries';
import { TakenAt } from '../../shared/TakenAt';
import { AppTable } from './AppTable';

export default function AppsTab() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { server } = useParams({ from: '/servers/$server' });
  const { data, error } = useQuery(queries.apps(server));
  const detail = useQuery(queries.server(server));
  const may = useMay();
  const [text, setText] = useState('');
  if (error) return <ErrorView error={error} />;
  if (!data || !detail.data) return <SkeletonRows rows={6} />;
  const { row } = detail.data;
  const installs = may('install_app');
  const reachable = row.state !== 'unreachable' && row.state !== 'stop';
  const install = (
    <Button
      size={data.apps.length > 0 ? 'xs' : 'sm'}
      variant={data.apps.length > 0 ? 'default' : 'filled'}
      leftSection={<IconPlus size={14} />}
      onClick={() => void navigate({ to: '/servers/$server/install', params: { server } })}
    >
      {t('server.install')}
    </Button>
  );
  if (data.apps.length === 0) {
    return (
      <EmptyState title={t('apps.none')} ways={reachable && installs ? <div>{install}</div> : null}>
        {t('apps.noneText')}
      </EmptyState>
    );
  }
  const rows = data.apps.filter((app) =>
    plain(`${app.label} ${app.id} ${app.address ?? ''}`).includes(plain(text)),
  );
  return (
    <Card
      title={t('tab.apps')}
      count={data.apps.length}
      flush
      aside={
        <>
          <TakenAt at={data.taken_at} />
          {data.apps.length > 8 && (
            <TextFilter width={180} value={text} onChange={setText} placeholder={t('apps.filter')} />
          )}
          {reachable && installs && install}
        </>
      }
    >
      {rows.length === 0 ? (
        <NothingFound title={t('apps.nothing')} onClear={() => setText('')}>
          {t('apps.hidden', { count: data.apps.length })}
        </NothingFound>
      ) : (
        <AppTable
          server={{ id: server, name: row.name, domain: row.domain }}
          apps={rows}
          acts={reachable}
          whole
        />
      )}
    </Card>
  );
}
