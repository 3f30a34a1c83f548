// A person's managed senders, and what was refused for them.
import { call, query } from "./client";

export type SenderList = "blocked" | "permitted" | "auto_permitted" | "trusted";
export type EntryType = "address" | "domain";
export type SenderSort = "entry" | "-added_at";

export interface SenderEntry {
  entry: string;
  type: EntryType;
  added_at: string;
  added_by: string;
}

export interface SenderPage {
  entries: SenderEntry[];
  next: string | null;
  total: number;
}

export interface SenderProblem {
  /** Among the entries given. */
  index: number;
  /** As it was written. */
  entry: string;
  /** One sentence, in English. */
  problem: string;
  code: string;
  /** Of an imported file, from 1. */
  line?: number;
}

/** All entries or, with any problem, none. The lists name at most 1000 each; `counts` counts all. */
export interface SenderChanges {
  added: string[];
  moved: { entry: string; from: SenderList }[];
  unchanged: string[];
  problems: SenderProblem[];
  counts: { added: number; moved: number; unchanged: number; problems: number };
}

export interface SenderQuery {
  list: SenderList;
  q: string;
  type: EntryType | "";
  sort: SenderSort;
  /** The mailbox whose lists are meant; "" is the person's own. */
  own: string;
}

export interface Rejected {
  at: string;
  sender: string;
  header_from: string | { name: string; address: string };
  subject: string;
  reason: string;
  rule: string;
  recipient: string;
}

export interface RejectedPage {
  rejected: Rejected[];
  next: string | null;
}

export type EnteredList = Exclude<SenderList, "auto_permitted">;
/** In one call; a file may bring more. */
export const entries_max = 1000;

/** Leaves "" out: it would be taken for a mailbox without a name. */
const for_own = (own: string) => (own ? { own } : {});

export const senders_api = {
  list: (what: SenderQuery, cursor: string | null, signal?: AbortSignal) =>
    call<SenderPage>("GET", `/senders${query({ ...what, cursor, limit: 100 })}`, { signal }),
  add: (list: EnteredList, entries: string[], own = "") =>
    call<SenderChanges>("POST", "/senders", { body: { list, entries, ...for_own(own) } }),
  /** What adding would do; changes nothing. */
  check: (list: EnteredList, entries: string[], own: string, signal?: AbortSignal) =>
    call<SenderChanges>("POST", "/senders", { body: { list, entries, dry_run: true, ...for_own(own) }, signal }),
  move: (from: SenderList, to: EnteredList, entries: string[], own = "") =>
    call<SenderChanges>("POST", "/senders/move", { body: { from, to, entries, ...for_own(own) } }),
  remove: (list: SenderList, entries: string[], own = "") =>
    call<{ removed: number }>("POST", "/senders/remove", { body: { list, entries, ...for_own(own) } }),
  import: (csv: string, list: SenderList, dry_run: boolean, own = "") =>
    call<SenderChanges>("POST", "/senders/import", { body: { csv, list, dry_run, ...for_own(own) } }),
  export_url: (list: SenderList | "all", own: string) => `/api/v1/senders/export${query({ list, own })}`,

  rejected: (q: string, cursor: string | null, signal?: AbortSignal) =>
    call<RejectedPage>("GET", `/rejected${query({ q, cursor })}`, { signal }),
};
