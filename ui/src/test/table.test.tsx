import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { type Column, DataTable } from '../shared/parts/DataTable';
import { show } from './render';

interface Row {
  id: string;
  apps: number;
}
const COLUMNS: Column<Row>[] = [
  { id: 'id', head: 'Name', sortValue: (row) => row.id, cell: (row) => row.id },
  {
    id: 'apps',
    head: 'Apps',
    width: 80,
    align: 'end',
    sortValue: (row) => row.apps,
    cell: (row) => row.apps,
  },
];
const ROWS: Row[] = [
  { id: 'beta-10', apps: 1 },
  { id: 'alpha', apps: 12 },
  { id: 'beta-9', apps: 3 },
];

function Table({
  onOpen,
  rows = ROWS,
  inCard = true,
}: {
  onOpen?: (row: Row) => void;
  rows?: (Row | null)[];
  inCard?: boolean;
}) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  return (
    <>
      <output>{[...chosen].join(' ')}</output>
      <DataTable
        inCard={inCard}
        label="Servers"
        columns={COLUMNS}
        rows={rows}
        rowId={(row) => row.id}
        onOpen={onOpen}
        selection={{ chosen, onChange: setChosen, label: (row) => row.id }}
      />
    </>
  );
}

const grid = () => screen.getByRole('grid', { name: 'Servers' });
const names = () =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map((row) => row.querySelectorAll('td')[1]?.textContent);
const chosen = () => screen.getByRole('status').textContent;

describe('the keyboard in a table', () => {
  it('arrows, Home and End move, Enter opens', async () => {
    const open = vi.fn();
    show(<Table onOpen={open} />);
    grid().focus();
    await userEvent.keyboard('{ArrowDown}{Enter}');
    expect(open).toHaveBeenLastCalledWith(ROWS[1]);
    await userEvent.keyboard('{End}{Enter}');
    expect(open).toHaveBeenLastCalledWith(ROWS[2]);
    await userEvent.keyboard('{ArrowDown}{Home}{Enter}');
    expect(open).toHaveBeenLastCalledWith(ROWS[0]);
  });

  it('the row at work is told to a screen reader', async () => {
    show(<Table />);
    grid().focus();
    await userEvent.keyboard('{ArrowDown}');
    const id = grid().getAttribute('aria-activedescendant') ?? '';
    expect(document.getElementById(id)).toHaveTextContent('alpha');
    expect(document.getElementById(id)).toHaveAttribute('aria-rowindex', '3');
  });

  it('Space selects, Shift with arrows extends, Ctrl+A takes all, Escape clears', async () => {
    show(<Table />);
    grid().focus();
    await userEvent.keyboard(' ');
    expect(chosen()).toBe('beta-10');
    await userEvent.keyboard('{Shift>}{ArrowDown}{/Shift}');
    expect(chosen()).toBe('beta-10 alpha');
    await userEvent.keyboard('{Control>}a{/Control}');
    expect(chosen()).toBe('beta-10 alpha beta-9');
    await userEvent.keyboard('{Escape}');
    expect(chosen()).toBe('');
  });
});

describe('sorting', () => {
  it('goes by number in names, turns round, and says so', async () => {
    show(<Table />);
    await userEvent.click(screen.getByRole('button', { name: 'Name' }));
    expect(names()).toEqual(['alpha', 'beta-9', 'beta-10']);
    expect(screen.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');
    await userEvent.click(screen.getByRole('button', { name: 'Name' }));
    expect(names()).toEqual(['beta-10', 'beta-9', 'alpha']);
    await userEvent.click(screen.getByRole('button', { name: 'Apps' }));
    expect(names()).toEqual(['beta-10', 'beta-9', 'alpha']);
  });
});

describe('ten thousand rows', () => {
  it('are windowed, counted, and hold their place while a part is not fetched', () => {
    const many = Array.from({ length: 10_000 }, (_, n): Row | null =>
      n < 200 ? { id: `s-${n}`, apps: n } : null,
    );
    show(<Table rows={many} inCard={false} />);
    expect(grid()).toHaveAttribute('aria-rowcount', '10001');
    expect(screen.getAllByRole('row').length).toBeLessThan(80);
    expect(screen.getByText('s-0')).toBeInTheDocument();
  });

  it('a click on a box selects and does not open', () => {
    const open = vi.fn();
    show(<Table onOpen={open} />);
    fireEvent.click(screen.getByRole('checkbox', { name: 'Select alpha' }));
    expect(chosen()).toBe('alpha');
    expect(open).not.toHaveBeenCalled();
    fireEvent.click(screen.getByText('beta-9'));
    expect(open).toHaveBeenCalledWith(ROWS[2]);
  });
});
