/** A card with a head, and a list of facts. */
import type { ReactNode } from 'react';

interface CardProps {
  title?: ReactNode;
  count?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  /** Without padding: a table goes edge to edge. */
  flush?: boolean;
  label?: string;
  testid?: string;
}

export function Card({ title, count, aside, children, flush, label, testid }: CardProps) {
  return (
    <section
      className="card"
      aria-label={label ?? (typeof title === 'string' ? title : undefined)}
      data-testid={testid}
    >
      {title != null && (
        <header className="card-head">
          <h2>{title}</h2>
          {count != null && <span className="count num">{count}</span>}
          <span className="grow" />
          {aside}
        </header>
      )}
      <div className={flush ? undefined : 'card-body'}>{children}</div>
    </section>
  );
}

export type Fact = [label: string, value: ReactNode] | null | false;

export function Facts({ facts, width = 74 }: { facts: readonly Fact[]; width?: number }) {
  return (
    <dl className="facts" style={{ gridTemplateColumns: `minmax(${width}px, auto) 1fr` }}>
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
