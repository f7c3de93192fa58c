/** Tags as they are typed: separated by commas or spaces. */

import type { Rule } from '../../shared/checks';
import { tag } from '../../shared/checks';

export function splitTags(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[\s,]+/)
        .filter(Boolean)
        .map((each) => each.toLowerCase()),
    ),
  ];
}

export function tagsCheck(text: string): Rule | null {
  for (const each of splitTags(text)) {
    const problem = tag(each);
    if (problem) return problem;
  }
  return null;
}
