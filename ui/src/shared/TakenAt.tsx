/** When what is shown was read. */
import { useTranslation } from 'react-i18next';
import { useFormat } from './useFormat';

export function TakenAt({ at }: { at: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!at) return <span className="small t3">{t('facts.never')}</span>;
  return (
    <time className="small t3" dateTime={at} title={format.exact(at)}>
      {t('facts.snapshot', { time: format.whenShort(at) })}
    </time>
  );
}
