/** The dates of a list: a period up to now, or two days. */
import { Popover } from '@mantine/core';
import { IconCheck, IconChevronDown, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../shared/useFormat';
import { type JournalSearch, PERIODS } from './journalSearch';

export function DateChip({
  search,
  onChange,
}: {
  search: JournalSearch;
  onChange: (part: Partial<JournalSearch>) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const set = Boolean(search.since || search.from || search.until);
  const day = (text: string) => format.day(`${text}T12:00:00`);
  const value = search.from
    ? search.until
      ? t('journal.between', { from: day(search.from), until: day(search.until) })
      : t('journal.from', { day: day(search.from) })
    : search.until
      ? t('journal.upto', { day: day(search.until) })
      : search.since
        ? t(`journal.period.${search.since}`)
        : t('filter.allF');
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" offset={4} trapFocus returnFocus>
      <Popover.Target>
        <span className="chip" data-set={set || undefined}>
          <button
            type="button"
            className="chip-main"
            aria-expanded={open}
            onClick={() => setOpen((before) => !before)}
          >
            <span className="chip-field">{t('journal.date')}</span>
            <b className="ell">{value}</b>
            {!set && <IconChevronDown size={12} />}
          </button>
          {set && (
            <button
              type="button"
              className="chip-x"
              aria-label={t('filter.remove', { field: t('journal.date') })}
              onClick={() => onChange({ since: undefined, from: undefined, until: undefined })}
            >
              <IconX size={14} />
            </button>
          )}
        </span>
      </Popover.Target>
      <Popover.Dropdown className="chip-menu">
        <div className="date-periods">
          {PERIODS.map((period) => (
            <button
              key={period}
              type="button"
              className="date-period"
              aria-pressed={search.since === period}
              onClick={() => {
                onChange({ since: period, from: undefined, until: undefined });
                setOpen(false);
              }}
            >
              <span className="grow">{t(`journal.period.${period}`)}</span>
              {search.since === period && <IconCheck size={14} />}
            </button>
          ))}
        </div>
        <div className="date-days">
          {(['from', 'until'] as const).map((bound) => (
            <label key={bound}>
              <span className="small t3">{t(bound === 'from' ? 'journal.fromDay' : 'journal.untilDay')}</span>
              <input
                type="date"
                value={search[bound] ?? ''}
                onChange={(event) =>
                  onChange({ [bound]: event.currentTarget.value || undefined, since: undefined })
                }
              />
            </label>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
