/** A new account: who, what they may do, and for whom. */
import { Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rule } from '../../shared/checks';
import * as check from '../../shared/checks';
import type { Role } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { ChoiceCards, FormFooter, FormPage } from '../../shared/parts/Form';
import { NewPassword } from '../../shared/parts/NewPassword';
import { PageHead } from '../../shared/parts/PageHead';
import { toast } from '../../shared/parts/toasts';
import { queries, useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';

const ROLES: readonly Role[] = ['administrator', 'restricted_administrator', 'end_user'];
const NEW = 'new';

export default function NewAccountPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  useCrumbs([
    { label: t('nav.workspace') },
    { label: t('account.title'), to: '/accounts' },
    { label: t('account.addTitle') },
  ]);
  const customers = useQuery(queries.customers());
  const [role, setRole] = useState<Role>('restricted_administrator');
  const fields = useMemo<Field[]>(
    () => [
      { name: 'name', label: t('account.name'), check: check.personName },
      { name: 'customer', label: t('account.customer'), check: () => null },
      { name: 'new_customer', label: t('account.newCustomerName'), check: () => null },
      { name: 'password', label: t('account.firstPassword'), check: check.required },
    ],
    [t],
  );
  const [accepted, setAccepted] = useState<boolean | undefined>(undefined);
  const extra = useMemo(
    () =>
      (values: Readonly<Record<string, string>>): Record<string, Rule | null> => ({
        password: accepted === false ? { rule: 'weak_password' } : null,
        customer: role !== 'administrator' && !values.customer ? { rule: 'required' } : null,
        new_customer:
          role !== 'administrator' && values.customer === NEW
            ? check.required(values.new_customer ?? '')
            : null,
      }),
    [accepted, role],
  );
  const form = useForm(fields, {}, extra);
  const create = useChange(
    async (_: null) => {
      const { values } = form;
      const customer =
        role === 'administrator'
          ? null
          : values.customer === NEW
            ? (await ipc.customers.create(values.new_customer ?? '')).id
            : (values.customer ?? null);
      return ipc.accounts.create({
        name: values.name?.trim() ?? '',
        role,
        customer,
        password: values.password ?? '',
      });
    },
    () => {
      toast(t('account.added', { name: form.values.name?.trim() ?? '' }));
      void navigate({ to: '/accounts' });
    },
  );
  const act = () => {
    if (form.submit()) create.mutate(null, { onError: form.refuse });
  };
  return (
    <div className="page">
      <PageHead title={t('account.addTitle')} />
      <FormPage
        footer={
          <FormFooter
            errors={form.errors}
            act={t('account.addAct')}
            onAct={act}
            onCancel={() => void navigate({ to: '/accounts' })}
            busy={create.isPending}
          />
        }
      >
        <TextInput
          {...form.bind('name')}
          autoFocus
          label={t('account.name')}
          description={t('account.nameHelp')}
        />
        <ChoiceCards
          label={t('account.role')}
          value={role}
          onChange={setRole}
          options={ROLES.map((each) => ({
            value: each,
            title: t(`role.${each}`),
            help: t(`account.roleHelp.${each}`),
          }))}
        />
        {role !== 'administrator' && (
          <Select
            id="field-customer"
            label={t('account.customer')}
            description={t('account.customerHelp')}
            searchable
            value={form.values.customer ?? null}
            error={form.errorOf('customer')}
            data={[
              ...(customers.data ?? []).map((each) => ({ value: each.id, label: each.name })),
              { value: NEW, label: t('account.newCustomer') },
            ]}
            onChange={(value) => form.set('customer', value ?? '')}
            onBlur={() => form.touch('customer')}
          />
        )}
        {role !== 'administrator' && form.values.customer === NEW && (
          <TextInput {...form.bind('new_customer')} label={t('account.newCustomerName')} />
        )}
        <NewPassword
          {...form.bind('password')}
          label={t('account.firstPassword')}
          help={t('account.firstPasswordHelp')}
          onJudged={setAccepted}
        />
        {create.error && create.error.code !== 'invalid_fields' && <ErrorSentence error={create.error} />}
      </FormPage>
    </div>
  );
}
