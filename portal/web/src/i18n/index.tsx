// Words, numbers and dates in the person's language. Change of language redraws everything that used them.
import type { ComponentChildren, JSX } from "preact";
import { createStore, useStore } from "../app/store";
import type { Catalogue, English, Entry, Key, Places } from "./catalogue";

export type { Key };
export { isolated } from "./visible";

/** A language's code as BCP 47 writes it, which is also the name of its catalogue file. */
export type Language = string;

// Every file here that is named like a language is one. Only the one in use is loaded.
const files = import.meta.glob<Catalogue>(["./??.ts", "./??-*.ts"], { import: "default" });
const load: Record<Language, () => Promise<Catalogue>> = {};
for (const [file, fetch_it] of Object.entries(files)) load[file.slice(2, -3)] = fetch_it;

/** The languages there are, each by its own name for itself. */
export const languages: readonly { code: Language; name: string }[] = Object.keys(load)
  .sort()
  .map((code) => ({ code, name: own_name(code) }));

function own_name(code: Language): string {
  const name = new Intl.DisplayNames([code], { type: "language", fallback: "code" }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

const right_to_left = new Set(["Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"]);

export const direction_of = (code: Language): "ltr" | "rtl" =>
  right_to_left.has(new Intl.Locale(code).maximize().script ?? "") ? "rtl" : "ltr";

const remembered = "postern.language";
const store = createStore<{ language: Language; locale: string; catalogue: Catalogue }>({
  language: "en",
  locale: "en",
  // Nothing is drawn before start_language() has put a whole one here.
  catalogue: {} as Catalogue,
});

/** The browser's own region is kept where it fits: en-GB writes dates otherwise than en-US. */
function locale_for(language: Language): string {
  return navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
}

export function is_language(value: string | null | undefined): value is string {
  return value !== null && value !== undefined && Object.hasOwn(load, value);
}

/** What the browser asks for, by its whole tag or by the language alone. */
function browser_language(): Language {
  const tags = navigator.languages.flatMap((tag) => [tag, tag.toLowerCase().split("-")[0]]);
  return tags.find(is_language) ?? "en";
}

function wanted_language(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(remembered);
  } catch {
    // Storage can be forbidden; then the browser's own languages decide each time.
  }
  return is_language(kept) ? kept : browser_language();
}

async function use(language: Language): Promise<void> {
  const catalogue = await load[language]!();
  document.documentElement.lang = language;
  document.documentElement.dir = direction_of(language);
  store.set({ language, locale: locale_for(language), catalogue });
}

let started: Promise<void> = Promise.resolve();

/** Call before the first drawing. English stands in if another catalogue cannot be loaded. */
export function start_language(): Promise<void> {
  started = use(wanted_language()).catch(() => use("en"));
  return started;
}

/** "" is the browser's. Kept in this browser, so that the sign-in page speaks the language too. */
export async function choose_language(language: Language | ""): Promise<void> {
  // A choice that overtook the start would be overwritten by it.
  await started;
  await use(language || browser_language());
  try {
    if (language) localStorage.setItem(remembered, language);
    else localStorage.removeItem(remembered);
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
  return entry[new Intl.PluralRules(store.get().language).select(Number(values?.n ?? 0))] ?? entry.other;
}

function shown(value: unknown): unknown {
  return typeof value === "number" ? new Intl.NumberFormat(current_locale()).format(value) : value;
}

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
