/**
 * A run's trace: time, one sign, text; windowed; follows the end until one scrolls. Server text is plain
 * text: control and bidirectional characters are made visible. Finding is by words, with a count.
 */

import { Button, TextInput } from '@mantine/core';
import { IconArrowBarToDown, IconChevronDown, IconChevronUp, IconSearch, IconX } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { plain } from '../format';
import { useFormat } from '../useFormat';
import { visible } from '../visible';
import { Kbd } from './Words';

export type TraceTone = 'command' | 'info' | 'warn' | 'done' | 'error' | 'plain';

export interface TraceRow {
  at: string;
  tone: TraceTone;
  text: string;
  step?: number | null;
}

const SIGN: Record<TraceTone, string> = {
  command: '$',
  info: 'i',
  warn: '!',
  done: '✓',
  error: '✗',
  plain: '',
};
const LINE = 19;

interface Props {
  rows: readonly TraceRow[];
  live: boolean;
  title: ReactNode;
  tools?: ReactNode;
  /** After the finder: what is done with the whole. */
  end?: ReactNode;
  foot?: ReactNode;
}

export function Trace({ rows, live, title, tools, end, foot }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const scroll = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [following, setFollowing] = useState(true);
  const [finding, setFinding] = useState(false);
  const [words, setWords] = useState('');
  const [hit, setHit] = useState(0);
  const count = rows.length + (live ? 1 : 0);

  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => LINE,
    overscan: 20,
    paddingStart: 8,
    paddingEnd: 12,
  });

  const hits = useMemo(() => {
    const wanted = plain(words.trim());
    if (!wanted) return [];
    return rows.flatMap((row, index) => (plain(row.text).includes(wanted) ? [index] : []));
  }, [rows, words]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line is what moves the end
  useEffect(() => {
    if (following && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' });
  }, [count, following]);

  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f') {
        event.preventDefault();
        setFinding(true);
        requestAnimationFrame(() => field.current?.select());
      }
    };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);

  const show = (place: number) => {
    if (hits.length === 0) return;
    const next = (place + hits.length) % hits.length;
    const target = hits[next];
    setHit(next);
    setFollowing(false);
    if (target !== undefined) virtual.scrollToIndex(target, { align: 'center' });
  };

  const close = () => {
    setFinding(false);
    setWords('');
  };

  return (
    <section className="trace" aria-label={t('trace.label')}>
      <header className="trace-head">
        {title}
        <span className="grow" />
        {tools}
        {finding ? (
          <TextInput
            ref={field}
            size="xs"
            w={230}
            autoFocus
            value={words}
            aria-label={t('trace.find')}
            placeholder={t('trace.find')}
            leftSection={<IconSearch size={14} />}
            rightSectionWidth={106}
            rightSection={
              <span className="row" style={{ gap: 2 }}>
                <span className="tiny t3 num">
                  {words ? `${hits.length === 0 ? 0 : hit + 1}/${hits.length}` : ''}
                </span>
                <button
                  type="button"
                  className="copy"
                  aria-label={t('trace.previous')}
                  onClick={() => show(hit - 1)}
                >
                  <IconChevronUp />
                </button>
                <button
                  type="button"
                  className="copy"
                  aria-label={t('trace.next')}
                  onClick={() => show(hit + 1)}
                >
                  <IconChevronDown />
                </button>
                <button type="button" className="copy" aria-label={t('act.close')} onClick={close}>
                  <IconX />
                </button>
              </span>
            }
            onChange={(event) => {
              setWords(event.currentTarget.value);
              setHit(-1);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') show(event.shiftKey ? hit - 1 : hit + 1);
              if (event.key === 'Escape') {
                event.stopPropagation();
                close();
              }
            }}
          />
        ) : (
          <Button
            size="xs"
            leftSection={<IconSearch size={14} />}
            rightSection={<Kbd>Ctrl F</Kbd>}
            onClick={() => setFinding(true)}
          >
            {t('trace.findButton')}
          </Button>
        )}
        {end}
      </header>
      <div
        ref={scroll}
        className="trace-lines"
        role="log"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long log is scrolled with the keyboard
        tabIndex={0}
        data-testid="trace"
        onWheel={(event) => {
          if (event.deltaY < 0) setFollowing(false);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowUp' || event.key === 'PageUp' || event.key === 'Home') setFollowing(false);
          if (event.key === 'End') setFollowing(true);
        }}
        onScroll={(event) => {
          const box = event.currentTarget;
          if (box.scrollHeight - box.scrollTop - box.clientHeight < 4 && !finding) setFollowing(true);
        }}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return (
              <div
                key={item.index}
                className="trace-line"
                data-tone={row?.tone}
                data-hit={hits.length > 0 && hits[hit] === item.index ? true : undefined}
                style={{ transform: `translateY(${item.start}px)`, height: LINE }}
              >
                {row ? (
                  <>
                    <time dateTime={row.at}>{format.clockSeconds(row.at)}</time>
                    <span className="trace-sign" aria-hidden>
                      {SIGN[row.tone]}
                    </span>
                    <span
                      className="trace-text"
                      title={row.text.length > 110 ? visible(row.text) : undefined}
                    >
                      {visible(row.text)}
                    </span>
                  </>
                ) : (
                  <>
                    <time />
                    <span className="trace-sign" />
                    <span className="trace-cursor" />
                  </>
                )}
              </div>
            );
          })}
        </div>
      </div>
      <footer className="trace-foot">
        <button
          type="button"
          className="row trace-follow"
          aria-pressed={following}
          onClick={() => setFollowing((before) => !before)}
        >
          <IconArrowBarToDown />
          {live ? (following ? t('trace.following') : t('trace.follow')) : t('trace.end')}
        </button>
        <span className="grow" />
        <span>{foot}</span>
      </footer>
    </section>
  );
}
