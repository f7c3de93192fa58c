/**
 * Our table: TanStack Table for columns and sorting, TanStack Virtual for rows of a fixed height, our own
 * markup. Keyboard: arrows, Home, End, PgUp, PgDn move; Enter opens; Space and Shift+arrows select;
 * Ctrl+A selects all; Esc clears. It leaves filtering and fetching to whoever owns the rows.
 * Beside an inspector, → opens it, and it follows the row that is active.
 */
import { Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useElementWidth } from '../useElementWidth';

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** A row, or `null` where it has not been fetched yet. */
interface Line<T> {
  item: T | null;
}

export interface Column<T> {
  id: string;
  head: ReactNode;
  /** Width in px; exactly one column should have none: it takes what is left. */
  width?: number;
  align?: 'end';
  cell: (row: T) => ReactNode;
  /** What to sort by here; without it, `sortable` sends the wish to whoever owns the rows. */
  sortValue?: (row: T) => string | number;
  sortable?: boolean;
  /** Leaves when the table is narrower than this. */
  from?: number;
}

export interface Sorting {
  id: string;
  desc: boolean;
}

export interface Selection<T> {
  chosen: ReadonlySet<string>;
  onChange: (chosen: Set<string>) => void;
  label: (row: T) => string;
  onAll?: () => void;
}

interface Props<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly (T | null)[];
  rowId: (row: T) => string;
  /** The accessible name of a row: "glycines-02, key changed, for 6 hours". */
  rowLabel?: (row: T) => string;
  onOpen?: (row: T) => void;
  /** Sorting owned by someone else: the rows come in order. */
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  /** Sorting begun with, when the table sorts by itself. */
  firstSort?: Sorting;
  selection?: Selection<T>;
  /** Rows that are old: shown quieter. */
  stale?: (row: T) => boolean;
  onRange?: (first: number, last: number) => void;
  /** The row under the keyboard changed: an inspector follows it. */
  onActive?: (row: T) => void;
  /** →: opens what stands beside the table. */
  onAside?: () => void;
  /** A row that is shown elsewhere on the page. */
  marked?: (row: T) => boolean;
  /** A table in a card: as high as its rows, and not windowed. */
  inCard?: boolean;
  rowHeight?: number;
  footer?: boolean;
}

export function DataTable<T>(props: Props<T>) {
  const {
    label,
    columns,
    rows,
    rowId,
    rowLabel,
    onOpen,
    sorting,
    onSort,
    firstSort,
    selection,
    stale,
    onRange,
    inCard,
  } = props;
  const { t } = useTranslation();
  const scroll = useRef<HTMLDivElement>(null);
  const width = useElementWidth(scroll);
  const base = useId();
  const [active, setActive] = useState(-1);
  const anchor = useRef(-1);
  const [own, setOwn] = useState<SortingState>(firstSort ? [firstSort] : []);
  const height = props.rowHeight ?? rowHeight();

  const shown = useMemo(
    () => columns.filter((column) => column.from === undefined || width === 0 || width >= column.from),
    [columns, width],
  );
  const definitions = useMemo<ColumnDef<typeof features, Line<T>>[]>(
    () =>
      shown.map((column) => ({
        id: column.id,
        header: column.id,
        accessorFn: (line: Line<T>) =>
          line.item === null || !column.sortValue ? '' : column.sortValue(line.item),
        enableSorting: column.sortValue !== undefined || column.sortable === true,
        sortFn: (a, b, id) => compare(a.getValue(id), b.getValue(id)),
        sortDescFirst: false,
      })),
    [shown],
  );
  const data = useMemo<Line<T>[]>(() => rows.map((item) => ({ item })), [rows]);
  const controlled = sorting ? [sorting] : own;
  const table = useTable({
    features,
    columns: definitions,
    data,
    manualSorting: sorting !== undefined,
    enableSortingRemoval: false,
    enableMultiSort: false,
    state: { sorting: controlled },
    onSortingChange: (update) => {
      const next = typeof update === 'function' ? update(controlled) : update;
      const first = next[0];
      if (!first) return;
      if (onSort) onSort(first);
      else setOwn(next);
    },
  });
  const lines = table.getRowModel().rows;

  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => height,
    overscan: 12,
    enabled: !inCard,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (!inCard && items.length > 0) onRange?.(first, last);
  }, [first, last, items.length, inCard, onRange]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height is what the virtualizer must hear of
  useEffect(() => virtual.measure(), [height]);

  const itemAt = (index: number): T | null => lines[index]?.original.item ?? null;

  const move = (to: number, extend: boolean) => {
    const target = Math.max(0, Math.min(lines.length - 1, to));
    if (selection && extend) {
      if (anchor.current < 0) anchor.current = Math.max(0, active);
      const chosen = new Set(selection.chosen);
      const [from, until] = [Math.min(anchor.current, target), Math.max(anchor.current, target)];
      for (let index = from; index <= until; index += 1) {
        const item = itemAt(index);
        if (item !== null) chosen.add(rowId(item));
      }
      selection.onChange(chosen);
    } else {
      anchor.current = -1;
    }
    setActive(target);
    const item = itemAt(target);
    if (item !== null) props.onActive?.(item);
    if (inCard) document.getElementById(`${base}-${target}`)?.scrollIntoView?.({ block: 'nearest' });
    else virtual.scrollToIndex(target);
  };

  const toggle = (item: T) => {
    if (!selection) return;
    const chosen = new Set(selection.chosen);
    const id = rowId(item);
    if (!chosen.delete(id)) chosen.add(id);
    selection.onChange(chosen);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTableElement>) => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? height * 10) / height) - 2);
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active < 0 ? 0 : active - 1,
      Home: 0,
      End: lines.length - 1,
      PageDown: active + page,
      PageUp: active - page,
    };
    const step = steps[event.key];
    const item = itemAt(active);
    if (step !== undefined && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      move(step, event.shiftKey);
    } else if (event.key === 'ArrowRight' && props.onAside && !event.ctrlKey) {
      event.preventDefault();
      if (item !== null) props.onActive?.(item);
      props.onAside();
    } else if (event.key === 'Enter' && item !== null && !event.ctrlKey) {
      event.preventDefault();
      onOpen?.(item);
    } else if (event.key === ' ' && selection) {
      event.preventDefault();
      if (item !== null) toggle(item);
    } else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey) && selection) {
      event.preventDefault();
      selectAll();
    } else if (event.key === 'Escape' && selection && selection.chosen.size > 0) {
      event.preventDefault();
      event.stopPropagation();
      selection.onChange(new Set());
    }
  };

  const selectAll = () => {
    if (!selection) return;
    if (selection.onAll) selection.onAll();
    else selection.onChange(new Set(rows.flatMap((row) => (row === null ? [] : [rowId(row)]))));
  };

  const line = (index: number) => {
    const row = lines[index];
    if (!row) return null;
    const item = row.original.item;
    const id = item === null ? `hole-${index}` : rowId(item);
    const selected = item !== null && (selection?.chosen.has(id) ?? false);
    const marked = item !== null && (props.marked?.(item) ?? false);
    return (
      <tr
        key={id}
        id={`${base}-${index}`}
        aria-rowindex={index + 2}
        aria-selected={selection ? selected : undefined}
        aria-label={item !== null ? rowLabel?.(item) : undefined}
        data-active={index === active || undefined}
        data-selected={selected || marked || undefined}
        data-marked={marked || undefined}
        data-stale={(item !== null && stale?.(item)) || undefined}
        data-opens={onOpen ? true : undefined}
        data-testid={item === null ? undefined : `row-${id}`}
        style={{ height }}
        onClick={(event) => {
          setActive(index);
          if (item === null || (event.target as HTMLElement).closest('button, a, input, label')) return;
          if (event.ctrlKey || event.metaKey) toggle(item);
          else onOpen?.(item);
        }}
      >
        {selection && (
          <td className="cell-box">
            {item !== null && (
              <Checkbox
                tabIndex={-1}
                checked={selected}
                aria-label={t('table.select', { name: selection.label(item) })}
                onChange={() => toggle(item)}
              />
            )}
          </td>
        )}
        {shown.map((column) => (
          <td
            key={column.id}
            data-align={column.align}
            className={column.align === 'end' ? 'num' : undefined}
          >
            {item === null ? <i className="hole" /> : column.cell(item)}
          </td>
        ))}
      </tr>
    );
  };

  const indices = inCard ? lines.map((_, index) => index) : items.map((item) => item.index);
  const before = inCard ? 0 : (items[0]?.start ?? 0);
  const after = inCard ? 0 : Math.max(0, virtual.getTotalSize() - (items[items.length - 1]?.end ?? 0));
  const span = shown.length + (selection ? 1 : 0);
  const some = selection !== undefined && selection.chosen.size > 0;
  const every =
    some && rows.length > 0 && rows.every((row) => row !== null && selection.chosen.has(rowId(row)));
  const sorted = controlled[0];

  return (
    <div ref={scroll} className={inCard ? 'table-card' : 'table-scroll'} data-padded={some || undefined}>
      <table
        className="table"
        role="grid"
        aria-label={label}
        aria-rowcount={lines.length + 1}
        aria-multiselectable={selection ? true : undefined}
        aria-activedescendant={active >= 0 ? `${base}-${active}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          if (event.target === event.currentTarget && active < 0 && lines.length > 0) setActive(0);
        }}
      >
        <colgroup>
          {selection && <col style={{ width: 36 }} />}
          {shown.map((column) => (
            <col key={column.id} style={column.width === undefined ? undefined : { width: column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {selection && (
              <th className="cell-box">
                <Checkbox
                  aria-label={t('table.selectAll')}
                  checked={every}
                  indeterminate={some && !every}
                  onChange={() => (some ? selection.onChange(new Set()) : selectAll())}
                />
              </th>
            )}
            {table.getHeaderGroups()[0]?.headers.map((header, index) => {
              const column = shown[index];
              if (!column) return null;
              const direction =
                sorted?.id === column.id ? (sorted.desc ? 'descending' : 'ascending') : undefined;
              return (
                <th key={column.id} data-align={column.align} aria-sort={direction} scope="col">
                  {header.column.getCanSort() ? (
                    <button type="button" className="th-sort" onClick={() => header.column.toggleSorting()}>
                      {column.head}
                      {direction === 'ascending' && <IconArrowUp aria-hidden size={13} />}
                      {direction === 'descending' && <IconArrowDown aria-hidden size={13} />}
                    </button>
                  ) : (
                    column.head
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Gap height={before} span={span} />}
          {indices.map(line)}
          {after > 0 && <Gap height={after} span={span} />}
        </tbody>
      </table>
    </div>
  );
}

function Gap({ height, span }: { height: number; span: number }) {
  return (
    <tr aria-hidden style={{ height }} className="gap">
      <td colSpan={span} />
    </tr>
  );
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true, sensitivity: 'base' });
}

/** The height of a row in the density in force, px. */
export function rowHeight(): number {
  const density = document.documentElement.dataset.density;
  return density === 'compact' ? 28 : density === 'comfortable' ? 40 : 32;
}
