import { describe, expect, it } from 'vitest';
import { pair } from '../features/apps/InstallPage';
import {
  addressOf,
  addressProblem,
  answersToSend,
  checkOf,
  firstAnswers,
  freePath,
  holds,
  shownQuestions,
  sizeOf,
} from '../features/apps/questions';
import type { Question, QuestionKind } from '../shared/contract';

function question(id: string, kind: QuestionKind, rest: Partial<Question> = {}): Question {
  return {
    id,
    kind,
    ask: { en: id, fr: id },
    help: null,
    default: null,
    example: null,
    optional: false,
    secret: false,
    choices: [],
    visible: null,
    min: null,
    max: null,
    ...rest,
  };
}
const choices = (...values: string[]) => values.map((value) => ({ value, label: { en: value, fr: value } }));

describe('what a question takes', () => {
  it.each([
    ['path', '/wiki', null],
    ['path', 'wiki', 'characters'],
    ['path', '/a/../b', 'characters'],
    ['password', 'short', 'too_short'],
    ['password', 'long enough', null],
    ['number', '12', null],
    ['number', '1.5', 'number_range'],
    ['email', 'ines@cloud.example', null],
    ['email', 'ines', 'not_a_mail'],
    ['url', 'https://a.example/', null],
    ['url', 'javascript:alert(1)', 'not_a_url'],
    ['color', '#12768F', null],
    ['color', 'blue', 'not_a_color'],
    ['date', '2026-11-22', null],
    ['date', '2026-02-31', 'not_a_date'],
    ['time', '09:30', null],
    ['time', '24:00', 'not_a_time'],
    ['text', '', 'required'],
    ['note', '', null],
  ] as [QuestionKind, string, string | null][])('a %s with %j gives %s', (kind, answer, rule) => {
    expect(checkOf(question('q', kind))(answer)?.rule ?? null).toBe(rule);
  });

  it('an optional one may stay empty, but not wrong', () => {
    const optional = checkOf(question('q', 'email', { optional: true }));
    expect(optional('')).toBeNull();
    expect(optional('x')?.rule).toBe('not_a_mail');
  });

  it('a choice must be one of those offered', () => {
    const select = checkOf(question('q', 'select', { choices: choices('fr', 'en') }));
    expect(select('fr')).toBeNull();
    expect(select('de')?.rule).toBe('not_a_choice');
  });

  it('a number keeps its bounds', () => {
    const bounded = checkOf(question('q', 'number', { min: 1, max: 10 }));
    expect(bounded('11')).toEqual({ rule: 'number_range', min: 1, max: 10 });
  });
});

describe('the form', () => {
  const questions = [
    question('domain', 'domain', { choices: choices('a.example', 'b.example'), default: 'b.example' }),
    question('path', 'path', { default: '/office' }),
    question('public', 'boolean', { default: 'true' }),
    question('words', 'boolean', { choices: choices('Oui', 'Non'), default: 'Non' }),
    question('group', 'group'),
    question('secret', 'password', { default: 'never prefilled' }),
    question('note', 'note'),
    question('extra', 'text', { visible: 'public && path == "/office"', optional: true }),
  ];
  const answers = firstAnswers(questions);

  it('begins with the defaults, and never with a password', () => {
    expect(answers).toEqual({
      domain: 'b.example',
      path: '/office',
      public: '1',
      words: 'Non',
      group: 'all_users',
      secret: '',
      extra: '',
    });
  });

  it('puts domain and path in one row', () => {
    expect(pair(questions).map((group) => group.map((each) => each.id))).toEqual([
      ['domain', 'path'],
      ['public'],
      ['words'],
      ['group'],
      ['secret'],
      ['note'],
      ['extra'],
    ]);
  });

  it('shows what the other answers ask for', () => {
    expect(shownQuestions(questions, answers).map((each) => each.id)).toContain('extra');
    expect(shownQuestions(questions, { ...answers, public: '0' }).map((each) => each.id)).not.toContain(
      'extra',
    );
  });

  it('sends what is shown, without empty optional answers', () => {
    const sent = answersToSend(questions, { ...answers, secret: ' with spaces ', path: ' /x ' });
    expect(sent).toEqual({
      domain: 'b.example',
      path: '/x',
      public: '1',
      words: 'Non',
      group: 'all_users',
      secret: ' with spaces ',
    });
  });

  it('sees that an address is taken, and finds a free one', () => {
    const taken = ['b.example/office', 'b.example/office2/'];
    expect(addressOf(questions, answers)).toBe('b.example/office');
    expect(addressProblem(questions, answers, taken)).toEqual({ question: 'path', path: '/office' });
    expect(addressProblem(questions, { ...answers, path: '/office/' }, taken)?.question).toBe('path');
    expect(addressProblem(questions, { ...answers, path: '/free' }, taken)).toBeNull();
    expect(freePath('b.example', '/office', taken, 'app')).toBe('/office3');
  });

  it('an app that wants a whole domain collides with any app on it', () => {
    const whole = questions.filter((each) => each.kind !== 'path');
    expect(addressProblem(whole, answers, ['b.example/wiki'])).toEqual({ question: 'domain', path: null });
    expect(addressProblem(whole, answers, ['a.example/wiki'])).toBeNull();
  });
});

describe('an expression of a manifest', () => {
  const answers = { kind: 'ldap', port: '443', on: '1', off: '0' };
  it.each([
    ['kind == "ldap"', true],
    ["kind != 'ldap'", false],
    ['on', true],
    ['off', false],
    ['!off', true],
    ['on && off', false],
    ['on || off', true],
    ['(off || on) && port > 400', true],
    ['port <= 400', false],
    ['on == true', true],
    ['missing', false],
    ['what is this ¿', true],
    ['(on', true],
    ['', true],
  ])('%s holds: %s', (expression, expected) => {
    expect(holds(expression, answers)).toBe(expected);
  });
});

describe('sizes of a manifest', () => {
  it.each([
    ['50M', 50_000_000],
    ['1.2G', 1_200_000_000],
    ['100K', 100_000],
    ['0M', 0],
    ['?', null],
    [null, null],
  ])('%s', (text, size) => {
    expect(sizeOf(text)).toBe(size);
  });
});
