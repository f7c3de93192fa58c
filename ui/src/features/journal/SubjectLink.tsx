/** What an entry is about: a link where there is a page of it. */
import { Link } from '@tanstack/react-router';
import type { JournalRow } from '../../shared/contract';
import { useMay } from '../../shared/policy';
import { visible } from '../../shared/visible';

export function SubjectLink({ row, tabIndex }: { row: JournalRow; tabIndex?: number }) {
  const may = useMay();
  if (row.subject_kind === 'server' && row.subject_id && may('see_servers')) {
    return (
      <Link to="/servers/$server" params={{ server: row.subject_id }} tabIndex={tabIndex} title={row.subject}>
        {visible(row.subject)}
      </Link>
    );
  }
  return <span title={row.subject}>{visible(row.subject)}</span>;
}
