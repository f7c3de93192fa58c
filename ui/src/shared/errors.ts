/**
 * The words for every error, exhaustive over `Code`: what happened, what was and wasn't changed, what to
 * do. The sentences live in the language files, under `error.<code>`; a code without them does not compile.
 */
import type { TFunction } from 'i18next';
import type { Rule } from './checks';
import type { AppError, Code } from './contract';
import type { Tone } from './parts/State';

/** Icon and colour of each code: plum is for identity, where someone must decide. */
export const TONE: Record<Code, Tone> = {
  no_workspace: 'warn',
  locked: 'warn',
  wrong_password: 'fail',
  wrong_recovery_key: 'fail',
  second_factor_needed: 'warn',
  wrong_code: 'fail',
  account_disabled: 'denied',
  account_needed: 'warn',
  keyring_unavailable: 'warn',
  throttled: 'warn',
  workspace_in_use: 'warn',
  workspace_missing: 'fail',
  workspace_exists: 'warn',
  workspace_newer: 'warn',
  workspace_damaged: 'fail',
  invalid_fields: 'warn',
  not_found: 'warn',
  denied: 'denied',
  server_exists: 'warn',
  name_not_found: 'unreachable',
  connection_refused: 'unreachable',
  timed_out: 'unreachable',
  connection_cut: 'unreachable',
  host_key_unknown: 'stop',
  host_key_changed: 'stop',
  host_key_revoked: 'stop',
  authentication_failed: 'fail',
  key_unusable: 'fail',
  sudo_refused: 'fail',
  no_python: 'fail',
  no_entry: 'fail',
  no_yunohost: 'warn',
  not_postinstalled: 'warn',
  nonsense: 'fail',
  certificate_unknown: 'stop',
  certificate_changed: 'stop',
  not_a_portal: 'fail',
  login_refused: 'fail',
  session_ended: 'warn',
  refused: 'fail',
  not_ready: 'fail',
  busy: 'warn',
  disk_full: 'fail',
  outcome_unknown: 'unknown',
  local_disk: 'fail',
  internal: 'fail',
};

export interface ErrorWords {
  title: string;
  happened: string;
  changed: string;
  todo: string;
  tone: Tone;
}

/** The words for an error. `server` and the like come from its `params`. */
export function errorWords(error: Pick<AppError, 'code' | 'message' | 'params'>, t: TFunction): ErrorWords {
  const values = {
    server: t('error.theServer'),
    address: t('error.theServer'),
    seconds: '',
    key: '',
    fingerprint: '',
    ...error.params,
  };
  const words = (part: 'title' | 'happened' | 'changed' | 'todo'): string =>
    t(`error.${error.code}.${part}`, values);
  return {
    title: words('title'),
    happened:
      error.code === 'refused' || error.code === 'internal' || error.code === 'nonsense'
        ? error.message || words('happened')
        : words('happened'),
    changed: words('changed'),
    todo: words('todo'),
    tone: TONE[error.code],
  };
}

/** What is allowed in a field, as a sentence. */
export function ruleWords(problem: Rule, t: TFunction): string {
  switch (problem.rule) {
    case 'too_long':
      return t('rule.too_long', { count: problem.max });
    case 'too_short':
      return t('rule.too_short', { count: problem.min });
    case 'number_range':
      return t('rule.number_range', { min: problem.min, max: problem.max });
    case 'characters':
      return t('rule.characters', { allowed: t(`allowed.${problem.allowed}`) });
    default:
      return t(`rule.${problem.rule}`);
  }
}
