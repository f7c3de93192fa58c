/** Who one is at a place, and the password there. What can't be changed says who can. */
import { Button, PasswordInput, TagsInput, TextInput } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as check from '../../shared/checks';
import type { Profile, ProfileChange } from '../../shared/contract';
import { ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { ConfirmDialog } from '../../shared/parts/Dialog';
import { SkeletonRows } from '../../shared/parts/Loading';
import { State } from '../../shared/parts/State';
import { Strip } from '../../shared/parts/Strip';
import { toast } from '../../shared/parts/toasts';
import { Avatar } from '../../shared/parts/Words';
import { queries, useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';
import { useFormat } from '../../shared/useFormat';
import { visible } from '../../shared/visible';
import { PortalError } from './AddPlace';
import { SignIn } from './Places';
import { toneOf, unwellSince, wordOf } from './standing';

export function ProfilePage({ place, onBack }: { place: string; onBack: () => void }) {
  const { t } = useTranslation();
  const profile = useQuery(queries.profile(place));
  return (
    <div className="launcher-page narrow">
      <button type="button" className="link row back" onClick={onBack}>
        <IconArrowLeft size={16} aria-hidden />
        {t('profile.back')}
      </button>
      {profile.error && <ErrorView error={profile.error} onRetry={() => void profile.refetch()} />}
      {profile.isPending && <SkeletonRows rows={4} />}
      {profile.data && <Known profile={profile.data} onGone={onBack} />}
    </div>
  );
}

function Known({ profile, onGone }: { profile: Profile; onGone: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { place } = profile;
  const since = unwellSince(place.standing);
  return (
    <>
      <header className="profile-head">
        <Avatar name={visible(place.fullname)} size={40} />
        <div className="grow">
          <h1>{visible(place.fullname)}</h1>
          <p className="small t3">
            <span className="code-s">{place.username}</span> · <span className="code-s">{place.domain}</span>
            {place.known_at && ` · ${t('launcher.shown', { when: format.when(place.known_at) })}`}
          </p>
        </div>
        <State
          tone={toneOf(place.standing)}
          word={t(`standing.${wordOf(place.standing)}`)}
          since={since ? format.outage(since) : null}
        />
      </header>
      {!place.signed_in && since === null && <SignIn place={place} />}
      {/* Begun anew when something is different on the server; what one types survives being asked again. */}
      <Oneself
        key={[place.fullname, ...profile.aliases, '', ...profile.forwards].join('\n')}
        profile={profile}
      />
      {place.signed_in && <Password place={place.id} title={place.domain} />}
      <Leaving profile={profile} onGone={onGone} />
    </>
  );
}

const list = (text: string | undefined): string[] => (text ?? '').split(',').filter(Boolean);
const mails: check.Check = (text) => {
  for (const each of list(text)) {
    const problem = check.mail(each);
    if (problem) return problem;
  }
  return null;
};

/** What is different, and nothing else. */
export function changeOf(profile: Profile, values: Readonly<Record<string, string>>): ProfileChange {
  const fullname = values.fullname?.trim() ?? '';
  return {
    fullname: fullname === profile.place.fullname ? null : fullname,
    aliases: values.aliases === profile.aliases.join(',') ? null : list(values.aliases),
    forwards: values.forwards === profile.forwards.join(',') ? null : list(values.forwards),
  };
}

function Oneself({ profile }: { profile: Profile }) {
  const { t } = useTranslation();
  const { place } = profile;
  const fields = useMemo<Field[]>(
    () => [
      { name: 'fullname', label: t('profile.fullname'), check: check.required },
      { name: 'aliases', label: t('profile.aliases'), check: mails },
      { name: 'forwards', label: t('profile.forwards'), check: mails },
    ],
    [t],
  );
  const form = useForm(fields, {
    fullname: place.fullname,
    aliases: profile.aliases.join(','),
    forwards: profile.forwards.join(','),
  });
  const save = useChange(
    (change: ProfileChange) => ipc.portal.changeProfile(place.id, change),
    () => toast(t('profile.saved', { place: place.domain })),
  );
  const addresses = (name: 'aliases' | 'forwards', may: boolean) =>
    !may ? (
      <div className="fact">
        <b>{t(`profile.${name}`)}</b>
        <span className="code">{profile[name].map(visible).join(', ') || '—'}</span>
        <small className="t3">{t('profile.notAllowed')}</small>
      </div>
    ) : (
      <TagsInput
        id={`field-${name}`}
        label={t(`profile.${name}`)}
        description={t(`profile.${name}Help`)}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        splitChars={[',', ' ', ';']}
        readOnly={!place.signed_in}
        value={list(form.values[name])}
        error={form.errorOf(name)}
        onBlur={() => form.touch(name)}
        onChange={(values) => form.set(name, values.join(','))}
      />
    );
  const adds = list(form.values.aliases).length > 0;
  return (
    <form
      className="sheet-card"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!form.submit()) return;
        const change = changeOf(profile, form.values);
        if (Object.values(change).every((each) => each === null)) toast(t('profile.unchanged'));
        else save.mutate(change, { onError: form.refuse });
      }}
    >
      <TextInput {...form.bind('fullname')} label={t('profile.fullname')} readOnly={!place.signed_in} />
      <div className="fact">
        <b>{t('profile.mail')}</b>
        <span className="code">{visible(profile.mail)}</span>
        <small className="t3">{t('profile.mailHelp')}</small>
      </div>
      {profile.groups.length > 0 && (
        <div className="fact">
          <b>{t('profile.groups')}</b>
          <span>{profile.groups.map(visible).join(', ')}</span>
        </div>
      )}
      {addresses('aliases', profile.may_edit_aliases)}
      {profile.alias_shuts_out && adds && (
        <Strip tone="warn" strong={t('profile.aliasShutsOut', { domain: place.domain })} assertive />
      )}
      {addresses('forwards', profile.may_edit_forwards)}
      {save.error && save.error.code !== 'invalid_fields' && <PortalError error={save.error} />}
      {place.signed_in ? (
        <div className="row">
          <span className="grow" />
          <Button type="submit" variant="filled" loading={save.isPending}>
            {t('profile.save', { place: place.domain })}
          </Button>
        </div>
      ) : (
        <p className="small t3">{t('profile.needsSignIn')}</p>
      )}
    </form>
  );
}

/** The portal's own rules, said before anything is sent. */
const newPassword: check.Check = (text) => {
  const letters = [...text].length;
  if (text === '') return { rule: 'required' };
  if (letters < 8) return { rule: 'too_short', min: 8 };
  return letters > 126 ? { rule: 'too_long', max: 126 } : null;
};

function Password({ place, title }: { place: string; title: string }) {
  const { t } = useTranslation();
  const fields = useMemo<Field[]>(
    () => [
      { name: 'current', label: t('profile.current'), check: check.required },
      { name: 'new', label: t('profile.new'), check: newPassword },
    ],
    [t],
  );
  // Begun anew once it is changed: no password stays in a field.
  const [round, setRound] = useState(0);
  return (
    <PasswordForm
      key={round}
      place={place}
      title={title}
      fields={fields}
      onDone={() => setRound(round + 1)}
    />
  );
}

function PasswordForm({
  place,
  title,
  fields,
  onDone,
}: {
  place: string;
  title: string;
  fields: Field[];
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const extra = useMemo(
    () => (values: Readonly<Record<string, string>>) => ({
      new: values.new?.startsWith('@') ? t('profile.newNotAt') : null,
    }),
    [t],
  );
  const form = useForm(fields, {}, extra);
  const change = useChange(
    (_: null) => ipc.portal.changePassword(place, form.values.current ?? '', form.values.new ?? ''),
    () => {
      toast(t('profile.changed', { place: title }));
      onDone();
    },
  );
  return (
    <form
      className="sheet-card"
      data-testid="password-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.submit()) change.mutate(null, { onError: form.refuse });
      }}
    >
      <h2>{t('profile.passwordTitle')}</h2>
      <p className="small t2">{t('profile.passwordRules', { place: title })}</p>
      <PasswordInput {...form.bind('current')} label={t('profile.current')} autoComplete="current-password" />
      <PasswordInput
        {...form.bind('new')}
        label={t('profile.new')}
        description={t('profile.newHelp')}
        autoComplete="new-password"
      />
      {change.error && change.error.code !== 'invalid_fields' && <PortalError error={change.error} />}
      <div className="row">
        <span className="grow" />
        <Button type="submit" variant="filled" loading={change.isPending}>
          {t('profile.change')}
        </Button>
      </div>
    </form>
  );
}

function Leaving({ profile, onGone }: { profile: Profile; onGone: () => void }) {
  const { t } = useTranslation();
  const { place } = profile;
  const [asking, setAsking] = useState(false);
  const signOut = useChange((_: null) => ipc.portal.signOut(place.id));
  const forget = useChange(
    (_: null) => ipc.portal.forget(place.id),
    () => {
      toast(t('launcher.forgotten', { place: place.domain }));
      onGone();
    },
  );
  return (
    <div className="row" style={{ gap: 8 }}>
      {place.signed_in && (
        <Button loading={signOut.isPending} onClick={() => signOut.mutate(null)}>
          {t('launcher.signOut')}
        </Button>
      )}
      <Button onClick={() => setAsking(true)}>{t('launcher.forget')}</Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('launcher.forgetTitle', { place: place.domain })}
        goes={t('launcher.forgetGoes')}
        stays={t('launcher.forgetStays')}
        undo={t('launcher.forgetUndo')}
        keep={t('launcher.forgetKeep')}
        act={t('launcher.forgetAct', { place: place.domain })}
        busy={forget.isPending}
        onAct={() => forget.mutate(null)}
        error={forget.error && <PortalError error={forget.error} />}
      />
    </div>
  );
}
