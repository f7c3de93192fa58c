/** Conditions of a whole page: strip, error panel, empty state, nothing found. */
import { Button } from '@mantine/core';
import { IconClock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FAMILY, type Tone, ToneIcon } from './State';

interface StripProps {
  tone: Tone;
  icon?: ReactNode;
  strong?: ReactNode;
  children?: ReactNode;
  aside?: ReactNode;
  /** A hard stop is said at once. */
  assertive?: boolean;
}

export function Strip({ tone, icon, strong, children, aside, assertive }: StripProps) {
  return (
    <div className="strip" data-tone={FAMILY[tone]} role={assertive ? 'alert' : 'status'}>
      {icon ?? <ToneIcon tone={tone} />}
      <span className="strip-text">
        {strong && <b>{strong}</b>} {children}
      </span>
      {aside && <span className="strip-aside">{aside}</span>}
    </div>
  );
}

/** A grey pill with the age of what is shown. */
export function Stale({ age }: { age: string }) {
  return (
    <span className="stale num">
      <IconClock aria-hidden size={12} />
      {age}
    </span>
  );
}

interface PanelProps {
  tone?: Tone;
  title: string;
  subtitle?: ReactNode;
  happened: ReactNode;
  changed: ReactNode;
  todo: ReactNode;
  actions?: ReactNode;
  note?: ReactNode;
}

/** What failed: What happened / Changed, and not changed / What to do. */
export function ErrorPanel({
  tone = 'fail',
  title,
  subtitle,
  happened,
  changed,
  todo,
  actions,
  note,
}: PanelProps) {
  const { t } = useTranslation();
  return (
    <section className="panel" data-tone={FAMILY[tone]} role="alert" data-testid="error-panel">
      <header>
        <ToneIcon tone={tone} size={18} />
        <div>
          <h2>{title}</h2>
          {subtitle && <p className="small t2">{subtitle}</p>}
        </div>
      </header>
      <div className="panel-columns">
        <div>
          <h3>{t('panel.happened')}</h3>
          <div>{happened}</div>
        </div>
        <div>
          <h3>{t('panel.changed')}</h3>
          <div>{changed}</div>
        </div>
        <div>
          <h3>{t('panel.todo')}</h3>
          <div>{todo}</div>
        </div>
      </div>
      {(actions || note) && (
        <footer>
          {actions}
          <span className="grow" />
          {note && <span className="small t3">{note}</span>}
        </footer>
      )}
    </section>
  );
}

/** What this will be, and the ways to begin. */
export function EmptyState({
  title,
  children,
  ways,
  drawing,
}: {
  title: string;
  children: ReactNode;
  ways?: ReactNode;
  drawing?: boolean;
}) {
  return (
    <div className="empty">
      {drawing && <Racks />}
      <h2>{title}</h2>
      <p>{children}</p>
      {ways && <div className="empty-ways">{ways}</div>}
    </div>
  );
}

export function Way({
  icon,
  title,
  children,
  action,
}: {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action: ReactNode;
}) {
  return (
    <div className="way">
      {icon}
      <h3>{title}</h3>
      <p>{children}</p>
      {action}
    </div>
  );
}

export function NothingFound({
  title,
  children,
  onClear,
}: {
  title: string;
  children: ReactNode;
  onClear: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="nothing" data-testid="nothing-found">
      <b>{title}</b>
      <p>{children}</p>
      <Button size="xs" onClick={onClear}>
        {t('filter.clear')}
      </Button>
    </div>
  );
}

function Racks() {
  return (
    <svg width="118" height="46" viewBox="0 0 118 46" fill="none" aria-hidden className="racks">
      <path d="M2 44.5h114" stroke="var(--line2)" strokeWidth="1.5" />
      <rect
        x="8"
        y="2"
        width="28"
        height="38"
        rx="4"
        stroke="var(--line2)"
        strokeWidth="1.5"
        fill="var(--raised)"
      />
      <rect
        x="46"
        y="2"
        width="28"
        height="38"
        rx="4"
        stroke="var(--line2)"
        strokeWidth="1.5"
        strokeDasharray="3 3"
      />
      <rect
        x="84"
        y="2"
        width="28"
        height="38"
        rx="4"
        stroke="var(--line2)"
        strokeWidth="1.5"
        strokeDasharray="3 3"
      />
      <rect x="13" y="8" width="18" height="5" rx="1.5" fill="#F5B82E" />
      {[8, 46, 84].map((x) =>
        [8, 18, 28].map((y) =>
          x === 8 && y === 8 ? null : (
            <rect key={`${x}-${y}`} x={x + 5} y={y} width="18" height="5" rx="1.5" fill="var(--line)" />
          ),
        ),
      )}
    </svg>
  );
}
