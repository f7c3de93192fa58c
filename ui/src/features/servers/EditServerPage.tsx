/** Change what the workspace knows of a server: name, address, login, customer, tags. Its pinned key stays. */
import { Checkbox, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as check from '../../shared/checks';
import type { LoginKind, ServerDetail } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { FormFooter, FormPage } from '../../shared/parts/Form';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { toast } from '../../shared/parts/toasts';
import { queries, useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';
import { LoginFields, loginOf } from './LoginFields';
import { splitTags, tagsCheck } from './tags';

export default function EditServerPage() {
  const { server } = useParams({ from: '/servers/$server/edit' });
  const detail = useQuery(queries.server(server));
  if (detail.error) {
    return (
      <div className="page-scroll">
        <ErrorView error={detail.error} />
      </div>
    );
  }
  return detail.data ? <EditForm server={detail.data} /> : <SkeletonRows />;
}

function EditForm({ server }: { server: ServerDetail }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { row } = server;
  const [kind, setKind] = useState<LoginKind>(server.login);
  const [newLogin, setNewLogin] = useState(false);
  const title = t('edit.title', { name: row.name });
  useCrumbs([
    { label: t('servers.title'), to: '/servers' },
    { label: row.name, to: `/servers/${row.id}` },
    { label: t('edit.crumb') },
  ]);
  const fields = useMemo<Field[]>(
    () => [
      { name: 'name', label: t('add.name'), check: check.serverName },
      { name: 'address', label: t('add.address'), check: check.host },
      { name: 'port', label: t('add.port'), check: check.port },
      { name: 'user', label: t('add.user'), check: check.loginUser },
      ...(newLogin && kind === 'password'
        ? [{ name: 'password', label: t('add.password'), check: check.required }]
        : []),
      ...(newLogin && kind === 'key'
        ? [{ name: 'private_key', label: t('add.privateKey'), check: check.required }]
        : []),
      { name: 'tags', label: t('servers.tags'), check: tagsCheck },
    ],
    [t, kind, newLogin],
  );
  const form = useForm(fields, {
    name: row.name,
    address: row.address,
    port: String(server.port),
    user: server.user,
    customer: row.customer ?? '',
    tags: row.tags.join(', '),
  });
  const back = () => void navigate({ to: '/servers/$server', params: { server: row.id } });
  const save = useChange(
    (_: null) =>
      ipc.servers.edit(row.id, {
        name: form.values.name?.trim() ?? null,
        address: {
          address: form.values.address?.trim() ?? '',
          port: Number(form.values.port),
          jump: server.jump,
        },
        user: form.values.user?.trim() ?? null,
        login: newLogin ? loginOf(kind, form.values) : null,
        customer: form.values.customer?.trim() ?? '',
        tags: splitTags(form.values.tags ?? ''),
      }),
    () => {
      toast(t('edit.done', { name: form.values.name }));
      back();
    },
  );
  return (
    <FormPage
      footer={
        <FormFooter
          errors={form.errors}
          act={t('edit.act', { name: row.name })}
          busy={save.isPending}
          onCancel={back}
          onAct={() => {
            if (form.submit()) save.mutate(null, { onError: form.refuse });
          }}
        />
      }
    >
      <PageHead title={title} />
      {save.error && save.error.code !== 'invalid_fields' && <ErrorView error={save.error} />}
      <TextInput {...form.bind('name')} className="half" label={t('add.name')} />
      <div className="form-pair">
        <TextInput
          {...form.bind('address')}
          className="mono"
          label={t('add.address')}
          description={t('edit.addressHelp')}
        />
        <TextInput {...form.bind('port')} className="mono" label={t('add.port')} inputMode="numeric" />
      </div>
      <TextInput {...form.bind('user')} className="half mono" label={t('add.user')} />
      <Checkbox
        label={t('edit.newLogin')}
        description={t('edit.newLoginHelp', { login: t(`login.${server.login}`) })}
        checked={newLogin}
        onChange={(event) => setNewLogin(event.currentTarget.checked)}
      />
      {newLogin && (
        <LoginFields form={form} kind={kind} onKind={setKind} root={form.values.user?.trim() === 'root'} />
      )}
      <div className="form-pair">
        <TextInput {...form.bind('customer')} label={t('add.customer')} />
        <TextInput {...form.bind('tags')} label={t('add.tags')} description={t('add.tagsHelp')} />
      </div>
    </FormPage>
  );
}
