/**
 * The same change on many servers: which, what, in which waves, when to stop; looked at first, begun now, or kept for
 * a time. Beside the form, the servers of each wave.
 */
import { Button, Checkbox, PasswordInput, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as check from '../../../shared/checks';
import { chosenServers } from '../../../shared/chosen';
import type { FleetOrder, FleetPlan } from '../../../shared/contract';
import { useCrumbs } from '../../../shared/crumbs';
import { ErrorSentence, ErrorView } from '../../../shared/ErrorView';
import { ipc } from '../../../shared/ipc';
import { ChoiceCards, FormFooter, FormPage } from '../../../shared/parts/Form';
import { PageHead } from '../../../shared/parts/PageHead';
import { toast } from '../../../shared/parts/toasts';
import { queries, useChange } from '../../../shared/queries';
import { type Field, type FormState, useForm } from '../../../shared/useForm';
import { useSettled } from '../../../shared/useSettled';
import { useWords } from '../../../shared/useWords';
import { visible } from '../../../shared/visible';
import { type Answers, ASKS, CHANGES, orderOf, TAKES, timingOf, wavesOf } from './order';
import { WhenFields } from './WhenFields';

export default function NewFleetRunPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { schedule } = useSearch({ from: '/runs/new' });
  const [chosen] = useState(chosenServers);
  const servers = useQuery(queries.servers({ limit: 1 }));
  const [first] = useState(() => ({
    change: 'upgrade_apps',
    where: chosen.length > 0 ? 'servers' : 'all',
    waves: 'careful',
    own_waves: '1, 30 %, all',
    stop: 'first',
    stop_number: '3',
    when: schedule ? 'later' : 'now',
    rule: 'daily',
    time: '03:00',
    days: 'sunday',
  }));
  const [answers, setAnswers] = useState<Answers>(first);
  useCrumbs([{ label: t('runs.title'), to: '/runs' }, { label: t('fleetRun.title') }]);
  const later = answers.when === 'later';
  const asks = ASKS[CHANGES.find((each) => each === answers.change) ?? 'refresh'];

  const fields = useMemo<Field[]>(() => {
    const wrongWaves: check.Check = (text) => {
      const widths = wavesOf(text);
      return widths && widths.length > 0 ? null : { rule: 'pattern' };
    };
    return [
      ...(answers.where === 'tag' ? [{ name: 'tag', label: t('servers.tag'), check: check.required }] : []),
      ...(answers.where === 'customer'
        ? [{ name: 'customer', label: t('servers.customer'), check: check.required }]
        : []),
      ...(answers.where === 'search'
        ? [{ name: 'search', label: t('fleetRun.search'), check: check.required }]
        : []),
      ...asks.map((name) => ({
        name,
        label: t(`fleetRun.ask.${name as 'app'}`),
        check:
          name === 'username'
            ? check.userName
            : name === 'fullname'
              ? check.personName
              : name === 'password'
                ? check.password
                : check.required,
      })),
      ...(answers.waves === 'own'
        ? [{ name: 'own_waves', label: t('fleetRun.ownWaves'), check: wrongWaves }]
        : []),
      ...(answers.stop === 'failures'
        ? [{ name: 'stop_number', label: t('fleetRun.stopNumber'), check: check.number(1, 10_000) }]
        : []),
      ...(answers.stop === 'percent'
        ? [{ name: 'stop_number', label: t('fleetRun.stopPercent'), check: check.number(1, 100) }]
        : []),
      { name: 'at_once', label: t('fleetRun.atOnce'), check: check.optional(check.number(1, 500)) },
      ...(later
        ? [
            { name: 'name', label: t('schedule.name'), check: check.required },
            ...(answers.rule === 'cron'
              ? [{ name: 'cron', label: t('schedule.cron'), check: check.required }]
              : [{ name: 'time', label: t('schedule.time'), check: check.time }]),
            ...(answers.rule === 'once'
              ? [{ name: 'date', label: t('schedule.date'), check: check.date }]
              : []),
            ...(answers.rule === 'weekly'
              ? [{ name: 'days', label: t('schedule.days'), check: check.required }]
              : []),
            { name: 'zone', label: t('schedule.zone'), check: () => null },
          ]
        : []),
    ];
  }, [t, answers.where, answers.waves, answers.stop, answers.rule, asks, later]);
  const form = useForm(fields, first);
  if (form.values !== answers) setAnswers(form.values);

  const order = (dry: boolean): FleetOrder => orderOf(form.values, chosen, dry);
  const begin = useChange(
    (dry: boolean) =>
      ipc.fleet.begin({
        order: order(dry),
        password: form.values.change === 'create_user' ? (form.values.password ?? '') : null,
      }),
    (begun) => void navigate({ to: '/runs/fleet/$fleet', params: { fleet: begun.fleet } }),
  );
  const keep = useChange(
    (_: null) => {
      const timing = timingOf(form.values) ?? { when: { kind: 'cron', expression: '' }, zone: null };
      return ipc.schedules.create({ name: form.values.name?.trim() ?? '', timing, order: order(false) });
    },
    () => {
      toast(t('schedule.kept', { name: form.values.name?.trim() }));
      void navigate({ to: '/schedules' });
    },
  );
  const refuse = { onError: form.refuse };
  const act = () => {
    if (!form.submit()) return;
    if (later) keep.mutate(null, refuse);
    else begin.mutate(true, refuse);
  };
  const problem = begin.error ?? keep.error;
  const count =
    answers.where === 'servers' ? chosen.length : answers.where === 'all' ? (servers.data?.all ?? 0) : null;

  return (
    <FormPage
      aside={<PlanAside order={order(false)} />}
      footer={
        <FormFooter
          errors={form.errors}
          act={later ? t('schedule.act') : t('fleetRun.look')}
          busy={(begin.isPending && begin.variables) || keep.isPending}
          onAct={act}
          onCancel={() => void navigate({ to: '/runs' })}
          note={<span className="small t3">{later ? t('schedule.note') : t('fleetRun.lookNote')}</span>}
          second={
            later ? undefined : (
              <Button
                className={TAKES.includes(order(false).change.kind) ? 'warns' : undefined}
                loading={begin.isPending && !begin.variables}
                onClick={() => {
                  if (form.submit()) begin.mutate(false, refuse);
                }}
                data-testid="begin-now"
              >
                {t('fleetRun.now')}
              </Button>
            )
          }
        />
      }
    >
      <PageHead title={count !== null && count > 0 ? t('fleetRun.doOn', { count }) : t('fleetRun.title')} />
      {problem && problem.code !== 'invalid_fields' && <ErrorView error={problem} />}
      <Where form={form} chosen={chosen.length} all={servers.data?.all ?? 0} facets={servers.data} />
      <What form={form} later={later} />
      <ChoiceCards
        label={t('fleetRun.waves')}
        value={answers.waves ?? 'careful'}
        onChange={(value) => form.set('waves', value)}
        options={(['careful', 'once', 'own'] as const).map((value) => ({
          value,
          title: t(`fleetRun.wavesOf.${value}`),
          help: t(`fleetRun.wavesHelp.${value}`),
        }))}
      />
      {answers.waves === 'own' && (
        <TextInput
          {...form.bind('own_waves')}
          className="half mono"
          label={t('fleetRun.ownWaves')}
          description={t('fleetRun.ownWavesHelp')}
        />
      )}
      <ChoiceCards
        label={t('fleetRun.stop')}
        value={answers.stop ?? 'first'}
        onChange={(value) => form.set('stop', value)}
        options={(['first', 'failures', 'percent', 'never'] as const).map((value) => ({
          value,
          title: t(`fleetRun.stopOf.${value}`),
          help: '',
        }))}
      />
      <div className="form-pair">
        {(answers.stop === 'failures' || answers.stop === 'percent') && (
          <TextInput
            {...form.bind('stop_number')}
            inputMode="numeric"
            label={t(answers.stop === 'failures' ? 'fleetRun.stopNumber' : 'fleetRun.stopPercent')}
          />
        )}
        <TextInput
          {...form.bind('at_once')}
          inputMode="numeric"
          label={t('fleetRun.atOnce')}
          placeholder="16"
          description={t('fleetRun.atOnceHelp')}
        />
      </div>
      {answers.change !== 'create_user' && (
        <ChoiceCards
          label={t('schedule.when')}
          value={answers.when ?? 'now'}
          onChange={(value) => form.set('when', value)}
          options={[
            { value: 'now', title: t('schedule.now'), help: t('schedule.nowHelp') },
            { value: 'later', title: t('schedule.later'), help: t('schedule.laterHelp') },
          ]}
        />
      )}
      {later && <WhenFields form={form} selection={order(false).selection} />}
    </FormPage>
  );
}

interface Facets {
  tags: readonly { value: string; count: number }[];
  customers: readonly { value: string; count: number }[];
}

function Where({
  form,
  chosen,
  all,
  facets,
}: {
  form: FormState;
  chosen: number;
  all: number;
  facets: Facets | undefined;
}) {
  const { t } = useTranslation();
  const where = form.values.where ?? 'all';
  return (
    <>
      <Select
        className="half"
        label={t('fleetRun.where')}
        value={where}
        data={[
          ...(chosen > 0 ? [{ value: 'servers', label: t('fleetRun.chosen', { count: chosen }) }] : []),
          { value: 'all', label: t('fleetRun.allOf', { count: all }) },
          { value: 'tag', label: t('fleetRun.byTag') },
          { value: 'customer', label: t('fleetRun.byCustomer') },
          { value: 'search', label: t('fleetRun.bySearch') },
        ]}
        onChange={(value) => form.set('where', value ?? 'all')}
      />
      {(where === 'tag' || where === 'customer') && (
        <Select
          id={`field-${where}`}
          className="half"
          label={where === 'tag' ? t('servers.tag') : t('servers.customer')}
          value={form.values[where] || null}
          error={form.errorOf(where)}
          searchable
          data={(where === 'tag' ? facets?.tags : facets?.customers)?.map((each) => ({
            value: each.value,
            label: `${each.value} · ${each.count}`,
          }))}
          onChange={(value) => form.set(where, value ?? '')}
        />
      )}
      {where === 'search' && (
        <TextInput
          {...form.bind('search')}
          className="half"
          label={t('fleetRun.search')}
          description={t('fleetRun.searchHelp')}
        />
      )}
    </>
  );
}

function What({ form, later }: { form: FormState; later: boolean }) {
  const { t } = useTranslation();
  const change = CHANGES.find((each) => each === form.values.change) ?? 'refresh';
  return (
    <>
      <Select
        id="field-change"
        className="half"
        label={t('fleetRun.what')}
        description={t(`fleetRun.goes.${change}`)}
        value={change}
        data={CHANGES.filter((each) => !later || each !== 'create_user').map((each) => ({
          value: each,
          label: t(`fleetRun.change.${each}`),
        }))}
        onChange={(value) => form.set('change', value ?? 'refresh')}
        data-testid="change"
      />
      {ASKS[change].map((name) =>
        name === 'password' ? (
          <PasswordInput
            key={name}
            {...form.bind(name)}
            className="half"
            label={t('fleetRun.ask.password')}
            description={t('people.passwordHelp')}
            autoComplete="new-password"
          />
        ) : (
          <TextInput
            key={name}
            {...form.bind(name)}
            className={name === 'fullname' ? 'half' : 'half mono'}
            label={t(`fleetRun.ask.${name as 'app'}`)}
            description={t(`fleetRun.askHelp.${name as 'app'}`)}
            spellCheck={false}
          />
        ),
      )}
      {change === 'delete_user' && (
        <Checkbox
          label={t('people.purge')}
          checked={form.values.purge === '1'}
          onChange={(event) => form.set('purge', event.currentTarget.checked ? '1' : '')}
        />
      )}
    </>
  );
}

/** How many servers of a wave are named before the rest is counted. */
const NAMED = 8;

function PlanAside({ order }: { order: FleetOrder }) {
  const { t } = useTranslation();
  const say = useWords();
  const settled = useSettled(JSON.stringify(order), 300);
  const plan = useQuery({
    queryKey: ['fleet', 'plan', settled],
    queryFn: () => ipc.fleet.plan(JSON.parse(settled) as FleetOrder),
    meta: { topics: [{ kind: 'servers' }] },
    placeholderData: (before: FleetPlan | undefined) => before,
  });
  return (
    <>
      <h2>{t('happen.title')}</h2>
      {plan.error && plan.error.code !== 'invalid_fields' && <ErrorSentence error={plan.error} />}
      {plan.data && (
        <>
          <p className="strong">{visible(say(plan.data.title))}</p>
          <ol className="happen" style={{ marginTop: 10 }} data-testid="waves">
            {plan.data.waves.map((wave, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a wave is its place
              <li key={index}>
                <span className="plan-n num">{index + 1}</span>
                <div>
                  {t('servers.nServers', { count: wave.servers.length })}
                  <div className="small t3">
                    {wave.servers
                      .slice(0, NAMED)
                      .map((server) => server.name)
                      .join(', ')}
                    {wave.servers.length > NAMED &&
                      ` ${t('fleetRun.andMore', { count: wave.servers.length - NAMED })}`}
                  </div>
                </div>
              </li>
            ))}
          </ol>
          {plan.data.waves.length === 0 && <p className="small t3">{t('fleetRun.nobody')}</p>}
          <hr />
          <p className="small t2">{plan.data.stop ? say(plan.data.stop) : t('fleetRun.noStop')}</p>
        </>
      )}
    </>
  );
}
