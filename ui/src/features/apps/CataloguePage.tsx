/** The catalogue as a server has it: search, categories, and a card an app. */

import { IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CatalogueRow } from '../../shared/contract';
import { useCrumbs } from '../../shared/crumbs';
import { ErrorView } from '../../shared/ErrorView';
import { plain } from '../../shared/format';
import { AppIcon } from '../../shared/parts/AppIcon';
import { FilterChip, TextFilter } from '../../shared/parts/Filters';
import { SkeletonRows } from '../../shared/parts/Loading';
import { PageHead } from '../../shared/parts/PageHead';
import { NothingFound } from '../../shared/parts/Strip';
import { Tag } from '../../shared/parts/Words';
import { queries } from '../../shared/queries';
import { useElementWidth } from '../../shared/useElementWidth';
import { useFormat } from '../../shared/useFormat';
import { visible } from '../../shared/visible';
import './apps.css';

/** Working apps first, then by name. */
export function sortCatalogue(
  apps: readonly CatalogueRow[],
  compare: (a: string, b: string) => number,
): CatalogueRow[] {
  return apps.toSorted(
    (a, b) => Number(b.state === 'working') - Number(a.state === 'working') || compare(a.name, b.name),
  );
}

export default function CataloguePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const format = useFormat();
  const { server } = useParams({ from: '/servers/$server/install' });
  const catalogue = useQuery(queries.catalogue(server));
  const detail = useQuery(queries.server(server));
  const [text, setText] = useState('');
  const [categories, setCategories] = useState<string[]>([]);
  const [offered, setOffered] = useState<string[]>(['working']);
  const name = detail.data?.row.name ?? '';
  useCrumbs([
    { label: t('servers.title'), to: '/servers' },
    { label: name, to: `/servers/${server}` },
    { label: t('server.install') },
  ]);

  const all = catalogue.data?.apps ?? [];
  const shown = useMemo(() => {
    const words = plain(text).split(/\s+/).filter(Boolean);
    return sortCatalogue(catalogue.data?.apps ?? [], format.compare).filter((app) => {
      const hay = plain(`${app.name} ${app.id} ${app.description}`);
      if (!words.every((word) => hay.includes(word))) return false;
      if (categories.length > 0 && !categories.includes(app.category ?? '')) return false;
      return offered.length === 0 || offered.includes(app.state === 'working' ? 'working' : 'other');
    });
  }, [catalogue.data, text, categories, offered, format]);

  const clear = () => {
    setText('');
    setCategories([]);
    setOffered([]);
  };
  return (
    <div className="page">
      <PageHead
        title={name ? t('catalogue.title', { server: name }) : t('server.install')}
        count={catalogue.data ? format.integer(shown.length) : undefined}
      />
      <div className="filters">
        <TextFilter value={text} onChange={setText} placeholder={t('catalogue.filter')} width={260} />
        <FilterChip
          field={t('catalogue.category')}
          all={t('filter.allF')}
          chosen={categories}
          options={(catalogue.data?.categories ?? []).map((category) => ({
            value: category.id,
            label: category.title,
            count: all.filter((app) => app.category === category.id).length,
          }))}
          onChange={setCategories}
        />
        <FilterChip
          field={t('catalogue.packaging')}
          all={t('filter.all')}
          chosen={offered}
          options={[
            { value: 'working', label: t('catalogue.working') },
            { value: 'other', label: t('catalogue.notWorking') },
          ]}
          onChange={setOffered}
        />
      </div>
      {catalogue.error && (
        <div className="page-scroll">
          <ErrorView error={catalogue.error} onRetry={() => void catalogue.refetch()} />
        </div>
      )}
      {catalogue.isPending && <SkeletonRows rows={8} />}
      {catalogue.data && shown.length === 0 && (
        <NothingFound title={t('catalogue.nothing')} onClear={clear}>
          {t('catalogue.hidden', { count: all.length })}
        </NothingFound>
      )}
      {shown.length > 0 && (
        <Tiles
          apps={shown}
          titles={
            new Map((catalogue.data?.categories ?? []).map((category) => [category.id, category.title]))
          }
          onChoose={(app) => void navigate({ to: '/servers/$server/install/$app', params: { server, app } })}
        />
      )}
    </div>
  );
}

const TILE = 76;
const GAP = 10;

function Tiles({
  apps,
  titles,
  onChoose,
}: {
  apps: readonly CatalogueRow[];
  titles: ReadonlyMap<string, string>;
  onChoose: (app: string) => void;
}) {
  const { t } = useTranslation();
  const scroll = useRef<HTMLDivElement>(null);
  const width = useElementWidth(scroll);
  const across = Math.max(1, Math.floor((width - 40 + GAP) / (330 + GAP)));
  const rows = Math.ceil(apps.length / across);
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroll.current,
    estimateSize: () => TILE + GAP,
    overscan: 4,
  });
  return (
    <div className="tiles" ref={scroll}>
      <ul style={{ height: virtual.getTotalSize(), position: 'relative' }} aria-label={t('catalogue.apps')}>
        {virtual.getVirtualItems().map((line) => (
          <div
            key={line.key}
            className="tile-row"
            role="presentation"
            style={{
              transform: `translateY(${line.start}px)`,
              gridTemplateColumns: `repeat(${across}, minmax(0, 1fr))`,
            }}
          >
            {apps.slice(line.index * across, (line.index + 1) * across).map((app) => {
              const full = app.installed && !app.multi_instance;
              return (
                <li key={app.id}>
                  <button
                    type="button"
                    className="tile"
                    disabled={full}
                    onClick={() => onChoose(app.id)}
                    data-testid={`app-${app.id}`}
                  >
                    <AppIcon id={app.id} name={app.name} size={36} />
                    <span className="tile-text">
                      <span className="row">
                        <b className="strong ell">{visible(app.name)}</b>
                        {app.installed && <Tag>{t('catalogue.installed')}</Tag>}
                        {app.state !== 'working' && <Tag>{t('catalogue.broken')}</Tag>}
                      </span>
                      <span className="small t2 clamp">{visible(app.description)}</span>
                      <span className="tiny t3">
                        {[
                          app.category ? titles.get(app.category) : '',
                          app.version,
                          app.level > 0 ? t('catalogue.level', { level: app.level }) : '',
                        ]
                          .filter(Boolean)
                          .join(' · ')}
                      </span>
                    </span>
                    {!full && <IconChevronRight />}
                  </button>
                </li>
              );
            })}
          </div>
        ))}
      </ul>
    </div>
  );
}
