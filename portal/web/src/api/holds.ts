// What is held: lists, one message, and acting on them.
import { call, query } from "./client";

export type Scope = "mine" | "moderated" | "all";
export type HoldKind = "user" | "moderator" | "administrator";
export type HoldState = "held" | "released" | "delivered" | "rejected" | "reported" | "expired" | "failed";
export type Sort = "-received_at" | "received_at";

export interface Hold {
  id: string;
  mail_id: string;
  owner: string;
  /** Envelope sender; empty for the null sender. */
  sender: string;
  header_from: { name: string; address: string };
  to: string;
  subject: string;
  reason: string;
  rule: string;
  kind: HoldKind;
  state: HoldState;
  /** RFC 3339, UTC. */
  received_at: string;
  expires_at: string;
  /** Bytes as received. */
  size: number;
  sha256: string;
  /** How many. */
  attachments: number;
  may: { release: boolean; reject: boolean; report: boolean; manage_sender: boolean };
  decided_by: string | null;
  decided_at: string | null;
}

export type Outcome = "matched" | "not matched" | "unknown" | "skipped";

export interface TraceStep {
  stage: string;
  rule: string;
  outcome: Outcome;
  detail: string;
}

export interface Part {
  index: number;
  name: string;
  declared_type: string;
  size: number;
}

export interface HistoryEntry {
  at: string;
  who: string;
  act: string;
  detail: string;
}

/** Whether anything can still be decided; a delivery that failed can be released again. */
export const can_be_decided = (hold: Hold) => hold.may.release || hold.may.reject || hold.may.report;

export interface HoldDetail extends Hold {
  why: { summary: string; rule: string; trace: TraceStep[] };
  headers: { name: string; value: string }[];
  text: string;
  text_truncated: boolean;
  has_html: boolean;
  has_remote_images: boolean;
  parts: Part[];
  history: HistoryEntry[];
  client_address: string;
  helo: string;
  may_download: boolean;
}

export interface HoldFilter {
  q: string;
  subject: string;
  from: string;
  to: string;
  reason: string;
}

export interface HoldQuery extends HoldFilter {
  scope: Scope;
  state: "held" | "decided" | "any";
  sort: Sort;
}

export interface HoldPage {
  holds: Hold[];
  next: string | null;
  total: number;
  total_is_exact: boolean;
}

export type Action = "release" | "reject" | "report" | "block";
export type SenderChange = "permit_sender" | "permit_domain" | "block_sender" | "block_domain";
export type ReportAs = "spam" | "phishing";

export interface ActRequest {
  action: Action;
  /** At most 1000; either these or `match`. */
  ids?: string[];
  match?: HoldFilter & { scope: Scope };
  sender?: SenderChange;
  as?: ReportAs;
}

export interface ActResult {
  done: string[];
  count: number;
  problems: { id: string; problem: string }[];
  undo: string | null;
  undo_until: string | null;
  summary: string;
}

const hold_path = (id: string) => `/holds/${encodeURIComponent(id)}`;

export const holds_api = {
  list: (what: HoldQuery, cursor: string | null, limit: number, signal?: AbortSignal) =>
    call<HoldPage>("GET", `/holds${query({ ...what, cursor, limit })}`, { signal }),
  one: (id: string, signal?: AbortSignal) => call<HoldDetail>("GET", hold_path(id), { signal }),
  act: (request: ActRequest) => call<ActResult>("POST", "/holds/act", { body: request }),
  undo: (token: string) => call<{ count: number; summary: string }>("POST", "/undo", { body: { undo: token } }),

  // Addresses for the browser itself to load: a sandboxed frame and a download.
  html_url: (id: string, images: boolean) => `/api/v1${hold_path(id)}/html?images=${images ? 1 : 0}`,
  part_url: (id: string, index: number) => `/api/v1${hold_path(id)}/parts/${index}`,
};
