// Every call the portal makes, and the shapes that come back (/api/v1/openapi.json describes the same).
// A call resolves with the answer or throws ApiError; nothing here shows anything to the person.

export type Role = "user" | "moderator" | "administrator";

export interface Person {
  address: string;
  name: string;
  role: Role;
  addresses: string[];
  product: { name: string };
  hostname: string;
}

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

/** `status` 0 means that no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    /** Seconds to wait, where the gateway said so. */
    readonly retry_after: number | null,
  ) {
    super(detail || `status ${status}`);
  }
}

let on_signed_out: () => void = () => {};

/** Called whenever an answer says that the session has ended. */
export function when_signed_out(callback: () => void): void {
  on_signed_out = callback;
}

async function problem_of(response: Response): Promise<ApiError> {
  let detail = "";
  if ((response.headers.get("content-type") ?? "").includes("json")) {
    const body = (await response.json().catch(() => null)) as { detail?: unknown; title?: unknown } | null;
    detail = String(body?.detail ?? body?.title ?? "");
  }
  const wait = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  return new ApiError(response.status, detail, Number.isFinite(wait) ? wait : null);
}

interface Options {
  body?: unknown;
  signal?: AbortSignal;
  /** At sign-in a 401 is the answer, not the end of a session. */
  expects_401?: boolean;
}

async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const init: RequestInit = { method, credentials: "same-origin", headers: { accept: "application/json" } };
  // Every state change says it carries JSON, even when it carries nothing: a plain form cannot.
  if (method !== "GET") init.headers = { ...init.headers, "content-type": "application/json" };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;

  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, init);
  } catch (failure) {
    if (options.signal?.aborted) throw failure;
    throw new ApiError(0, "", null);
  }
  if (!response.ok) {
    const problem = await problem_of(response);
    if (response.status === 401 && !options.expects_401) on_signed_out();
    throw problem;
  }
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (failure) {
    if (options.signal?.aborted) throw failure;
    throw new ApiError(0, "", null);
  }
}

function query(values: Record<string, string | number | null | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== "" && value !== null && value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

const hold_path = (id: string) => `/holds/${encodeURIComponent(id)}`;

export const api = {
  sign_in_methods: (address: string) =>
    call<{ methods: string[] }>("POST", "/sign-in/methods", { body: { address }, expects_401: true }),
  sign_in: (address: string, password: string) =>
    call<Person>("POST", "/session", { body: { address, password }, expects_401: true }),
  person: () => call<Person>("GET", "/session", { expects_401: true }),
  sign_out: () => call<void>("DELETE", "/session", { expects_401: true }),

  holds: (what: HoldQuery, cursor: string | null, limit: number, signal?: AbortSignal) =>
    call<HoldPage>("GET", `/holds${query({ ...what, cursor, limit })}`, signal ? { signal } : {}),
  hold: (id: string, signal?: AbortSignal) => call<HoldDetail>("GET", hold_path(id), signal ? { signal } : {}),
  act: (request: ActRequest) => call<ActResult>("POST", "/holds/act", { body: request }),
  undo: (token: string) => call<{ count: number; summary: string }>("POST", "/undo", { body: { undo: token } }),

  senders: (list: SenderList, q: string, type: EntryType | "", cursor: string | null, signal?: AbortSignal) =>
    call<SenderPage>("GET", `/senders${query({ list, q, type, cursor, limit: 100 })}`, signal ? { signal } : {}),
  add_senders: (list: SenderList, entries: string[]) =>
    call<AddResult>("POST", "/senders", { body: { list, entries } }),
  remove_senders: (list: SenderList, entries: string[]) =>
    call<{ removed: number }>("POST", "/senders/remove", { body: { list, entries } }),

  rejected: (cursor: string | null, signal?: AbortSignal) =>
    call<RejectedPage>("GET", `/rejected${query({ cursor })}`, signal ? { signal } : {}),

  // Addresses for the browser itself to load: a sandboxed frame and a download.
  html_url: (id: string, images: boolean) => `/api/v1${hold_path(id)}/html?images=${images ? 1 : 0}`,
  part_url: (id: string, index: number) => `/api/v1${hold_path(id)}/parts/${index}`,
};
