/** The mark of an in-house app: which release answers; of which commit, by whom and when under the pointer. */
import { useTranslation } from 'react-i18next';
import type { Shipped } from '../../shared/contract';
import { State } from '../../shared/parts/State';
import { useFormat } from '../../shared/useFormat';
import { visible } from '../../shared/visible';

export function ShippedMark({ shipped }: { shipped: Shipped }) {
  const { t } = useTranslation();
  const format = useFormat();
  const told = [
    shipped.message,
    shipped.commit && t('apps.commit', { commit: shortCommit(shipped.commit) }),
    [shipped.by, shipped.at && format.exact(shipped.at)].filter(Boolean).join(', '),
  ];
  return (
    <State
      tone="ok"
      word={t('apps.shipped', { release: visible(shipped.release) })}
      title={told
        .filter(Boolean)
        .map((line) => visible(line ?? ''))
        .join('\n')}
    />
  );
}

/** The first ten of its digits, and the `+` of a folder that had more than the commit. */
export function shortCommit(commit: string): string {
  return commit.length > 10 ? commit.slice(0, 10) + (commit.endsWith('+') ? '+' : '') : commit;
}
