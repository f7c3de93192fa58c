/**
 * Dialogs, only for a decision. Focus starts on the safe button, never on the destructive one.
 * Degree 2 says what goes, what stays, and whether it can be undone; degree 3 also asks for a typed name.
 */
import { Button, Modal, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Facts } from './Card';

interface DialogProps {
  opened: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  footer: ReactNode;
  size?: number;
  /** A tinted head, for a hard stop. */
  head?: ReactNode;
  closeButton?: boolean;
}

export function Dialog({
  opened,
  onClose,
  title,
  children,
  footer,
  size = 440,
  head,
  closeButton,
}: DialogProps) {
  const { t } = useTranslation();
  return (
    <Modal.Root
      radius="xl"
      transitionProps={{ transition: 'fade', duration: 160 }}
      opened={opened}
      onClose={onClose}
      size={size}
      centered
    >
      <Modal.Overlay backgroundOpacity={0.35} blur={0} />
      <Modal.Content>
        {head ?? (
          <header className="dialog-head">
            <Modal.Title>{title}</Modal.Title>
            {closeButton && (
              <button type="button" className="dialog-x" aria-label={t('act.close')} onClick={onClose}>
                <IconX size={18} />
              </button>
            )}
          </header>
        )}
        <Modal.Body>
          <div className="dialog-body">{children}</div>
          <footer className="dialog-foot">{footer}</footer>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

interface ConfirmProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  goes: ReactNode;
  stays: ReactNode;
  undo: ReactNode;
  /** The safe button: "Keep Nextcloud". */
  keep: string;
  /** The act: "Remove Nextcloud". */
  act: string;
  onAct: () => void;
  busy?: boolean;
  /** Degree 3: the name that must be typed. */
  typed?: string;
  size?: number;
  children?: ReactNode;
  error?: ReactNode;
}

export function ConfirmDialog(props: ConfirmProps) {
  const { opened, onClose, title, goes, stays, undo, keep, act, onAct, busy, typed, size, children, error } =
    props;
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const safe = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (opened) setText('');
  }, [opened]);
  const ready = typed === undefined || text === typed;
  return (
    <Dialog
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      footer={
        <>
          <span className="grow" />
          <Button ref={safe} data-autofocus onClick={onClose}>
            {keep}
          </Button>
          <Button
            variant="filled"
            color="red"
            className="danger"
            disabled={!ready}
            loading={busy}
            onClick={onAct}
          >
            {act}
          </Button>
        </>
      }
    >
      <Facts
        width={54}
        facts={[
          [t('dialog.goes'), goes],
          [t('dialog.stays'), stays],
          [t('dialog.undo'), undo],
        ]}
      />
      {children}
      {typed !== undefined && (
        <TextInput
          mt={12}
          label={
            <>
              {t('dialog.typeBefore')} <span className="code">{typed}</span> {t('dialog.typeAfter')}
            </>
          }
          aria-label={t('dialog.type', { name: typed })}
          value={text}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && ready && !busy) onAct();
          }}
        />
      )}
      {error && <div className="dialog-error">{error}</div>}
    </Dialog>
  );
}
