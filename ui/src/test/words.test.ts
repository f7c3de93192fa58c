import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ruleWords, TONE } from '../shared/errors';
import { firstLanguage, startI18n } from '../shared/i18n';
import { en } from '../shared/i18n/en';
import { fr } from '../shared/i18n/fr';

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

const english = flat(en);
const french = flat(fr);

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? sources(join(folder, entry.name))
      : /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name)
        ? [readFileSync(join(folder, entry.name), 'utf8')]
        : [],
  );
}

describe('both languages', () => {
  it('have the same keys', () => {
    expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('have no empty sentence', () => {
    for (const [key, text] of [...english, ...french]) expect(text.trim(), key).not.toBe('');
  });

  it('ask for the same values', () => {
    const holes = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map((hole) => hole[1]).sort();
    for (const [key, text] of english) expect(holes(french.get(key) ?? ''), key).toEqual(holes(text));
  });

  it('put a no-break space before French double punctuation', () => {
    for (const [key, text] of french) expect(text, key).not.toMatch(/ [:;!?»]|« /);
  });

  it('say no please, no oops, no exclamation mark', () => {
    for (const [key, text] of [...english, ...french]) {
      expect(text, key).not.toMatch(/\b(please|oops|successfully|veuillez|s’il vous plaît)\b|!$/i);
    }
  });

  it('have every key that the sources ask for by name', () => {
    const asked = new Set<string>();
    for (const text of sources(join(__dirname, '..'))) {
      for (const found of text.matchAll(/\bt\('([\w.]+)'/g)) if (found[1]) asked.add(found[1]);
    }
    expect(asked.size).toBeGreaterThan(300);
    const known = (key: string) => english.has(key) || english.has(`${key}_other`);
    expect([...asked].filter((key) => !known(key))).toEqual([]);
  });
});

describe('errors', () => {
  const bindings = readFileSync(join(__dirname, '../bindings.ts'), 'utf8');
  const codes = [...(/export type Code =([\s\S]*?);\n/.exec(bindings)?.[1] ?? '').matchAll(/"(\w+)"/g)].map(
    (found) => found[1] ?? '',
  );

  it('have a tone and four sentences for every code of the program, in both languages', () => {
    expect(codes.length).toBeGreaterThan(25);
    expect(Object.keys(TONE).sort()).toEqual([...codes].sort());
    for (const code of codes) {
      for (const part of ['title', 'happened', 'changed', 'todo']) {
        expect(english.get(`error.${code}.${part}`), `${code}.${part}`).toBeTruthy();
        expect(french.get(`error.${code}.${part}`), `${code}.${part}`).toBeTruthy();
      }
    }
  });

  it('say what is allowed in a field', () => {
    const { t } = startI18n('en');
    expect(ruleWords({ rule: 'too_short', min: 8 }, t)).toBe('At least 8 characters.');
    expect(ruleWords({ rule: 'characters', allowed: 'user_name' }, t)).toBe(
      'Use small letters, digits, dots and underscores.',
    );
  });
});

describe('the first language', () => {
  it.each([
    ['fr', ['en-US'], 'fr'],
    [null, ['fr-BE', 'en'], 'fr'],
    [null, ['de', 'fr'], 'fr'],
    [null, ['de'], 'en'],
    ['xx', [], 'en'],
  ] as const)('is %s / %s → %s', (chosen, system, expected) => {
    expect(firstLanguage(chosen, system)).toBe(expected);
  });
});
