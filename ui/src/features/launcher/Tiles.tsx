/** The apps as tiles: picture, name, address, and what is wrong with its server when something is. Keys 1 to 9 open. */
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Tile } from '../../shared/contract';
import { AppIcon } from '../../shared/parts/AppIcon';
import { ToneIcon } from '../../shared/parts/State';
import { Kbd } from '../../shared/parts/Words';
import { useFormat } from '../../shared/useFormat';
import { visible } from '../../shared/visible';
import { addressOf, toneOf, unwellSince, wordOf } from './standing';

interface Props {
  tiles: readonly Tile[];
  logos: Readonly<Record<string, string | undefined>>;
  onOpen: (tile: Tile) => void;
  /** Whether 1 to 9 open, so that the numbers are shown. */
  numbered: boolean;
}

export function Tiles({ tiles, logos, onOpen, numbered }: Props) {
  const { t } = useTranslation();
  return (
    <ul className="tiles" aria-label={t('launcher.tiles')} onKeyDown={moveFocus}>
      {tiles.map((tile, place) => (
        <li key={tile.url}>
          <OneTile
            tile={tile}
            logo={tile.logo ? logos[tile.logo] : undefined}
            number={numbered && place < 9 ? place + 1 : null}
            onOpen={() => onOpen(tile)}
          />
        </li>
      ))}
    </ul>
  );
}

function OneTile({
  tile,
  logo,
  number,
  onOpen,
}: {
  tile: Tile;
  logo: string | undefined;
  number: number | null;
  onOpen: () => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const since = unwellSince(tile.standing);
  const label = visible(tile.label);
  const address = visible(addressOf(tile.url));
  const word = t(`standing.${wordOf(tile.standing)}`);
  return (
    <button
      type="button"
      className="tile"
      data-testid="tile"
      onClick={onOpen}
      aria-keyshortcuts={number ? String(number) : undefined}
      aria-label={
        since
          ? t('launcher.openUnwell', { app: label, address, state: `${word}, ${format.outage(since)}` })
          : t('launcher.open', { app: label, address })
      }
    >
      <span className="tile-head">
        {logo ? (
          <img src={logo} alt="" width={44} height={44} />
        ) : (
          <AppIcon id={tile.app} name={label} size={44} />
        )}
        {number !== null && <Kbd>{number}</Kbd>}
      </span>
      <b title={label}>{label}</b>
      {since ? (
        <span className="tile-state" data-tone={tile.standing.state} title={format.exact(since)}>
          <ToneIcon tone={toneOf(tile.standing)} size={14} />
          {word} <span className="num">{format.outage(since)}</span>
        </span>
      ) : (
        <span className="tile-what" title={tile.description ?? undefined}>
          {tile.description ? visible(tile.description) : '\u00a0'}
        </span>
      )}
      <span className="tile-where code-s">{breakable(address)}</span>
    </button>
  );
}

/** An address that may go on in a second line, before a slash. */
function breakable(address: string) {
  const [host, ...path] = address.split('/');
  return (
    <>
      {host}
      {path.length > 0 && (
        <>
          <wbr />/{path.join('/')}
        </>
      )}
    </>
  );
}

/** Arrows walk over the tiles as they lie on the screen. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>) {
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('.tile')];
  const at = all.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  const top = all[0]?.offsetTop;
  const row = Math.max(
    1,
    all.findIndex((tile) => tile.offsetTop !== top),
  );
  const columns = row === 1 && all.length > 1 && all[1]?.offsetTop === top ? all.length : row;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  const next = step === undefined ? undefined : all[at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
