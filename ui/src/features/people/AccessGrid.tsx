/**
 * Who may open what: people down, apps across. Arrows move, Space gives or takes, changes gather in a bar,
 * Apply sends them one by one, each as a run.
 */
import { Button } from '@mantine/core';
import { IconCheck, IconMinus, IconPlus, IconUsers } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { People, PermissionRow } from '../../shared/contract';
import { ErrorView } from '../../shared/ErrorView';
import { plain } from '../../shared/format';
import { ipc } from '../../shared/ipc';
import { AppIcon } from '../../shared/parts/AppIcon';
import { Card } from '../../shared/parts/Card';
import { TextFilter } from '../../shared/parts/Filters';
import { NothingFound } from '../../shared/parts/Strip';
import { toast } from '../../shared/parts/toasts';
import { Avatar, Kbd } from '../../shared/parts/Words';
import { useChange } from '../../shared/queries';
import { useRunBegun } from '../../shared/useRunBegun';
import { visible } from '../../shared/visible';
import { type Change, columnsOf, held, sameChange, toggle } from './access';

export function AccessGrid({
  server,
  people,
  acts,
}: {
  server: { id: string; name: string };
  people: People;
  acts: boolean;
}) {
  const { t } = useTranslation();
  const base = useId();
  const table = useRef<HTMLTableElement>(null);
  const [text, setText] = useState('');
  const [cell, setCell] = useState<[number, number]>([0, 0]);
  const [changes, setChanges] = useState<Change[]>([]);
  const begun = useRunBegun();
  const columns = columnsOf(people);
  const users = people.users.filter((user) =>
    plain(`${user.fullname} ${user.username} ${user.groups.join(' ')}`).includes(plain(text)),
  );
  const groups = people.groups.filter(
    (group) => group.name !== 'visitors' && plain(group.name).includes(plain(text)),
  );
  const rows: Row[] = [
    ...groups.map(
      (group): Row => ({
        kind: 'group',
        id: group.name,
        name: groupName(group.name, t),
        note: t('people.members', { count: group.members.length }),
      }),
    ),
    ...users.map(
      (user): Row => ({
        kind: 'user',
        id: user.username,
        name: user.fullname,
        note: user.groups.filter((group) => group !== 'all_users').join(', '),
        user,
      }),
    ),
  ];
  const apply = useChange(
    async (wanted: Change[]) => {
      let last = '';
      for (const change of wanted) {
        const result = await (change.give
          ? ipc.people.give(server.id, change.permission, change.who)
          : ipc.people.take(server.id, change.permission, change.who));
        last = result.run;
        setChanges((before) => before.filter((other) => !sameChange(other, change)));
      }
      return last;
    },
    (run, wanted) => {
      if (run) begun(run, t('people.applying', { count: wanted.length }));
      else toast(t('people.applying', { count: wanted.length }));
    },
  );
  if (columns.length === 0) {
    return (
      <Card title={t('people.access')}>
        <p className="t3">{t('people.noAccess')}</p>
      </Card>
    );
  }
  const stateOf = (
    row: Row,
    permission: PermissionRow,
  ): { given: boolean; via: string | null; changed: boolean } => {
    const change = changes.find((each) => each.permission === permission.id && each.who === row.id);
    if (row.kind === 'group') {
      const given = permission.allowed.includes(row.id);
      return { given: change ? change.give : given, via: null, changed: change !== undefined };
    }
    const how = held(permission, row.user);
    return {
      given: change ? change.give : how.how === 'person',
      via:
        how.how === 'group'
          ? how.groups.map((group) => groupName(group, t)).join(', ') || t('people.aGroup')
          : null,
      changed: change !== undefined,
    };
  };
  const turn = (row: Row | undefined, permission: PermissionRow | undefined) => {
    if (!row || !permission || !acts) return;
    const now = stateOf(row, permission);
    setChanges((before) => toggle(before, { permission: permission.id, who: row.id, give: !now.given }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const [y, x] = cell;
    const moves: Record<string, [number, number]> = {
      ArrowDown: [y + 1, x],
      ArrowUp: [y - 1, x],
      ArrowRight: [y, x + 1],
      ArrowLeft: [y, x - 1],
      Home: [y, 0],
      End: [y, columns.length - 1],
    };
    const to = moves[event.key];
    if (to) {
      event.preventDefault();
      const next: [number, number] = [clamp(to[0], rows.length), clamp(to[1], columns.length)];
      setCell(next);
      document
        .getElementById(`${base}-${next[0]}-${next[1]}`)
        ?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
    } else if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      turn(rows[y], columns[x]);
    } else if (event.key === 'Escape' && changes.length > 0) {
      event.preventDefault();
      setChanges([]);
    }
  };
  return (
    <Card
      title={t('people.access')}
      count={
        <span className="small">
          {t('people.shown', { shown: users.length, count: people.users.length })}
        </span>
      }
      aside={<TextFilter width={170} value={text} onChange={setText} placeholder={t('people.filter')} />}
      flush
      testid="access"
    >
      {apply.error && (
        <div className="card-body">
          <ErrorView error={apply.error} />
        </div>
      )}
      {rows.length === 0 ? (
        <NothingFound title={t('people.nothing')} onClear={() => setText('')}>
          {t('people.hidden', { count: people.users.length })}
        </NothingFound>
      ) : (
        <div className="access-scroll">
          <table
            ref={table}
            className="table access"
            role="grid"
            aria-label={t('people.access')}
            tabIndex={0}
            aria-activedescendant={`${base}-${cell[0]}-${cell[1]}`}
            onKeyDown={onKeyDown}
          >
            <thead>
              <tr>
                <th scope="col" style={{ width: 220 }}>
                  {t('people.person')}
                </th>
                <th scope="col" style={{ width: 150 }}>
                  {t('people.group')}
                </th>
                {columns.map((permission) => (
                  <th key={permission.id} scope="col" title={permission.id} className="access-app">
                    <span>
                      <AppIcon id={permission.app} name={permission.label} size={18} />
                      <span className="ell">{visible(permission.label)}</span>
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, y) => (
                <tr key={`${row.kind}-${row.id}`} style={{ height: 32 }}>
                  <th scope="row">
                    <span className="cell-main">
                      {row.kind === 'group' ? (
                        <IconUsers aria-hidden />
                      ) : (
                        <Avatar name={row.name} size={20} />
                      )}
                      <span className="name">{visible(row.name)}</span>
                    </span>
                  </th>
                  <td title={row.note}>{row.note || <span className="t3">—</span>}</td>
                  {columns.map((permission, x) => {
                    const now = stateOf(row, permission);
                    const word = now.given
                      ? t('people.given')
                      : now.via
                        ? t('people.viaGroup', { group: now.via })
                        : t('people.notGiven');
                    return (
                      // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the grid
                      <td
                        key={permission.id}
                        id={`${base}-${y}-${x}`}
                        role="gridcell"
                        tabIndex={-1}
                        className="access-cell"
                        data-active={(cell[0] === y && cell[1] === x) || undefined}
                        data-changed={now.changed || undefined}
                        data-testid={`access-${row.id}-${permission.id}`}
                        aria-label={`${row.name}, ${permission.label}, ${word}`}
                        title={word}
                        onClick={() => {
                          setCell([y, x]);
                          table.current?.focus({ preventScroll: true });
                          turn(row, permission);
                        }}
                      >
                        {now.changed ? (
                          now.given ? (
                            <IconPlus />
                          ) : (
                            <IconMinus />
                          )
                        ) : now.given ? (
                          <IconCheck className="given" />
                        ) : now.via ? (
                          <IconUsers />
                        ) : (
                          <span className="t3">·</span>
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <footer className="access-foot">
        <span className="row">
          <IconCheck className="given" /> {t('people.given')}
        </span>
        <span className="row">
          <IconUsers /> {t('people.byGroup')}
        </span>
        {acts && (
          <span className="row">
            <Kbd>{t('people.space')}</Kbd> {t('people.spaceDoes')}
          </span>
        )}
        <span className="grow" />
        {changes.length > 0 && (
          <>
            <b aria-live="polite" className="strong">
              {changes.length === 1 && changes[0]
                ? sentence(changes[0], people, t)
                : t('people.changes', { count: changes.length })}
            </b>
            <Button className="quiet" onClick={() => setChanges([])}>
              {t('act.cancel')}
            </Button>
            <Button
              variant="filled"
              loading={apply.isPending}
              onClick={() => apply.mutate(changes)}
              data-testid="access-apply"
            >
              {t('people.apply', { server: server.name })}
            </Button>
          </>
        )}
      </footer>
    </Card>
  );
}

type Row =
  | { kind: 'group'; id: string; name: string; note: string }
  | { kind: 'user'; id: string; name: string; note: string; user: People['users'][number] };

type T = TFunction;

function groupName(group: string, t: T): string {
  if (group === 'all_users') return t('people.everyone');
  if (group === 'visitors') return t('people.visitors');
  if (group === 'admins') return t('people.admins');
  return group;
}

function sentence(change: Change, people: People, t: T): string {
  const who = people.users.find((user) => user.username === change.who)?.fullname ?? groupName(change.who, t);
  const app =
    people.permissions.find((permission) => permission.id === change.permission)?.label ?? change.permission;
  return change.give ? t('people.willReceive', { who, app }) : t('people.willLose', { who, app });
}

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(count - 1, value));
}
