/** A recovery key, shown once, and in force once a part of it was typed back. */
import { Button, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';
import { toast } from '../../shared/parts/toasts';
import { useChange } from '../../shared/queries';
import { useWords } from '../../shared/useWords';
import './accounts.css';

export function RecoveryKeyDialog({ password, onClose }: { password: string; onClose: () => void }) {
  const { t } = useTranslation();
  const say = useWords();
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({});
  const show = useChange((_: null) => ipc.accounts.newRecoveryKey(password));
  const asked = useRef(false);
  const { mutate } = show;
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    mutate(null);
  }, [mutate]);
  const keep = useChange(
    (_: null) =>
      ipc.accounts.confirmRecoveryKey(
        (show.data?.asked ?? []).map((place) => ({ place, group: typed[place] ?? '' })),
      ),
    () => {
      toast(t('me.keyKept'));
      onClose();
    },
  );
  const wrong = keep.error?.fields[0];
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('me.keyTitle')}
      size={580}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{t('me.keyLater')}</Button>
          <Button type="submit" form="recovery-key" variant="filled" loading={keep.isPending}>
            {t('me.keyAct')}
          </Button>
        </>
      }
    >
      {show.error && <ErrorSentence error={show.error} />}
      {show.data && (
        <form
          id="recovery-key"
          className="col"
          style={{ gap: 12 }}
          onSubmit={(event) => {
            event.preventDefault();
            keep.mutate(null);
          }}
        >
          <p className="t2">{t('me.keyText')}</p>
          <p className="shown-key" data-testid="recovery-key">
            {[...show.data.key.split('-').entries()].map(([place, group]) => (
              <span key={place}>
                <small>{place + 1}</small>
                {group}
              </span>
            ))}
          </p>
          <p className="strong">{t('me.keyTest')}</p>
          <div className="key-groups">
            {show.data.asked.map((place, index) => (
              <TextInput
                key={place}
                data-autofocus={index === 0 || undefined}
                className="mono"
                label={t('me.group', { place })}
                autoComplete="off"
                spellCheck={false}
                maxLength={4}
                value={typed[place] ?? ''}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  setTyped((before) => ({ ...before, [place]: value }));
                }}
              />
            ))}
          </div>
          {wrong ? (
            <p role="alert" className="error-sentence">
              {say(wrong.words)}
            </p>
          ) : (
            keep.error && <ErrorSentence error={keep.error} />
          )}
        </form>
      )}
    </Dialog>
  );
}
