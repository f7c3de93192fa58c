/** An end user's window: the apps that they may open, who they are, their password. No sidebar; 1 to 9 open. */
import { Button, Menu, TextInput } from '@mantine/core';
import {
  IconChevronDown,
  IconDoorExit,
  IconPlus,
  IconRefresh,
  IconSearch,
  IconUserCircle,
  IconWifi,
  IconWifiOff,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Launcher as LauncherData, PlaceView, Tile } from '../../shared/contract';
import { ErrorView } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { CTRL, takesText } from '../../shared/keys';
import { useOffline } from '../../shared/network';
import { Logo } from '../../shared/parts/Logo';
import { EmptyState, NothingFound, Strip } from '../../shared/parts/Strip';
import { Avatar, Kbd } from '../../shared/parts/Words';
import { usePreferences } from '../../shared/preferences';
import { queries, useChange } from '../../shared/queries';
import { useFormat, useLanguage } from '../../shared/useFormat';
import { visible } from '../../shared/visible';
import { AddPlace, PortalError, WhatHappens } from './AddPlace';
import { ChangedCertificates, Places, SignIn } from './Places';
import { ProfilePage } from './ProfilePage';
import { addressOf } from './standing';
import { Tiles } from './Tiles';
import './launcher.css';

type Page = { at: 'apps' } | { at: 'add' } | { at: 'profile'; place: string };

/** A window that comes to the front asks again, when it did not for this long. */
const ASK_AGAIN = 60_000;

interface Props {
  /** The way out: another way to begin, or the lock. */
  onLeave: () => void;
  leaveLabel: string;
}

export default function Launcher({ onLeave, leaveLabel }: Props) {
  const { t } = useTranslation();
  const launcher = useQuery(queries.launcher());
  const [page, setPage] = useState<Page>({ at: 'apps' });
  const refresh = useRefresh((launcher.data?.places.length ?? 0) > 0);
  const toApps = () => setPage({ at: 'apps' });
  const places = launcher.data?.places ?? [];
  const first = launcher.data !== undefined && places.length === 0;
  return (
    <div className="launcher">
      <Head
        places={places}
        leaveLabel={leaveLabel}
        onAdd={() => setPage({ at: 'add' })}
        onProfile={(place) => setPage({ at: 'profile', place })}
        onRefresh={() => refresh.mutate(null)}
        onLeave={onLeave}
      />
      {launcher.data && (
        <Conditions places={places} onAsk={() => refresh.mutate(null)} asking={refresh.isPending} />
      )}
      <main>
        {launcher.error && (
          <div className="launcher-page">
            <ErrorView error={launcher.error} onRetry={() => void launcher.refetch()} />
          </div>
        )}
        {first || page.at === 'add' ? (
          <div className="launcher-page first-place">
            <div>
              {first && (
                <>
                  <h1>{t('launcher.addFirst')}</h1>
                  <p className="lead">{t('launcher.addFirstText')}</p>
                </>
              )}
              <AddPlace first={first} onDone={toApps} onCancel={first ? undefined : toApps} />
            </div>
            <WhatHappens />
          </div>
        ) : page.at === 'profile' && places.some((place) => place.id === page.place) ? (
          <ProfilePage key={page.place} place={page.place} onBack={toApps} />
        ) : (
          launcher.data && (
            <Apps data={launcher.data} onProfile={(place) => setPage({ at: 'profile', place: place.id })} />
          )
        )}
      </main>
      <Foot />
    </div>
  );
}

/** Asks every place anew: at first, when the network is back, and when the window comes to the front after a while. */
function useRefresh(some: boolean) {
  const refresh = useChange((_: null) => ipc.portal.refresh());
  const latest = useRef(refresh);
  latest.current = refresh;
  useEffect(() => {
    if (!some) return;
    let asked = 0;
    const ask = () => {
      asked = Date.now();
      latest.current.mutate(null);
    };
    const front = () => {
      if (Date.now() - asked > ASK_AGAIN) ask();
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'F5') return;
      event.preventDefault();
      ask();
    };
    ask();
    window.addEventListener('online', ask);
    window.addEventListener('focus', front);
    window.addEventListener('keydown', key);
    return () => {
      window.removeEventListener('online', ask);
      window.removeEventListener('focus', front);
      window.removeEventListener('keydown', key);
    };
  }, [some]);
  return refresh;
}

function Head({
  places,
  leaveLabel,
  onAdd,
  onProfile,
  onRefresh,
  onLeave,
}: {
  places: readonly PlaceView[];
  leaveLabel: string;
  onAdd: () => void;
  onProfile: (place: string) => void;
  onRefresh: () => void;
  onLeave: () => void;
}) {
  const { t } = useTranslation();
  const offline = useSilence(places);
  const me = places[0];
  const name = me ? visible(me.fullname) : '';
  const title = places.length === 1 && me ? visible(me.title) : 'Towerify';
  return (
    <header className="launcher-head">
      <Logo size={22} />
      <b className="strong">{title}</b>
      <span className="grow" />
      {places.length > 0 && (
        <span className="row small t2 network" data-testid="network">
          {offline ? <IconWifiOff size={16} aria-hidden /> : <IconWifi size={16} aria-hidden />}
          {offline ? t('launcher.silentAll') : t('status.online')}
        </span>
      )}
      {me ? (
        <Menu position="bottom-end" width={260}>
          <Menu.Target>
            <button type="button" className="launcher-who" aria-label={t('launcher.accountOf', { name })}>
              <Avatar name={name} size={28} />
              <b className="strong">{name}</b>
              <IconChevronDown size={16} aria-hidden />
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {places.map((place) => (
              <Menu.Item
                key={place.id}
                leftSection={<IconUserCircle size={16} />}
                onClick={() => onProfile(place.id)}
              >
                {t('launcher.profile')}
                {places.length > 1 && <div className="code-s t3">{place.domain}</div>}
              </Menu.Item>
            ))}
            <Menu.Divider />
            <Menu.Item
              leftSection={<IconRefresh size={16} />}
              rightSection={<Kbd>F5</Kbd>}
              onClick={onRefresh}
            >
              {t('launcher.refresh')}
            </Menu.Item>
            <Menu.Item leftSection={<IconPlus size={16} />} onClick={onAdd}>
              {t('launcher.add')}
            </Menu.Item>
            <Menu.Item leftSection={<IconDoorExit size={16} />} onClick={onLeave}>
              {leaveLabel}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ) : (
        <Button size="xs" leftSection={<IconDoorExit size={14} />} onClick={onLeave}>
          {leaveLabel}
        </Button>
      )}
    </header>
  );
}

/** Since when nothing answers: there is no network, or no server is there. */
function useSilence(places: readonly PlaceView[]): string | number | null {
  const offline = useOffline();
  const since = places.map((place) => (place.standing.state === 'silent' ? place.standing.since : null));
  if (offline !== null && places.length > 0) return offline;
  if (since.length === 0 || since.some((each) => each === null)) return null;
  return since.reduce((first, each) => ((each ?? '') > (first ?? '') ? each : first));
}

/** Conditions of the whole page: certificates that changed, and nothing that answers. */
function Conditions({
  places,
  onAsk,
  asking,
}: {
  places: readonly PlaceView[];
  onAsk: () => void;
  asking: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const silence = useSilence(places);
  const known = places
    .map((place) => place.known_at)
    .filter((at) => at !== null)
    .sort();
  return (
    <>
      <ChangedCertificates places={places} />
      {silence !== null && (
        <Strip
          tone="off"
          icon={<IconWifiOff />}
          strong={t('launcher.offline', { time: format.clock(silence) })}
          aside={
            <Button size="xs" loading={asking} onClick={onAsk}>
              {t('launcher.refresh')}
            </Button>
          }
        >
          {known[0] && t('launcher.offlineText', { when: format.when(known[0]) })}
        </Strip>
      )}
    </>
  );
}

function Apps({ data, onProfile }: { data: LauncherData; onProfile: (place: PlaceView) => void }) {
  const { t } = useTranslation();
  const logos = useQuery(queries.logos());
  const [preferences] = usePreferences();
  const [text, setText] = useState('');
  const search = useRef<HTMLInputElement>(null);
  const open = useChange((url: string) => ipc.portal.open(url));
  const found = matching(data.tiles, text);
  const start = (tile: Tile | undefined) => tile && open.mutate(tile.url);
  useKeys(preferences.single_keys, search, (place) => start(found[place]));
  // One that does not answer takes no password either.
  const signedOut = data.places.filter(
    (place) => !place.signed_in && /^(unknown|answers)$/.test(place.standing.state),
  );
  const names = data.places.map((place) => visible(place.title)).join(', ');
  return (
    <div className="launcher-page">
      <div className="launcher-title">
        <h1 className="grow">{t('launcher.title')}</h1>
        {data.tiles.length > 0 && (
          <TextInput
            ref={search}
            className="launcher-search"
            placeholder={t('launcher.find')}
            aria-label={t('launcher.find')}
            leftSection={<IconSearch size={16} />}
            rightSection={<Kbd>{CTRL} K</Kbd>}
            rightSectionWidth={64}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') start(found[0]);
              if (event.key === 'Escape') {
                setText('');
                event.currentTarget.blur();
              }
            }}
          />
        )}
      </div>
      {signedOut.map((place) => (
        <SignIn key={place.id} place={place} />
      ))}
      {open.error && <PortalError error={open.error} />}
      {data.tiles.length === 0 ? (
        <EmptyState title={t('launcher.empty')}>{t('launcher.emptyText', { place: names })}</EmptyState>
      ) : found.length === 0 ? (
        <NothingFound title={t('launcher.noResult', { text })} onClear={() => setText('')}>
          {t('launcher.noResultText', { count: data.tiles.length })}
        </NothingFound>
      ) : (
        <Tiles
          tiles={found}
          logos={logos.data ?? {}}
          numbered={preferences.single_keys}
          onOpen={(tile) => start(tile)}
        />
      )}
      <div className="launcher-below">
        <section>
          <h2>{t('launcher.place')}</h2>
          <Places places={data.places} onProfile={onProfile} />
        </section>
        <section>
          <h2>{t('launcher.missing')}</h2>
          <p className="t2">{t('launcher.missingText', { place: names })}</p>
        </section>
      </div>
    </div>
  );
}

/** Every word typed is in the name, the address, or what it is for. */
export function matching(tiles: readonly Tile[], text: string): Tile[] {
  const plain = (from: string) => from.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const words = plain(text).split(/\s+/).filter(Boolean);
  return tiles.filter((tile) => {
    const hay = plain([tile.label, tile.app, addressOf(tile.url), tile.description ?? ''].join(' '));
    return words.every((word) => hay.includes(word));
  });
}

/** 1 to 9 open, outside of fields; Ctrl+K and / go to the search. */
function useKeys(
  single: boolean,
  search: { current: HTMLInputElement | null },
  onNumber: (place: number) => void,
): void {
  const latest = useRef(onNumber);
  latest.current = onNumber;
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || document.querySelector('[role=dialog]')) return;
      const ctrl = event.ctrlKey || event.metaKey;
      if ((ctrl && event.key === 'k') || (!ctrl && single && event.key === '/' && !takesText(event.target))) {
        event.preventDefault();
        search.current?.focus();
        search.current?.select();
        return;
      }
      if (!ctrl && single && /^[1-9]$/.test(event.key) && !takesText(event.target)) {
        event.preventDefault();
        latest.current(Number(event.key) - 1);
      }
    };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, [single, search]);
}

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const;

function Foot() {
  const { t } = useTranslation();
  const language = useLanguage();
  const [preferences, change] = usePreferences();
  return (
    <footer className="statusbar">
      <span>{t('launcher.browser')}</span>
      <span className="grow" />
      <button
        type="button"
        title={t('status.switchLanguage')}
        data-testid="language"
        onClick={() => change({ language: language === 'fr' ? 'en' : 'fr' })}
      >
        {language === 'fr' ? 'Français' : 'English'}
      </button>
      <button type="button" data-testid="theme" onClick={() => change({ theme: NEXT[preferences.theme] })}>
        {t(`themeLong.${preferences.theme}`)}
      </button>
    </footer>
  );
}
