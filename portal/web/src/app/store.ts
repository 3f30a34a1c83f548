// A value that components can watch. State is replaced, never changed in place.
import { useLayoutEffect, useState } from "preact/hooks";

export interface Store<T> {
  get(): T;
  set(next: T): void;
  patch(part: Partial<T>): void;
  watch(watcher: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const watchers = new Set<() => void>();
  const set = (next: T) => {
    value = next;
    for (const watcher of [...watchers]) watcher();
  };
  return {
    get: () => value,
    set,
    patch: (part) => set({ ...value, ...part }),
    watch: (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useState(0);
  const drawn = store.get();
  useLayoutEffect(() => {
    const stop = store.watch(() => redraw((count) => count + 1));
    // The value may have changed between drawing and watching.
    if (store.get() !== drawn) redraw((count) => count + 1);
    return stop;
  }, [store]);
  return drawn;
}
