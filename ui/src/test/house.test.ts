import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(__dirname, '..');

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? files(join(folder, entry.name))
      : /\.tsx?$/.test(entry.name)
        ? [join(folder, entry.name)]
        : [],
  );
}

interface Import {
  from: string;
  to: string;
}

const imports: Import[] = files(SRC).flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)].map((found) => ({
    from: relative(SRC, file),
    to: relative(SRC, resolve(file, '..', found[1] ?? '')),
  })),
);

const breaches = (rule: (one: Import) => boolean) =>
  imports.filter(rule).map((one) => `${one.from} → ${one.to}`);
const feature = (path: string) => /^features\/([^/]+)\//.exec(path)?.[1];
const product = (path: string) => !path.startsWith('test/') && !path.startsWith('dev/');

describe('the house', () => {
  it('is looked at', () => {
    expect(imports.length).toBeGreaterThan(300);
  });

  it('features do not import each other', () => {
    expect(
      breaches(
        ({ from, to }) =>
          feature(from) !== undefined && feature(to) !== undefined && feature(from) !== feature(to),
      ),
    ).toEqual([]);
  });

  it('what is shared knows no feature and no page', () => {
    expect(breaches(({ from, to }) => from.startsWith('shared/') && /^(features|app)\//.test(to))).toEqual(
      [],
    );
  });

  it('features know no frame', () => {
    expect(breaches(({ from, to }) => from.startsWith('features/') && to.startsWith('app/'))).toEqual([]);
  });

  it('the generated commands are reached through one door', () => {
    expect(
      breaches(
        ({ from, to }) =>
          product(from) && to === 'bindings' && !['shared/contract.ts', 'shared/ipc.ts'].includes(from),
      ),
    ).toEqual([]);
  });

  it('the invented fleet is brought in by one line, which the product leaves out', () => {
    expect(breaches(({ from, to }) => product(from) && to.startsWith('dev/'))).toEqual([
      'main.tsx → dev/fake',
    ]);
    expect(readFileSync(join(SRC, 'main.tsx'), 'utf8')).toContain("if (import.meta.env.MODE === 'fake')");
  });

  it('nothing polls the program', () => {
    for (const file of files(SRC).filter((each) => product(relative(SRC, each)))) {
      expect(readFileSync(file, 'utf8'), file).not.toMatch(/refetchInterval/);
    }
  });

  it('server text is never HTML', () => {
    for (const file of files(SRC).filter((each) => product(relative(SRC, each)))) {
      expect(readFileSync(file, 'utf8'), file).not.toMatch(
        /dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML/,
      );
    }
  });
});
