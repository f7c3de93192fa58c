/** Another certificate than the accepted one: a hard stop. The filled button keeps refusing; replacing needs the typed name. */
import { Button, Modal, TextInput } from '@mantine/core';
import { IconShieldX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlaceView, Standing } from '../../shared/contract';
import { ipc } from '../../shared/ipc';
import { Dialog } from '../../shared/parts/Dialog';
import { toast } from '../../shared/parts/toasts';
import { useChange } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { PortalError } from './AddPlace';

export function CertificateChanged({
  place,
  standing,
  onClose,
}: {
  place: PlaceView;
  standing: Extract<Standing, { state: 'certificate_changed' }>;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const [typed, setTyped] = useState('');
  const replace = useChange(
    (fingerprint: string) => ipc.portal.acceptCertificate(place.id, fingerprint),
    () => {
      toast(t('certificate.replaced', { place: place.domain }));
      onClose();
    },
  );
  return (
    <Dialog
      opened
      onClose={onClose}
      size={600}
      title=""
      head={
        <header className="stop-head" role="alert">
          <IconShieldX aria-hidden />
          <div>
            <Modal.Title>{t('certificate.changedTitle', { place: place.domain })}</Modal.Title>
            <p className="t2">{t('certificate.nothingSent')}</p>
          </div>
        </header>
      }
      footer={
        <>
          <span className="grow" />
          <Button
            disabled={typed !== place.domain}
            loading={replace.isPending}
            onClick={() => replace.mutate(standing.shown)}
          >
            {t('certificate.replace')}
          </Button>
          <Button variant="filled" data-autofocus onClick={onClose}>
            {t('certificate.keep')}
          </Button>
        </>
      }
    >
      <div className="fingerprint">
        <header>
          <b>{t('certificate.accepted')}</b>
          <span>{t('certificate.acceptedOn', { day: format.day(standing.accepted_at) })}</span>
        </header>
        <span className="code">{standing.accepted}</span>
      </div>
      <div className="fingerprint" data-tone="stop">
        <header>
          <b>{t('certificate.shown')}</b>
        </header>
        <span className="code" data-testid="fingerprint">
          {standing.shown}
        </span>
      </div>
      <div className="form-pair" style={{ gridTemplateColumns: '1fr 1fr', marginTop: 14, gap: 20 }}>
        <div>
          <b className="strong">{t('certificate.reasons')}</b>
          <p className="small t2">{t('certificate.reasonsText')}</p>
        </div>
        <div>
          <b className="strong">{t('panel.todo')}</b>
          <p className="small t2">{t('certificate.todo')}</p>
        </div>
      </div>
      <hr className="hr" />
      <TextInput
        label={
          <>
            {t('certificate.typeBefore')} <span className="code">{place.domain}</span>
          </>
        }
        aria-label={t('certificate.type', { name: place.domain })}
        value={typed}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {replace.error && (
        <div className="dialog-error">
          <PortalError error={replace.error} />
        </div>
      )}
    </Dialog>
  );
}
