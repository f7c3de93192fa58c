/** First contact: the machine's own fingerprint, words for the phone, and how it was checked. Nothing was sent yet. */
import { Button, Radio } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { HowChecked, OfferedKey } from '../../shared/contract';
import { Dialog } from '../../shared/parts/Dialog';
import { Strip } from '../../shared/parts/Strip';
import { CopyButton } from '../../shared/parts/Words';
import { useFormat } from '../../shared/useFormat';

interface Props {
  opened: boolean;
  offered: OfferedKey;
  at: number;
  address: string;
  name: string;
  busy: boolean;
  /** In a training workspace, the fingerprint that should be seen. */
  expected?: string | null;
  onAccept: (how: HowChecked) => void;
  onRefuse: () => void;
}

const WAYS: readonly HowChecked[] = ['console', 'phone', 'provider', 'not_checked'];

export function phoneWords(words: string): string {
  return words
    .split(/[\s·,-]+/)
    .filter(Boolean)
    .join(' · ');
}

export function FirstContact({
  opened,
  offered,
  at,
  address,
  name,
  busy,
  expected,
  onAccept,
  onRefuse,
}: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const known = offered.known_hosts === 'same';
  const [how, setHow] = useState<HowChecked>(known ? 'known_hosts' : 'console');
  const ways = known ? (['known_hosts', ...WAYS] as const) : WAYS;
  const revoked = offered.known_hosts === 'revoked';
  const matches = expected ? expected === offered.fingerprint : null;
  return (
    <Dialog
      opened={opened}
      onClose={onRefuse}
      closeButton
      size={580}
      title={t('contact.title')}
      footer={
        <>
          <span className="small t3 grow">{t('contact.pinned', { name })}</span>
          <Button data-autofocus onClick={onRefuse}>
            {t('contact.refuse')}
          </Button>
          {!revoked && (
            <Button
              variant="filled"
              leftSection={<IconShieldCheck size={16} />}
              loading={busy}
              onClick={() => onAccept(how)}
            >
              {t('contact.accept')}
            </Button>
          )}
        </>
      }
    >
      <p className="t2">
        <Trans
          t={t}
          i18nKey="contact.text"
          values={{ address }}
          components={{ code: <b className="code" /> }}
        />
      </p>
      <div className="fingerprint" style={{ marginTop: 10 }} data-testid="offered-key">
        <header>
          <b>{t('contact.fingerprint', { algorithm: offered.algorithm.replace(/^ssh-/, '') })}</b>
          <span>{t('contact.offeredAt', { time: format.clockSeconds(at) })}</span>
        </header>
        <span className="code" data-testid="fingerprint">
          {offered.fingerprint}
        </span>
        <div className="words">
          {t('contact.phone')} <b data-testid="phone-words">{phoneWords(offered.words)}</b>
        </div>
      </div>
      <div className="row" style={{ gap: 16, marginTop: 6 }}>
        <CopyButton value={offered.fingerprint} label={t('act.copy')} />
        <span className="small t3">{t(`contact.knownHosts.${offered.known_hosts}`)}</span>
      </div>
      {revoked && (
        <div style={{ marginTop: 10 }}>
          <Strip tone="stop" strong={t('contact.revoked')} assertive />
        </div>
      )}
      {offered.known_hosts === 'other' && (
        <div style={{ marginTop: 10 }}>
          <Strip tone="stop" strong={t('contact.other')} assertive />
        </div>
      )}
      {matches !== null && (
        <div style={{ marginTop: 10 }}>
          <Strip
            tone={matches ? 'ok' : 'stop'}
            strong={matches ? t('contact.trainingSame') : t('contact.trainingOther')}
          >
            {matches ? t('contact.trainingSameText') : t('contact.trainingOtherText')}
          </Strip>
        </div>
      )}
      <Radio.Group
        mt={14}
        label={t('contact.how')}
        value={how}
        onChange={(value) => setHow(value as HowChecked)}
      >
        <div className="col" style={{ gap: 8, marginTop: 4 }}>
          {ways.map((way) => (
            <Radio key={way} value={way} label={t(`how.${way}`)} />
          ))}
        </div>
      </Radio.Group>
      <p className="small t3" style={{ marginTop: 8 }}>
        {t('contact.journal')}
      </p>
    </Dialog>
  );
}
