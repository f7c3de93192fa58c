/** Filters of a list: a text field first (key /), then chips `Field value ▾`; a set one is tinted and has ×. */
import { Checkbox, Popover, TextInput } from '@mantine/core';
import { IconChevronDown, IconFilter, IconX } from '@tabler/icons-react';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { plain } from '../format';

export function TextFilter({
  value,
  onChange,
  placeholder,
  inputRef,
  width = 220,
}: {
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
  inputRef?: RefObject<HTMLInputElement | null>;
  width?: number;
}) {
  const { t } = useTranslation();
  return (
    <TextInput
      ref={inputRef}
      className="text-filter"
      size="xs"
      w={width}
      leftSection={<IconFilter size={14} />}
      leftSectionWidth={28}
      value={value}
      placeholder={placeholder}
      aria-label={placeholder}
      aria-keyshortcuts="/"
      data-list-filter
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          if (value) onChange('');
          else event.currentTarget.blur();
        }
      }}
      rightSection={
        value ? (
          <button
            type="button"
            className="copy"
            aria-label={t('filter.clearText')}
            onClick={() => onChange('')}
          >
            <IconX size={14} />
          </button>
        ) : null
      }
    />
  );
}

export interface Option {
  value: string;
  label: string;
  count?: number;
}

export function FilterChip({
  field,
  all,
  options,
  chosen,
  onChange,
}: {
  field: string;
  /** The word for "no filter": all, toutes… */
  all: string;
  options: readonly Option[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState('');
  const labels = chosen.map((value) => options.find((option) => option.value === value)?.label ?? value);
  const set = chosen.length > 0;
  const shown = options.filter((option) => plain(option.label).includes(plain(search)));
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" offset={4} trapFocus returnFocus>
      <Popover.Target>
        <span className="chip" data-set={set || undefined}>
          <button
            type="button"
            className="chip-main"
            aria-expanded={open}
            onClick={() => {
              setSearch('');
              setOpen((before) => !before);
            }}
          >
            <span className="chip-field">{field}</span>
            <b className="ell">{set ? labels.join(', ') : all}</b>
            {!set && <IconChevronDown size={12} />}
          </button>
          {set && (
            <button
              type="button"
              className="chip-x"
              aria-label={t('filter.remove', { field })}
              onClick={() => onChange([])}
            >
              <IconX size={14} />
            </button>
          )}
        </span>
      </Popover.Target>
      <Popover.Dropdown className="chip-menu">
        {options.length > 8 && (
          <TextInput
            size="xs"
            mb={4}
            value={search}
            data-autofocus
            aria-label={t('filter.search', { field })}
            placeholder={t('filter.search', { field })}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        <div className="chip-options">
          {shown.map((option) => (
            <Checkbox
              key={option.value}
              checked={chosen.includes(option.value)}
              label={
                <span className="row">
                  <span className="grow ell">{option.label}</span>
                  {option.count != null && <span className="t3 num small">{option.count}</span>}
                </span>
              }
              onChange={(event) =>
                onChange(
                  event.currentTarget.checked
                    ? [...chosen, option.value]
                    : chosen.filter((value) => value !== option.value),
                )
              }
            />
          ))}
          {shown.length === 0 && <p className="t3 small">{t('filter.none')}</p>}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
