// What is held: lists, one message, and acting on them.
import { ApiError, call, call_if_changed, type CallOptions, query } from "./client";
import type { Job } from "./jobs";

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
  /** Decided by somebody else who may. */
  acted_by_other?: boolean;
  /** The owner's address when it is a mailbox one acts for, else empty. */
  mailbox?: string;
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

export interface Authentication {
  spf: string;
  dkim: string;
  dmarc: string;
  /** The identity that was judged. */
  from: string;
}

export interface MailLink {
  text: string;
  url: string;
  host: string;
  /** The text looks like another address than the one it leads to. */
  differs: boolean;
  /** The host as it is meant to be read; empty where that is the same. */
  host_unicode?: string;
}

export interface HoldDetail extends Hold {
  why: {
    summary: string;
    rule: string;
    trace: TraceStep[];
    /** A stable word for the reason; empty for an administrator's own words. */
    code?: string;
    params?: Record<string, string | number>;
  };
  /** Null or missing where nothing was checked. */
  authentication?: Authentication | null;
  /** Somebody of ours whom the displayed name imitates; no address where it is only a domain of ours. */
  looks_like?: { name: string; address: string } | null;
  links?: MailLink[];
  /** How many images the mail itself carries and its HTML shows. */
  inline_images?: number;
  /** Where images would be loaded from. */
  remote_image_hosts?: string[];
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
  /** One mailbox; empty for all. */
  owner: string;
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
  /** Whether the security team got a report; null or missing for other acts. */
  told?: boolean | null;
}

/** 128 random bits. Not randomUUID(): browsers keep that from pages without TLS. */
const new_key = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

/**
 * Sends an act so that it happens once, however often it has to be sent: the key makes a second sending get the first
 * one's answer. Without an answer it is sent once more; while the first is still at work, it is asked for again.
 */
async function act_once<T>(path: string, body: unknown): Promise<T> {
  const options: CallOptions = { body, headers: { "idempotency-key": new_key() } };
  try {
    return await call<T>("POST", path, options);
  } catch (failure) {
    if (!(failure instanceof ApiError) || failure.status !== 0) throw failure;
  }
  for (let left = 5; ; left -= 1) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    try {
      return await call<T>("POST", path, options);
    } catch (failure) {
      const at_work = failure instanceof ApiError && failure.status === 409 && failure.problem.job === undefined;
      if (!at_work || left === 0) throw failure;
    }
  }
}

const hold_path = (id: string) => `/holds/${encodeURIComponent(id)}`;

export const holds_api = {
  list: (what: HoldQuery, cursor: string | null, limit: number, signal?: AbortSignal) =>
    call<HoldPage>("GET", `/holds${query({ ...what, cursor, limit })}`, { signal }),
  /** The first page, unless it is still the one that came with `etag`. */
  first_page: (what: HoldQuery, limit: number, etag: string | null, signal?: AbortSignal) =>
    call_if_changed<HoldPage>(`/holds${query({ ...what, limit })}`, etag, { signal }),
  one: (id: string, signal?: AbortSignal) => call<HoldDetail>("GET", hold_path(id), { signal }),
  act: (request: ActRequest & { ids: string[] }) => act_once<ActResult>("/holds/act", request),
  /** All that match, as one job. 409 with its id as `job` while another of one's own runs. */
  act_on_all: (request: ActRequest & { match: HoldFilter & { scope: Scope } }) => act_once<Job>("/holds/act", request),
  undo: (token: string) => act_once<{ count: number; summary: string }>("/undo", { undo: token }),

  // Addresses for the browser itself to load: a sandboxed frame and a download.
  html_url: (id: string, shown: { images: boolean; inline: boolean }) =>
    `/api/v1${hold_path(id)}/html?images=${shown.images ? 1 : 0}&inline=${shown.inline ? 1 : 0}`,
  part_url: (id: string, index: number) => `/api/v1${hold_path(id)}/parts/${index}`,
};
