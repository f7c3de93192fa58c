/** Settings: language, theme, density, keys; where the workspace is kept. */
import { Button, SegmentedControl, Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorSentence } from '../../shared/ErrorView';
import { firstLanguage, LANGUAGES } from '../../shared/i18n';
import { ipc } from '../../shared/ipc';
import { Card, Facts } from '../../shared/parts/Card';
import { ConfirmDialog } from '../../shared/parts/Dialog';
import { PageHead } from '../../shared/parts/PageHead';
import { CopyButton } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { usePreferences } from '../../shared/preferences';
import { useChange } from '../../shared/queries';
import { useStatus } from '../../shared/useStatus';
import './settings.css';

const THEMES = ['system', 'light', 'dark'] as const;
const DENSITIES = ['compact', 'normal', 'comfortable'] as const;

export default function SettingsPage() {
  const { t } = useTranslation();
  const status = useStatus();
  const [preferences, change] = usePreferences();
  const may = useMay();
  const [afresh, setAfresh] = useState(false);
  const restart = useChange(
    (_: null) => ipc.workspace.trainingAfresh(),
    () => setAfresh(false),
  );
  useCrumbs([{ label: t('nav.workspace') }, { label: t('nav.settings') }]);
  const language = firstLanguage(preferences.language, navigator.languages);
  return (
    <div className="page">
      <PageHead title={t('nav.settings')} />
      <div className="page-scroll">
        <div className="settings">
          <Card title={t('settings.look')}>
            <div className="setting">
              <span id="set-language">{t('settings.language')}</span>
              <SegmentedControl
                withItemsBorders={false}
                aria-labelledby="set-language"
                size="xs"
                value={language}
                data={LANGUAGES.map((each) => ({
                  value: each,
                  label: each === 'fr' ? 'Français' : 'English',
                }))}
                onChange={(value) => change({ language: value === 'fr' ? 'fr' : 'en' })}
              />
            </div>
            <div className="setting">
              <span id="set-theme">{t('settings.theme')}</span>
              <SegmentedControl
                withItemsBorders={false}
                aria-labelledby="set-theme"
                size="xs"
                value={preferences.theme}
                data={THEMES.map((each) => ({ value: each, label: t(`theme.${each}`) }))}
                onChange={(value) => change({ theme: THEMES.find((each) => each === value) ?? 'system' })}
              />
            </div>
            <div className="setting">
              <span id="set-density">{t('settings.density')}</span>
              <SegmentedControl
                withItemsBorders={false}
                aria-labelledby="set-density"
                size="xs"
                value={preferences.density}
                data={DENSITIES.map((each) => ({ value: each, label: t(`density.${each}`) }))}
                onChange={(value) =>
                  change({ density: DENSITIES.find((each) => each === value) ?? 'normal' })
                }
              />
            </div>
            <div className="setting">
              <label htmlFor="set-keys">
                {t('settings.keys')}
                <span className="small t3 block">{t('settings.keysHelp')}</span>
              </label>
              <Switch
                id="set-keys"
                size="sm"
                checked={preferences.single_keys}
                onChange={(event) => change({ single_keys: event.currentTarget.checked })}
              />
            </div>
          </Card>
          {status && (
            <Card title={t('settings.workspace')}>
              <Facts
                width={110}
                facts={[
                  [t('settings.name'), status.workspace.name],
                  [t('settings.account'), `${status.account.name}, ${t(`role.${status.account.role}`)}`],
                  [
                    t('settings.place'),
                    <span key="place" className="row">
                      <span className="code" data-testid="workspace-folder">
                        {status.workspace.folder}
                      </span>
                      <CopyButton value={status.workspace.folder} />
                    </span>,
                  ],
                  [t('settings.encryption'), t('settings.encryptionText')],
                ]}
              />
            </Card>
          )}
          {status?.workspace.training && may('manage_workspace') && (
            <Card title={t('settings.training')}>
              <p className="t2">{t('settings.trainingText')}</p>
              <Button mt={10} onClick={() => setAfresh(true)}>
                {t('settings.afresh')}
              </Button>
            </Card>
          )}
        </div>
      </div>
      <ConfirmDialog
        opened={afresh}
        onClose={() => setAfresh(false)}
        title={t('settings.afreshTitle')}
        goes={t('settings.afreshGoes')}
        stays={t('settings.afreshStays')}
        undo={t('settings.afreshUndo')}
        keep={t('settings.afreshKeep')}
        act={t('settings.afreshAct')}
        busy={restart.isPending}
        onAct={() => restart.mutate(null)}
        error={restart.error ? <ErrorSentence error={restart.error} /> : null}
      />
    </div>
  );
}
