/** Setting a second factor up: the secret for the app, a code of it, then the recovery codes. */
import { Button, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';
import { toast } from '../../shared/parts/toasts';
import { CopyButton } from '../../shared/parts/Words';
import { useChange } from '../../shared/queries';
import { useWords } from '../../shared/useWords';
import './accounts.css';

export function FactorDialog({ password, onClose }: { password: string; onClose: () => void }) {
  const { t } = useTranslation();
  const say = useWords();
  const [code, setCode] = useState('');
  const begin = useChange((_: null) => ipc.accounts.beginFactor(password));
  const asked = useRef(false);
  const { mutate } = begin;
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    mutate(null);
  }, [mutate]);
  const confirm = useChange((_: null) => ipc.accounts.confirmFactor(code));
  const codes = confirm.data?.codes;
  const wrong = confirm.error?.fields[0];
  const done = () => {
    if (codes) toast(t('me.factorIsOn'));
    onClose();
  };
  if (codes) {
    return (
      <Dialog
        opened
        onClose={done}
        title={t('me.codesTitle')}
        footer={
          <>
            <CopyButton value={codes.join('\n')} label={t('act.copy')} />
            <span className="grow" />
            <Button variant="filled" onClick={done}>
              {t('me.codesKept')}
            </Button>
          </>
        }
      >
        <p className="t2">{t('me.codesText')}</p>
        <ol className="codes" data-testid="recovery-codes">
          {codes.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ol>
      </Dialog>
    );
  }
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('me.factor')}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" form="factor" variant="filled" loading={confirm.isPending}>
            {t('me.setUp')}
          </Button>
        </>
      }
    >
      {begin.error && <ErrorSentence error={begin.error} />}
      {begin.data && (
        <form
          id="factor"
          className="col"
          style={{ gap: 12 }}
          onSubmit={(event) => {
            event.preventDefault();
            confirm.mutate(null);
          }}
        >
          <p className="t2">{t('me.scan')}</p>
          <QrCode rows={begin.data.qr} label={t('me.scan')} />
          <p className="t2">
            {t('me.scanOr')}
            <span className="code factor-secret" data-testid="factor-secret">
              {begin.data.secret}
            </span>
          </p>
          <TextInput
            data-autofocus
            className="mono"
            label={t('me.code')}
            description={t('me.codeHelp')}
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            error={wrong ? say(wrong.words) : undefined}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          {confirm.error && !wrong && <ErrorSentence error={confirm.error} />}
        </form>
      )}
    </Dialog>
  );
}

/** Dark on white in both themes: readers of these codes expect that. */
function QrCode({ rows, label }: { rows: readonly string[]; label: string }) {
  const size = rows.length;
  const path = rows
    .flatMap((row, y) => [...row].map((module, x) => (module === '1' ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return (
    <svg className="qr" role="img" aria-label={label} viewBox={`-4 -4 ${size + 8} ${size + 8}`}>
      <rect x={-4} y={-4} width={size + 8} height={size + 8} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
