/** How the server will be: every choice with its default and what it does; a set of them can be kept as a profile. */
import { Button, Checkbox, PasswordInput, Select, Textarea, TextInput } from '@mantine/core';
import { IconBookmark, IconFileImport, IconTrash } from '@tabler/icons-react';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProvisioningField, ProvisioningForm } from '../../../shared/contract';
import { ErrorSentence } from '../../../shared/ErrorView';
import { ipc } from '../../../shared/ipc';
import { Dialog } from '../../../shared/parts/Dialog';
import { ChoiceCards } from '../../../shared/parts/Form';
import { toast } from '../../../shared/parts/toasts';
import { useChange, useInvalidate } from '../../../shared/queries';
import type { FormState } from '../../../shared/useForm';
import { useWords } from '../../../shared/useWords';
import { choicesOf, isAsked, SECTIONS, widgetOf, withProfile } from './choices';

/** Answers that need the whole width. */
const WHOLE: readonly string[] = ['never_ban', 'source_address', 'source_sha256'];

/** What brings its own file: PEM, or the script. */
const MOST_BYTES = 1_000_000;

export function ChoicesForm({ asked, form }: { asked: ProvisioningForm; form: FormState }) {
  const { t } = useTranslation();
  const known = new Set<string>(SECTIONS.flatMap((section) => section.fields));
  const fieldsOf = (names: readonly string[]) =>
    names
      .flatMap((name) => asked.fields.filter((field) => field.name === name))
      .filter((field) => isAsked(field.name, form.values));
  const others = asked.fields.filter((field) => !known.has(field.name)).map((field) => field.name);
  return (
    <>
      <TakeProfile asked={asked} form={form} />
      {[...SECTIONS, { id: 'more' as const, fields: others }].map((section) => {
        const fields = fieldsOf(section.fields);
        if (fields.length === 0) return null;
        return (
          <section key={section.id} className="choice-section">
            <h2>{t(`provision.section.${section.id}`)}</h2>
            {fields.map((field) => (
              <Choice key={field.name} field={field} asked={asked} form={form} />
            ))}
          </section>
        );
      })}
      <SaveProfile asked={asked} form={form} />
    </>
  );
}

function Choice({
  field,
  asked,
  form,
}: {
  field: ProvisioningField;
  asked: ProvisioningForm;
  form: FormState;
}) {
  const { t } = useTranslation();
  const say = useWords();
  const bound = form.bind(field.name);
  const label = say(field.label);
  const does = say(field.does);
  const first = asked.defaults[field.name as keyof typeof asked.defaults];
  const options = field.options.map((option) => ({ value: option.value, label: say(option.label) }));
  const plain = { ...bound, label, description: does };
  let extra: ReactNode = null;
  if (field.name === 'password' && bound.value === 'given') {
    extra = (
      <PasswordInput
        {...form.bind('given_password')}
        className="half"
        label={t('provision.givenPassword')}
        description={t('provision.givenPasswordHelp')}
        autoComplete="new-password"
      />
    );
  }
  if (field.name === 'certificate_chain') {
    extra = (
      <Long
        form={form}
        name="certificate_key"
        label={t('provision.certificateKey')}
        does={t('add.sealed')}
        placeholder="-----BEGIN PRIVATE KEY-----"
      />
    );
  }
  const control = (() => {
    switch (widgetOf(field, first)) {
      case 'switch':
        return (
          <Checkbox
            id={bound.id}
            label={label}
            description={does}
            checked={bound.value !== ''}
            error={bound.error}
            onChange={(event) => form.set(field.name, event.currentTarget.checked ? '1' : '')}
          />
        );
      case 'cards':
        return (
          <div id={bound.id}>
            <ChoiceCards
              label={label}
              value={bound.value}
              onChange={(value) => form.set(field.name, value)}
              options={options.map((option) => ({ value: option.value, title: option.label, help: '' }))}
            />
            {bound.error ? (
              <p className="field-error">{bound.error}</p>
            ) : (
              <p className="small t3 field-help">{does}</p>
            )}
          </div>
        );
      case 'list':
        return (
          <Select
            id={bound.id}
            className="half"
            label={label}
            description={does}
            value={bound.value}
            error={bound.error}
            data={options}
            onChange={(value) => form.set(field.name, value ?? '')}
          />
        );
      case 'long':
        return (
          <Long
            form={form}
            name={field.name}
            label={label}
            does={does}
            placeholder={field.name === 'source_file' ? '#!/bin/bash' : '-----BEGIN CERTIFICATE-----'}
          />
        );
      case 'number':
        return <TextInput {...plain} className="half mono" inputMode="numeric" />;
      case 'code':
        return (
          <TextInput
            {...plain}
            className={WHOLE.includes(field.name) ? 'mono' : 'half mono'}
            spellCheck={false}
          />
        );
      default:
        return <TextInput {...plain} className="half" />;
    }
  })();
  return (
    <>
      {control}
      {extra}
    </>
  );
}

/** A long text, typed or taken from a file. */
function Long({
  form,
  name,
  label,
  does,
  placeholder,
}: {
  form: FormState;
  name: string;
  label: string;
  does: string;
  placeholder: string;
}) {
  const { t } = useTranslation();
  const file = useRef<HTMLInputElement>(null);
  return (
    <div>
      <Textarea
        {...form.bind(name)}
        className="mono"
        label={label}
        description={does}
        placeholder={placeholder}
        rows={4}
        spellCheck={false}
        autoComplete="off"
      />
      <input
        ref={file}
        type="file"
        hidden
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0];
          if (chosen && chosen.size < MOST_BYTES) void chosen.text().then((text) => form.set(name, text));
          event.currentTarget.value = '';
        }}
      />
      <Button
        mt={6}
        size="xs"
        leftSection={<IconFileImport size={14} />}
        onClick={() => file.current?.click()}
      >
        {t('add.keyFile')}
      </Button>
    </div>
  );
}

function TakeProfile({ asked, form }: { asked: ProvisioningForm; form: FormState }) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const [taken, setTaken] = useState<string | null>(null);
  const drop = useChange(
    (id: string) => ipc.provisioning.dropProfile(id),
    () => {
      setTaken(null);
      void invalidate([{ kind: 'servers' }]);
    },
  );
  if (asked.profiles.length === 0) return null;
  const load = (id: string | null) => {
    setTaken(id);
    const profile = asked.profiles.find((each) => each.id === id);
    if (!profile) return;
    for (const [field, value] of Object.entries(withProfile(form.values, profile.choices))) {
      if (form.values[field] !== value) form.set(field, value);
    }
  };
  return (
    <div className="profiles">
      <Select
        label={t('provision.profile')}
        description={t('provision.profileText')}
        placeholder={t('provision.profilePick')}
        value={taken}
        data={asked.profiles.map((profile) => ({ value: profile.id, label: profile.name }))}
        onChange={load}
        w={340}
        data-testid="profile"
      />
      {taken && (
        <Button
          className="quiet"
          leftSection={<IconTrash size={16} />}
          loading={drop.isPending}
          onClick={() => drop.mutate(taken)}
        >
          {t('provision.profileDrop')}
        </Button>
      )}
      {drop.error && <ErrorSentence error={drop.error} />}
    </div>
  );
}

function SaveProfile({ asked, form }: { asked: ProvisioningForm; form: FormState }) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const save = useChange(
    (_: null) => ipc.provisioning.saveProfile(name.trim(), choicesOf(form.values, asked.defaults)),
    () => {
      setNaming(false);
      toast(t('provision.profileSaved', { name: name.trim() }));
      void invalidate([{ kind: 'servers' }]);
    },
  );
  return (
    <div className="choice-section profiles">
      <Button leftSection={<IconBookmark size={16} />} onClick={() => setNaming(true)}>
        {t('provision.profileSave')}
      </Button>
      <span className="small t3">{t('provision.profileHelp')}</span>
      <Dialog
        opened={naming}
        onClose={() => setNaming(false)}
        title={t('provision.profileTitle')}
        footer={
          <>
            <span className="grow" />
            <Button onClick={() => setNaming(false)}>{t('act.cancel')}</Button>
            <Button
              variant="filled"
              disabled={name.trim() === ''}
              loading={save.isPending}
              onClick={() => save.mutate(null)}
            >
              {t('provision.profileAct')}
            </Button>
          </>
        }
      >
        <TextInput
          data-autofocus
          label={t('provision.profileName')}
          description={t('provision.profileHelp')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && name.trim() !== '' && !save.isPending) save.mutate(null);
          }}
        />
        {save.error && (
          <div className="dialog-error">
            <ErrorSentence error={save.error} />
          </div>
        )}
      </Dialog>
    </div>
  );
}
