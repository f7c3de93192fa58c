/** A form's page: one column of 620, what will happen at its right, and a footer that counts errors. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { isField } from '../keys';
import { ToneIcon } from './State';
import { Kbd } from './Words';

export interface FieldError {
  /** The `id` of the control to go to. */
  id: string;
  /** The field's label. */
  label: string;
}

interface FooterProps {
  errors: readonly FieldError[];
  act: string;
  onAct: () => void;
  onCancel?: () => void;
  /** The word on the button beside the act, when it is not Cancel: Back. */
  cancel?: string;
  busy?: boolean;
  note?: ReactNode;
  /** Another way to go on, before the filled one. */
  second?: ReactNode;
}

/** "1 answer to correct: Path"; pressing the number goes there. The act is always enabled. */
export function FormFooter({ errors, act, onAct, onCancel, cancel, busy, note, second }: FooterProps) {
  const { t } = useTranslation();
  const latest = useRef(onAct);
  latest.current = onAct;
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (
        event.key === 'Enter' &&
        (event.ctrlKey || event.metaKey) &&
        !document.querySelector('[role=dialog]')
      ) {
        event.preventDefault();
        latest.current();
      }
    };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
  const first = errors[0];
  return (
    <footer className="form-foot">
      <span aria-live="polite" className="form-errors">
        {first ? (
          <>
            <ToneIcon tone="fail" />
            <button type="button" className="link" onClick={() => goTo(first.id)}>
              {t('form.toCorrect', {
                count: errors.length,
                names: errors.map((error) => error.label).join(', '),
              })}
            </button>
          </>
        ) : (
          note
        )}
      </span>
      <span className="grow" />
      {onCancel && <Button onClick={onCancel}>{cancel ?? t('act.cancel')}</Button>}
      {second}
      <Button
        variant="filled"
        loading={busy}
        onClick={onAct}
        rightSection={<Kbd>Ctrl ↵</Kbd>}
        data-testid="form-act"
      >
        {act}
      </Button>
    </footer>
  );
}

/** Puts the focus in the field with this id, or in the first control within it. */
export function goTo(id: string): void {
  const element = document.getElementById(id);
  if (!element) return;
  const control = isField(element)
    ? element
    : element.querySelector<HTMLElement>('input, textarea, select, button');
  (control ?? element).focus();
  element.scrollIntoView?.({ block: 'center' });
}

export function FormPage({
  children,
  aside,
  footer,
}: {
  children: ReactNode;
  aside?: ReactNode;
  footer: ReactNode;
}) {
  return (
    <div className="form-page" data-aside={aside ? true : undefined}>
      <div className="form-main">
        <div className="form-scroll">
          <div className="form-column">{children}</div>
        </div>
        {footer}
      </div>
      {aside && <aside className="form-aside">{aside}</aside>}
    </div>
  );
}

/** A card to choose with a word and what it means. */
export function ChoiceCards<V extends string>({
  label,
  value,
  onChange,
  options,
}: {
  label: string;
  value: V;
  onChange: (value: V) => void;
  options: readonly { value: V; title: string; help: string; icon?: ReactNode }[];
}) {
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      <div className="choice-row" data-plain={options.every((option) => option.help === '') || undefined}>
        {options.map((option) => (
          <label key={option.value} className="choice" data-checked={option.value === value || undefined}>
            <input
              type="radio"
              className="vh"
              name={label}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.icon}
            <span>
              <b>{option.title}</b>
              {option.help && <span className="small t3">{option.help}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
