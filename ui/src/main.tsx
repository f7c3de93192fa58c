/** Where the interface begins. */
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './shared/theme.css';
import './shared/base.css';
import './shared/parts/marks.css';
import './shared/parts/surfaces.css';
import './shared/parts/tables.css';
import './shared/parts/forms.css';
import './shared/parts/runs.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { firstLanguage, startI18n } from './shared/i18n';
import { recall } from './shared/preferences';

async function start(): Promise<void> {
  if (import.meta.env.MODE === 'fake') {
    const { installFake } = await import('./dev/fake');
    installFake();
  }
  startI18n(firstLanguage(recall('towerify-language'), navigator.languages));
  const root = document.getElementById('root');
  if (root) createRoot(root).render(<App />);
}

void start();
