/**
 * An app's icon: its first letters on a colour of its own, drawn from its id. Logos are marks of their
 * projects and are not shipped.
 */
const COLOURS = [
  '#1f6fb5',
  '#5b4aa8',
  '#37527f',
  '#2d6a45',
  '#0f6f8f',
  '#a03d72',
  '#4d7424',
  '#8a4b1f',
  '#96403c',
  '#3f6d76',
  '#6b5a1e',
  '#58606b',
];

function hash(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

export function AppIcon({ id, name, size = 20 }: { id: string; name: string; size?: number }) {
  const base = id.split('__')[0] ?? id;
  const letters = name.replace(/[^\p{L}\p{N}]/gu, '').slice(0, size >= 28 ? 2 : 1) || '?';
  return (
    <span
      aria-hidden
      className="appicon"
      style={{
        width: size,
        height: size,
        fontSize: size >= 28 ? size * 0.4 : size * 0.6,
        borderRadius: size >= 28 ? 8 : 5,
        background: COLOURS[hash(base) % COLOURS.length],
      }}
    >
      {letters}
    </span>
  );
}
