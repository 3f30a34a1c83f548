// What a catalogue is: an entry for every key of the English one, with the same {places}. The compiler checks it where
// a catalogue goes through `catalogue()`, so that a missing key or a forgotten place ends the build.
import type { en } from "./en";

export type English = typeof en;
export type Key = keyof English;

/** One text for each plural category the language has (CLDR); `other` is always there and stands in for the rest. */
export type Plural = { readonly [C in Intl.LDMLPluralRule]?: string } & { readonly other: string };
export type Entry = string | Plural;
export type Catalogue = Record<Key, Entry>;

/** The names of the {places} in an entry. */
type PlacesIn<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | PlacesIn<Rest> : never;
export type Places<E> = E extends string ? PlacesIn<E> : { [C in keyof E]: PlacesIn<E[C]> }[keyof E] | "n";

/** The places are the English ones; where {n} chooses the form, a form may leave it out ("one message"). */
type Fits<E, Original> = Original extends string
  ? E extends string
    ? SamePlaces<E, Original>
    : never
  : SamePlaces<E, Original>;
type SamePlaces<E, Original> = [Places<E>, Places<Original>] extends [Places<Original>, Places<E>] ? E : never;

/** What a catalogue has to be: a key it lacks is named by the compiler, and so is one that nobody asks for. */
export type Matching<C> = { [K in Key]: K extends keyof C ? Fits<C[K], English[K]> : Entry } & {
  [K in Exclude<keyof C, Key>]: never;
};

export const catalogue = <const C extends Partial<Catalogue>>(entries: C & Matching<C>): Catalogue =>
  entries as Catalogue;
