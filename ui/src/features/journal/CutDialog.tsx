/** Letting go of old entries: first from when, then exactly what goes; the workspace's name is typed. */
import { Button, Select } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorSentence } from '../../shared/ErrorView';
import { ipc } from '../../shared/ipc';
import { ConfirmDialog, Dialog } from '../../shared/parts/Dialog';
import { toast } from '../../shared/parts/toasts';
import { queries, useChange } from '../../shared/queries';
import { useFormat } from '../../shared/useFormat';
import { useStatus } from '../../shared/useStatus';
import { OLDER } from './useJournalRows';

const YEARS = ['1', '2', '5', '10'] as const;

/** The local midnight so many years ago. */
function yearsAgo(years: number): string {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  day.setFullYear(day.getFullYear() - years);
  return day.toISOString();
}

export function CutDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const status = useStatus();
  const client = useQueryClient();
  const [years, setYears] = useState('2');
  const [before] = useState(() => Object.fromEntries(YEARS.map((each) => [each, yearsAgo(Number(each))])));
  const plan = useQuery(queries.journalCut(before[years] ?? yearsAgo(2)));
  const cut = useChange(
    (upto: number) => ipc.journal.cut(upto),
    (count) => {
      toast(t('journal.cutDone', { count }));
      // Older pages are kept as they were read; now some of it is gone.
      void client.resetQueries({ queryKey: OLDER });
      onClose();
    },
  );
  const choice = (
    <Select
      label={t('journal.cutOlder')}
      data={YEARS.map((each) => ({ value: each, label: t('journal.years', { count: Number(each) }) }))}
      value={years}
      allowDeselect={false}
      onChange={(value) => value && setYears(value)}
      mb={12}
    />
  );
  const goes = plan.data;
  if (!goes || goes.upto === null || goes.first_at === null || goes.last_at === null) {
    return (
      <Dialog
        opened
        onClose={onClose}
        title={t('journal.cutTitle')}
        footer={
          <>
            <span className="grow" />
            <Button data-autofocus onClick={onClose}>
              {t('act.close')}
            </Button>
          </>
        }
      >
        {choice}
        {plan.error ? (
          <ErrorSentence error={plan.error} />
        ) : (
          goes && <p className="t2">{t('journal.cutNone')}</p>
        )}
      </Dialog>
    );
  }
  const upto = goes.upto;
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      size={580}
      title={t('journal.cutTitle')}
      goes={t('journal.cutGoes', {
        count: goes.goes,
        first: format.when(goes.first_at),
        last: format.when(goes.last_at),
      })}
      stays={t('journal.cutStays', { count: goes.stays })}
      undo={t('journal.cutUndo')}
      keep={t('journal.cutKeep')}
      act={t('journal.cutAct', { count: goes.goes })}
      onAct={() => cut.mutate(upto)}
      busy={cut.isPending}
      typed={status?.workspace.name}
      error={cut.error && <ErrorSentence error={cut.error} />}
    >
      <div style={{ marginTop: 12 }}>{choice}</div>
    </ConfirmDialog>
  );
}
