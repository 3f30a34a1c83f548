// Who is signed in. A session that ends does not tear the page down: the person signs in again on top of it.
import { ApiError, when_signed_out } from "../api/client";
import { type Person, session_api } from "../api/session";
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

export async function start_session(): Promise<void> {
  store.set({ phase: "starting" });
  try {
    store.set({ phase: "signed_in", person: await session_api.person() });
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    store.set(failure.status === 401 ? { phase: "signed_out" } : { phase: "unreachable", error: failure });
  }
}

/** Throws ApiError: 401 wrong, 429 wait. */
export async function sign_in(address: string, password: string): Promise<void> {
  const before = store.get();
  const person = await session_api.sign_in(address, password);
  if (before.phase === "ended" && before.person.address !== person.address) {
    // Someone else: nothing of the former person may stay in this page's memory.
    location.assign("/on-hold");
    return;
  }
  store.set({ phase: "signed_in", person });
  if (before.phase === "ended") for (const callback of [...renewed]) callback();
}

/** Ends in a fresh page, so that nothing of this person stays in memory. */
export async function sign_out(): Promise<void> {
  await session_api.sign_out();
  location.assign("/sign-in");
}
