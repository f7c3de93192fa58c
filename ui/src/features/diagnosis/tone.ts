/** How a finding of the diagnosis is drawn; what someone chose to ignore is quiet. */
import type { DiagnosisItem } from '../../shared/contract';
import type { Tone } from '../../shared/parts/State';

export function findingTone(item: Pick<DiagnosisItem, 'status' | 'ignored'>): Tone {
  if (item.ignored) return 'off';
  switch (item.status) {
    case 'ERROR':
      return 'fail';
    case 'WARNING':
      return 'warn';
    case 'SUCCESS':
      return 'ok';
    default:
      return 'todo';
  }
}

export function findingWord(
  item: Pick<DiagnosisItem, 'status' | 'ignored'>,
): 'ignored' | 'error' | 'warning' | 'success' | 'info' {
  const tone = findingTone(item);
  return tone === 'off'
    ? 'ignored'
    : tone === 'fail'
      ? 'error'
      : tone === 'warn'
        ? 'warning'
        : tone === 'ok'
          ? 'success'
          : 'info';
}
