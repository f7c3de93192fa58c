/** The first screen: create a workspace, open the training fleet, or open a workspace that exists. */
import { Button, PasswordInput, TextInput } from '@mantine/core';
import {
  IconChevronRight,
  IconDatabasePlus,
  IconFolderOpen,
  IconLock,
  IconSchool,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '../../shared/checks';
import * as check from '../../shared/checks';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { Logo } from '../../shared/parts/Logo';
import { Bar } from '../../shared/parts/State';
import { useChange, useInvalidate } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';
import { useSettled } from '../../shared/useSettled';
import { OpenFolder } from './OpenFolder';
import { Outside } from './Outside';
import './workspace.css';

const WORKSPACE = [{ kind: 'workspace' }] as const;

export default function FirstRun({ onBack }: { onBack?: () => void }) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const done = () => void invalidate(WORKSPACE);
  const training = useChange((_: null) => ipc.workspace.training(), done);
  const [opening, setOpening] = useState(false);
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
              <button type="button" onClick={() => setOpening(true)}>
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
          </div>
        </div>
      </div>
      {opening && <OpenFolder onClose={() => setOpening(false)} onDone={done} />}
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
  const [weak, setWeak] = useState(false);
  const extra = useMemo(
    () => (): Record<string, Rule | null> => ({ password: weak ? { rule: 'weak_password' } : null }),
    [weak],
  );
  const form = useForm(fields, {}, extra);
  const typed = useSettled(form.values.password ?? '', 150);
  const strength = useQuery({
    // The password itself is not a key: keys are kept in the cache.
    queryKey: ['strength', typed.length, hash(typed)],
    queryFn: () => ipc.workspace.strength(typed),
    enabled: typed !== '',
    gcTime: 0,
    meta: { topics: [] },
  });
  // Only of what stands there now: the program checks again what was not judged yet.
  const bad = typed !== '' && typed === form.values.password && strength.data?.accepted === false;
  if (bad !== weak) setWeak(bad);
  const create = useChange(
    (_: null) =>
      ipc.workspace.create({
        name: form.values.name?.trim() ?? '',
        account_name: form.values.account_name?.trim() ?? '',
        password: form.values.password ?? '',
      }),
    onDone,
  );
  const password = form.bind('password');
  return (
    <form
      className="sheet-card"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.submit()) create.mutate(null, { onError: form.refuse });
      }}
    >
      <h2>
        <IconDatabasePlus />
        {t('first.create')}
      </h2>
      <TextInput {...form.bind('name')} label={t('first.name')} autoFocus />
      <TextInput {...form.bind('account_name')} label={t('first.account')} autoComplete="name" />
      <div>
        <PasswordInput
          {...password}
          label={t('add.password')}
          autoComplete="new-password"
          description={
            typed === ''
              ? t('first.passwordHelp')
              : strength.data
                ? `${t(`strength.${clampScore(strength.data.score)}`)} ${t('first.passwordHelp')}`
                : t('first.passwordHelp')
          }
        />
        {typed !== '' && strength.data && (
          <div className="strength" data-testid="strength">
            <Bar
              percent={(strength.data.score + 1) * 20}
              tone={strength.data.accepted ? 'run' : 'warn'}
              label={t(`strength.${clampScore(strength.data.score)}`)}
            />
          </div>
        )}
      </div>
      {create.error && create.error.code !== 'invalid_fields' && <ErrorSentence error={create.error} />}
      <Button type="submit" variant="filled" size="md" fullWidth loading={create.isPending}>
        {t('first.createAct')}
      </Button>
    </form>
  );
}

function clampScore(score: number): '0' | '1' | '2' | '3' | '4' {
  return score <= 0 ? '0' : score === 1 ? '1' : score === 2 ? '2' : score === 3 ? '3' : '4';
}

function hash(text: string): number {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}
