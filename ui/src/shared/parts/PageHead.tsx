/** The head of a page: title, count, actions to the right, the one filled button last. */
import type { ReactNode } from 'react';

interface Props {
  icon?: ReactNode;
  title: ReactNode;
  count?: ReactNode;
  beside?: ReactNode;
  under?: ReactNode;
  actions?: ReactNode;
}

export function PageHead({ icon, title, count, beside, under, actions }: Props) {
  return (
    <header className="page-head" data-tall={under ? true : undefined}>
      {icon && <span className="page-icon">{icon}</span>}
      <div className="page-title">
        <div className="row">
          <h1>{title}</h1>
          {count != null && <span className="page-count num">{count}</span>}
          {beside}
        </div>
        {under && <div className="page-under">{under}</div>}
      </div>
      <span className="grow" />
      {actions && <div className="page-actions">{actions}</div>}
    </header>
  );
}
