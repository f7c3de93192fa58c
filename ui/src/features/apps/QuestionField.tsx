/** One widget a kind of question. */
import { Checkbox, ColorInput, PasswordInput, Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import { IconUsers, IconUsersGroup, IconWorld } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Question } from '../../shared/contract';
import { ChoiceCards } from '../../shared/parts/Form';
import type { FormState } from '../../shared/useForm';
import { useWords } from '../../shared/useWords';
import { visible } from '../../shared/visible';
import { isYes, yesNo } from './questions';

export function QuestionField({ question, form }: { question: Question; form: FormState }) {
  const { t } = useTranslation();
  const say = useWords();
  const bound = form.bind(question.id);
  const ask = visible(say(question.ask));
  const label = question.optional ? `${ask} (${t('form.optional')})` : ask;
  const description = question.help ? visible(say(question.help)) : undefined;
  const placeholder = question.example?.replace(/\s*\n\s*/g, ', ');
  const plainField = { ...bound, label, description, placeholder };
  const choose = (value: string | null) => {
    form.set(question.id, value ?? '');
    form.touch(question.id);
  };

  switch (question.kind) {
    case 'note':
      return <p className="note">{plainNote(ask || description || '')}</p>;
    case 'boolean': {
      const [yes, no] = yesNo(question);
      return (
        <Checkbox
          id={bound.id}
          label={ask}
          description={description}
          checked={bound.value === yes || isYes(bound.value)}
          error={bound.error}
          onChange={(event) => form.set(question.id, event.currentTarget.checked ? yes : no)}
        />
      );
    }
    case 'group':
      return <GroupField question={question} form={form} label={label} description={description} />;
    case 'domain':
    case 'user':
    case 'app':
    case 'select':
      if (question.choices.length === 0) return <TextInput {...plainField} />;
      return (
        <Select
          id={bound.id}
          className={question.kind === 'domain' ? 'mono' : undefined}
          label={label}
          description={description}
          value={bound.value || null}
          error={bound.error}
          searchable={question.choices.length > 8}
          clearable={question.optional}
          data={question.choices.map((choice) => ({ value: choice.value, label: say(choice.label) }))}
          onChange={choose}
          onBlur={bound.onBlur}
        />
      );
    case 'long_text':
      return <Textarea {...plainField} autosize minRows={3} maxRows={10} />;
    case 'password':
      return (
        <PasswordInput
          {...plainField}
          autoComplete="new-password"
          description={description ?? t('install.passwordHelp')}
        />
      );
    case 'tags':
      return (
        <TagsInput
          id={bound.id}
          label={label}
          description={description}
          placeholder={placeholder}
          value={bound.value === '' ? [] : bound.value.split(',')}
          error={bound.error}
          onBlur={bound.onBlur}
          onChange={(tags) => form.set(question.id, tags.join(','))}
        />
      );
    case 'color':
      return (
        <ColorInput
          id={bound.id}
          label={label}
          description={description}
          placeholder={placeholder ?? '#12768F'}
          value={bound.value}
          error={bound.error}
          onBlur={bound.onBlur}
          onChange={(color) => form.set(question.id, color)}
        />
      );
    case 'number':
      return <TextInput {...plainField} inputMode="numeric" className="half" />;
    case 'date':
      return <TextInput {...plainField} type="date" className="half" />;
    case 'time':
      return <TextInput {...plainField} type="time" className="half" />;
    case 'email':
      return <TextInput {...plainField} inputMode="email" spellCheck={false} />;
    case 'url':
      return <TextInput {...plainField} inputMode="url" spellCheck={false} />;
    case 'path':
      return <TextInput {...plainField} className="mono" spellCheck={false} />;
    default:
      return <TextInput {...plainField} />;
  }
}

/** A note is Markdown, shown as text: only its stars and brackets go. */
function plainNote(text: string): string {
  return text
    .replace(/\*\*(.+?)\*\*/g, '$1')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, '$1 ($2)')
    .replace(/^#+ /gm, '');
}

type Who = 'some' | 'all_users' | 'visitors';

function GroupField({
  question,
  form,
  label,
  description,
}: {
  question: Question;
  form: FormState;
  label: string;
  description?: string;
}) {
  const { t } = useTranslation();
  const say = useWords();
  const bound = form.bind(question.id);
  const groups = question.choices.filter(
    (choice) => choice.value !== 'all_users' && choice.value !== 'visitors',
  );
  const who: Who = bound.value === 'all_users' || bound.value === 'visitors' ? bound.value : 'some';
  const openToAll =
    question.choices.length === 0 || question.choices.some((choice) => choice.value === 'visitors');
  return (
    <div id={bound.id}>
      <ChoiceCards<Who>
        label={label}
        value={who}
        onChange={(value) => form.set(question.id, value === 'some' ? (groups[0]?.value ?? '') : value)}
        options={[
          ...(groups.length > 0
            ? [
                {
                  value: 'some' as const,
                  title: t('install.someGroup'),
                  help: t('install.someGroupHelp'),
                  icon: <IconUsersGroup />,
                },
              ]
            : []),
          {
            value: 'all_users',
            title: t('install.allUsers'),
            help: t('install.allUsersHelp'),
            icon: <IconUsers />,
          },
          ...(openToAll
            ? [
                {
                  value: 'visitors' as const,
                  title: t('install.visitors'),
                  help: t('install.visitorsHelp'),
                  icon: <IconWorld />,
                },
              ]
            : []),
        ]}
      />
      {who === 'some' && (
        <Select
          mt={8}
          className="half"
          aria-label={t('install.group')}
          value={bound.value}
          error={bound.error}
          data={groups.map((choice) => ({ value: choice.value, label: say(choice.label) }))}
          onChange={(value) => form.set(question.id, value ?? '')}
        />
      )}
      {description && <p className="small t3">{description}</p>}
    </div>
  );
}
