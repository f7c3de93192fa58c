/** What jsdom lacks and the interface uses. */
import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

Object.defineProperty(window, 'matchMedia', {
  value: (query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addListener: () => {},
    removeListener: () => {},
    addEventListener: () => {},
    removeEventListener: () => {},
    dispatchEvent: () => false,
  }),
});

class NoResize {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
vi.stubGlobal('ResizeObserver', NoResize);
vi.stubGlobal('__VERSION__', '0.0.0');

// Windowed lists need a height to show rows in.
for (const [name, value] of Object.entries({
  clientHeight: 640,
  offsetHeight: 640,
  clientWidth: 1200,
  offsetWidth: 1200,
})) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value });
}
Element.prototype.scrollIntoView = () => {};
Element.prototype.scrollTo = () => {};
if (!document.fonts) {
  Object.defineProperty(document, 'fonts', {
    value: { addEventListener: () => {}, removeEventListener: () => {} },
  });
}

// Pages are fetched when they are first shown.
configure({ asyncUtilTimeout: 5000 });

afterEach(() => cleanup());
