/**
 * A form's answers and what is wrong with them. A field is checked when it is left, and while it is being
 * corrected; the act checks all, and what the program refuses (`invalid_fields`) comes back beside its field.
 */
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Check, Rule } from './checks';
import type { AppError, Words } from './contract';
import { ruleWords } from './errors';
import type { FieldError } from './parts/Form';
import { goTo } from './parts/Form';
import { useWords } from './useWords';

export interface Field {
  name: string;
  label: string;
  check: Check;
}

export interface FormState {
  values: Readonly<Record<string, string>>;
  set: (name: string, value: string) => void;
  /** What a text field needs: id, value, change, blur, error. */
  bind: (name: string) => {
    id: string;
    value: string;
    onChange: (event: { currentTarget: { value: string } }) => void;
    onBlur: () => void;
    error: string | undefined;
  };
  errorOf: (name: string) => string | undefined;
  touch: (name: string) => void;
  errors: FieldError[];
  /** Checks everything; goes to the first mistake and answers false when there is one. */
  submit: () => boolean;
  refuse: (error: AppError) => void;
}

export function useForm(
  fields: readonly Field[],
  first: Readonly<Record<string, string>>,
  extra?: (values: Readonly<Record<string, string>>) => Record<string, Rule | string | null>,
): FormState {
  const { t } = useTranslation();
  const pick = useWords();
  const [values, setValues] = useState<Readonly<Record<string, string>>>(first);
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<Readonly<Record<string, Words>>>({});

  const problems = useMemo(() => {
    const also = extra?.(values) ?? {};
    const found: Record<string, Rule | Words | string> = {};
    for (const field of fields) {
      const problem = refused[field.name] ?? field.check(values[field.name] ?? '') ?? also[field.name];
      if (problem) found[field.name] = problem;
    }
    return found;
  }, [fields, values, refused, extra]);

  const say = useCallback(
    (problem: Rule | Words | string | undefined): string | undefined => {
      if (problem === undefined || typeof problem === 'string') return problem;
      return 'rule' in problem ? ruleWords(problem, t) : pick(problem);
    },
    [t, pick],
  );
  const errorOf = (name: string) => (shown.has(name) ? say(problems[name]) : undefined);
  const touch = (name: string) =>
    setShown((before) => (before.has(name) ? before : new Set(before).add(name)));
  const set = (name: string, value: string) => {
    setValues((before) => ({ ...before, [name]: value }));
    setRefused(({ [name]: _, ...rest }) => rest);
  };
  const errors = fields
    .filter((field) => shown.has(field.name) && problems[field.name])
    .map((field) => ({ id: `field-${field.name}`, label: field.label }));

  return {
    values,
    set,
    touch,
    errorOf,
    errors,
    bind: (name) => ({
      id: `field-${name}`,
      value: values[name] ?? '',
      onChange: (event) => set(name, event.currentTarget.value),
      onBlur: () => {
        if ((values[name] ?? '') !== '') touch(name);
      },
      error: errorOf(name),
    }),
    submit: () => {
      setShown(new Set(fields.map((field) => field.name)));
      const wrong = fields.find((field) => problems[field.name]);
      if (!wrong) return true;
      requestAnimationFrame(() => goTo(`field-${wrong.name}`));
      return false;
    },
    refuse: (error) => {
      if (error.code !== 'invalid_fields') return;
      const next: Record<string, Words> = {};
      for (const { field, words } of error.fields) next[field] = words;
      setRefused(next);
      setShown((before) => new Set([...before, ...Object.keys(next)]));
    },
  };
}
