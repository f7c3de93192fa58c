/** When a schedule is due, on the wall clock of a zone; the next times are said beside it. */
import { Checkbox, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { FleetSelection } from '../../../shared/contract';
import { ErrorSentence } from '../../../shared/ErrorView';
import { ipc } from '../../../shared/ipc';
import { ChoiceCards } from '../../../shared/parts/Form';
import type { FormState } from '../../../shared/useForm';
import { useFormat } from '../../../shared/useFormat';
import { useSettled } from '../../../shared/useSettled';
import { useWords } from '../../../shared/useWords';
import { DAYS, timingOf } from './order';
import '../runs.css';

export function WhenFields({ form, selection }: { form: FormState; selection: FleetSelection }) {
  const { t } = useTranslation();
  const rule = form.values.rule ?? 'daily';
  const days = (form.values.days ?? '').split(',');
  return (
    <>
      <TextInput
        {...form.bind('name')}
        className="half"
        label={t('schedule.name')}
        description={t('schedule.nameHelp')}
      />
      <ChoiceCards
        label={t('schedule.rule')}
        value={rule}
        onChange={(value) => form.set('rule', value)}
        options={(['once', 'daily', 'weekly', 'cron'] as const).map((value) => ({
          value,
          title: t(`schedule.ruleOf.${value}`),
          help: '',
        }))}
      />
      {rule === 'weekly' && (
        <fieldset className="choices" id="field-days">
          <legend>{t('schedule.days')}</legend>
          <div className="days">
            {DAYS.map((day) => (
              <Checkbox
                key={day}
                label={t(`schedule.day.${day}`)}
                checked={days.includes(day)}
                onChange={(event) =>
                  form.set(
                    'days',
                    DAYS.filter((each) =>
                      each === day ? event.currentTarget.checked : days.includes(each),
                    ).join(','),
                  )
                }
              />
            ))}
          </div>
          {form.errorOf('days') && <p className="field-error">{form.errorOf('days')}</p>}
        </fieldset>
      )}
      {rule === 'cron' ? (
        <TextInput
          {...form.bind('cron')}
          className="half mono"
          label={t('schedule.cron')}
          description={t('schedule.cronHelp')}
          placeholder="0 3 * * SUN"
          spellCheck={false}
        />
      ) : (
        <div className="form-pair">
          {rule === 'once' && <TextInput {...form.bind('date')} type="date" label={t('schedule.date')} />}
          <TextInput {...form.bind('time')} className="mono" placeholder="03:00" label={t('schedule.time')} />
        </div>
      )}
      <TextInput
        {...form.bind('zone')}
        className="half mono"
        label={t('schedule.zone')}
        description={t('schedule.zoneHelp')}
        placeholder={Intl.DateTimeFormat().resolvedOptions().timeZone}
        spellCheck={false}
      />
      <Next form={form} selection={selection} />
    </>
  );
}

function Next({ form, selection }: { form: FormState; selection: FleetSelection }) {
  const { t } = useTranslation();
  const say = useWords();
  const format = useFormat();
  const asked = useSettled(JSON.stringify([timingOf(form.values), selection]), 300);
  const [timing, where] = JSON.parse(asked) as [ReturnType<typeof timingOf>, FleetSelection];
  const next = useQuery({
    queryKey: ['schedules', 'next', asked],
    queryFn: () => {
      if (!timing) throw new Error('no timing');
      return ipc.schedules.next(timing, where);
    },
    enabled: timing !== null,
    meta: { topics: [] },
  });
  if (next.error) {
    const words = next.error.fields[0]?.words;
    return words ? (
      <p className="error-sentence" role="alert">
        {say(words)}
      </p>
    ) : (
      <ErrorSentence error={next.error} />
    );
  }
  if (!next.data) return null;
  return (
    <p className="small t2" aria-live="polite" data-testid="next-times">
      {t('schedule.next', { zone: next.data.zone })}{' '}
      {next.data.times
        .slice(0, 3)
        .map((time) => format.whenExact(time, next.data.zone))
        .join(' · ')}
    </p>
  );
}
