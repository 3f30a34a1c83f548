// Words, numbers and dates in the person's language. Change of language redraws everything that used them.
import type { ComponentChildren, JSX } from "preact";
import { createStore, useStore } from "../app/store";
import { en, type Catalogue, type English, type Entry, type Key, type Places } from "./en";

export type { Key };

export const languages = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof languages;

const remembered = "postern.language";
const store = createStore<{ language: Language; locale: string; catalogue: Catalogue }>({
  language: "en",
  locale: "en",
  catalogue: en,
});

/** The browser's own region is kept where it fits: en-GB writes dates otherwise than en-US. */
function locale_for(language: Language): string {
  return navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
}

function is_language(value: string | null | undefined): value is Language {
  return value !== null && value !== undefined && Object.hasOwn(languages, value);
}

function wanted_language(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(remembered);
  } catch {
    // Storage can be forbidden; then the browser's own languages decide each time.
  }
  if (is_language(kept)) return kept;
  for (const tag of navigator.languages) {
    const language = tag.toLowerCase().split("-")[0];
    if (is_language(language)) return language;
  }
  return "en";
}

async function use(language: Language): Promise<void> {
  const catalogue = language === "de" ? (await import("./de")).de : en;
  document.documentElement.lang = language;
  store.set({ language, locale: locale_for(language), catalogue });
}

/** Call before the first drawing. English stands in if another catalogue cannot be loaded. */
export async function start_language(): Promise<void> {
  await use(wanted_language()).catch(() => use("en"));
}

export async function choose_language(language: Language): Promise<void> {
  await use(language);
  try {
    localStorage.setItem(remembered, language);
  } catch {
    // Not remembered then; the choice holds until the page is closed.
  }
}

/** Makes a component redraw when the language changes. */
export const useLanguage = () => useStore(store).language;
export const language_in_use = () => store.get().language;
export const current_locale = () => store.get().locale;

type Values<K extends Key, V> = [Places<English[K]>] extends [never] ? [] : [values: Record<Places<English[K]>, V>];

function template(entry: Entry, values: Record<string, unknown> | undefined): string {
  if (typeof entry === "string") return entry;
  const form = new Intl.PluralRules(store.get().language).select(Number(values?.n ?? 0));
  return form === "one" ? entry.one : entry.other;
}

function shown(value: unknown): unknown {
  return typeof value === "number" ? new Intl.NumberFormat(current_locale()).format(value) : value;
}

/** U+2068 and U+2069 keep a foreign value's writing direction from reordering our sentence. */
export const isolated = (text: string) => `\u2068${text}\u2069`;

/** An entry as plain text. Values that come from mail belong in `isolated()`. */
export function t<K extends Key>(key: K, ...[values]: Values<K, string | number>): string {
  const given = values as Record<string, string | number> | undefined;
  return template(store.get().catalogue[key], given).replace(/\{(\w+)\}/g, (place, name: string) =>
    given && Object.hasOwn(given, name) ? String(shown(given[name])) : place,
  );
}

/** An entry with elements in its places. */
export function tx<K extends Key>(key: K, ...[values]: Values<K, ComponentChildren>): JSX.Element {
  const given = (values ?? {}) as Record<string, ComponentChildren>;
  const pieces = template(store.get().catalogue[key], given).split(/\{(\w+)\}/);
  return <>{pieces.map((piece, at) => (at % 2 === 0 ? piece : (shown(given[piece]) as ComponentChildren)))}</>;
}
