/** The bar at the foot: lock, network and last sweep, language, shortcuts. */

import { IconLock, IconSchool, IconWifi, IconWifiOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Status } from '../../shared/contract';
import { useOffline } from '../../shared/network';
import { Kbd } from '../../shared/parts/Words';
import { usePreferences } from '../../shared/preferences';
import { useLastSweep } from '../../shared/sweep';
import { useFormat, useLanguage } from '../../shared/useFormat';

type Open = Extract<Status, { state: 'open' }>;

export function StatusBar({ status, onShortcuts }: { status: Open; onShortcuts: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const offline = useOffline();
  const sweep = useLastSweep();
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
      <LanguageButton />
      <button type="button" onClick={onShortcuts}>
        <Kbd>?</Kbd>
        {t('status.shortcuts')}
      </button>
    </footer>
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
