// The administrator's own name, logo and colours. Colours come in by CSSOM: the policy forbids inline styles.
import { session_api, type Product } from "../api/session";
import { css, hsl_of, ink_on, readable, white, type Hsl } from "./colours";
import { createStore, useStore } from "./store";

const own: Product = {
  name: "Postern",
  logo: null,
  accent: null,
  accent_dark: null,
  support_text: "",
  support_url: "",
};
const store = createStore<Product>(own);

export const useProduct = () => useStore(store);
export const product_name = () => store.get().name;

type Names = Record<`--${string}`, Hsl>;

const light_grounds = [white, { h: 144, s: 0.15, l: 0.91 }] as Hsl[];
const dark_grounds = [
  { h: 170, s: 0.1, l: 0.11 },
  { h: 164, s: 0.27, l: 0.16 },
] as Hsl[];

const rules_of = (names: Names) =>
  Object.entries(names)
    .map(([name, value]) => `${name}:${css(value)};`)
    .join("");

/** A button of the colour, its ink, and the colour as text and as a faint ground. */
function accents(accent: Hsl, dark: boolean): Names {
  const grounds = dark ? dark_grounds : light_grounds;
  const ink = ink_on(accent);
  // A hover goes away from the ink, so that the words on it only gain.
  const away = ink === white ? -0.06 : 0.06;
  const chosen: Hsl = dark
    ? { ...accent, s: Math.min(accent.s, 0.28), l: 0.16 }
    : { ...accent, s: Math.min(accent.s, 0.3), l: 0.93 };
  const text = readable(accent, [...grounds, chosen], 4.6);
  return {
    "--accent": accent,
    "--accent-hover": { ...accent, l: Math.min(0.95, Math.max(0.05, accent.l + away)) },
    "--accent-ink": ink,
    "--accent-text": text,
    "--chosen": chosen,
    "--green-ground": chosen,
    "--green-ink": text,
  };
}

/** The wall takes the brand's hue, dark enough for its light words whatever the brand's lightness. */
function wall(accent: Hsl, dark: boolean): Names {
  const s = Math.min(accent.s, 0.4);
  const at = (l: number): Hsl => ({ h: accent.h, s, l: dark ? l * 0.7 : l });
  return {
    "--wall": at(0.14),
    "--wall-deep": at(0.1),
    "--wall-stone-0": at(0.16),
    "--wall-stone-1": at(0.18),
    "--wall-stone-2": at(0.15),
    "--wall-stone-3": at(0.2),
    "--wall-active": at(0.22),
    "--wall-ink": { h: accent.h, s: 0.15, l: 0.82 },
  };
}

let sheet: CSSStyleSheet | null = null;

function paint({ accent, accent_dark }: Product): void {
  const light = hsl_of(accent);
  // A colour chosen for white pages may all but vanish on dark ones.
  const dark = hsl_of(accent_dark) ?? (light && readable(light, dark_grounds, 2));
  if (sheet) document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
  sheet = null;
  if (!light && !dark) return;
  sheet = new CSSStyleSheet();
  if (light) sheet.insertRule(`:root{${rules_of({ ...accents(light, false), ...wall(light, false) })}}`);
  if (dark) {
    const names = rules_of({ ...accents(dark, true), ...wall(dark, true) });
    sheet.insertRule(`@media (prefers-color-scheme:dark){:root{${names}}}`, sheet.cssRules.length);
  }
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

export function set_product(product: Product): void {
  store.set(product);
  paint(product);
}

/** Before anybody has signed in. The portal does without a brand it cannot learn. */
export async function learn_product(): Promise<void> {
  try {
    set_product(await session_api.branding());
  } catch {
    // The same gateway answers the sign-in; if it does not answer, that call says so to the person.
  }
}
