import { createStore, useStore } from "../store";

import type { Namespace } from "./types";

export const LOCALES = ["en", "hi", "ta", "fil"] as const;
export type Locale = (typeof LOCALES)[number];

/** The languages by their own names. */
export const LANGUAGE_NAMES: Record<Locale, string> = {
  en: "English",
  hi: "हिन्दी",
  ta: "தமிழ்",
  fil: "Filipino",
};

const KEY = "tinko.locale";
type Words = Record<string, unknown>;
type Loaded = { locale: Locale; words: Partial<Record<Namespace, Words>> };

const files = import.meta.glob<{ default: Words }>("../../locales/*/*.json");

const isLocale = (value: string): value is Locale => (LOCALES as readonly string[]).includes(value);

/** The language that was chosen, or the browser's if we speak it, or English. */
export function preferredLocale(): Locale {
  const chosen = localStorage.getItem(KEY);
  if (chosen !== null && isLocale(chosen)) return chosen;
  for (const tag of navigator.languages) {
    const language = (tag.split("-")[0] ?? "").replace("tl", "fil");
    if (isLocale(language)) return language;
  }
  return "en";
}

const store = createStore<Loaded>({ locale: preferredLocale(), words: {} });

async function load(locale: Locale, namespace: Namespace): Promise<Words> {
  const file = files[`../../locales/${locale}/${namespace}.json`];
  return file === undefined ? {} : (await file()).default;
}

/** Loads the words of features, once per language; routes do this through `lazyPage`. */
export async function needMessages(...namespaces: Namespace[]): Promise<void> {
  const { locale } = store.get();
  const missing = namespaces.filter((name) => store.get().words[name] === undefined);
  const loaded = await Promise.all(missing.map(async (name) => [name, await load(locale, name)] as const));
  // Somebody changed the language meanwhile: what came is of the old one.
  if (store.get().locale !== locale) return needMessages(...namespaces);
  if (loaded.length > 0) {
    store.set({ locale, words: { ...store.get().words, ...Object.fromEntries(loaded) } });
  }
}

/** Changes the language: everything that is loaded is loaded in the new one before anything changes. */
export async function setLocale(locale: Locale): Promise<void> {
  const names = Object.keys(store.get().words) as Namespace[];
  const loaded = await Promise.all(names.map(async (name) => [name, await load(locale, name)] as const));
  localStorage.setItem(KEY, locale);
  document.documentElement.lang = locale;
  store.set({ locale, words: Object.fromEntries(loaded) });
}

/** The language and its words, for the provider. */
export function useLoadedMessages(): Loaded {
  return useStore(store);
}
