// Short notices at the edge of the page. Good news leaves by itself; a problem stays until it is dismissed.
import type { ComponentChildren } from "preact";
import { createStore, useStore } from "./store";

export interface Undo {
  /** When the gateway stops taking it (milliseconds, this machine's clock). The time is the gateway's: it cannot be stretched. */
  until: number;
  run: () => Promise<void>;
}

export interface Toast {
  key: number;
  kind: "done" | "problem";
  text: ComponentChildren;
  undo?: Undo;
}

/** How long the gateway lets an act be undone. */
export const undo_time = 10_000;
const shown_at_most = 3;
/** How long good news stays, counted from when it came or, with an undo, from when that has run out. */
const reading_time = 6_000;
const store = createStore<Toast[]>([]);
const leaving = new Map<number, ReturnType<typeof setTimeout>>();
let last_key = 0;
let held = false;

export const useToasts = () => useStore(store);

export function dismiss(key: number): void {
  clearTimeout(leaving.get(key));
  leaving.delete(key);
  store.set(store.get().filter((toast) => toast.key !== key));
  // Browsers do not tell that the pointer or the focus has left what is taken away under it.
  hold_toasts(false);
}

function leave_after(toast: Toast, wait: number): void {
  clearTimeout(leaving.get(toast.key));
  leaving.set(
    toast.key,
    setTimeout(() => dismiss(toast.key), wait),
  );
}

/** An undo that is only a function can be had for ten seconds. */
export function say(kind: Toast["kind"], text: ComponentChildren, undo?: Undo | Undo["run"]): void {
  const toast: Toast = { key: ++last_key, kind, text };
  if (undo) toast.undo = typeof undo === "function" ? { until: Date.now() + undo_time, run: undo } : undo;
  const all = [...store.get(), toast];
  for (const old of all.slice(0, Math.max(0, all.length - shown_at_most))) {
    clearTimeout(leaving.get(old.key));
    leaving.delete(old.key);
  }
  store.set(all.slice(-shown_at_most));
  if (kind === "done" && !held)
    leave_after(toast, Math.max(0, (toast.undo?.until ?? 0) - Date.now(), undo ? 0 : reading_time));
}

/** While the pointer or the focus is on the notices none of them leaves; what can be undone, and how long, stays as it is. */
export function hold_toasts(on: boolean): void {
  if (held === on) return;
  held = on;
  for (const toast of store.get()) {
    if (toast.kind !== "done") continue;
    if (on) clearTimeout(leaving.get(toast.key));
    else leave_after(toast, Math.max(reading_time / 2, (toast.undo?.until ?? 0) - Date.now()));
  }
}

export async function undo_toast(toast: Toast): Promise<void> {
  dismiss(toast.key);
  await toast.undo?.run();
}

/** Undoes the newest act that still can be; false if there is none. */
export function undo_newest(): boolean {
  const toast = [...store.get()].reverse().find((each) => each.undo && each.undo.until > Date.now());
  if (!toast) return false;
  void undo_toast(toast);
  return true;
}
