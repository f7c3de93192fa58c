/** Beside the form: where one is among its stages, and what is chosen so far. */
import { useTranslation } from 'react-i18next';
import type { Preflight, ProvisioningForm } from '../../../shared/contract';
import { type Fact, Facts } from '../../../shared/parts/Card';
import { ToneIcon } from '../../../shared/parts/State';
import { useWords } from '../../../shared/useWords';
import { visible } from '../../../shared/visible';
import type { Answers } from './choices';

export const STAGES = ['machine', 'choices', 'findings', 'plan'] as const;
export type Stage = (typeof STAGES)[number];

/** What is worth saying beside the plan. */
const TOLD: readonly string[] = ['domain', 'admin', 'certificate', 'ssh_port', 'branch'];

export function Stages({
  stage,
  found,
  name,
  answers,
  form,
}: {
  stage: Stage;
  found: Preflight | null;
  name: string;
  answers: Answers;
  form: ProvisioningForm;
}) {
  const { t } = useTranslation();
  const say = useWords();
  const place = STAGES.indexOf(stage);
  const chosen = (field: string): Fact => {
    const asked = form.fields.find((each) => each.name === field);
    const value = answers[field];
    if (!asked || !value) return null;
    const option = asked.options.find((each) => each.value === value);
    return [
      say(asked.label),
      option ? (
        say(option.label)
      ) : (
        <span key={field} className="code">
          {value}
        </span>
      ),
    ];
  };
  return (
    <>
      <h2>{t('happen.title')}</h2>
      <ol className="stages">
        {STAGES.map((each, index) => (
          <li
            key={each}
            data-now={each === stage || undefined}
            aria-current={each === stage ? 'step' : undefined}
          >
            <ToneIcon tone={index < place ? 'ok' : 'todo'} />
            <div>
              {t(`provision.stage.${each}`)}
              <div className="small t3">{t(`provision.stageHelp.${each}`)}</div>
            </div>
          </li>
        ))}
      </ol>
      {place > 0 && (
        <>
          <hr />
          <h2>{name}</h2>
          <Facts
            width={78}
            facts={[
              found && [t('provision.machine'), visible(found.machine)],
              found && [t('provision.beginning'), t(`provision.start.${found.beginning}`)],
              ...TOLD.map(chosen),
            ]}
          />
        </>
      )}
    </>
  );
}
