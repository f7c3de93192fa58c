/** What surrounds the screens before a workspace is open: a quiet page, language and theme at its foot. */
import { IconLanguage, IconSunMoon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../../shared/preferences';
import { useLanguage } from '../../shared/useFormat';

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const;

export function Outside({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [preferences, change] = usePreferences();
  return (
    <div className="outside">
      <main>{children}</main>
      <footer className="statusbar">
        <button
          type="button"
          title={t('status.switchLanguage')}
          data-testid="language"
          onClick={() => change({ language: language === 'fr' ? 'en' : 'fr' })}
        >
          <IconLanguage aria-hidden />
          {language === 'fr' ? 'Français' : 'English'}
        </button>
        <button type="button" data-testid="theme" onClick={() => change({ theme: NEXT[preferences.theme] })}>
          <IconSunMoon aria-hidden />
          {t(`themeLong.${preferences.theme}`)}
        </button>
        <span className="grow" />
        <span>Towerify {__VERSION__}</span>
      </footer>
    </div>
  );
}
