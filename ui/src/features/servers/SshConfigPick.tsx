/** A machine that this computer's own `~/.ssh/config` names: chosen once, it fills the form. */
import { Select } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LoginKind, SshConfigHost } from '../../shared/contract';
import { Strip } from '../../shared/parts/Strip';
import { queries } from '../../shared/queries';
import type { FormState } from '../../shared/useForm';
import { visible } from '../../shared/visible';

/** The form's answers that a machine of the configuration gives, and how one logs in to it. */
export function answersFrom(host: SshConfigHost): { answers: Record<string, string>; kind: LoginKind } {
  const usable = host.key !== null && (host.key.state === 'usable' || host.key.state === 'needs_passphrase');
  return {
    kind: usable ? 'key' : 'agent',
    answers: {
      name: host.name,
      address: host.address,
      port: String(host.port),
      user: host.user ?? 'root',
      key_file: usable ? (host.key?.path ?? '') : '',
      jump: host.jump?.server ?? '',
    },
  };
}

export function SshConfigPick({ form, onKind }: { form: FormState; onKind: (kind: LoginKind) => void }) {
  const { t } = useTranslation();
  const [taken, setTaken] = useState<string | null>(null);
  const { data } = useQuery(queries.sshConfig());
  if (!data || data.hosts.length === 0) return null;
  const host = data.hosts.find((each) => each.name === taken);
  const take = (name: string | null) => {
    setTaken(name);
    const chosen = data.hosts.find((each) => each.name === name);
    if (!chosen) return;
    const { answers, kind } = answersFrom(chosen);
    onKind(kind);
    for (const [field, value] of Object.entries(answers)) form.set(field, value);
  };
  return (
    <>
      <Select
        className="half"
        label={t('sshConfig.label')}
        description={t('sshConfig.help', { file: data.file })}
        placeholder={t('sshConfig.pick', { count: data.hosts.length })}
        leftSection={<IconFileImport size={16} />}
        searchable
        clearable
        nothingFoundMessage={t('filter.none')}
        value={taken}
        data={data.hosts.map((each) => ({
          value: each.name,
          label: `${visible(each.name)} · ${visible(each.address)}${each.port === 22 ? '' : `:${each.port}`}`,
        }))}
        onChange={take}
        data-testid="ssh-config"
      />
      {host?.server && (
        <Strip
          tone="warn"
          strong={t('sshConfig.known')}
          aside={
            <Link to="/servers/$server" params={{ server: host.server }} className="small">
              {t('sshConfig.toKnown')}
            </Link>
          }
        />
      )}
      {host?.jump && (
        <Strip
          tone={host.jump.server ? 'run' : 'warn'}
          strong={t('sshConfig.through', { name: host.jump.name })}
        >
          {host.jump.server ? t('sshConfig.throughKnown') : t('sshConfig.throughUnknown')}
        </Strip>
      )}
      {host?.key?.state === 'needs_passphrase' && !form.values.passphrase && (
        <Strip tone="off" strong={t('sshConfig.passphrase', { file: host.key.path })} />
      )}
      {(host?.key?.state === 'missing' || host?.key?.state === 'unusable') && (
        <Strip tone="warn" strong={t(`sshConfig.key_${host.key.state}`, { file: host.key.path })}>
          {t('sshConfig.agentInstead')}
        </Strip>
      )}
    </>
  );
}
