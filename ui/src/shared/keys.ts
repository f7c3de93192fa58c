/** Small questions about keys and the element that has the focus. */

/** Whether the element takes typed text. */
export function isField(element: EventTarget | null): boolean {
  if (!(element instanceof HTMLElement)) return false;
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

/** Whether a single letter would be eaten here: a text field, not a box or a radio. */
export function takesText(element: EventTarget | null): boolean {
  if (!isField(element)) return false;
  if (element instanceof HTMLInputElement) return !/^(checkbox|radio|button|range|color)$/.test(element.type);
  return true;
}

export const isMac = typeof navigator !== 'undefined' && /Mac/i.test(navigator.platform);

/** `Ctrl` here, `⌘` on a Mac. */
export const CTRL = isMac ? '⌘' : 'Ctrl';
