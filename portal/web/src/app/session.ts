// Who is signed in. A session that ends does not tear the page down: the person signs in again on top of it.
import { account_api } from "../api/account";
import { ApiError, when_signed_out } from "../api/client";
import { type Person, session_api } from "../api/session";
import { choose_language, is_language, language_in_use, type Language } from "../i18n";
import { choose_time_zone } from "../i18n/format";
import { learn_product, set_product } from "./branding";
import { createStore, useStore } from "./store";

export type Session =
  | { phase: "starting" }
  | { phase: "unreachable"; error: ApiError }
  | { phase: "signed_out" }
  | { phase: "signed_in"; person: Person }
  | { phase: "ended"; person: Person };

const store = createStore<Session>({ phase: "starting" });
const renewed = new Set<() => void>();

export const useSession = () => useStore(store);

/** Runs `callback` after the person has signed in again in the middle of something. */
export function when_renewed(callback: () => void): () => void {
  renewed.add(callback);
  return () => renewed.delete(callback);
}

when_signed_out(() => {
  const now = store.get();
  if (now.phase === "signed_in") store.set({ phase: "ended", person: now.person });
});

/** What the person has set goes before what this browser remembers. */
export async function use_preferences({ language, time_zone }: Person["preferences"]): Promise<void> {
  choose_time_zone(time_zone);
  if (is_language(language) && language !== language_in_use()) await choose_language(language);
}

async function welcome(person: Person): Promise<void> {
  set_product(person.product);
  await use_preferences(person.preferences);
  store.set({ phase: "signed_in", person });
}

export function change_person(part: Partial<Person>): void {
  const now = store.get();
  if (now.phase === "signed_in" || now.phase === "ended") store.set({ ...now, person: { ...now.person, ...part } });
}

export async function start_session(): Promise<void> {
  store.set({ phase: "starting" });
  const product = learn_product();
  try {
    await welcome(await session_api.person());
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    await product;
    store.set(failure.status === 401 ? { phase: "signed_out" } : { phase: "unreachable", error: failure });
  }
}

/** Throws ApiError: 401 wrong, 429 wait. */
export async function sign_in(address: string, password: string): Promise<void> {
  const before = store.get();
  const person = await session_api.sign_in(address, password);
  if (before.phase === "ended" && before.person.address !== person.address) {
    // Someone else: nothing of the former person may stay in this page's memory.
    location.assign("/");
    return;
  }
  await welcome(person);
  if (before.phase === "ended") for (const callback of [...renewed]) callback();
}

/** Draws in the language at once, and keeps it with the person. Throws ApiError where it could not be kept. */
export async function set_language(language: Language | ""): Promise<void> {
  await choose_language(language);
  if (store.get().phase !== "signed_in") return;
  const { preferences } = await account_api.change_preferences({ language });
  change_person({ preferences });
}

/** Ends in a fresh page, so that nothing of this person stays in memory. */
export async function sign_out(): Promise<void> {
  await session_api.sign_out();
  location.assign("/sign-in");
}
