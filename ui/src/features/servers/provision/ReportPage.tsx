/** What was done to make a machine into a server: to read, to print, to hand over. */
import { Button } from '@mantine/core';
import { IconPlayerPlay, IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../../shared/commands';
import type { ProvisioningReport } from '../../../shared/contract';
import { useCrumbs } from '../../../shared/crumbs';
import { ErrorView } from '../../../shared/ErrorView';
import { duration, spell } from '../../../shared/format';
import { Facts } from '../../../shared/parts/Card';
import { SkeletonRows } from '../../../shared/parts/Loading';
import { PageHead } from '../../../shared/parts/PageHead';
import { ToneIcon } from '../../../shared/parts/State';
import { queries } from '../../../shared/queries';
import { STEP_TONE } from '../../../shared/states';
import { useFormat } from '../../../shared/useFormat';
import { useWords } from '../../../shared/useWords';
import { visible } from '../../../shared/visible';
import './provision.css';

export default function ReportPage() {
  const { run } = useParams({ from: '/runs/$run/report' });
  const report = useQuery(queries.report(run));
  if (report.error) {
    return (
      <div className="page-scroll">
        <ErrorView error={report.error} onRetry={() => void report.refetch()} />
      </div>
    );
  }
  return report.data ? <Report report={report.data} /> : <SkeletonRows rows={8} />;
}

function Report({ report }: { report: ProvisioningReport }) {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const navigate = useNavigate();
  const title = say(report.title);
  useCrumbs([
    { label: t('runs.title'), to: '/runs' },
    { label: title, to: `/runs/${report.run}` },
    { label: t('report.title') },
  ]);
  const print = () => window.print();
  useCommands([
    {
      id: 'print',
      title: t('report.print'),
      group: 'page',
      keys: 'mod+p',
      icon: <IconPrinter />,
      run: print,
    },
  ]);
  return (
    <div className="page">
      <PageHead
        title={title}
        icon={<ToneIcon tone={report.done ? 'ok' : 'fail'} size={20} />}
        under={
          <>
            <span>{t('run.startedBy', { time: format.when(report.started_at), by: report.by })}</span>
            {report.seconds != null && (
              <>
                <span>·</span>
                <span className="num">{spell(report.seconds * 1000)}</span>
              </>
            )}
          </>
        }
        actions={
          <>
            <Button
              leftSection={<IconPlayerPlay size={16} />}
              onClick={() => void navigate({ to: '/runs/$run', params: { run: report.run } })}
            >
              {t('report.toRun')}
            </Button>
            <Button variant="filled" leftSection={<IconPrinter size={16} />} onClick={print}>
              {t('report.print')}
            </Button>
          </>
        }
      />
      <div className="page-scroll">
        <article className="report" data-testid="report">
          {report.sections.map((section) => (
            <section key={section.title.en}>
              <h2>{say(section.title)}</h2>
              <Facts
                width={150}
                facts={section.lines.map((line) => [
                  say(line.label),
                  <span key={line.label.en} className="report-value">
                    {visible(say(line.value))}
                  </span>,
                ])}
              />
            </section>
          ))}
          <section>
            <h2>{t('report.steps')}</h2>
            <ol className="report-steps">
              {report.steps.map((step, index) => (
                <li key={step.intent.en}>
                  <ToneIcon tone={STEP_TONE[step.state]} />
                  <span className="plan-n num">{index + 1}</span>
                  <div>
                    <b>{say(step.intent)}</b>
                    <p className="small t3">
                      {step.observation ? visible(say(step.observation)) : t(`stepState.${step.state}`)}
                    </p>
                  </div>
                  <span className="small t3 num">
                    {step.seconds != null ? duration(step.seconds * 1000) : ''}
                  </span>
                </li>
              ))}
            </ol>
          </section>
          <p className="small t3">{t('report.made', { time: format.exact(format.now) })}</p>
        </article>
      </div>
    </div>
  );
}
