// The person's own account: preferences, sessions, password, tokens.
import { call } from "./client";

export type Day = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";
export type DigestMode = "digest" | "notice" | "none";

export interface Preferences {
  /** "" is the browser's. */
  language: string;
  /** "" is the browser's. */
  time_zone: string;
  /** "" is the site's. */
  mode: DigestMode | "";
  /** "08:00" and so on, in the person's time zone; none are the site's. */
  digest_times: string[];
  digest_days: Day[];
}

export interface Account {
  address: string;
  name: string;
  role: string;
  addresses: { address: string; own: boolean }[];
  acts_for: { address: string; since: string; granted_by: string }[];
  acted_by: { address: string; since: string }[];
  preferences: Preferences;
  site: {
    time_zone: string;
    digest_mode: DigestMode;
    digest_times: string[];
    digest_days: Day[];
    digest_enabled: boolean;
  };
  digest_next_at: string | null;
  languages: string[];
  session_idle_seconds: number;
}

export interface OpenSession {
  id: string;
  client: string;
  /** Short words, such as "Firefox on Linux". */
  agent: string;
  started_at: string;
  seen_at: string;
  this: boolean;
}

export const token_scopes = [
  "holds:read",
  "holds:act",
  "senders:read",
  "senders:write",
  "reports:read",
  "account:read",
] as const;
export type TokenScope = (typeof token_scopes)[number];

export interface Token {
  id: string;
  name: string;
  scopes: TokenScope[];
  created_at: string;
  expires_at: string | null;
  used_at: string | null;
}

export const account_api = {
  account: (signal?: AbortSignal) => call<Account>("GET", "/account", { signal }),
  change_preferences: (part: Partial<Preferences>) =>
    call<{ preferences: Preferences; digest_next_at: string | null }>("PUT", "/account/preferences", { body: part }),
  time_zones: () => call<{ time_zones: string[] }>("GET", "/account/time-zones"),
  sessions: (signal?: AbortSignal) => call<{ sessions: OpenSession[] }>("GET", "/account/sessions", { signal }),
  end_sessions: (which: { ids: string[] } | { others: true }) =>
    call<{ ended: number }>("POST", "/account/sessions/end", { body: which }),
  change_password: (current: string, next: string) =>
    call<void>("POST", "/account/password", { body: { current, new: next } }),
  tokens: (signal?: AbortSignal) => call<{ tokens: Token[] }>("GET", "/account/tokens", { signal }),
  add_token: (name: string, scopes: TokenScope[], expires_in_days: number) =>
    call<Token & { token: string }>("POST", "/account/tokens", { body: { name, scopes, expires_in_days } }),
  remove_tokens: (ids: string[]) => call<{ removed: number }>("POST", "/account/tokens/remove", { body: { ids } }),
  revoke_digest_links: () => call<{ revoked: number }>("POST", "/account/digest-links/revoke", { body: {} }),
};
