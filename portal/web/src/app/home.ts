// What the home page shows. It is kept while other pages are open, so that coming back shows it at once.
import { ApiError } from "../api/client";
import { home_api, type Home } from "../api/home";
import { createStore, useStore } from "./store";

export interface HomeState {
  home: Home | null;
  error: ApiError | null;
}

const store = createStore<HomeState>({ home: null, error: null });
let asking: AbortController | null = null;

export const useHome = () => useStore(store);

export async function load_home(): Promise<void> {
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    store.set({ home: await home_api.home(mine.signal), error: null });
  } catch (failure) {
    if (mine.signal.aborted) return;
    if (!(failure instanceof ApiError)) throw failure;
    store.patch({ error: failure });
  }
}
