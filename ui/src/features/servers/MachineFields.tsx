/** Where a machine is and how one logs in: the same for a server that is added and for one that is made. */
import { TextInput } from '@mantine/core';
import { IconDeviceDesktop, IconServer2 } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import * as check from '../../shared/checks';
import type { Address, LoginKind } from '../../shared/contract';
import { ChoiceCards } from '../../shared/parts/Form';
import type { Field, FormState } from '../../shared/useForm';
import { LoginFields } from './LoginFields';
import { SshConfigPick } from './SshConfigPick';

/** What a machine is asked for, and what each answer may be. */
export function machineFields(t: TFunction, kind: LoginKind, fromFile: boolean): Field[] {
  return [
    { name: 'name', label: t('add.name'), check: check.serverName },
    { name: 'address', label: t('add.address'), check: check.host },
    { name: 'port', label: t('add.port'), check: check.port },
    { name: 'user', label: t('add.user'), check: check.loginUser },
    ...(kind === 'password' ? [{ name: 'password', label: t('add.password'), check: check.required }] : []),
    ...(kind === 'key' && !fromFile
      ? [{ name: 'private_key', label: t('add.privateKey'), check: check.required }]
      : []),
  ];
}

export function addressOf(values: Readonly<Record<string, string>>): Address {
  return { address: values.address?.trim() ?? '', port: Number(values.port), jump: values.jump || null };
}

/** What the machine is, which decides what will happen to it. */
export function WhatIsIt({ bare }: { bare: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <ChoiceCards
      label={t('add.what')}
      value={bare ? 'bare' : 'server'}
      onChange={(value) =>
        void navigate({ to: value === 'bare' ? '/servers/provision' : '/servers/add', replace: true })
      }
      options={[
        {
          value: 'server',
          title: t('add.isServer'),
          help: t('add.isServerHelp'),
          icon: <IconServer2 />,
        },
        {
          value: 'bare',
          title: t('add.isBare'),
          help: t('add.isBareHelp'),
          icon: <IconDeviceDesktop />,
        },
      ]}
    />
  );
}

export function MachineFields({
  form,
  kind,
  onKind,
}: {
  form: FormState;
  kind: LoginKind;
  onKind: (kind: LoginKind) => void;
}) {
  const { t } = useTranslation();
  return (
    <>
      <SshConfigPick form={form} onKind={onKind} />
      <TextInput
        {...form.bind('name')}
        className="half"
        label={t('add.name')}
        description={t('add.nameHelp')}
        autoFocus
      />
      <div className="form-pair">
        <TextInput
          {...form.bind('address')}
          className="mono"
          label={t('add.address')}
          description={t('add.addressHelp')}
          spellCheck={false}
        />
        <TextInput {...form.bind('port')} className="mono" label={t('add.port')} inputMode="numeric" />
      </div>
      <TextInput
        {...form.bind('user')}
        className="half mono"
        label={t('add.user')}
        description={t('add.userHelp')}
        spellCheck={false}
      />
      <LoginFields form={form} kind={kind} onKind={onKind} root={form.values.user?.trim() === 'root'} />
    </>
  );
}
