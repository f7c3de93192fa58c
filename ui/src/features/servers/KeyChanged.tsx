/** A changed host key: a hard stop. The filled button keeps refusing; replacing needs the typed name. */
import { Button, Modal, TextInput } from '@mantine/core';
import { IconFileText, IconShieldX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HowChecked, KeyConflict, ServerDetail } from '../../shared/contract';
import { copyText } from '../../shared/copyText';
import { ErrorSentence, ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';
import { SkeletonRows } from '../../shared/parts/Loading';
import { toast } from '../../shared/parts/toasts';
import { queries, useChange } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { phoneWords } from './FirstContact';

const HOW: HowChecked = 'console';

export function KeyChanged({
  server,
  opened,
  onClose,
}: {
  server: ServerDetail;
  opened: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = server.row.name;
  const [typed, setTyped] = useState('');
  const conflict = useQuery({ ...queries.keyConflict(server.row.id), enabled: opened });
  const replace = useChange(
    (fingerprint: string) => ipc.servers.replaceKey(server.row.id, fingerprint, HOW, name),
    () => {
      toast(t('key.replaced', { name }));
      onClose();
    },
  );
  const offered = conflict.data?.offered;
  return (
    <Dialog
      opened={opened}
      onClose={onClose}
      size={600}
      title=""
      head={
        <header className="stop-head" role="alert">
          <IconShieldX aria-hidden />
          <div>
            <Modal.Title>{t('key.title', { name })}</Modal.Title>
            <p className="t2">{t('key.nothingSent')}</p>
          </div>
        </header>
      }
      footer={
        <>
          {conflict.data && (
            <Button
              leftSection={<IconFileText size={16} />}
              onClick={() =>
                void copyText(reportOf(server, conflict.data)).then((done) => done && toast(t('act.copied')))
              }
            >
              {t('key.report')}
            </Button>
          )}
          <span className="grow" />
          <Button
            disabled={typed !== name || !offered}
            loading={replace.isPending}
            onClick={() => offered && replace.mutate(offered.fingerprint)}
          >
            {t('key.replace')}
          </Button>
          <Button variant="filled" data-autofocus onClick={onClose}>
            {t('key.keep')}
          </Button>
        </>
      }
    >
      {conflict.isPending && <SkeletonRows rows={2} />}
      {conflict.error && <ErrorView error={conflict.error} onRetry={() => void conflict.refetch()} />}
      {conflict.data && (
        <>
          {conflict.data.pinned.map((pinned) => (
            <div className="fingerprint" key={pinned.fingerprint}>
              <header>
                <b>{t('key.pinned')}</b>
                <span>{t('key.since', { day: format.day(pinned.since), by: pinned.by })}</span>
              </header>
              <span className="code">{pinned.fingerprint}</span>
              <div className="words">{t(`how.${pinned.how}`)}</div>
            </div>
          ))}
          <div className="fingerprint" data-tone="stop">
            <header>
              <b>{t('key.offered')}</b>
              <span>{offered?.algorithm.replace(/^ssh-/, '')}</span>
            </header>
            <span className="code" data-testid="fingerprint">
              {offered?.fingerprint}
            </span>
            <div className="words">{phoneWords(offered?.words ?? '')}</div>
          </div>
          <div className="form-pair" style={{ gridTemplateColumns: '1fr 1fr', marginTop: 14, gap: 20 }}>
            <div>
              <b className="strong">{t('key.reasons')}</b>
              <p className="small t2">{t('key.reasonsText')}</p>
            </div>
            <div>
              <b className="strong">{t('panel.todo')}</b>
              <p className="small t2">{t('key.todoText')}</p>
            </div>
          </div>
          <hr className="hr" />
          <TextInput
            label={
              <>
                {t('key.typeBefore')} <span className="code">{name}</span>
              </>
            }
            aria-label={t('key.type', { name })}
            description={t('key.typeHelp')}
            inputWrapperOrder={['label', 'description', 'input', 'error']}
            placeholder={name}
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {replace.error && (
            <div className="dialog-error">
              <ErrorSentence error={replace.error} />
            </div>
          )}
        </>
      )}
    </Dialog>
  );
}

/** Both keys in a text, to hand to whoever runs the machine. */
function reportOf(server: ServerDetail, conflict: KeyConflict): string {
  return [
    `${server.row.name} ${server.row.address}:${server.port}`,
    ...conflict.pinned.map(
      (key) => `pinned  ${key.algorithm} ${key.fingerprint} since ${key.since} by ${key.by}`,
    ),
    `offered ${conflict.offered.algorithm} ${conflict.offered.fingerprint} ${conflict.offered.words}`,
    '',
  ].join('\n');
}
