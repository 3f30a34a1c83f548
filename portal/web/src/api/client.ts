// How the portal calls the gateway. The calls themselves and the shapes that come back stand beside this file, one file
// per area (/api/v1/openapi.json describes the same). A call resolves with the answer or throws ApiError; nothing here
// shows anything to the person.

/** `status` 0 means that no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    /** Seconds to wait, where the gateway said so. */
    readonly retry_after: number | null,
    /** The whole problem document; calls add members of their own to it (a field, a job). */
    readonly problem: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail || `status ${status}`);
  }
}

let on_signed_out: () => void = () => {};

/** Called whenever an answer says that the session has ended. */
export function when_signed_out(callback: () => void): void {
  on_signed_out = callback;
}

const on_changed = new Set<() => void>();

/** Called after every call that changed something at the gateway. */
export function when_changed(callback: () => void): () => void {
  on_changed.add(callback);
  return () => on_changed.delete(callback);
}

async function problem_of(response: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {};
  if ((response.headers.get("content-type") ?? "").includes("json")) {
    const read: unknown = await response.json().catch(() => null);
    if (read !== null && typeof read === "object") body = read as Record<string, unknown>;
  }
  const detail = String(body.detail ?? body.title ?? "");
  const wait = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  return new ApiError(response.status, detail, Number.isFinite(wait) ? wait : null, body);
}

export interface CallOptions {
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Further header fields, such as Idempotency-Key. */
  headers?: Record<string, string>;
  /** At sign-in a 401 is the answer, not the end of a session. */
  expects_401?: boolean;
}

async function answer_to(method: string, path: string, options: CallOptions): Promise<Response> {
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    headers: { accept: "application/json", ...options.headers },
  };
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
  // 304 answers only those who asked with If-None-Match.
  if (response.ok || response.status === 304) return response;
  const problem = await problem_of(response);
  if (response.status === 401 && !options.expects_401) on_signed_out();
  throw problem;
}

async function body_of<T>(response: Response, options: CallOptions): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (failure) {
    if (options.signal?.aborted) throw failure;
    throw new ApiError(0, "", null);
  }
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await answer_to(method, path, options);
  const body = response.status === 204 ? (undefined as T) : await body_of<T>(response, options);
  if (method !== "GET") for (const callback of [...on_changed]) callback();
  return body;
}

/** A GET that costs little while nothing has changed: `body` is null if the answer is still the one of `etag`. */
export async function call_if_changed<T>(
  path: string,
  etag: string | null,
  options: CallOptions = {},
): Promise<{ body: T | null; etag: string | null }> {
  const asked = etag ? { ...options, headers: { ...options.headers, "if-none-match": etag } } : options;
  const response = await answer_to("GET", path, asked);
  if (response.status === 304) return { body: null, etag };
  return { body: await body_of<T>(response, options), etag: response.headers.get("etag") };
}

/** "?name=value…" of what is given; nothing for what is empty. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== "" && value !== null && value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}
