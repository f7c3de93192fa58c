/** The parts of what is done: all, open, scheduled, ended. */
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../shared/policy';
import { useFormat } from '../../shared/useFormat';

export function RunsTabs({
  tab,
  open,
  scheduled,
  missed,
}: {
  tab: 'all' | 'open' | 'scheduled' | 'ended';
  open: number;
  scheduled: number;
  missed: number;
}) {
  const { t } = useTranslation();
  const may = useMay();
  const { integer } = useFormat();
  const count = (n: number) => (n > 0 ? <span className="num">{integer(n)}</span> : null);
  const status = (mine: string) => ({ 'data-status': mine === tab ? 'active' : undefined });
  return (
    <nav className="server-tabs" aria-label={t('runs.title')}>
      <Link to="/runs" search={{}} {...status('all')}>
        {t('runs.tabAll')}
      </Link>
      <Link to="/runs" search={{ tab: 'open' }} {...status('open')}>
        {t('runs.tabOpen')} {count(open)}
      </Link>
      {may('manage_schedules') && (
        <Link to="/schedules" {...status('scheduled')}>
          {t('runs.tabScheduled')} {count(scheduled)}
          {missed > 0 && <span className="dot" title={t('schedule.missedN', { count: missed })} />}
        </Link>
      )}
      <Link to="/runs" search={{ tab: 'ended' }} {...status('ended')}>
        {t('runs.tabEnded')}
      </Link>
    </nav>
  );
}
