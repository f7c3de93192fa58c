/** Ctrl/Cmd+K: every server, every action that can be done now, every page. `>` keeps actions only. */
import { Modal } from '@mantine/core';
import { IconBolt, IconPlayerPlay, IconSearch, IconServer2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useDeferredValue, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Command, useCommandList } from '../../shared/commands';
import { plain } from '../../shared/format';
import { CTRL } from '../../shared/keys';
import { State, ToneIcon } from '../../shared/parts/State';
import { Kbd } from '../../shared/parts/Words';
import { useMay } from '../../shared/policy';
import { queries } from '../../shared/queries';
import { isOver, RUN_TONE, SERVER_TONE } from '../../shared/states';
import { useFormat } from '../../shared/useFormat';
import { useWords } from '../../shared/useWords';
import { closePalette } from './open';
import './palette.css';

interface Item {
  id: string;
  group: string;
  icon: ReactNode;
  title: string;
  hint?: string;
  aside?: ReactNode;
  run: () => void;
}

export default function Palette() {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const navigate = useNavigate();
  const commands = useCommandList();
  const [text, setText] = useState('');
  const [place, setPlace] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const actionsOnly = text.startsWith('>');
  const wanted = useDeferredValue(text.replace(/^>/, '').trim());
  const may = useMay();
  const servers = useQuery({
    ...queries.servers({ text: wanted, limit: 6 }),
    enabled: !actionsOnly && may('see_servers'),
  });
  const runs = useQuery({
    ...queries.runs({ limit: 30 }),
    enabled: !actionsOnly && wanted !== '' && may('see_runs'),
  });

  const items = useMemo<Item[]>(() => {
    const matches = (...texts: (string | undefined)[]) => {
      const hay = plain(texts.filter(Boolean).join(' '));
      return plain(wanted)
        .split(/\s+/)
        .every((word) => hay.includes(word));
    };
    const found: Item[] = [];
    if (!actionsOnly) {
      for (const server of servers.data?.rows ?? []) {
        found.push({
          id: `server-${server.id}`,
          group: t('palette.servers'),
          icon: <IconServer2 />,
          title: server.name,
          hint: server.domain ?? server.address,
          aside: (
            <State
              tone={server.run ? 'run' : SERVER_TONE[server.state]}
              word={server.run ? t(`runKind.${server.run.kind}`) : t(`state.${server.state}`)}
              since={
                server.run?.percent != null
                  ? `${server.run.percent} %`
                  : server.since
                    ? format.age(server.since)
                    : null
              }
            />
          ),
          run: () => void navigate({ to: '/servers/$server', params: { server: server.id } }),
        });
      }
    }
    const offered = commands.filter((command) => !command.hidden && matches(command.title, command.hint));
    const push = (command: Command, group: string) =>
      found.push({
        id: command.id,
        group,
        icon: command.icon ?? <IconBolt />,
        title: command.title,
        hint: command.hint,
        aside: command.keys ? <Keys keys={command.keys} /> : null,
        run: command.run,
      });
    for (const command of offered.filter((each) => each.group === 'page')) push(command, t('palette.here'));
    if (!actionsOnly) {
      for (const run of (runs.data?.rows ?? []).filter((each) => matches(say(each.title))).slice(0, 4)) {
        found.push({
          id: `run-${run.id}`,
          group: t('palette.runs'),
          icon: isOver(run.state) ? <IconPlayerPlay /> : <ToneIcon tone="run" />,
          title: say(run.title),
          hint: format.when(run.started_at),
          aside: <State tone={RUN_TONE[run.state]} word={t(`runState.${run.state}`)} />,
          run: () => void navigate({ to: '/runs/$run', params: { run: run.id } }),
        });
      }
    }
    for (const command of offered.filter((each) => each.group === 'go')) push(command, t('palette.go'));
    for (const command of offered.filter((each) => each.group === 'app')) push(command, t('palette.app'));
    return found;
  }, [actionsOnly, wanted, servers.data, runs.data, commands, t, say, format, navigate]);

  const at = Math.min(place, Math.max(0, items.length - 1));
  const choose = (item: Item | undefined) => {
    if (!item) return;
    closePalette();
    requestAnimationFrame(item.run);
  };
  const move = (to: number) => {
    if (items.length === 0) return;
    const next = (to + items.length) % items.length;
    setPlace(next);
    list.current?.querySelector(`[data-index="${next}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(at + 1);
    else if (event.key === 'ArrowUp') move(at - 1);
    else if (event.key === 'Enter') choose(items[at]);
    else return;
    event.preventDefault();
  };

  return (
    <Modal.Root
      radius="xl"
      transitionProps={{ transition: 'fade', duration: 160 }}
      opened
      onClose={closePalette}
      size={640}
      yOffset={90}
      centered={false}
    >
      <Modal.Overlay backgroundOpacity={0.35} blur={0} />
      <Modal.Content aria-label={t('palette.open')}>
        <div className="palette">
          <div className="palette-head">
            <IconSearch aria-hidden />
            <input
              data-autofocus
              role="combobox"
              aria-expanded
              aria-controls="palette-list"
              aria-activedescendant={items[at] ? `palette-${at}` : undefined}
              aria-label={t('palette.field')}
              placeholder={t('palette.field')}
              value={text}
              spellCheck={false}
              onChange={(event) => {
                setText(event.currentTarget.value);
                setPlace(0);
              }}
              onKeyDown={onKeyDown}
            />
            <Kbd>Esc</Kbd>
          </div>
          <div
            className="palette-list"
            id="palette-list"
            role="listbox"
            aria-label={t('palette.results')}
            ref={list}
          >
            {items.map((item, index) => (
              <div key={item.id}>
                {items[index - 1]?.group !== item.group && <div className="palette-group">{item.group}</div>}
                {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field above handles the keys */}
                <div
                  id={`palette-${index}`}
                  data-index={index}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === at}
                  className="palette-item"
                  onMouseMove={() => setPlace(index)}
                  onClick={() => choose(item)}
                >
                  <span className="palette-icon">{item.icon}</span>
                  <b>{item.title}</b>
                  <span className="t3 ell grow small">{item.hint}</span>
                  {item.aside}
                  {index === at && <Kbd>↵</Kbd>}
                </div>
              </div>
            ))}
            {items.length === 0 && (
              <p className="palette-none t3">{t('palette.nothing', { text: wanted })}</p>
            )}
          </div>
          <div className="palette-foot">
            <span>
              <Kbd>↑</Kbd> <Kbd>↓</Kbd> {t('palette.move')}
            </span>
            <span>
              <Kbd>↵</Kbd> {t('palette.choose')}
            </span>
            <span className="grow" />
            <span>{t('palette.actionsOnly')}</span>
          </div>
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}

/** `mod+k` as keys to press. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="row" style={{ gap: 4 }}>
      {keys.split(/[ ]/).map((part) => (
        <Kbd key={part}>
          {part
            .replace('mod+', `${CTRL} `)
            .replace(/(^|\s)([a-z])$/, (_, space: string, letter: string) => space + letter.toUpperCase())}
        </Kbd>
      ))}
    </span>
  );
}
