/**
 * The two languages, whole, in the bundle; switched at run time. Keys are typed from the English file;
 * French has the same shape or does not compile.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';
import { fr } from './fr';

export type Language = 'en' | 'fr';
export const LANGUAGES: readonly Language[] = ['en', 'fr'];

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
    returnNull: false;
  }
}

/** The language to begin with: the chosen one, else the system's when we speak it, else English. */
export function firstLanguage(chosen: string | null | undefined, system: readonly string[]): Language {
  for (const wish of [chosen ?? '', ...system]) {
    const found = LANGUAGES.find((language) => wish.toLowerCase().startsWith(language));
    if (found) return found;
  }
  return 'en';
}

export function startI18n(language: Language): typeof i18next {
  void i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, fr: { translation: fr } },
    lng: language,
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
    returnNull: false,
    initAsync: false,
  });
  return i18next;
}

export function asLanguage(value: string): Language {
  return value.startsWith('fr') ? 'fr' : 'en';
}
