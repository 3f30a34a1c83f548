// A person's managed senders, and what was refused for them.
import { call, query } from "./client";

export type SenderList = "blocked" | "permitted" | "auto_permitted" | "trusted";
export type EntryType = "address" | "domain";

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

export interface AddResult {
  added: string[];
  problems: { entry: string; problem: string }[];
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

export const senders_api = {
  list: (list: SenderList, q: string, type: EntryType | "", cursor: string | null, signal?: AbortSignal) =>
    call<SenderPage>("GET", `/senders${query({ list, q, type, cursor, limit: 100 })}`, { signal }),
  add: (list: SenderList, entries: string[]) => call<AddResult>("POST", "/senders", { body: { list, entries } }),
  remove: (list: SenderList, entries: string[]) =>
    call<{ removed: number }>("POST", "/senders/remove", { body: { list, entries } }),

  rejected: (cursor: string | null, signal?: AbortSignal) =>
    call<RejectedPage>("GET", `/rejected${query({ cursor })}`, { signal }),
};
