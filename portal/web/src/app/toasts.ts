// Short notices at the edge of the page. Good news leaves by itself; a problem stays until it is dismissed.
import type { ComponentChildren } from "preact";
import { createStore, useStore } from "./store";

export const undo_seconds = 10;

export interface Toast {
  key: number;
  kind: "done" | "problem";
  text: ComponentChildren;
  undo?: () => Promise<void>;
}

const shown_at_most = 3;
const store = createStore<Toast[]>([]);
const leaving = new Map<number, ReturnType<typeof setTimeout>>();
let last_key = 0;

export const useToasts = () => useStore(store);

export function dismiss(key: number): void {
  clearTimeout(leaving.get(key));
  leaving.delete(key);
  store.set(store.get().filter((toast) => toast.key !== key));
}

export function say(kind: Toast["kind"], text: ComponentChildren, undo?: () => Promise<void>): void {
  const toast: Toast = { key: ++last_key, kind, text };
  if (undo) toast.undo = undo;
  const all = [...store.get(), toast];
  for (const old of all.slice(0, Math.max(0, all.length - shown_at_most))) clearTimeout(leaving.get(old.key));
  store.set(all.slice(-shown_at_most));
  if (kind === "done") {
    leaving.set(
      toast.key,
      setTimeout(() => dismiss(toast.key), (undo ? undo_seconds : 6) * 1000),
    );
  }
}

/** Undoes the newest act that still can be; false if there is none. */
export function undo_newest(): boolean {
  const toast = [...store.get()].reverse().find((each) => each.undo);
  if (!toast?.undo) return false;
  dismiss(toast.key);
  void toast.undo();
  return true;
}
