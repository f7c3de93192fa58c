/**
 * From an address to a server in service, in four stages: the machine and its fingerprint, what stands on it, how it
 * will be, the whole plan. Nothing is written on the machine before the plan was shown and begun.
 */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as check from '../../../shared/checks';
import type {
  AppError,
  HowChecked,
  LoginKind,
  OfferedKey,
  PlannedStep,
  Preflight,
  ProvisioningForm,
  ProvisioningOrder,
  ServerDetail,
  TrainingMachine,
} from '../../../shared/contract';
import { useCrumbs } from '../../../shared/crumbs';
import { ErrorView } from '../../../shared/ErrorView';
import { ipc } from '../../../shared/ipc';
import { FormFooter, FormPage } from '../../../shared/parts/Form';
import { SkeletonRows } from '../../../shared/parts/Loading';
import { PageHead } from '../../../shared/parts/PageHead';
import { queries, useChange } from '../../../shared/queries';
import { type Field, useForm } from '../../../shared/useForm';
import { useWords } from '../../../shared/useWords';
import { FirstContact } from '../FirstContact';
import { loginOf } from '../LoginFields';
import { addressOf, MachineFields, machineFields, WhatIsIt } from '../MachineFields';
import { ChoicesForm } from './ChoicesForm';
import { answersOf, checkOf, choicesOf, isAsked } from './choices';
import { Findings } from './Findings';
import { PlanReview } from './PlanReview';
import { type Stage, Stages } from './Stages';
import { choiceAnswers, machineAnswers, TrainingMachines } from './TrainingMachines';
import './provision.css';

export default function ProvisionPage() {
  const search = useSearch({ from: '/servers/provision' });
  const form = useQuery(queries.provisioningForm());
  const known = useQuery({ ...queries.server(search.server ?? ''), enabled: search.server !== undefined });
  const error = form.error ?? known.error;
  if (error) {
    return (
      <div className="page-scroll">
        <ErrorView error={error} onRetry={() => void form.refetch()} />
      </div>
    );
  }
  if (!form.data || (search.server !== undefined && !known.data)) return <SkeletonRows rows={6} />;
  return <Provision key={search.server} asked={form.data} known={known.data ?? null} />;
}

interface Seen {
  key: OfferedKey;
  at: number;
}

function Provision({ asked, known }: { asked: ProvisioningForm; known: ServerDetail | null }) {
  const { t } = useTranslation();
  const say = useWords();
  const navigate = useNavigate();
  const [stage, setStage] = useState<Stage>('machine');
  const [kind, setKind] = useState<LoginKind>('password');
  const [keyFile, setKeyFile] = useState(false);
  const [seen, setSeen] = useState<Seen | null>(null);
  const [accepted, setAccepted] = useState<{ fingerprint: string; how: HowChecked } | null>(null);
  const [found, setFound] = useState<Preflight | null>(null);
  const [plan, setPlan] = useState<readonly PlannedStep[]>([]);
  useCrumbs([
    { label: t('servers.title'), to: '/servers' },
    ...(known ? [{ label: known.row.name, to: `/servers/${known.row.id}` }] : []),
    { label: t('provision.title') },
  ]);

  const machineAsked = useMemo(
    () => (known ? [] : machineFields(t, kind, keyFile)),
    [known, t, kind, keyFile],
  );
  const machine = useForm(machineAsked, { port: '22', user: 'root' });
  const fromFile = Boolean(machine.values.key_file);
  if (fromFile !== keyFile) setKeyFile(fromFile);
  const [first] = useState(() => ({
    ...answersOf(asked.defaults),
    customer: known?.row.customer ?? asked.defaults.customer ?? '',
    tags: (known?.row.tags ?? asked.defaults.tags ?? []).join(', '),
  }));
  const [answers, setAnswers] = useState<Readonly<Record<string, string>>>(first);
  const fields = useMemo<Field[]>(
    () => [
      ...asked.fields
        .filter((field) => isAsked(field.name, answers))
        .map((field) => ({ name: field.name, label: say(field.label), check: checkOf(field.name) })),
      ...(answers.password === 'given'
        ? [{ name: 'given_password', label: t('provision.givenPassword'), check: check.password }]
        : []),
      ...(answers.certificate === 'own'
        ? [{ name: 'certificate_key', label: t('provision.certificateKey'), check: check.required }]
        : []),
    ],
    [asked.fields, answers, t, say],
  );
  const choices = useForm(fields, first);
  if (choices.values !== answers) setAnswers(choices.values);

  const name = known?.row.name ?? machine.values.name?.trim() ?? '';
  const orderWith = (key: { fingerprint: string; how: HowChecked } | null): ProvisioningOrder => {
    const chosen = choicesOf(choices.values, asked.defaults);
    return {
      machine: known
        ? { kind: 'known', server: known.row.id }
        : {
            kind: 'new',
            server: {
              name,
              address: addressOf(machine.values),
              user: machine.values.user?.trim() ?? '',
              login: loginOf(kind, machine.values),
              fingerprint: key?.fingerprint ?? '',
              how: key?.how ?? 'not_checked',
              customer: chosen.customer ?? null,
              tags: chosen.tags ?? [],
            },
          },
      choices: chosen,
      password: choices.values.password === 'given' ? (choices.values.given_password ?? '') : null,
      certificate_key: choices.values.certificate === 'own' ? (choices.values.certificate_key ?? '') : null,
    };
  };

  const machines = useQuery(queries.trainingMachines()).data ?? [];
  const exercise = machines.find(
    (each) => each.address === machine.values.address?.trim() && each.port === Number(machine.values.port),
  );
  const fill = (bare: TrainingMachine) => {
    setKind('password');
    for (const [field, value] of Object.entries(machineAnswers(bare))) machine.set(field, value);
    for (const [field, value] of Object.entries(choiceAnswers(bare))) choices.set(field, value);
  };
  const scan = useChange(
    (_: null) => ipc.servers.scan(addressOf(machine.values)),
    (key) => setSeen({ key, at: Date.now() }),
  );
  const look = useChange(
    (_: null) => ipc.provisioning.look(orderWith(accepted)),
    (preflight) => {
      setFound(preflight);
      setStage('findings');
    },
  );
  const prepare = useChange(
    (_: null) => ipc.provisioning.plan(orderWith(accepted)),
    (steps) => {
      setPlan(steps);
      setStage('plan');
    },
  );
  const begin = useChange(
    (_: null) => ipc.provisioning.begin(orderWith(accepted)),
    (begun) => void navigate({ to: '/runs/$run', params: { run: begun.run } }),
  );
  // What the program refuses stands beside its field, which may be on an earlier stage.
  const refuse = {
    onError: (error: AppError) => {
      if (error.code !== 'invalid_fields') return;
      const of = (asking: readonly Field[]) =>
        error.fields.some(({ field }) => asking.some((each) => each.name === field));
      machine.refuse(error);
      choices.refuse(error);
      setStage(!of(fields) && of(machineAsked) ? 'machine' : 'choices');
    },
  };

  const act = {
    machine: {
      words: known ? t('provision.toChoices') : name ? t('add.actNamed', { name }) : t('add.act'),
      busy: scan.isPending,
      run: () => {
        if (known) setStage('choices');
        else if (machine.submit()) scan.mutate(null);
      },
    },
    choices: {
      words: t('provision.lookAt', { name }),
      busy: look.isPending,
      run: () => {
        if (choices.submit()) look.mutate(null, refuse);
      },
    },
    findings: found?.may_begin
      ? {
          words: t('provision.toPlan'),
          busy: prepare.isPending,
          run: () => prepare.mutate(null, refuse),
        }
      : { words: t('provision.lookAgain'), busy: look.isPending, run: () => look.mutate(null, refuse) },
    plan: {
      words: t('provision.act', { name }),
      busy: begin.isPending,
      run: () => begin.mutate(null, refuse),
    },
  }[stage];
  const back: Record<Stage, () => void> = {
    machine: () => void navigate({ to: '/servers' }),
    choices: () => setStage('machine'),
    findings: () => setStage('choices'),
    plan: () => setStage('findings'),
  };
  const wrong = stage === 'machine' ? machine.errors : stage === 'choices' ? choices.errors : [];
  const problem = {
    machine: scan.error,
    choices: look.error,
    findings: look.error ?? prepare.error,
    plan: begin.error,
  }[stage];

  return (
    <FormPage
      aside={
        <>
          <Stages stage={stage} found={found} name={name} answers={choices.values} form={asked} />
          {stage === 'machine' && !known && <TrainingMachines machines={machines} onFill={fill} />}
        </>
      }
      footer={
        <FormFooter
          errors={wrong}
          act={act.words}
          busy={act.busy}
          onAct={act.run}
          onCancel={back[stage]}
          cancel={stage === 'machine' ? undefined : t('act.back')}
          note={
            <span className="small t3">{stage === 'plan' ? t('provision.noteBegin') : t('add.note')}</span>
          }
        />
      }
    >
      <PageHead title={known ? t('provision.titleNamed', { name }) : t('provision.title')} />
      {problem && problem.code !== 'invalid_fields' && <ErrorView error={problem} onRetry={act.run} />}
      {stage === 'machine' &&
        (known ? (
          <p className="t2">{t('provision.knownText', { name, address: known.row.address })}</p>
        ) : (
          <>
            <WhatIsIt bare />
            <MachineFields form={machine} kind={kind} onKind={setKind} />
          </>
        ))}
      {stage === 'findings' && found && <Findings found={found} name={name} />}
      {stage === 'choices' && <ChoicesForm asked={asked} form={choices} />}
      {stage === 'plan' && found && <PlanReview found={found} steps={plan} name={name} />}
      {seen && (
        <FirstContact
          opened
          offered={seen.key}
          at={seen.at}
          address={`${machine.values.address?.trim()}:${machine.values.port}`}
          name={name}
          busy={false}
          expected={exercise?.fingerprint ?? null}
          onRefuse={() => setSeen(null)}
          onAccept={(how) => {
            setAccepted({ fingerprint: seen.key.fingerprint, how });
            setSeen(null);
            setStage('choices');
          }}
        />
      )}
    </FormPage>
  );
}
