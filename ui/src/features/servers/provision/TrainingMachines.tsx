/** In the training fleet: the machines that wait to be made servers, and a form that is filled for one of them. */
import { Button } from '@mantine/core';
import { IconSchool } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { TrainingMachine } from '../../../shared/contract';

export function machineAnswers(machine: TrainingMachine): Record<string, string> {
  return {
    name: machine.name,
    address: machine.address,
    port: String(machine.port),
    user: machine.user,
    password: machine.password,
  };
}

/** What only the training fleet knows: its domains are asked of its own name server. */
export function choiceAnswers(machine: TrainingMachine): Record<string, string> {
  return {
    domain: machine.domain,
    customer: machine.customer,
    dns: 'resolver',
    resolver: machine.resolver,
  };
}

export function TrainingMachines({
  machines,
  onFill,
}: {
  machines: readonly TrainingMachine[];
  onFill: (machine: TrainingMachine) => void;
}) {
  const { t } = useTranslation();
  if (machines.length === 0) return null;
  return (
    <>
      <hr />
      <h2>{t('exercise.title')}</h2>
      <p className="small t2">{t('provision.exercise')}</p>
      {machines.map((machine) => (
        <div className="training-machine" key={machine.name}>
          <dl className="exercise code-s">
            <dt>{t('add.name')}</dt>
            <dd>{machine.name}</dd>
            <dt>{t('exercise.fingerprint')}</dt>
            <dd>{machine.fingerprint}</dd>
          </dl>
          <Button
            size="xs"
            leftSection={<IconSchool size={14} />}
            onClick={() => onFill(machine)}
            data-testid={`fill-${machine.name}`}
          >
            {t('provision.fill', { name: machine.name })}
          </Button>
        </div>
      ))}
    </>
  );
}
