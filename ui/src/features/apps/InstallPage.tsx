/** Install an app: a form made from its manifest's questions, and at its right what will happen. */
import { TextInput } from '@mantine/core';
import {
  IconDatabasePlus,
  IconDownload,
  IconHeartbeat,
  IconRoute,
  IconUsersGroup,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as check from '../../shared/checks';
import type { InstallForm, Question, ServerDetail } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { AppIcon } from '../../shared/parts/AppIcon';
import { Facts } from '../../shared/parts/Card';
import { FormFooter, FormPage } from '../../shared/parts/Form';
import { SkeletonRows } from '../../shared/parts/Loading';
import { Bar } from '../../shared/parts/State';
import { Strip } from '../../shared/parts/Strip';
import { queries, useChange } from '../../shared/queries';
import { type Field, useForm } from '../../shared/useForm';
import { useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import { QuestionField } from './QuestionField';
import {
  addressOf,
  addressProblem,
  answersToSend,
  checkOf,
  firstAnswers,
  freePath,
  shownQuestions,
  sizeOf,
} from './questions';
import './apps.css';

export default function InstallPage() {
  const { t } = useTranslation();
  const { server, app } = useParams({ from: '/servers/$server/install/$app' });
  const form = useQuery(queries.installForm(server, app));
  const detail = useQuery(queries.server(server));
  const name = detail.data?.row.name ?? '';
  useCrumbs([
    { label: t('servers.title'), to: '/servers' },
    { label: name, to: `/servers/${server}` },
    { label: t('server.install'), to: `/servers/${server}/install` },
    { label: form.data?.name ?? app },
  ]);
  const error = form.error ?? detail.error;
  if (error) {
    return (
      <div className="page-scroll">
        <ErrorView error={error} onRetry={() => void form.refetch()} />
      </div>
    );
  }
  if (!form.data || !detail.data) return <SkeletonRows rows={6} />;
  return <Install key={form.data.app} form={form.data} server={detail.data} />;
}

const LABEL = 'towerify_label';

function Install({ form: asked, server }: { form: InstallForm; server: ServerDetail }) {
  const { t } = useTranslation();
  const say = useWords();
  const navigate = useNavigate();
  const { row } = server;
  const [first] = useState(() => ({ [LABEL]: asked.name, ...firstAnswers(asked.questions) }));
  const [answers, setAnswers] = useState<Readonly<Record<string, string>>>(first);
  const shown = useMemo(() => shownQuestions(asked.questions, answers), [asked.questions, answers]);
  const fields = useMemo<Field[]>(
    () => [
      { name: LABEL, label: t('install.label'), check: check.required },
      ...shown.map((question) => ({ name: question.id, label: say(question.ask), check: checkOf(question) })),
    ],
    [t, shown, say],
  );
  const collisions = useCallback(
    (values: Readonly<Record<string, string>>): Record<string, string | null> => {
      const problem = addressProblem(asked.questions, values, asked.taken);
      if (!problem) return {};
      if (problem.path === null) return { [problem.question]: t('install.domainTaken') };
      const host = addressOf(asked.questions, values)?.split('/')[0] ?? '';
      return {
        [problem.question]: t('install.pathTaken', {
          path: freePath(host, problem.path, asked.taken, asked.app),
        }),
      };
    },
    [asked, t],
  );
  const form = useForm(fields, first, collisions);
  if (form.values !== answers) setAnswers(form.values);

  const install = useChange(
    (_: null) =>
      ipc.apps.install(row.id, {
        app: asked.app,
        label: form.values[LABEL]?.trim() || null,
        answers: answersToSend(asked.questions, form.values),
      }),
    (begun) => void navigate({ to: '/runs/$run', params: { run: begun.run } }),
  );
  const begin = () => {
    if (asked.unmet.length === 0 && form.submit()) install.mutate(null, { onError: form.refuse });
  };

  return (
    <FormPage
      aside={<WhatWillHappen form={asked} server={server} answers={form.values} />}
      footer={
        <FormFooter
          errors={form.errors}
          act={t('install.act', { server: row.name })}
          busy={install.isPending}
          onAct={begin}
          onCancel={() => void navigate({ to: '/servers/$server', params: { server: row.id } })}
        />
      }
    >
      <header className="form-title">
        <AppIcon id={asked.app} name={asked.name} size={40} />
        <div>
          <h1>{t('install.title', { app: asked.name })}</h1>
          <p className="small t3">
            {asked.version} · {visible(say(asked.description))}
          </p>
        </div>
      </header>
      {asked.unmet.map((unmet) => (
        <Strip key={unmet} tone="fail" strong={t('install.unmet')}>
          {visible(unmet)}
        </Strip>
      ))}
      {asked.notice && say(asked.notice) && <div className="notice">{visible(say(asked.notice))}</div>}
      {install.error && install.error.code !== 'invalid_fields' && <ErrorView error={install.error} />}
      <TextInput {...form.bind(LABEL)} className="half" label={t('install.label')} />
      {pair(shown).map((group) =>
        group.length === 2 ? (
          <div className="form-pair" key={group[0]?.id}>
            {group.map((question) => (
              <QuestionField key={question.id} question={question} form={form} />
            ))}
          </div>
        ) : (
          group.map((question) => (
            <div key={question.id} className={NARROW.has(question.kind) ? 'half' : undefined}>
              <QuestionField question={question} form={form} />
            </div>
          ))
        ),
      )}
    </FormPage>
  );
}

const NARROW = new Set<Question['kind']>([
  'user',
  'select',
  'password',
  'app',
  'domain',
  'path',
  'number',
  'color',
]);

/** Two fields in a row only when they are one thought: domain and path. */
export function pair(questions: readonly Question[]): Question[][] {
  const groups: Question[][] = [];
  for (const question of questions) {
    const before = groups.at(-1);
    if (question.kind === 'path' && before?.length === 1 && before[0]?.kind === 'domain')
      before.push(question);
    else groups.push([question]);
  }
  return groups;
}

function WhatWillHappen({
  form,
  server,
  answers,
}: {
  form: InstallForm;
  server: ServerDetail;
  answers: Readonly<Record<string, string>>;
}) {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const address = addressOf(form.questions, answers);
  const taken = addressProblem(form.questions, answers, form.taken) !== null;
  const group = form.questions.find((question) => question.kind === 'group');
  const who = group ? (answers[group.id] ?? '') : '';
  const disk = sizeOf(form.disk);
  const memory = sizeOf(form.memory);
  const free = server.facts ? server.facts.disk_free_kib * 1024 : null;
  const freeMemory = server.facts ? server.facts.memory_free_kib * 1024 : null;
  const meter = (need: number, have: number | null) =>
    have === null ? (
      format.bytes(need)
    ) : (
      <span className="num">
        <Bar
          percent={Math.max(2, (need / Math.max(have, 1)) * 100)}
          width={88}
          tone={need > have ? 'fail' : 'run'}
        />
        {t('install.ofFree', { need: format.bytes(need), free: format.bytes(have) })}
      </span>
    );
  return (
    <>
      <h2>{t('happen.title')}</h2>
      <ol className="happen">
        <li>
          <IconDatabasePlus />
          <div>
            {t('install.happenUser')}
            <div className="small t3">{t('install.happenUserHelp', { app: form.app })}</div>
          </div>
        </li>
        <li>
          <IconDownload />
          <div>
            {t('install.happenFetch')}
            <div className="small t3">{t('install.happenFetchHelp')}</div>
          </div>
        </li>
        {address && (
          <li>
            <IconRoute />
            <div>
              {t('install.happenAddress')}
              <div className="code" style={taken ? { color: 'var(--fail)' } : { color: 'var(--t3)' }}>
                {address}
              </div>
            </div>
          </li>
        )}
        {group && (
          <li>
            <IconUsersGroup />
            <div>
              {t('install.happenAccess')}
              <div className="small t3">
                {who === 'visitors'
                  ? t('install.visitorsHelp')
                  : who === 'all_users'
                    ? t('install.allUsers')
                    : say(group.choices.find((choice) => choice.value === who)?.label) || who}
              </div>
            </div>
          </li>
        )}
        <li>
          <IconHeartbeat />
          <div>
            {t('install.happenRead')}
            <div className="small t3">{t('install.happenReadHelp')}</div>
          </div>
        </li>
      </ol>
      <hr />
      <h2>{t('install.fit')}</h2>
      <Facts
        width={78}
        facts={[
          disk !== null && [t('facts.disk'), meter(disk, free)],
          memory !== null && [t('facts.memory'), meter(memory, freeMemory)],
          [t('apps.meanwhile'), t('install.meanwhile')],
        ]}
      />
    </>
  );
}
