// What administrators look at: the rules in force, why a mail would be held, and reports.
import { call, query } from "./client";
import type { TraceStep } from "./holds";

export interface Rule {
  name: string;
  source: "file" | "built in";
  stage: "rcpt" | "message";
  action: string;
  hold_for: string | null;
  /** Who may decide, where a rule names them. */
  moderators?: string[];
  reason: string;
  spam_check: boolean;
  trusted_senders_may: boolean;
  conditions: string[];
}

export interface RulesInForce {
  rules: Rule[];
  order: { step: number; title: string; text: string }[];
}

export interface Explained {
  verdict: string;
  rule: string;
  reason: string;
  hold_for: string | null;
  trace: TraceStep[];
}

export interface ExplainRequest {
  from: string;
  header_from?: string;
  to: string;
  ip?: string;
  message?: string;
}

export interface Reports {
  from: string;
  to: string;
  zone: string;
  /** Null before anything was recorded. */
  recorded_since: string | null;
  per_day: {
    day: string;
    delivered: number;
    held: number;
    refused: number;
    rejected: number;
    deferred: number;
    discarded: number;
  }[];
  top_reasons: { rule: string; reason: string; count: number }[];
  top_senders: { sender: string; count: number }[];
  top_recipients: { owner: string; count: number }[];
  /** What the lists of at most 20 leave out. */
  others?: { top_reasons: number; top_senders: number; top_recipients: number };
  waiting: { from_days: number; to_days: number | null; count: number }[];
  waiting_by_kind: { user: number; moderator: number; administrator: number };
}

export type ReportTable = "per_day" | "top_reasons" | "top_senders" | "top_recipients" | "waiting";

export const admin_api = {
  rules: (signal?: AbortSignal) => call<RulesInForce>("GET", "/rules", { signal }),
  explain: (request: ExplainRequest) => call<Explained>("POST", "/explain", { body: request }),
  reports: (days: number, zone: string, signal?: AbortSignal) =>
    call<Reports>("GET", `/reports${query({ days, zone })}`, { signal }),
  report_url: (table: ReportTable, days: number, zone: string) =>
    `/api/v1/reports/${table}.csv${query({ days, zone })}`,
};
