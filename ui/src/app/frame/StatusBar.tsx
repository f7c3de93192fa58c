/** The bar at the foot: lock, network and last sweep, language, shortcuts. */

import {
  IconLock,
  IconSchool,
  IconShieldCheck,
  IconShieldX,
  IconWifi,
  IconWifiOff,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Status } from '../../shared/contract';
import { ipc } from '../../shared/ipc';
import { useOffline } from '../../shared/network';
import { Kbd } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { usePreferences } from '../../shared/preferences';
import { queries, useChange } from '../../shared/queries';
import { useLastSweep } from '../../shared/sweep';
import { useFormat, useLanguage } from '../../shared/useFormat';

type Open = Extract<Status, { state: 'open' }>;

export function StatusBar({ status, onShortcuts }: { status: Open; onShortcuts: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const offline = useOffline();
  const sweep = useLastSweep();
  const may = useMay();
  return (
    <footer className="statusbar">
      <span>
        <IconLock aria-hidden />
        {t('status.encrypted')}
      </span>
      {status.workspace.training && (
        <span>
          <IconSchool aria-hidden />
          {t('status.training')}
        </span>
      )}
      {offline !== null ? (
        <span data-warn>
          <IconWifiOff aria-hidden />
          {t('status.offline', { time: format.clock(offline) })}
        </span>
      ) : (
        <span>
          <IconWifi aria-hidden />
          {t('status.online')}
          {sweep &&
            ` · ${t('status.sweep', { time: format.clock(sweep.at), answered: sweep.answered, count: sweep.all })}`}
        </span>
      )}
      <span className="grow" />
      {may('export_journal') && <JournalState key={status.workspace.id} />}
      <LanguageButton />
      <button type="button" onClick={onShortcuts}>
        <Kbd>?</Kbd>
        {t('status.shortcuts')}
      </button>
    </footer>
  );
}

/** Whether the journal holds: walked once after opening, and when somebody asks on its page. */
function JournalState() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, isSuccess } = useQuery(queries.journalState());
  const check = useChange((_: null) => ipc.journal.check());
  const { mutate, isIdle } = check;
  const unknown = isSuccess && data === null;
  useEffect(() => {
    if (unknown && isIdle) mutate(null);
  }, [unknown, isIdle, mutate]);
  if (!data) return check.isPending ? <span>{t('status.journalChecking')}</span> : null;
  return (
    <Link to="/journal" data-warn={data.fault ? true : undefined} data-testid="journal-state">
      {data.fault ? <IconShieldX aria-hidden /> : <IconShieldCheck aria-hidden />}
      {data.fault ? t('status.journalBroken') : t('status.journal', { time: format.clock(data.at) })}
    </Link>
  );
}

export function LanguageButton() {
  const { t } = useTranslation();
  const language = useLanguage();
  const [, change] = usePreferences();
  const other = language === 'fr' ? 'en' : 'fr';
  return (
    <button
      type="button"
      onClick={() => change({ language: other })}
      title={t('status.switchLanguage')}
      data-testid="language"
    >
      {language === 'fr' ? 'Français' : 'English'}
    </button>
  );
}
