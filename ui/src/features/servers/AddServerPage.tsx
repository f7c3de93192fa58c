/** Add a server: an address and a way to log in; then its fingerprint, accepted by a person; then facts. */
import { Button, TextInput } from '@mantine/core';
import { IconEye, IconKey, IconListSearch, IconSchool, IconShieldCheck } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HowChecked, LoginKind, OfferedKey } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { FormFooter, FormPage } from '../../shared/parts/Form';
import { PageHead } from '../../shared/parts/PageHead';
import { Strip } from '../../shared/parts/Strip';
import { toast } from '../../shared/parts/toasts';
import { useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';
import { useStatus } from '../../shared/useStatus';
import { FirstContact } from './FirstContact';
import { loginOf } from './LoginFields';
import { addressOf, MachineFields, machineFields, WhatIsIt } from './MachineFields';
import { splitTags, tagsCheck } from './tags';

interface Seen {
  key: OfferedKey;
  at: number;
}

export default function AddServerPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const status = useStatus();
  const exercise = status?.exercise ?? null;
  const [kind, setKind] = useState<LoginKind>('password');
  const [keyFile, setKeyFile] = useState(false);
  const [seen, setSeen] = useState<Seen | null>(null);
  useCrumbs([
    { label: t('nav.fleet') },
    { label: t('servers.title'), to: '/servers' },
    { label: t('add.title') },
  ]);

  const fields = useMemo<Field[]>(
    () => [...machineFields(t, kind, keyFile), { name: 'tags', label: t('servers.tags'), check: tagsCheck }],
    [t, kind, keyFile],
  );
  const form = useForm(fields, { port: '22', user: 'root' });
  const fromFile = Boolean(form.values.key_file);
  if (fromFile !== keyFile) setKeyFile(fromFile);
  const address = () => addressOf(form.values);
  const scan = useChange(
    (_: null) => ipc.servers.scan(address()),
    (key) => setSeen({ key, at: Date.now() }),
  );
  const name = form.values.name?.trim() ?? '';
  const add = useChange(
    (accepted: { fingerprint: string; how: HowChecked }) =>
      ipc.servers.add({
        name,
        address: address(),
        user: form.values.user?.trim() ?? '',
        login: loginOf(kind, form.values),
        fingerprint: accepted.fingerprint,
        how: accepted.how,
        customer: form.values.customer?.trim() || null,
        tags: splitTags(form.values.tags ?? ''),
      }),
    (server) => {
      toast(t('add.done', { name }));
      void navigate({ to: '/servers/$server', params: { server } });
    },
  );
  const begin = () => {
    add.reset();
    if (form.submit()) scan.mutate(null);
  };
  const fill = () => {
    if (!exercise) return;
    setKind('password');
    form.set('name', exercise.name);
    form.set('address', exercise.address);
    form.set('port', String(exercise.port));
    form.set('user', exercise.user);
    form.set('password', exercise.password);
    form.set('customer', exercise.customer ?? '');
    form.set('tags', (exercise.tags ?? []).join(', '));
  };
  const same =
    exercise && form.values.address === exercise.address && Number(form.values.port) === exercise.port;

  return (
    <FormPage
      aside={
        <>
          <h2>{t('happen.title')}</h2>
          <ol className="happen">
            <li>
              <IconEye />
              <div>
                {t('add.happenLook')}
                <div className="small t3">{t('add.happenLookHelp')}</div>
              </div>
            </li>
            <li>
              <IconShieldCheck />
              <div>
                {t('add.happenPin')}
                <div className="small t3">{t('add.happenPinHelp')}</div>
              </div>
            </li>
            <li>
              <IconKey />
              <div>
                {t('add.happenLogin')}
                <div className="small t3">{t('add.happenLoginHelp')}</div>
              </div>
            </li>
            <li>
              <IconListSearch />
              <div>
                {t('add.happenRead')}
                <div className="small t3">{t('add.happenReadHelp')}</div>
              </div>
            </li>
          </ol>
          {exercise && (
            <>
              <hr />
              <h2>{t('exercise.title')}</h2>
              <p className="small t2">{t('exercise.help')}</p>
              <dl className="exercise code-s" data-testid="exercise">
                <dt>{t('add.address')}</dt>
                <dd>{exercise.address}</dd>
                <dt>{t('add.port')}</dt>
                <dd>{exercise.port}</dd>
                <dt>{t('add.user')}</dt>
                <dd>{exercise.user}</dd>
                <dt>{t('add.password')}</dt>
                <dd>{exercise.password}</dd>
                <dt>{t('exercise.fingerprint')}</dt>
                <dd>{exercise.fingerprint}</dd>
              </dl>
              <Button
                size="xs"
                leftSection={<IconSchool size={14} />}
                onClick={fill}
                data-testid="exercise-fill"
              >
                {t('exercise.fill')}
              </Button>
            </>
          )}
        </>
      }
      footer={
        <FormFooter
          errors={form.errors}
          act={name ? t('add.actNamed', { name }) : t('add.act')}
          busy={scan.isPending}
          onAct={begin}
          onCancel={() => void navigate({ to: '/servers' })}
          note={<span className="small t3">{t('add.note')}</span>}
        />
      }
    >
      <PageHead title={t('add.title')} />
      {scan.error && <ErrorView error={scan.error} onRetry={begin} />}
      {add.error && <ErrorView error={add.error} onRetry={begin} />}
      {exercise && !form.values.address && (
        <div className="narrow-only">
          <Strip
            tone="run"
            icon={<IconSchool />}
            strong={exercise.name}
            aside={
              <Button size="xs" onClick={fill}>
                {t('exercise.fill')}
              </Button>
            }
          >
            {t('exercise.help')}
          </Strip>
        </div>
      )}
      <WhatIsIt bare={false} />
      <MachineFields form={form} kind={kind} onKind={setKind} />
      <div className="form-pair">
        <TextInput {...form.bind('customer')} label={t('add.customer')} />
        <TextInput {...form.bind('tags')} label={t('add.tags')} description={t('add.tagsHelp')} />
      </div>
      {seen && (
        <FirstContact
          opened
          offered={seen.key}
          at={seen.at}
          address={`${form.values.address?.trim()}:${form.values.port}`}
          name={name}
          expected={same ? exercise.fingerprint : null}
          busy={add.isPending}
          onRefuse={() => setSeen(null)}
          onAccept={(how) =>
            add.mutate(
              { fingerprint: seen.key.fingerprint, how },
              {
                onError: (error) => {
                  setSeen(null);
                  form.refuse(error);
                },
              },
            )
          }
        />
      )}
    </FormPage>
  );
}
