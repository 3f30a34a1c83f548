// The hold lists as the person last left them, one per scope, so that going into a message and back loses neither
// place nor selection. Lists page by cursor; what is not loaded is known only by the total.
import { ApiError } from "../api/client";
import { type Hold, type HoldFilter, type HoldQuery, type HoldPage, holds_api, type Scope } from "../api/holds";
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
  /** Came since the list was asked for; shown when the person wants it, so that no row jumps away under the pointer. */
  news: Hold[];
}

interface HoldList {
  store: Store<HoldListState>;
  asking: AbortController | null;
  scroll: number;
  opened: string | null;
  /** Of the first page as it was last answered. */
  etag: string | null;
  /** Counts what we changed ourselves: an answer that was asked for before that is out of date. */
  version: number;
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
  news: [],
};

const scopes: Scope[] = ["mine", "moderated", "all"];
const lists = Object.fromEntries(
  scopes.map((scope) => [
    scope,
    { store: createStore(nothing), asking: null, scroll: 0, opened: null, etag: null, version: 0 },
  ]),
) as Record<Scope, HoldList>;

export const list_of = (scope: Scope) => lists[scope];

const same = (one: HoldQuery, other: HoldQuery) =>
  (Object.keys(one) as (keyof HoldQuery)[]).every((key) => one[key] === other[key]);

async function page_of(list: HoldList, query: HoldQuery, cursor: string | null, signal: AbortSignal) {
  if (cursor) return holds_api.list(query, cursor, page_size, signal);
  const answer = await holds_api.first_page(query, page_size, null, signal);
  list.etag = answer.etag;
  return answer.body as HoldPage;
}

async function ask(list: HoldList, query: HoldQuery, cursor: string | null, kept: Hold[]): Promise<void> {
  list.asking?.abort();
  list.version += 1;
  const asking = (list.asking = new AbortController());
  try {
    const page = await page_of(list, query, cursor, asking.signal);
    const known = new Set(kept.map((hold) => hold.id));
    const rows = [...kept, ...page.holds.filter((hold) => !known.has(hold.id))];
    const present = new Set(rows.map((hold) => hold.id));
    const { selected, news } = list.store.get();
    list.store.patch({
      rows,
      next: page.next,
      total: page.total,
      total_is_exact: page.total_is_exact,
      phase: "ready",
      error: null,
      selected: new Set([...selected].filter((id) => present.has(id))),
      news: cursor ? news : [],
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
    else void look_for_news(scope);
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
    news: [],
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

const in_order = (query: HoldQuery) => {
  const direction = query.sort === "received_at" ? 1 : -1;
  return (one: Hold, other: Hold) => direction * one.received_at.localeCompare(other.received_at);
};

/** What must be within the first page, whatever has happened, if it is still in the list at all. */
function left_the_page(rows: Hold[], page: HoldPage, query: HoldQuery): Hold[] {
  const present = new Set(page.holds.map((hold) => hold.id));
  const last = page.holds.at(-1);
  const before = in_order(query);
  return rows.filter((hold) => !present.has(hold.id) && (!page.next || !last || before(hold, last) < 0));
}

/**
 * Takes in what changed behind the list: rows keep their places, those decided by others say so, and what is new waits
 * in `news`. Costs the gateway next to nothing while nothing has changed.
 */
export async function look_for_news(scope: Scope): Promise<void> {
  const list = lists[scope];
  const { query, phase } = list.store.get();
  if (!query || phase !== "ready" || list.asking) return;
  const { version } = list;
  const stale = () => list.version !== version || list.store.get().query !== query;
  try {
    const { body: page, etag } = await holds_api.first_page(query, page_size, list.etag);
    if (!page || stale()) return;
    const gone = left_the_page(list.store.get().rows, page, query);
    // Asked for in a list, not one by one: to open a message is noted as a look at it, and nobody looked.
    const decided = gone.length ? (await holds_api.list({ ...query, state: "any" }, null, 200)).holds : [];
    if (stale()) return;
    take_in(list, page, new Set(gone.map((hold) => hold.id)), decided);
    list.etag = etag;
  } catch (failure) {
    // Nobody asked for this look, so nobody is told that it failed; the next one comes by itself.
    if (!(failure instanceof ApiError)) throw failure;
  }
}

function take_in(list: HoldList, page: HoldPage, gone: ReadonlySet<string>, decided: Hold[]): void {
  const now = list.store.get();
  const latest = new Map([...decided, ...page.holds].map((hold) => [hold.id, hold]));
  const rows: Hold[] = [];
  for (const hold of now.rows) {
    const fresh = latest.get(hold.id);
    // Neither among the waiting nor among the decided: expired, or no longer ours to see.
    if (!fresh && gone.has(hold.id)) continue;
    rows.push(fresh && JSON.stringify(fresh) !== JSON.stringify(hold) ? fresh : hold);
  }
  const known = new Set(rows.map((hold) => hold.id));
  const news = page.holds.filter((hold) => !known.has(hold.id));
  const waiting = new Set(rows.filter((hold) => !gone.has(hold.id)).map((hold) => hold.id));
  list.store.patch({
    // Where nothing is shown nothing can jump.
    rows: rows.length ? rows : news,
    news: rows.length ? news : [],
    next: rows.length ? now.next : page.next,
    total: page.total,
    total_is_exact: page.total_is_exact,
    selected: new Set([...now.selected].filter((id) => waiting.has(id))),
  });
}

export function show_news(scope: Scope): void {
  const list = lists[scope];
  const { query, rows, news } = list.store.get();
  if (!query) return;
  // A whole page of news may not reach down to the rows that are shown; then the list starts anew.
  if (news.length >= page_size) return reload(scope);
  list.store.patch({ rows: [...rows, ...news].sort(in_order(query)), news: [] });
}

/** Puts what a hold has become in its place in every list. */
export function refresh_row(hold: Hold): void {
  for (const scope of scopes) {
    const list = lists[scope];
    const { rows, selected } = list.store.get();
    if (!rows.some((row) => row.id === hold.id)) continue;
    list.version += 1;
    list.store.patch({
      rows: rows.map((row) => (row.id === hold.id ? hold : row)),
      selected: new Set([...selected].filter((id) => id !== hold.id)),
    });
  }
}

export function filter_of(query: HoldQuery): HoldFilter {
  const { q, subject, from, to, reason, owner } = query;
  return { q, subject, from, to, reason, owner };
}

export const is_filtered = (query: HoldQuery) => Object.values(filter_of(query)).some(Boolean);

/** Takes decided holds out of every list. The answer puts them back where they were and says how many those are. */
export function take_out(ids: readonly string[]): () => number {
  const gone = new Set(ids);
  const taken = new Map<HoldList, Hold[]>();
  for (const scope of scopes) {
    const list = lists[scope];
    list.version += 1;
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
      if (!now.query) continue;
      list.version += 1;
      const present = new Set(now.rows.map((hold) => hold.id));
      const back = holds.filter((hold) => !present.has(hold.id));
      list.store.patch({ rows: [...now.rows, ...back].sort(in_order(now.query)), total: now.total + back.length });
      for (const hold of holds) restored.add(hold.id);
    }
    return restored.size;
  };
}

/** Whether some list still shows this hold. */
export const is_listed = (id: string) => find(id) !== undefined;

export function find(id: string): Hold | undefined {
  for (const scope of scopes) {
    const found = lists[scope].store.get().rows.find((hold) => hold.id === id);
    if (found) return found;
  }
  return undefined;
}

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
