/** The whole plan, before it begins: what still matters of the findings, then every step and why. */
import { useTranslation } from 'react-i18next';
import type { PlannedStep, Preflight } from '../../../shared/contract';
import { Card } from '../../../shared/parts/Card';
import { Strip } from '../../../shared/parts/Strip';
import { useWords } from '../../../shared/useWords';
import { visible } from '../../../shared/visible';
import { countOf, Finding } from './Findings';

export function PlanReview({
  found,
  steps,
  name,
}: {
  found: Preflight;
  steps: readonly PlannedStep[];
  name: string;
}) {
  const { t } = useTranslation();
  const say = useWords();
  const matter = found.findings.filter((each) => each.verdict !== 'fine');
  return (
    <>
      {!found.may_begin && (
        <Strip tone="fail" strong={t('provision.mayNot', { count: countOf(found, 'stop') })}>
          {t('provision.mayNotText')}
        </Strip>
      )}
      {matter.length > 0 && (
        <Card title={t('provision.findings')} count={matter.length} flush>
          <ul className="found">
            {matter.map((finding) => (
              <Finding key={finding.check} finding={finding} />
            ))}
          </ul>
        </Card>
      )}
      <Card title={t('provision.planOf', { name })} count={steps.length} flush testid="plan">
        <ol className="planned">
          {steps.map((step, index) => (
            <li key={step.name}>
              <span className="plan-n num">{index + 1}</span>
              <div>
                <b>{visible(say(step.intent))}</b>
                <p className="small t3">{visible(say(step.why))}</p>
              </div>
            </li>
          ))}
        </ol>
      </Card>
      <p className="small t2">{t('provision.planLeave')}</p>
    </>
  );
}
