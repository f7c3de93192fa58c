/** To give an entry (degree 2: what it lets its owner do is read first), and to take one away (degree 2). */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Words } from '../../shared/contract';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Facts } from '../../shared/parts/Card';
import { ConfirmDialog, Dialog } from '../../shared/parts/Dialog';
import { useChange } from '../../shared/queries';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import type { Line } from './lines';

interface Props {
  line: Line | null;
  onClose: () => void;
  onBegun: (run: string) => void;
}

export function GiveEntry({ line, difference, onClose, onBegun }: Props & { difference: Words }) {
  const { t } = useTranslation();
  const say = useWords();
  const give = useChange(
    (to: Line) => ipc.gates.install(to.server.id, to.account.id),
    (begun) => {
      close();
      onBegun(begun.run);
    },
  );
  const close = () => {
    give.reset();
    onClose();
  };
  const why = give.error?.fields[0];
  return (
    <Dialog
      opened={line !== null}
      onClose={close}
      size={580}
      title={t('entry.giveTitle', { name: line?.account.name ?? '', server: line?.server.name ?? '' })}
      footer={
        <>
          <span className="grow" />
          <Button data-autofocus onClick={close}>
            {t('act.notNow')}
          </Button>
          <Button variant="filled" loading={give.isPending} onClick={() => line && give.mutate(line)}>
            {t('entry.giveAct')}
          </Button>
        </>
      }
    >
      <Facts
        width={90}
        facts={[
          [t('entry.added'), t('entry.addedText')],
          [t('entry.may'), t('entry.mayText')],
          [t('entry.mayNot'), t('entry.mayNotText')],
          [t('dialog.undo'), t('entry.undo')],
        ]}
      />
      <p className="entry-difference small t2">{say(difference)}</p>
      {give.error && (
        <div className="dialog-error">
          {why ? (
            <span role="alert" className="error-sentence">
              {visible(say(why.words))}
            </span>
          ) : (
            <ErrorSentence error={give.error} />
          )}
        </div>
      )}
    </Dialog>
  );
}

export function TakeEntry({ line, onClose, onBegun }: Props) {
  const { t } = useTranslation();
  const take = useChange(
    (from: Line) => ipc.gates.remove(from.server.id, from.account.id),
    (begun) => {
      close();
      onBegun(begun.run);
    },
  );
  const close = () => {
    take.reset();
    onClose();
  };
  const names = { name: line?.account.name ?? '', server: line?.server.name ?? '' };
  return (
    <ConfirmDialog
      opened={line !== null}
      onClose={close}
      size={520}
      title={t('entry.takeTitle', names)}
      goes={t('entry.takeGoes', { name: names.name, account: line?.gate?.system_user ?? '' })}
      stays={t('entry.takeStays')}
      undo={t('entry.takeUndo')}
      keep={t('entry.takeKeep')}
      act={t('entry.takeAct')}
      busy={take.isPending}
      onAct={() => line && take.mutate(line)}
      error={take.error ? <ErrorSentence error={take.error} /> : null}
    />
  );
}
