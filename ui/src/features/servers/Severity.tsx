/** The line of severities under the title: a bar, and numbers that set a filter. */
import { useTranslation } from 'react-i18next';
import type { ServerPage, ServerSort, ServerState } from '../../shared/contract';
import { FAMILY, ToneIcon } from '../../shared/parts/State';
import { bySeverity, SERVER_TONE } from '../../shared/states';
import { useFormat } from '../../shared/useFormat';

const BAR: Partial<Record<ServerState, string>> = {
  warn: 'var(--warn-bar)',
  ok: 'var(--ok-bar)',
  off: 'var(--track)',
  to_do: 'var(--track)',
};

export function Severity({
  page,
  chosen,
  onChoose,
  onSort,
}: {
  page: ServerPage;
  chosen: readonly ServerState[];
  onChoose: (states: ServerState[]) => void;
  onSort: (sort: ServerSort, desc: boolean) => void;
}) {
  const { t } = useTranslation();
  const { integer } = useFormat();
  const states = page.states
    .filter((each) => each.count > 0)
    .toSorted((a, b) => bySeverity(a.state, b.state));
  if (page.all === 0) return null;
  return (
    <div className="severity">
      <div className="severity-bar" aria-hidden>
        {states.map(({ state, count }) => (
          <span
            key={state}
            style={{ flexGrow: count, background: BAR[state] ?? `var(--${FAMILY[SERVER_TONE[state]]})` }}
          />
        ))}
      </div>
      <div className="severity-words">
        {states.map(({ state, count }) => {
          const set = chosen.length === 1 && chosen[0] === state;
          return (
            <button
              key={state}
              type="button"
              aria-pressed={set}
              data-testid={`sum-${state}`}
              onClick={() => onChoose(set ? [] : [state])}
            >
              <ToneIcon tone={SERVER_TONE[state]} />
              <b className="num">{integer(count)}</b> {t(`sum.${state}`)}
            </button>
          );
        })}
        <span className="grow" />
        {page.certificates_soon > 0 && (
          <button type="button" className="severity-more" onClick={() => onSort('certificate', false)}>
            {t('servers.certificatesSoon', { count: page.certificates_soon })}
          </button>
        )}
        {page.updates > 0 && (
          <button type="button" className="severity-more" onClick={() => onSort('updates', true)}>
            {t('servers.updates', {
              count: page.updates,
              servers: t('servers.nServers', { count: page.servers_with_updates }),
            })}
          </button>
        )}
      </div>
    </div>
  );
}
