/** Picks the reader's language from a sentence that came in both. */
import { useCallback } from 'react';
import type { Words } from './contract';
import { useLanguage } from './useFormat';

export function useWords(): (words: Words | null | undefined) => string {
  const language = useLanguage();
  return useCallback((words) => (words ? words[language] || words.en : ''), [language]);
}
