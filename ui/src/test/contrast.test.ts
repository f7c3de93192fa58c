import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(__dirname, '../shared/theme.css'), 'utf8');

function variables(block: RegExp): Map<string, string> {
  const body = block.exec(css)?.[1] ?? '';
  return new Map(
    [...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/gi)].map((found) => [found[1] ?? '', found[2] ?? '']),
  );
}

const SCHEMES = {
  light: variables(/:root \{([\s\S]*?)\n\}/),
  dark: variables(/color-scheme="dark"\] \{([\s\S]*?)\n\}/),
};

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const SURFACES = ['canvas', 'chrome', 'sunken', 'raised', 'hover', 'sel'];
const TEXTS = ['t1', 't2', 't3', 'accent'];
const STATES = ['ok', 'warn', 'fail', 'stop', 'run', 'off'];

describe.each(Object.entries(SCHEMES))('in the %s scheme', (_name, scheme) => {
  const colour = (name: string): string => {
    const found = scheme.get(name);
    if (!found) throw new Error(`--${name} is not set`);
    return found;
  };

  it('both measure as WCAG says', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 1);
  });

  it.each(TEXTS.flatMap((text) => SURFACES.map((surface) => [text, surface] as const)))(
    'text %s on %s is at least 4.5:1',
    (text, surface) => {
      expect(contrast(colour(text), colour(surface))).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.each(
    STATES.flatMap((state) => [...SURFACES, `${state}-bg`].map((surface) => [state, surface] as const)),
  )('state %s on %s is at least 4.5:1, for its word', (state, surface) => {
    expect(contrast(colour(state), colour(surface))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(STATES)('secondary text on the tint of %s is at least 4.5:1', (state) => {
    expect(contrast(colour('t2'), colour(`${state}-bg`))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(SURFACES)('controls on %s are at least 3:1', (surface) => {
    expect(contrast(colour('ctl'), colour(surface))).toBeGreaterThanOrEqual(3);
  });

  it('white on filled buttons is at least 4.5:1', () => {
    for (const fill of ['fill', 'fill-hover', 'danger', 'danger-hover']) {
      expect(contrast(colour('on-fill'), colour(fill)), fill).toBeGreaterThanOrEqual(4.5);
    }
  });
});
