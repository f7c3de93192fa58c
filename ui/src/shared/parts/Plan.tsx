/** The steps of a run: icon, number, intent, what was seen, time. Not a stepper: it scrolls and it times. */
import type { ReactNode } from 'react';
import { Bar, type Tone, ToneIcon } from './State';

export interface PlanStep {
  /** Its place, from 0. */
  n: number;
  tone: Tone;
  /** The state in a word, for a screen reader. */
  word: string;
  title: string;
  detail?: ReactNode;
  time?: string;
  now?: boolean;
  failed?: boolean;
  percent?: number | null;
  progress?: ReactNode;
}

export function Plan({
  steps,
  chosen,
  onChoose,
  label,
}: {
  steps: readonly PlanStep[];
  chosen?: number | null;
  onChoose?: (n: number) => void;
  label: string;
}) {
  return (
    <ol className="plan" aria-label={label}>
      {steps.map((step) => (
        <li
          key={step.n}
          data-now={step.now || undefined}
          data-failed={step.failed || undefined}
          data-todo={step.tone === 'todo' || undefined}
          data-chosen={chosen === step.n || undefined}
          data-testid={`step-${step.n}`}
          aria-current={step.now ? 'step' : undefined}
        >
          <ToneIcon tone={step.tone} />
          <span className="plan-n num">{step.n + 1}</span>
          <div className="plan-what">
            <button
              type="button"
              className="plan-title"
              onClick={() => onChoose?.(step.n)}
              disabled={!onChoose}
            >
              {step.title}
              <span className="vh">, {step.word}</span>
            </button>
            {step.detail && <div className="plan-detail">{step.detail}</div>}
            {step.now && step.percent != null && (
              <div className="plan-progress">
                <Bar percent={step.percent} />
                <div className="row small t2 num">
                  <span className="grow">{step.progress}</span>
                  <span>{step.percent}&nbsp;%</span>
                </div>
              </div>
            )}
          </div>
          <span className="plan-time num">{step.time}</span>
        </li>
      ))}
    </ol>
  );
}
