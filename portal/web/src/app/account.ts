// The account as the gateway knows it, and how a preference is changed: at once, and told.
import { account_api, type Account, type Preferences } from "../api/account";
import { ApiError } from "../api/client";
import { t } from "../i18n";
import { change_person, use_preferences } from "./session";
import { createStore, useStore } from "./store";
import { say } from "./toasts";
import { in_words } from "./words_for_errors";

const store = createStore<{ account: Account | null; error: ApiError | null }>({ account: null, error: null });

export const useAccount = () => useStore(store);

export async function load_account(): Promise<void> {
  try {
    store.set({ account: await account_api.account(), error: null });
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    store.patch({ error: failure });
  }
}

let changes = 0;

/** False if the gateway did not take it; then what is shown is again what the gateway has. */
export async function change_preferences(part: Partial<Preferences>): Promise<boolean> {
  const before = store.get().account;
  const mine = ++changes;
  // Shown at once: a switch that lags behind the finger is pressed again.
  if (before) store.patch({ account: { ...before, preferences: { ...before.preferences, ...part } } });
  try {
    const { preferences, digest_next_at } = await account_api.change_preferences(part);
    const now = store.get().account;
    // While a later change is on its way, its answer will say how things stand.
    if (now && mine === changes) store.patch({ account: { ...now, preferences, digest_next_at } });
    const { language, time_zone } = preferences;
    await use_preferences({ language, time_zone });
    change_person({ preferences: { language, time_zone } });
    say("done", t("account.saved"));
    return true;
  } catch (failure) {
    say("problem", in_words(failure));
    if (mine === changes) await load_account();
    return false;
  }
}
