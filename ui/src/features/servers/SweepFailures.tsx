/** Those that did not answer a refresh, and why. */
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Sweep } from '../../shared/contract';
import { errorWords } from '../../shared/errors';
import { Strip } from '../../shared/parts/Strip';

export function SweepFailures({ sweep, onClose }: { sweep: Sweep; onClose: () => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const all = sweep.answered + sweep.failed.length;
  return (
    <>
      <Strip
        tone="warn"
        strong={t('sweep.some', { answered: sweep.answered, count: all })}
        aside={
          <>
            <Button size="xs" aria-expanded={open} onClick={() => setOpen((before) => !before)}>
              {open ? t('act.hide') : t('act.show')}
            </Button>
            <Button size="xs" onClick={onClose}>
              {t('act.close')}
            </Button>
          </>
        }
      >
        {t('sweep.kept')}
      </Strip>
      {open && (
        <ul className="sweep-list">
          {sweep.failed.map((failure) => (
            <li key={failure.id} className="list-row">
              <Link to="/servers/$server" params={{ server: failure.id }} className="strong">
                {failure.name}
              </Link>
              <span className="t2 small">
                {
                  errorWords(
                    { ...failure.error, params: { server: failure.name, ...failure.error.params } },
                    t,
                  ).title
                }
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
