/** The sheet of shortcuts, key ?. */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useCommandList } from '../shared/commands';
import { Dialog } from '../shared/parts/Dialog';
import { Kbd } from '../shared/parts/Words';
import { Keys } from './palette/Palette';

export default function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const commands = useCommandList().filter((command) => command.keys);
  const lists: [string, string][] = [
    ['↑ ↓', t('shortcuts.move')],
    ['Home End', t('shortcuts.ends')],
    ['Enter', t('shortcuts.open')],
    ['Space', t('shortcuts.select')],
    ['Shift ↑↓', t('shortcuts.selectRange')],
    ['Ctrl A', t('shortcuts.selectAll')],
    ['Esc', t('shortcuts.escape')],
    ['Ctrl ↵', t('shortcuts.submit')],
    ['Ctrl F', t('shortcuts.find')],
  ];
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('shortcuts.title')}
      size={620}
      footer={
        <>
          <span className="grow small t3">{t('shortcuts.fields')}</span>
          <Button data-autofocus onClick={onClose}>
            {t('act.close')}
          </Button>
        </>
      }
    >
      <div className="sheet">
        <dl>
          {commands.map((command) => (
            <div key={command.id}>
              <dt>{command.title}</dt>
              <dd>
                <Keys keys={command.keys ?? ''} />
              </dd>
            </div>
          ))}
        </dl>
        <dl>
          {lists.map(([keys, does]) => (
            <div key={keys}>
              <dt>{does}</dt>
              <dd>
                <Kbd>{keys}</Kbd>
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
