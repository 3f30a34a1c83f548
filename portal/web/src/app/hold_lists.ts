// The hold lists as the person last left them, one per scope, so that going into a message and back loses neither
// place nor selection. Lists page by cursor; what is not loaded is known only by the total.
import { ApiError } from "../api/client";
import { type Hold, type HoldFilter, type HoldQuery, holds_api, type Scope } from "../api/holds";
import { createStore, type Store } from "./store";

export const page_size = 50;
export const selected_at_most = 1000;

export interface HoldListState {
  query: HoldQuery | null;
  rows: Hold[];
  next: string | null;
  total: number;
  total_is_exact: boolean;
  phase: "loading" | "loading_more" | "ready";
  error: ApiError | null;
  selected: ReadonlySet<string>;
  /** All that match, loaded or not. */
  all_selected: boolean;
}

interface HoldList {
  store: Store<HoldListState>;
  asking: AbortController | null;
  scroll: number;
  opened: string | null;
}

const nothing: HoldListState = {
  query: null,
  rows: [],
  next: null,
  total: 0,
  total_is_exact: true,
  phase: "loading",
  error: null,
  selected: new Set(),
  all_selected: false,
};

const scopes: Scope[] = ["mine", "moderated", "all"];
const lists = Object.fromEntries(
  scopes.map((scope) => [scope, { store: createStore(nothing), asking: null, scroll: 0, opened: null }]),
) as Record<Scope, HoldList>;

export const list_of = (scope: Scope) => lists[scope];

const same = (one: HoldQuery, other: HoldQuery) =>
  (Object.keys(one) as (keyof HoldQuery)[]).every((key) => one[key] === other[key]);

async function ask(list: HoldList, query: HoldQuery, cursor: string | null, kept: Hold[]): Promise<void> {
  list.asking?.abort();
  const asking = (list.asking = new AbortController());
  try {
    const page = await holds_api.list(query, cursor, page_size, asking.signal);
    const known = new Set(kept.map((hold) => hold.id));
    const rows = [...kept, ...page.holds.filter((hold) => !known.has(hold.id))];
    const present = new Set(rows.map((hold) => hold.id));
    const { selected } = list.store.get();
    list.store.patch({
      rows,
      next: page.next,
      total: page.total,
      total_is_exact: page.total_is_exact,
      phase: "ready",
      error: null,
      selected: new Set([...selected].filter((id) => present.has(id))),
    });
  } catch (failure) {
    if (asking.signal.aborted) return;
    if (!(failure instanceof ApiError)) throw failure;
    list.store.patch({ phase: "ready", error: failure });
  } finally {
    if (list.asking === asking) list.asking = null;
  }
}

/** Shows what the query asks for; an unchanged query keeps what is there and looks for news behind it. */
export function show(scope: Scope, query: HoldQuery): void {
  const list = lists[scope];
  const now = list.store.get();
  if (now.query && same(now.query, query)) {
    if (now.rows.length <= page_size) void ask(list, query, null, []);
    return;
  }
  list.scroll = 0;
  list.opened = null;
  list.store.patch({
    query,
    rows: now.query ? now.rows : [],
    next: null,
    phase: "loading",
    error: null,
    selected: new Set(),
    all_selected: false,
  });
  void ask(list, query, null, []);
}

export function reload(scope: Scope): void {
  const list = lists[scope];
  const { query } = list.store.get();
  if (query) void ask(list, query, null, []);
}

export function reload_all(): void {
  for (const scope of scopes) reload(scope);
}

export function load_more(scope: Scope): void {
  const list = lists[scope];
  const { query, next, phase, rows } = list.store.get();
  if (!query || !next || phase !== "ready") return;
  list.store.patch({ phase: "loading_more", error: null });
  void ask(list, query, next, rows);
}

export function filter_of(query: HoldQuery): HoldFilter {
  return { q: query.q, subject: query.subject, from: query.from, to: query.to, reason: query.reason };
}

/** Takes decided holds out of every list. The answer puts them back where they were and says how many those are. */
export function take_out(ids: readonly string[]): () => number {
  const gone = new Set(ids);
  const taken = new Map<HoldList, Hold[]>();
  for (const scope of scopes) {
    const list = lists[scope];
    const now = list.store.get();
    if (now.query?.state !== "held") continue;
    const out = now.rows.filter((hold) => gone.has(hold.id));
    if (out.length === 0) continue;
    taken.set(list, out);
    list.store.patch({
      rows: now.rows.filter((hold) => !gone.has(hold.id)),
      total: Math.max(0, now.total - out.length),
      selected: new Set([...now.selected].filter((id) => !gone.has(id))),
      all_selected: false,
    });
    if (out.length === now.rows.length && now.next) load_more(scope);
  }
  return () => {
    const restored = new Set<string>();
    for (const [list, holds] of taken) {
      const now = list.store.get();
      const present = new Set(now.rows.map((hold) => hold.id));
      const back = holds.filter((hold) => !present.has(hold.id));
      const direction = now.query?.sort === "received_at" ? 1 : -1;
      const rows = [...now.rows, ...back].sort(
        (one, other) => direction * one.received_at.localeCompare(other.received_at),
      );
      list.store.patch({ rows, total: now.total + back.length });
      for (const hold of holds) restored.add(hold.id);
    }
    return restored.size;
  };
}

/** Whether some list still shows this hold. */
export const is_listed = (id: string) =>
  scopes.some((scope) => lists[scope].store.get().rows.some((hold) => hold.id === id));

export function select(scope: Scope, ids: readonly string[], on: boolean): void {
  const { store } = lists[scope];
  const selected = new Set(store.get().selected);
  for (const id of ids) {
    if (!on) selected.delete(id);
    else if (selected.size < selected_at_most) selected.add(id);
  }
  store.patch({ selected, all_selected: false });
}

export function select_all_matching(scope: Scope, on: boolean): void {
  const { store } = lists[scope];
  store.patch({ all_selected: on, selected: new Set(on ? store.get().rows.map((hold) => hold.id) : []) });
}

/** The neighbours of a hold in the list it was opened from. */
export function neighbours(scope: Scope, id: string): { newer: string | null; older: string | null } {
  const { rows } = lists[scope].store.get();
  const at = rows.findIndex((hold) => hold.id === id);
  if (at < 0) return { newer: null, older: null };
  return { newer: rows[at - 1]?.id ?? null, older: rows[at + 1]?.id ?? null };
}
