/**
 * A manifest's questions made into a form: which are shown, what each takes, what they begin with, and the
 * answers that are sent. Pure.
 */
import * as check from '../../shared/checks';
import type { Question } from '../../shared/contract';

export type Answers = Readonly<Record<string, string>>;

export function isYes(value: string | undefined): boolean {
  return value !== undefined && /^(1|true|yes|y|on|oui)$/i.test(value);
}

/** The two answers of a yes-or-no question: the manifest's own words, else 1 and 0. */
export function yesNo(question: Question): [yes: string, no: string] {
  const [yes, no] = question.choices;
  return yes && no ? [yes.value, no.value] : ['1', '0'];
}

/** What each question begins with. */
export function firstAnswers(questions: readonly Question[]): Record<string, string> {
  const answers: Record<string, string> = {};
  for (const question of questions) {
    if (question.kind === 'note') continue;
    answers[question.id] = firstAnswer(question);
  }
  return answers;
}

function firstAnswer(question: Question): string {
  const given = question.default ?? '';
  switch (question.kind) {
    case 'boolean': {
      const [yes, no] = yesNo(question);
      return given === yes || isYes(given) ? yes : no;
    }
    case 'select':
    case 'domain':
    case 'user':
    case 'app':
      if (question.choices.some((choice) => choice.value === given)) return given;
      return question.optional ? '' : (question.choices[0]?.value ?? given);
    case 'group':
      return given || 'all_users';
    case 'password':
      return '';
    default:
      return given;
  }
}

/** The rule that an answer must keep. */
export function checkOf(question: Question): check.Check {
  const must = checkOfKind(question);
  return question.optional || question.kind === 'note' ? check.optional(must) : must;
}

function checkOfKind(question: Question): check.Check {
  switch (question.kind) {
    case 'path':
      return check.path;
    case 'password':
      return check.password;
    case 'number':
      return check.number(question.min, question.max);
    case 'email':
      return check.mail;
    case 'url':
      return check.url;
    case 'color':
      return check.color;
    case 'date':
      return check.date;
    case 'time':
      return check.time;
    case 'select':
    case 'domain':
    case 'user':
    case 'app':
      return (text) => {
        if (text === '') return { rule: 'required' };
        const known =
          question.choices.length === 0 || question.choices.some((choice) => choice.value === text);
        return known ? null : { rule: 'not_a_choice' };
      };
    case 'note':
      return () => null;
    default:
      return check.required;
  }
}

/** The questions to show, given the answers so far. */
export function shownQuestions(questions: readonly Question[], answers: Answers): Question[] {
  return questions.filter((question) => question.visible === null || holds(question.visible, answers));
}

/** What is sent: shown questions only, and no empty optional one. */
export function answersToSend(questions: readonly Question[], answers: Answers): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const question of shownQuestions(questions, answers)) {
    const answer = answers[question.id] ?? '';
    if (question.kind === 'note' || (question.optional && answer === '')) continue;
    sent[question.id] =
      question.kind === 'password' || question.kind === 'long_text' ? answer : answer.trim();
  }
  return sent;
}

/** The address that the answers ask for, and whether it is free; null when the app has none. */
export function addressOf(questions: readonly Question[], answers: Answers): string | null {
  const domain = questions.find((question) => question.kind === 'domain');
  if (!domain) return null;
  const path = questions.find((question) => question.kind === 'path');
  const host = answers[domain.id] ?? '';
  return path ? host + normalPath(answers[path.id] ?? '') : `${host}/`;
}

export function normalPath(path: string): string {
  const bare = path.trim().replace(/\/+$/, '');
  return bare === '' ? '/' : bare.startsWith('/') ? bare : `/${bare}`;
}

/** Whether an address collides with those in use: the same, or a whole domain over or under it. */
export function isTaken(address: string, taken: readonly string[], wholeDomain: boolean): boolean {
  const normal = (text: string) => text.replace(/\/+$/, '');
  const host = address.split('/')[0] ?? '';
  return taken.some((used) => (wholeDomain ? used.split('/')[0] === host : normal(used) === normal(address)));
}

/** A free path near the one that is taken. */
export function freePath(host: string, path: string, taken: readonly string[], app: string): string {
  const base = path === '/' ? `/${app}` : path;
  if (!isTaken(host + base, taken, false)) return base;
  for (let n = 2; n < 100; n += 1) {
    if (!isTaken(`${host}${base}${n}`, taken, false)) return `${base}${n}`;
  }
  return base;
}

/** Collisions of the address, beside the path (or the domain, when the app wants all of it). */
export function addressProblem(
  questions: readonly Question[],
  answers: Answers,
  taken: readonly string[],
): { question: string; path: string | null } | null {
  const address = addressOf(questions, answers);
  const domain = questions.find((question) => question.kind === 'domain');
  const path = questions.find((question) => question.kind === 'path');
  if (address === null || !domain) return null;
  if (!isTaken(address, taken, !path)) return null;
  return { question: (path ?? domain).id, path: path ? normalPath(answers[path.id] ?? '') : null };
}

/** `50M` in bytes. */
export function sizeOf(text: string | null): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*([KMGT]?)/i.exec(text ?? '');
  if (!found) return null;
  const power = ['', 'K', 'M', 'G', 'T'].indexOf((found[2] ?? '').toUpperCase());
  return Number(found[1]) * 1000 ** power;
}

/**
 * Whether an expression of a manifest holds: names of answers, texts, numbers, `== != > < >= <= && || !`
 * and brackets. What can't be read shows the question: asking too much is better than too little.
 */
export function holds(expression: string, answers: Answers): boolean {
  const tokens = expression.match(
    /\s*(?:(&&|\|\||==|!=|>=|<=|[()!<>])|"([^"]*)"|'([^']*)'|(-?\d+(?:\.\d+)?)|([\w-]+)|(\S))/g,
  );
  if (!tokens) return true;
  const words = tokens.map((token) => token.trim());
  let at = 0;
  let broken = false;

  const value = (): string | number | boolean => {
    const word = words[at++];
    if (word === undefined) {
      broken = true;
      return true;
    }
    if (word === '(') {
      const inner = either();
      if (words[at++] !== ')') broken = true;
      return inner;
    }
    if (word === '!') return !truthy(value());
    if (/^["']/.test(word)) return word.slice(1, -1);
    if (/^-?\d/.test(word)) return Number(word);
    if (word === 'true' || word === 'false') return word === 'true';
    if (/^[\w-]+$/.test(word)) return answers[word] ?? '';
    broken = true;
    return true;
  };
  const comparison = (): string | number | boolean => {
    const left = value();
    const sign = words[at];
    if (sign === undefined || !/^(==|!=|>=|<=|<|>)$/.test(sign)) return left;
    at += 1;
    const right = value();
    switch (sign) {
      case '==':
        return same(left, right);
      case '!=':
        return !same(left, right);
      case '>=':
        return Number(left) >= Number(right);
      case '<=':
        return Number(left) <= Number(right);
      case '<':
        return Number(left) < Number(right);
      default:
        return Number(left) > Number(right);
    }
  };
  const both = (): string | number | boolean => {
    let left = comparison();
    while (words[at] === '&&') {
      at += 1;
      const right = comparison();
      left = truthy(left) && truthy(right);
    }
    return left;
  };
  function either(): string | number | boolean {
    let left = both();
    while (words[at] === '||') {
      at += 1;
      const right = both();
      left = truthy(left) || truthy(right);
    }
    return left;
  }
  const result = truthy(either());
  return broken || at < words.length ? true : result;
}

function truthy(value: string | number | boolean): boolean {
  if (typeof value === 'string') return value !== '' && !/^(0|false|no|off)$/i.test(value);
  return Boolean(value);
}

function same(left: string | number | boolean, right: string | number | boolean): boolean {
  if (typeof left === 'boolean' || typeof right === 'boolean') return truthy(left) === truthy(right);
  return String(left) === String(right);
}
