/** Create a user on a server. */
import { PasswordInput, Select, TextInput } from '@mantine/core';
import { IconMail, IconUserPlus, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '../../shared/checks';
import * as check from '../../shared/checks';
import type { People } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { plain } from '../../shared/format';
import { ipc } from '../../shared/ipc';
import { FormFooter, FormPage } from '../../shared/parts/Form';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { queries, useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';
import { useRunBegun } from '../../shared/useRunBegun';

export default function NewUserPage() {
  const { server } = useParams({ from: '/servers/$server/people/new' });
  const people = useQuery(queries.people(server));
  const detail = useQuery(queries.server(server));
  const error = people.error ?? detail.error;
  if (error) {
    return (
      <div className="page-scroll">
        <ErrorView error={error} />
      </div>
    );
  }
  if (!people.data || !detail.data) return <SkeletonRows />;
  return <NewUserForm server={{ id: server, name: detail.data.row.name }} people={people.data} />;
}

/** A log-in name from a full name: "Inès Calvet" gives `ines.calvet`. */
export function suggestUsername(fullname: string): string {
  return plain(fullname)
    .replace(/[^a-z0-9\s.-]/g, '')
    .trim()
    .split(/[\s-]+/)
    .filter(Boolean)
    .join('.');
}

function NewUserForm({ server, people }: { server: { id: string; name: string }; people: People }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const begun = useRunBegun();
  useCrumbs([
    { label: t('servers.title'), to: '/servers' },
    { label: server.name, to: `/servers/${server.id}` },
    { label: t('tab.people'), to: `/servers/${server.id}/people` },
    { label: t('people.add') },
  ]);
  const fields = useMemo<Field[]>(
    () => [
      { name: 'fullname', label: t('people.fullname'), check: check.personName },
      {
        name: 'username',
        label: t('people.username'),
        check: (text): Rule | null =>
          check.userName(text) ??
          (people.users.some((user) => user.username === text.trim()) ? { rule: 'taken' } : null),
      },
      { name: 'domain', label: t('people.domain'), check: check.required },
      { name: 'password', label: t('people.firstPassword'), check: check.password },
      { name: 'mailbox_quota', label: t('people.quota'), check: check.optional(check.quota) },
    ],
    [t, people.users],
  );
  const form = useForm(fields, { domain: people.main_domain ?? people.domains[0] ?? '' });
  const back = () => void navigate({ to: '/servers/$server/people', params: { server: server.id } });
  const create = useChange(
    (_: null) =>
      ipc.people.create(server.id, {
        username: form.values.username?.trim() ?? '',
        fullname: form.values.fullname?.trim() ?? '',
        domain: form.values.domain ?? '',
        password: form.values.password ?? '',
        mailbox_quota: form.values.mailbox_quota?.trim() || null,
      }),
    (result) => {
      begun(result.run, t('people.creating', { name: form.values.fullname }));
      back();
    },
  );
  const fullname = form.bind('fullname');
  return (
    <FormPage
      aside={
        <>
          <h2>{t('happen.title')}</h2>
          <ol className="happen">
            <li>
              <IconUserPlus />
              <div>
                {t('people.happenAccount', { server: server.name })}
                <div className="code t3">{form.values.username || '—'}</div>
              </div>
            </li>
            <li>
              <IconMail />
              <div>
                {t('people.happenMail')}
                <div className="code t3">
                  {form.values.username ? `${form.values.username}@${form.values.domain}` : '—'}
                </div>
              </div>
            </li>
            <li>
              <IconUsersGroup />
              <div>
                {t('people.happenGroup')}
                <div className="small t3">{t('people.happenGroupHelp')}</div>
              </div>
            </li>
          </ol>
        </>
      }
      footer={
        <FormFooter
          errors={form.errors}
          act={t('people.createAct', { server: server.name })}
          busy={create.isPending}
          onCancel={back}
          onAct={() => {
            if (form.submit()) create.mutate(null, { onError: form.refuse });
          }}
        />
      }
    >
      <PageHead title={t('people.addTo', { server: server.name })} />
      {create.error && create.error.code !== 'invalid_fields' && <ErrorView error={create.error} />}
      <TextInput
        {...fullname}
        label={t('people.fullname')}
        autoFocus
        onBlur={() => {
          fullname.onBlur();
          if (!form.values.username && form.values.fullname)
            form.set('username', suggestUsername(form.values.fullname));
        }}
      />
      <div className="form-pair">
        <TextInput
          {...form.bind('username')}
          className="mono"
          label={t('people.username')}
          description={t('people.usernameHelp')}
          spellCheck={false}
          autoComplete="off"
        />
        <Select
          id="field-domain"
          className="mono"
          label={t('people.domain')}
          data={people.domains}
          value={form.values.domain ?? null}
          error={form.errorOf('domain')}
          onChange={(value) => form.set('domain', value ?? '')}
        />
      </div>
      <PasswordInput
        {...form.bind('password')}
        className="half"
        label={t('people.firstPassword')}
        description={t('people.passwordHelp')}
        autoComplete="new-password"
      />
      <TextInput
        {...form.bind('mailbox_quota')}
        className="half"
        label={`${t('people.quota')} (${t('form.optional')})`}
        description={t('people.quotaHelp')}
        placeholder="500M"
      />
    </FormPage>
  );
}
