/** What a server's reasons lead to: the words of an error, or the tab where one looks. */
import type { Code, Reason } from '../../shared/contract';
import type { Tone } from '../../shared/parts/State';

/** Reasons that are a failure of reaching or reading: the error table has the words. */
export const REASON_CODE: Partial<Record<Reason, Code>> = {
  host_key_changed: 'host_key_changed',
  host_key_revoked: 'host_key_revoked',
  host_key_unknown: 'host_key_unknown',
  disk_full: 'disk_full',
  nonsense: 'nonsense',
  no_python: 'no_python',
  name_not_found: 'name_not_found',
  connection_refused: 'connection_refused',
  no_answer: 'timed_out',
  connection_cut: 'connection_cut',
  login_refused: 'authentication_failed',
  sudo_refused: 'sudo_refused',
  jump_failed: 'timed_out',
  no_yunohost: 'no_yunohost',
  not_configured: 'not_postinstalled',
};

type Tab = 'apps' | 'domains' | 'services' | 'diagnosis' | 'history';

/** Where one looks into the others. */
export const REASON_TAB: Partial<Record<Reason, Tab>> = {
  service_down: 'services',
  diagnosis_errors: 'diagnosis',
  diagnosis_warnings: 'diagnosis',
  certificate_expired: 'domains',
  certificate_expiring: 'domains',
  run_failed: 'history',
  run_unknown: 'history',
  updates_waiting: 'apps',
};

const FAILS: ReadonlySet<Reason> = new Set([
  'service_down',
  'diagnosis_errors',
  'certificate_expired',
  'run_failed',
]);

export function reasonTone(reason: Reason): Tone {
  if (reason === 'suspended') return 'off';
  if (reason === 'never_read') return 'todo';
  return FAILS.has(reason) ? 'fail' : 'warn';
}
