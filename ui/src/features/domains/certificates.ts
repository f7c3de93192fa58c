/** How a certificate is drawn: expired fails, under 14 days or self-signed is to watch. */
import type { DomainRow } from '../../shared/contract';
import type { Tone } from '../../shared/parts/State';

export function certificateTone(domain: DomainRow): Tone {
  if (domain.certificate_days != null && domain.certificate_days <= 0) return 'fail';
  if (domain.certificate_kind === 'selfsigned') return 'warn';
  if (domain.certificate_days != null && domain.certificate_days <= 14) return 'warn';
  return domain.certificate_days == null ? 'todo' : 'ok';
}
