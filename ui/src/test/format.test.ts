import { describe, expect, it } from 'vitest';
import * as f from '../shared/format';
import { visible } from '../shared/visible';

const NOW = new Date(2026, 10, 24, 10, 42, 0).getTime();
const since = (ms: number) => new Date(NOW - ms);
const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('ages', () => {
  it.each([
    [30_000, '< 1 min', '< 1 min'],
    [38 * MIN, '38 min', '38 min'],
    [6 * HOUR + 59 * MIN, '6 h', '6 h'],
    [41 * DAY, '41 d', '41 j'],
    [-5 * MIN, '< 1 min', '< 1 min'],
  ])('%i ms ago is %s, %s', (ms, english, french) => {
    expect(plain(f.age(since(ms), NOW, 'en'))).toBe(english);
    expect(plain(f.age(since(ms), NOW, 'fr'))).toBe(french);
  });

  it('an outage under a day is told in two units', () => {
    expect(plain(f.outage(since(2 * HOUR + 14 * MIN), NOW, 'en'))).toBe('2 h 14');
    expect(plain(f.outage(since(2 * HOUR + 4 * MIN), NOW, 'fr'))).toBe('2 h 04');
    expect(plain(f.outage(since(3 * DAY), NOW, 'fr'))).toBe('3 j');
  });
});

describe('dates', () => {
  it('just after midnight, yesterday evening still has its hour', () => {
    const night = new Date(2026, 10, 24, 0, 10);
    const evening = new Date(2026, 10, 23, 23, 50);
    expect(f.whenShort(evening, night, 'en')).toBe('23:50');
    expect(f.when(evening, night, 'en', 'today')).toBe('23 Nov 23:50');
    expect(f.whenShort(new Date(2026, 10, 22, 23, 50), night, 'en')).toBe('22 Nov');
  });

  it('say today, then the day, then the year', () => {
    expect(f.when(since(88 * MIN), NOW, 'en', 'today')).toBe('today 09:14');
    expect(f.when(since(88 * MIN), NOW, 'fr', 'aujourd’hui')).toBe('aujourd’hui 09:14');
    expect(f.when(new Date(2026, 11, 3), NOW, 'en', 'today')).toBe('3 Dec');
    expect(f.when(new Date(2025, 2, 3), NOW, 'en', 'today')).toBe('3 Mar 2025');
    expect(f.when(new Date(2025, 2, 3), NOW, 'fr', 'aujourd’hui')).toBe('3 mars 2025');
  });
});

describe('lengths of time', () => {
  it.each([
    [14_000, '0:14', '14 s'],
    [372_000, '6:12', '6 min 12 s'],
    [300_000, '5:00', '5 min'],
    [3_727_000, '1:02:07', '1 h 02'],
  ])('%i ms is %s, %s', (ms, short, words) => {
    expect(f.duration(ms)).toBe(short);
    expect(plain(f.spell(ms))).toBe(words);
  });
});

describe('sizes and numbers', () => {
  it('follow the language', () => {
    expect(plain(f.bytes(3_100_000_000, 'en'))).toBe('3.1 GB');
    expect(plain(f.bytes(3_100_000_000, 'fr'))).toBe('3,1 Go');
    expect(plain(f.bytes(163_840_000_000, 'fr'))).toBe('164 Go');
    expect(plain(f.percent(0.62, 'fr'))).toBe('62 %');
    expect(plain(f.integer(10_000, 'fr'))).toBe('10 000');
  });

  it('names sort with their numbers', () => {
    expect(['agence-10', 'agence-9', 'Élan', 'eau'].sort((a, b) => f.compareText(a, b, 'fr'))).toEqual([
      'agence-9',
      'agence-10',
      'eau',
      'Élan',
    ]);
  });
});

describe('text from a server', () => {
  it.each([
    ['plain text, accents é', 'plain text, accents é'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['a\u0007b', 'a␇b'],
    ['a\u202Eb', 'a⟨U+202E⟩b'],
    ['line\nline\ttab', 'line\nline\ttab'],
  ])('%j is shown as %j', (raw, shown) => {
    expect(visible(raw)).toBe(shown);
  });
});
