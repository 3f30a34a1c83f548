// Pages by the History API. Only the path chooses a page; the query belongs to the page.
import type { ComponentChildren, JSX } from "preact";
import { createStore, useStore } from "./store";

export interface Place {
  path: string;
  query: URLSearchParams;
}

function here(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

const store = createStore<Place>(here());
let moved = false;

history.scrollRestoration = "manual";
addEventListener("popstate", () => {
  moved = true;
  store.set(here());
});

export function go(to: string, how: "push" | "replace" = "push"): void {
  moved = true;
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  store.set(here());
}

export const usePlace = () => useStore(store);

/** False for the page the person came in by: its focus is the browser's to place. */
export const has_moved = () => moved;

interface LinkProps {
  to: string;
  class?: string;
  current?: boolean;
  label?: string;
  children: ComponentChildren;
  on_go?: () => void;
}

/** A real link; a plain click stays within the page, every other click is the browser's. */
export function Link({ to, current, label, children, on_go, ...rest }: LinkProps): JSX.Element {
  const click = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    on_go?.();
    go(to);
  };
  return (
    <a href={to} class={rest.class} aria-current={current ? "page" : undefined} aria-label={label} onClick={click}>
      {children}
    </a>
  );
}
