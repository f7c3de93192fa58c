/** The first screen: create a workspace, open the training fleet, or open a workspace that exists. */
import { Button, TextInput } from '@mantine/core';
import {
  IconChevronRight,
  IconDatabasePlus,
  IconFolderOpen,
  IconLayoutGrid,
  IconLock,
  IconSchool,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '../../shared/checks';
import * as check from '../../shared/checks';
import { ErrorSentence } from '../../shared/ErrorView';
import { offerRecovery, takeRecoveryOffer } from '../../shared/firstRecovery';
import { ipc } from '../../shared/ipc';
import { Logo } from '../../shared/parts/Logo';
import { NewPassword } from '../../shared/parts/NewPassword';
import { queries, useChange, useInvalidate } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';
import { OpenFolder } from './OpenFolder';
import { Outside } from './Outside';
import './workspace.css';

const WORKSPACE = [{ kind: 'workspace' }] as const;

export default function FirstRun({ onBack, onEndUser }: { onBack?: () => void; onEndUser: () => void }) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const done = () => void invalidate(WORKSPACE);
  const training = useChange((_: null) => ipc.workspace.training(), done);
  // The folder of a workspace to open; empty when it is still to be said.
  const [opening, setOpening] = useState<string | null>(null);
  const known = useQuery(queries.known());
  const others = (known.data ?? []).filter((each) => !each.training);
  return (
    <Outside>
      <div className="first">
        <Logo size={48} />
        <h1>{t('first.title')}</h1>
        <p className="lead">{t('first.text')}</p>
        <div className="first-columns">
          <Create onDone={done} />
          <div className="col" style={{ gap: 12 }}>
            <section className="sheet-card">
              <h2>
                <IconSchool />
                {t('first.training')}
              </h2>
              <p className="t2">{t('first.trainingText')}</p>
              <Button mt={14} size="md" loading={training.isPending} onClick={() => training.mutate(null)}>
                {t('first.training')}
              </Button>
              {training.error && (
                <p style={{ marginTop: 8 }}>
                  <ErrorSentence error={training.error} />
                </p>
              )}
            </section>
            <section className="sheet-card list-card">
              <button type="button" onClick={onEndUser}>
                <IconLayoutGrid />
                <span className="grow">
                  <b>{t('launcher.asUser')}</b>
                  <small>{t('launcher.asUserText')}</small>
                </span>
                <IconChevronRight />
              </button>
              <button type="button" onClick={() => setOpening('')}>
                <IconFolderOpen />
                <span className="grow">
                  <b>{t('first.openFile')}</b>
                  <small>{t('first.openFileText')}</small>
                </span>
                <IconChevronRight />
              </button>
              {onBack && (
                <button type="button" onClick={onBack}>
                  <IconLock />
                  <span className="grow">
                    <b>{t('first.back')}</b>
                    <small>{t('first.backText')}</small>
                  </span>
                  <IconChevronRight />
                </button>
              )}
            </section>
            {others.length > 0 && (
              <section className="sheet-card list-card" aria-label={t('door.known')}>
                <p className="small t3 list-note">{t('door.known')}</p>
                {others.map((each) => (
                  <button key={each.id} type="button" onClick={() => setOpening(each.folder)}>
                    <IconLock />
                    <span className="grow">
                      <b>{each.name}</b>
                      <small>{each.account_name}</small>
                    </span>
                    <IconChevronRight />
                  </button>
                ))}
              </section>
            )}
          </div>
        </div>
      </div>
      {opening !== null && <OpenFolder folder={opening} onClose={() => setOpening(null)} onDone={done} />}
    </Outside>
  );
}

function Create({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const fields = useMemo<Field[]>(
    () => [
      { name: 'name', label: t('first.name'), check: check.workspaceName },
      { name: 'account_name', label: t('first.account'), check: check.personName },
      { name: 'password', label: t('add.password'), check: check.required },
    ],
    [t],
  );
  const [accepted, setAccepted] = useState<boolean | undefined>(undefined);
  const extra = useMemo(
    () => (): Record<string, Rule | null> => ({
      password: accepted === false ? { rule: 'weak_password' } : null,
    }),
    [accepted],
  );
  const form = useForm(fields, {}, extra);
  const create = useChange((_: null) => {
    // The first administrator is shown a recovery key as soon as the workspace is open.
    offerRecovery(form.values.password ?? '');
    return ipc.workspace.create({
      name: form.values.name?.trim() ?? '',
      account_name: form.values.account_name?.trim() ?? '',
      password: form.values.password ?? '',
    });
  }, onDone);
  return (
    <form
      className="sheet-card"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.submit()) {
          create.mutate(null, {
            onError: (refused) => {
              takeRecoveryOffer();
              form.refuse(refused);
            },
          });
        }
      }}
    >
      <h2>
        <IconDatabasePlus />
        {t('first.create')}
      </h2>
      <TextInput {...form.bind('name')} label={t('first.name')} autoFocus />
      <TextInput {...form.bind('account_name')} label={t('first.account')} autoComplete="name" />
      <NewPassword
        {...form.bind('password')}
        label={t('add.password')}
        help={t('first.passwordHelp')}
        onJudged={setAccepted}
      />
      {create.error && create.error.code !== 'invalid_fields' && <ErrorSentence error={create.error} />}
      <Button type="submit" variant="filled" size="md" fullWidth loading={create.isPending}>
        {t('first.createAct')}
      </Button>
    </form>
  );
}
