/** Nothing for 300 ms, then rows of the same height as those to come. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

export function useLate(delay = 300): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), delay);
    return () => clearTimeout(timer);
  }, [delay]);
  return late;
}

const WIDTHS = [
  [90, 150],
  [110, 120],
  [84, 172],
];

export function SkeletonRows({ rows = 3 }: { rows?: number }) {
  const { t } = useTranslation();
  if (!useLate()) return null;
  return (
    <div role="status" aria-label={t('load.loading')}>
      {Array.from({ length: rows }, (_, index) => {
        const [first, second] = WIDTHS[index % WIDTHS.length] ?? [90, 150];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never move
          <div className="skeleton-row" key={index}>
            <i style={{ width: first }} />
            <i style={{ width: second }} />
            <span className="grow" />
            <i style={{ width: 40 }} />
          </div>
        );
      })}
    </div>
  );
}
