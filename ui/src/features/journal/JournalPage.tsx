/** The journal: who did what, on what, when, how it ended; filters in the address, an inspector beside the list. */
import { Button, Menu } from '@mantine/core';
import {
  IconCode,
  IconDots,
  IconFileExport,
  IconScissors,
  IconShieldCheck,
  IconTable,
  IconX,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommands } from '../../shared/commands';
import type { JournalForm, JournalRow } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { type Column, DataTable } from '../../shared/parts/DataTable';
import { FilterChip, TextFilter } from '../../shared/parts/Filters';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { State, ToneIcon } from '../../shared/parts/State';
import { EmptyState, NothingFound, Strip } from '../../shared/parts/Strip';
import { toast } from '../../shared/parts/toasts';
import { useMay, usePolicy } from '../../shared/policy';
import { queries, useChange } from '../../shared/queries';
import { useFormat, useNow } from '../../shared/useFormat';
import { useSettled } from '../../shared/useSettled';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import { CutDialog } from './CutDialog';
import { DateChip } from './DateChip';
import { outcomeTone, outcomeWords, whatWords } from './entryWords';
import { Inspector } from './Inspector';
import { asJournalQuery, cleanJournal, isJournalFiltered, type JournalSearch } from './journalSearch';
import { SubjectLink } from './SubjectLink';
import { useJournalRows } from './useJournalRows';
import './journal.css';

/** Whether the inspector was open: remembered while the program runs. */
let wasOpen = false;

export default function JournalPage() {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const may = useMay();
  const policy = usePolicy();
  const search = useSearch({ from: '/journal' });
  const navigate = useNavigate({ from: '/journal' });
  // A period begins at a midnight: the hour is near enough, and keeps the question the same meanwhile.
  const hour = Math.floor(useNow() / 3_600_000);
  const text = useSettled(search.text ?? '', 150);
  const query = useMemo(() => asJournalQuery({ ...search, text }, hour * 3_600_000), [search, text, hour]);
  const { rows, page, error, lookingBefore, stopped, onRange } = useJournalRows(query);
  const choices = useQuery(queries.journalChoices());
  const [active, setActive] = useState<number | null>(null);
  const [open, setOpen] = useState(wasOpen);
  const [cutting, setCutting] = useState(false);
  useCrumbs([{ label: t('nav.workspace') }, { label: t('journal.title') }]);

  const show = (wish: boolean) => {
    wasOpen = wish;
    setOpen(wish);
  };
  const exported = useChange(
    (form: JournalForm) => ipc.journal.export(form),
    (count) => {
      if (count !== null) toast(t('journal.exported', { count }));
    },
  );
  const checked = useChange((_: null) => ipc.journal.check());
  const state = useQuery(queries.journalState()).data ?? null;
  const change = (part: Partial<JournalSearch>) =>
    void navigate({
      to: '/journal',
      search: (before) => cleanJournal({ ...before, ...part }),
      replace: true,
    });
  const clear = () => void navigate({ to: '/journal', search: {}, replace: true });
  const entry = rows.find((row) => row.n === active) ?? null;
  const step = (by: number) => {
    const at = rows.findIndex((row) => row.n === active);
    const next = rows[at + by];
    if (next) setActive(next.n);
  };
  useCommands([
    ...(open
      ? [
          {
            id: 'entry-next',
            title: t('journal.older'),
            group: 'page' as const,
            keys: ']',
            hidden: true,
            run: () => step(1),
          },
          {
            id: 'entry-before',
            title: t('journal.newer'),
            group: 'page' as const,
            keys: '[',
            hidden: true,
            run: () => step(-1),
          },
        ]
      : []),
    ...(may('export_journal')
      ? [
          {
            id: 'journal-verify',
            title: t('journal.verify'),
            group: 'page' as const,
            icon: <IconShieldCheck />,
            run: () => checked.mutate(null),
          },
          {
            id: 'journal-export',
            title: t('journal.exportLines'),
            group: 'page' as const,
            icon: <IconFileExport />,
            run: () => exported.mutate('json_lines'),
          },
          {
            id: 'journal-export-table',
            title: t('journal.exportTable'),
            group: 'page' as const,
            icon: <IconTable />,
            run: () => exported.mutate('csv'),
          },
        ]
      : []),
    ...(may('cut_journal')
      ? [
          {
            id: 'journal-cut',
            title: t('journal.cut'),
            group: 'page' as const,
            icon: <IconScissors />,
            run: () => setCutting(true),
          },
        ]
      : []),
  ]);
  useEffect(() => {
    if (!open) return;
    const close = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('[role=dialog]')) return;
      event.preventDefault();
      wasOpen = false;
      setOpen(false);
    };
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  }, [open]);

  const columns = useMemo<Column<JournalRow>[]>(
    () => [
      {
        id: 'at',
        head: t('journal.when'),
        width: 132,
        cell: (row) => (
          <span className="code-s num" title={format.exact(row.at)}>
            {format.isToday(row.at)
              ? format.clockSeconds(row.at)
              : `${format.day(row.at)} ${format.clock(row.at)}`}
          </span>
        ),
      },
      {
        id: 'who',
        head: t('journal.who'),
        width: 170,
        cell: (row) => <span title={row.who}>{visible(row.who)}</span>,
      },
      {
        id: 'what',
        head: t('journal.what'),
        cell: (row) => <b className="entry-what">{visible(whatWords(row.what, t, say, policy))}</b>,
      },
      {
        id: 'subject',
        head: t('journal.onWhat'),
        width: 190,
        from: 620,
        cell: (row) => <SubjectLink row={row} tabIndex={-1} />,
      },
      {
        id: 'outcome',
        head: t('journal.outcome'),
        width: 150,
        cell: (row) => <State tone={outcomeTone(row.outcome)} word={outcomeWords(row.outcome, t)} />,
      },
    ],
    [t, say, format, policy],
  );

  const filtered = isJournalFiltered(search);
  const count = page?.all ?? page?.found ?? null;
  const loaded = page !== undefined;
  return (
    <div className="page with-inspector">
      <div className="page inspected">
        <PageHead
          title={t('journal.title')}
          count={count !== null ? format.integer(count) : undefined}
          actions={
            may('export_journal') && (
              <>
                <Button
                  leftSection={<IconShieldCheck size={16} />}
                  loading={checked.isPending}
                  onClick={() => checked.mutate(null)}
                >
                  {t('journal.verify')}
                </Button>
                <Menu position="bottom-end" width={240}>
                  <Menu.Target>
                    <Button leftSection={<IconFileExport size={16} />} loading={exported.isPending}>
                      {t('journal.export')}
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item
                      leftSection={<IconCode size={16} />}
                      onClick={() => exported.mutate('json_lines')}
                    >
                      {t('journal.formLines')}
                    </Menu.Item>
                    <Menu.Item leftSection={<IconTable size={16} />} onClick={() => exported.mutate('csv')}>
                      {t('journal.formTable')}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
                {may('cut_journal') && (
                  <Menu position="bottom-end" width={240}>
                    <Menu.Target>
                      <Button px={8} aria-label={t('act.more')}>
                        <IconDots size={16} />
                      </Button>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item leftSection={<IconScissors size={16} />} onClick={() => setCutting(true)}>
                        {t('journal.cut')}
                      </Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                )}
              </>
            )
          }
        />
        {state?.fault && (
          <div className="offline-strip">
            <Strip
              tone="stop"
              assertive
              strong={t('journal.broken')}
              aside={
                state.fault_at !== null && (
                  <Button
                    size="xs"
                    onClick={() => {
                      setActive(state.fault_at);
                      show(true);
                    }}
                  >
                    {t('journal.showEntry', { n: format.integer(state.fault_at) })}
                  </Button>
                )
              }
            >
              {say(state.fault)} {t('journal.brokenTodo')}
            </Strip>
          </div>
        )}
        {[error, checked.error, exported.error].map(
          (each, index) =>
            each != null && (
              // biome-ignore lint/suspicious/noArrayIndexKey: each has its place
              <div className="offline-strip" key={index}>
                <ErrorView error={each} />
              </div>
            ),
        )}
        {!loaded && error == null && <SkeletonRows rows={10} />}
        {loaded && (
          <>
            <div className="filters">
              <TextFilter
                value={search.text ?? ''}
                onChange={(wish) => change({ text: wish })}
                placeholder={t('journal.filter')}
              />
              <DateChip search={search} onChange={change} />
              <FilterChip
                field={t('journal.who')}
                all={t('filter.all')}
                chosen={search.account ? [search.account] : []}
                options={(choices.data?.accounts ?? []).map((each) => ({ value: each.id, label: each.name }))}
                onChange={(chosen) => change({ account: chosen.at(-1) })}
              />
              <FilterChip
                field={t('journal.what')}
                all={t('filter.all')}
                chosen={search.what ? [search.what] : []}
                options={(choices.data?.whats ?? []).map((what) => ({
                  value: what,
                  label: whatWords(what, t, say, policy),
                }))}
                onChange={(chosen) => change({ what: chosen.at(-1) })}
              />
              <FilterChip
                field={t('journal.outcome')}
                all={t('filter.allF')}
                chosen={search.outcome ? [search.outcome] : []}
                options={(choices.data?.outcomes ?? []).map((outcome) => ({
                  value: outcome,
                  label: outcomeWords(outcome, t),
                }))}
                onChange={(chosen) => change({ outcome: chosen.at(-1) })}
              />
              {(choices.data?.customers.length ?? 0) > 0 && (
                <FilterChip
                  field={t('servers.customer')}
                  all={t('filter.all')}
                  chosen={search.customer ? [search.customer] : []}
                  options={(choices.data?.customers ?? []).map((each) => ({
                    value: each.id,
                    label: each.name,
                  }))}
                  onChange={(chosen) => change({ customer: chosen.at(-1) })}
                />
              )}
              {search.id && (
                <OneChip
                  field={t('journal.onWhat')}
                  value={visible(rows[0]?.subject ?? '…')}
                  onRemove={() => change({ kind: undefined, id: undefined })}
                />
              )}
              {search.run && (
                <OneChip
                  field={t('runs.run')}
                  value={search.run.slice(-8)}
                  onRemove={() => change({ run: undefined })}
                />
              )}
              <span className="grow" />
              {filtered && page.found !== null && page.all !== null && (
                <span className="small t3">
                  {t('filter.shown', { shown: format.integer(page.found), count: page.all })}
                </span>
              )}
              {state && !state.fault ? (
                <span className="chain-state small t2">
                  <ToneIcon tone="ok" size={14} />
                  {t('journal.whole', { time: format.when(state.at) })}
                </span>
              ) : null}
            </div>
            {rows.length === 0 && lookingBefore === null ? (
              filtered ? (
                <NothingFound title={t('journal.nothing')} onClear={clear}>
                  {page.all === null ? t('journal.hiddenSome') : t('journal.hidden', { count: page.all })}
                </NothingFound>
              ) : (
                <EmptyState title={t('journal.none')}>{t('journal.noneText')}</EmptyState>
              )
            ) : (
              <DataTable
                label={t('journal.title')}
                columns={columns}
                rows={rows}
                rowId={(row) => String(row.n)}
                rowLabel={(row) =>
                  `${whatWords(row.what, t, say, policy)}, ${row.subject}, ${row.who}, ${outcomeWords(row.outcome, t)}, ${format.exact(row.at)}`
                }
                marked={(row) => open && row.n === active}
                onActive={(row) => setActive(row.n)}
                onAside={() => show(true)}
                onOpen={(row) => {
                  setActive(row.n);
                  show(true);
                }}
                onRange={onRange}
              />
            )}
            {lookingBefore !== null && (
              <p className="table-foot t3 small" role="status">
                {t('journal.looking', { n: format.integer(lookingBefore) })}
              </p>
            )}
            {stopped !== null && (
              <p className="table-foot t3 small" role="status">
                {t('journal.stopped', { shown: format.integer(rows.length), date: format.when(stopped) })}
              </p>
            )}
          </>
        )}
      </div>
      {open && (
        <Inspector n={active} entry={entry} onClose={() => show(false)} onFilter={(part) => change(part)} />
      )}
      {cutting && <CutDialog onClose={() => setCutting(false)} />}
    </div>
  );
}

/** A filter that was set by a link: it says what, and goes with ×. */
function OneChip({ field, value, onRemove }: { field: string; value: ReactNode; onRemove: () => void }) {
  const { t } = useTranslation();
  return (
    <span className="chip" data-set>
      <span className="chip-main">
        <span className="chip-field">{field}</span>
        <b className="ell">{value}</b>
      </span>
      <button type="button" className="chip-x" aria-label={t('filter.remove', { field })} onClick={onRemove}>
        <IconX size={14} />
      </button>
    </span>
  );
}
