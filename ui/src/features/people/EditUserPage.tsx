/** Change a user: name, mail, aliases, forwards, quota, password. Only what changed is sent. */
import { PasswordInput, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import * as check from '../../shared/checks';
import type { UserEdit, UserRow } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { FormFooter, FormPage } from '../../shared/parts/Form';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { EmptyState } from '../../shared/parts/Strip';
import { toast } from '../../shared/parts/toasts';
import { Avatar } from '../../shared/parts/Words';
import { queries, useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';
import { useRunBegun } from '../../shared/useRunBegun';

export default function EditUserPage() {
  const { t } = useTranslation();
  const { server, user } = useParams({ from: '/servers/$server/people/edit/$user' });
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
  const found = people.data.users.find((each) => each.username === user);
  if (!found) return <EmptyState title={t('notFound.title')}>{t('notFound.text')}</EmptyState>;
  return <EditUserForm key={user} server={{ id: server, name: detail.data.row.name }} user={found} />;
}

const list = (text: string | undefined): string[] => (text ?? '').split(',').filter(Boolean);
const mails: check.Check = (text) => {
  for (const each of list(text)) {
    const problem = check.mail(each);
    if (problem) return problem;
  }
  return null;
};

/** What changed, and nothing else. */
export function editOf(user: UserRow, values: Readonly<Record<string, string>>): UserEdit {
  const edit: UserEdit = {};
  const fullname = values.fullname?.trim() ?? '';
  const mail = values.mail?.trim() ?? '';
  const quota = values.mailbox_quota?.trim() || '0';
  if (fullname !== user.fullname) edit.fullname = fullname;
  if (mail !== user.mail) edit.mail = mail;
  if (values.password) edit.password = values.password;
  if (values.aliases !== user.aliases.join(',')) edit.aliases = list(values.aliases);
  if (values.forwards !== user.forwards.join(',')) edit.forwards = list(values.forwards);
  if (quota !== (user.mailbox_quota || '0')) edit.mailbox_quota = quota;
  return edit;
}

function EditUserForm({ server, user }: { server: { id: string; name: string }; user: UserRow }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const begun = useRunBegun();
  useCrumbs([
    { label: t('servers.title'), to: '/servers' },
    { label: server.name, to: `/servers/${server.id}` },
    { label: t('tab.people'), to: `/servers/${server.id}/people` },
    { label: user.fullname },
  ]);
  const fields = useMemo<Field[]>(
    () => [
      { name: 'fullname', label: t('people.fullname'), check: check.personName },
      { name: 'mail', label: t('people.mail'), check: check.mail },
      { name: 'aliases', label: t('people.aliases'), check: mails },
      { name: 'forwards', label: t('people.forwards'), check: mails },
      { name: 'mailbox_quota', label: t('people.quota'), check: check.optional(check.quota) },
      { name: 'password', label: t('people.newPassword'), check: check.optional(check.password) },
    ],
    [t],
  );
  const form = useForm(fields, {
    fullname: user.fullname,
    mail: user.mail,
    aliases: user.aliases.join(','),
    forwards: user.forwards.join(','),
    mailbox_quota: user.mailbox_quota,
  });
  const back = () => void navigate({ to: '/servers/$server/people', params: { server: server.id } });
  const save = useChange(
    (edit: UserEdit) => ipc.people.edit(server.id, user.username, edit),
    (result) => {
      begun(result.run, t('people.saving', { name: user.fullname }));
      back();
    },
  );
  const tags = (name: string, label: string) => (
    <TagsInput
      id={`field-${name}`}
      label={label}
      splitChars={[',', ' ', ';']}
      value={list(form.values[name])}
      error={form.errorOf(name)}
      onBlur={() => form.touch(name)}
      onChange={(values) => form.set(name, values.join(','))}
    />
  );
  return (
    <FormPage
      footer={
        <FormFooter
          errors={form.errors}
          act={t('people.saveAct', { server: server.name })}
          busy={save.isPending}
          onCancel={back}
          onAct={() => {
            if (!form.submit()) return;
            const edit = editOf(user, form.values);
            if (Object.keys(edit).length === 0) {
              toast(t('people.unchanged'));
              back();
            } else save.mutate(edit, { onError: form.refuse });
          }}
        />
      }
    >
      <PageHead
        icon={<Avatar name={user.fullname} size={36} />}
        title={user.fullname}
        under={<span className="code">{user.username}</span>}
      />
      {save.error && save.error.code !== 'invalid_fields' && <ErrorView error={save.error} />}
      <TextInput {...form.bind('fullname')} label={t('people.fullname')} />
      <TextInput {...form.bind('mail')} className="mono" label={t('people.mail')} spellCheck={false} />
      {tags('aliases', t('people.aliases'))}
      {tags('forwards', t('people.forwards'))}
      <TextInput
        {...form.bind('mailbox_quota')}
        className="half"
        label={t('people.quota')}
        description={t('people.quotaHelp')}
      />
      <PasswordInput
        {...form.bind('password')}
        className="half"
        label={`${t('people.newPassword')} (${t('form.optional')})`}
        description={t('people.newPasswordHelp')}
        autoComplete="new-password"
      />
    </FormPage>
  );
}
