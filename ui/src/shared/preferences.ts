/**
 * How the program looks and speaks. The program keeps the preferences; a copy in the window's own storage
 * lets the first paint be right before they arrive.
 */
import { useMantineColorScheme } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preferences } from './contract';
import { firstLanguage } from './i18n';
import { ipc } from './ipc';
import { queries } from './queries';

const FIRST: Preferences = {
  language: null,
  theme: 'system',
  density: 'normal',
  single_keys: true,
  lock_after: 15,
};

export function usePreferences(): [Preferences, (change: Partial<Preferences>) => void] {
  const client = useQueryClient();
  const { data } = useQuery(queries.preferences());
  const now = data ?? FIRST;
  return [
    now,
    (change) => {
      const next = { ...now, ...change };
      client.setQueryData(queries.preferences().queryKey, next);
      void ipc.preferences.set(next).catch(() => client.invalidateQueries(queries.preferences()));
    },
  ];
}

/** Makes the preferences true in this window. */
export function useApplyPreferences(): void {
  const { data } = useQuery(queries.preferences());
  const { setColorScheme } = useMantineColorScheme();
  const { i18n } = useTranslation();
  useEffect(() => {
    if (!data) return;
    setColorScheme(data.theme === 'system' ? 'auto' : data.theme);
    document.documentElement.dataset.density = data.density;
    const language = firstLanguage(data.language, navigator.languages);
    remember('towerify-language', language);
    if (i18n.language !== language) void i18n.changeLanguage(language);
  }, [data, setColorScheme, i18n]);
  useEffect(() => {
    document.documentElement.lang = i18n.language;
  }, [i18n.language]);
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A window without storage only paints once more.
  }
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
