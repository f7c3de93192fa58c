/** One entry beside the list: all that it says, its place in the chain, and what else one may look at from here. */
import { Button } from '@mantine/core';
import { IconCopy, IconFilter, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { JournalRow } from '../../shared/contract';
import { copyText } from '../../shared/copyText';
import { ErrorSentence } from '../../shared/ErrorView';
import { Facts } from '../../shared/parts/Card';
import { State } from '../../shared/parts/State';
import { toast } from '../../shared/parts/toasts';
import { CopyButton } from '../../shared/parts/Words';
import { useMay, usePolicy, usePrivilege } from '../../shared/policy';
import { queries } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import { detailOf, fieldWords, outcomeTone, outcomeWords, runOf, shortHash, whatWords } from './entryWords';
import type { JournalSearch } from './journalSearch';
import { SubjectLink } from './SubjectLink';

export function Inspector({
  n,
  entry,
  onClose,
  onFilter,
}: {
  n: number | null;
  /** What the list knows of it already. */
  entry: JournalRow | null;
  onClose: () => void;
  onFilter: (part: Partial<JournalSearch>) => void;
}) {
  const { t } = useTranslation();
  const say = useWords();
  const policy = usePolicy();
  const format = useFormat();
  const asked = useQuery({ ...queries.journalEntry(n ?? 0), enabled: n !== null });
  const row = asked.data?.row ?? entry;
  return (
    <aside className="inspector" aria-label={t('journal.entry')} data-testid="inspector">
      <header className="inspector-head">
        <h2>
          {row
            ? t('journal.entryTitle', {
                what: visible(whatWords(row.what, t, say, policy)),
                outcome: outcomeWords(row.outcome, t).toLocaleLowerCase(format.language),
              })
            : t('journal.entry')}
        </h2>
        <button type="button" className="dialog-x" aria-label={t('act.close')} onClick={onClose}>
          <IconX size={18} />
        </button>
      </header>
      {n === null && <p className="t3">{t('journal.choose')}</p>}
      {asked.error && <ErrorSentence error={asked.error} />}
      {row && (
        <>
          <p className="small t3 num">
            {t('journal.entryAt', { n: format.integer(row.n), time: format.exact(row.at) })}
          </p>
          <About row={row} />
          <Why row={row} />
          {asked.data && (
            <section>
              <h3>{t('journal.chain')}</h3>
              <Facts
                width={60}
                facts={[
                  [t('journal.this'), <Hash key="this" hash={asked.data.this} />],
                  [t('journal.before'), <Hash key="before" hash={asked.data.before} />],
                  [
                    t('journal.signed'),
                    asked.data.signed_at
                      ? t('journal.signedAt', {
                          n: format.integer(asked.data.signed_n ?? row.n),
                          time: format.when(asked.data.signed_at),
                        })
                      : t('journal.notSigned'),
                  ],
                ]}
              />
            </section>
          )}
          <div className="inspector-acts">
            <Button
              size="xs"
              leftSection={<IconCopy size={14} />}
              onClick={() =>
                void copyText(JSON.stringify(row, null, 2)).then((copied) => {
                  if (copied) toast(t('act.copied'));
                })
              }
            >
              {t('act.copy')}
            </Button>
            {row.account && (
              <Button
                size="xs"
                leftSection={<IconFilter size={14} />}
                onClick={() => onFilter({ account: row.account ?? undefined })}
              >
                {t('journal.allBy', { name: row.who })}
              </Button>
            )}
            {row.subject_id && (
              <Button
                size="xs"
                leftSection={<IconFilter size={14} />}
                onClick={() => onFilter({ kind: row.subject_kind, id: row.subject_id ?? undefined })}
              >
                {t('journal.allOn', { name: row.subject })}
              </Button>
            )}
          </div>
        </>
      )}
    </aside>
  );
}

function About({ row }: { row: JournalRow }) {
  const { t } = useTranslation();
  const may = useMay();
  const run = runOf(row);
  const role =
    row.role === 'administrator' || row.role === 'restricted_administrator' || row.role === 'end_user'
      ? t(`role.${row.role}`)
      : row.role;
  return (
    <Facts
      width={70}
      facts={[
        [t('journal.who'), [visible(row.who), role].filter(Boolean).join(', ')],
        [t('journal.onWhat'), <SubjectLink key="subject" row={row} />],
        [
          t('journal.outcome'),
          <State key="outcome" tone={outcomeTone(row.outcome)} word={outcomeWords(row.outcome, t)} />,
        ],
        run !== null &&
          may('see_runs') && [
            t('runs.run'),
            <Link key="run" to="/runs/$run" params={{ run }}>
              {t('journal.openRun')}
            </Link>,
          ],
        ...detailOf(row)
          .filter(([name]) => name !== 'run')
          .map(([name, value]): [string, string] => [fieldWords(name, t), visible(value)]),
      ]}
    />
  );
}

/** Of a denial: who may. */
function Why({ row }: { row: JournalRow }) {
  const { t } = useTranslation();
  const say = useWords();
  const asked = usePrivilege(row.what.replace(/^ask\./, ''));
  if (row.outcome !== 'denied' || !asked) return null;
  return (
    <section>
      <h3>{t('journal.why')}</h3>
      <p className="t2">
        {t('journal.whyText', {
          what: say(asked.words),
          who: asked.who.map((role) => t(`role.${role}`)).join(', '),
        })}
      </p>
    </section>
  );
}

function Hash({ hash }: { hash: string }) {
  return (
    <span className="row">
      <span className="code-s" title={hash}>
        {shortHash(hash)}
      </span>
      <CopyButton value={hash} />
    </span>
  );
}
