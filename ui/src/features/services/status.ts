/** How a service is drawn. What was stopped on purpose is quiet; what failed is not. */
import type { ServiceRow } from '../../shared/contract';
import type { Tone } from '../../shared/parts/State';

export function serviceTone(service: Pick<ServiceRow, 'status'>): Tone {
  switch (service.status) {
    case 'running':
    case 'active':
      return 'ok';
    case 'failed':
      return 'fail';
    case 'inactive':
    case 'dead':
      return 'off';
    default:
      return 'warn';
  }
}

const ORDER: Partial<Record<Tone, number>> = { fail: 0, warn: 1, off: 2, ok: 3 };

export function byTrouble(a: ServiceRow, b: ServiceRow): number {
  return (ORDER[serviceTone(a)] ?? 9) - (ORDER[serviceTone(b)] ?? 9) || a.name.localeCompare(b.name);
}
