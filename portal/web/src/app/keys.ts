// Single-key shortcuts. They can be switched off (WCAG 2.1.4) and never act while the person types or chooses.
import { useEffect, useRef } from "preact/hooks";
import { createStore, useStore } from "./store";

const remembered = "postern.shortcuts";

function kept(): boolean {
  try {
    return localStorage.getItem(remembered) !== "off";
  } catch {
    return true;
  }
}

const store = createStore<boolean>(kept());
export const useShortcutsOn = () => useStore(store);

export function switch_shortcuts(on: boolean): void {
  store.set(on);
  try {
    localStorage.setItem(remembered, on ? "on" : "off");
  } catch {
    // Not remembered then; the choice holds until the page is closed.
  }
}

/** Input types in which a letter is not text. */
const without_text = ["checkbox", "radio", "button", "submit"];

function taken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.metaKey || event.ctrlKey || event.altKey) return true;
  // An open menu takes letters for itself, also in the moment before it has the focus.
  if (document.querySelector("dialog[open], [role=menu]")) return true;
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  if (at.isContentEditable) return true;
  if (at instanceof HTMLInputElement) return !without_text.includes(at.type);
  return at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
}

/** Keys that may be held down; every other acts once, however long it is pressed. */
const repeating = ["j", "k"];

/** Keys by `event.key`, for as long as the component is on the page. */
export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!store.get() || taken(event)) return;
      const action = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (!action) return;
      event.preventDefault();
      if (!event.repeat || repeating.includes(event.key)) action();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
