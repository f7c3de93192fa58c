/**
 * Text from a server is hostile: control and bidirectional characters are made visible, and terminal
 * colour codes are dropped, before it is shown as text.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const COLOUR = /\u001b\[[0-9;]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function visible(text: string): string {
  return text
    .replace(COLOUR, '')
    .replace(CONTROL, (letter) =>
      String.fromCodePoint(letter === '\u007f' ? 0x2421 : 0x2400 + (letter.codePointAt(0) ?? 0)),
    )
    .replace(
      BIDI,
      (letter) => `⟨U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
    );
}
