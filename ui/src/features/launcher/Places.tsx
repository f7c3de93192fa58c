/** Where the apps come from: each place with its state, and the password where one is signed out. */
import { Button, PasswordInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlaceView } from '../../shared/contract';
import { ipc } from '../../shared/ipc';
import { State, ToneIcon } from '../../shared/parts/State';
import { useChange } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { visible } from '../../shared/visible';
import { PortalError } from './AddPlace';
import { CertificateChanged } from './CertificateChanged';
import { toneOf, unwellSince, wordOf } from './standing';

/** The password of a place that one is signed out of. */
export function SignIn({ place }: { place: PlaceView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const field = useRef<HTMLInputElement>(null);
  const [password, setPassword] = useState('');
  const signIn = useChange((text: string) => ipc.portal.signIn(place.id, text));
  const name = visible(place.fullname);
  return (
    <form
      className="signin"
      data-testid="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        if (password === '') {
          field.current?.focus();
          return;
        }
        signIn.mutate(password, {
          // The password stays in no field, whatever came of it.
          onSettled: () => setPassword(''),
          onError: () => field.current?.focus(),
        });
      }}
    >
      <div className="grow">
        <b className="strong">{visible(place.title)}</b>
        <p className="small t2">
          {place.known_at
            ? t('launcher.signInText', { name, when: format.when(place.known_at) })
            : t('launcher.signInTextNever', { name })}
        </p>
        {signIn.error && <PortalError error={signIn.error} />}
      </div>
      <PasswordInput
        ref={field}
        aria-label={t('launcher.signInTo', { place: place.domain })}
        placeholder={t('add.password')}
        autoComplete="current-password"
        value={password}
        error={signIn.error ? true : undefined}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" variant="filled" loading={signIn.isPending}>
        {t('launcher.signIn')}
      </Button>
    </form>
  );
}

/** A certificate that changed, said at once and above everything else. */
export function ChangedCertificates({ places }: { places: readonly PlaceView[] }) {
  const { t } = useTranslation();
  const [looking, setLooking] = useState<string | null>(null);
  return places.map((place) => {
    const { standing } = place;
    if (standing.state !== 'certificate_changed') return null;
    return (
      <div key={place.id} className="strip" data-tone="stop" role="alert">
        <ToneIcon tone="stop" />
        <span className="strip-text">
          <b>{t('certificate.changedTitle', { place: place.domain })}.</b> {t('certificate.nothingSent')}
        </span>
        <span className="strip-aside">
          <Button size="xs" onClick={() => setLooking(place.id)}>
            {t('certificate.show')}
          </Button>
        </span>
        {looking === place.id && (
          <CertificateChanged place={place} standing={standing} onClose={() => setLooking(null)} />
        )}
      </div>
    );
  });
}

export function Places({
  places,
  onProfile,
}: {
  places: readonly PlaceView[];
  onProfile: (place: PlaceView) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ul className="places">
      {places.map((place) => {
        const since = unwellSince(place.standing);
        return (
          <li key={place.id}>
            <span className="grow">
              <b className="code">{place.domain}</b>
              <small className="t3">
                {place.signed_in ? t('launcher.signedIn', { name: place.username }) : t('launcher.signedOut')}
              </small>
            </span>
            <State
              tone={toneOf(place.standing)}
              word={t(`standing.${wordOf(place.standing)}`)}
              since={since ? format.outage(since) : null}
              title={since ? format.exact(since) : undefined}
            />
            <button type="button" className="link small" onClick={() => onProfile(place)}>
              {t('launcher.profile')}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
