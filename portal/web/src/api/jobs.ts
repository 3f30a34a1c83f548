// Acts on all that match a filter: one job, which the gateway carries out by itself and goes on with after a restart.
import { call } from "./client";
import type { Action, HoldFilter, ReportAs, Scope, SenderChange } from "./holds";

export type JobState = "running" | "done" | "cancelled" | "failed" | "undone";

export interface JobMatch extends HoldFilter {
  scope: Scope;
  state?: "held";
}

export interface Job {
  id: string;
  action: Action;
  sender: SenderChange | null;
  as: ReportAs | null;
  state: JobState;
  total: number;
  total_is_exact: boolean;
  /** How many holds it has decided so far. */
  done: number;
  /** How many it could not decide. */
  problems: number;
  first_problems: { id: string; problem: string }[];
  started_at: string;
  finished_at: string | null;
  summary: string;
  undo_until: string | null;
  /** What matched, in English words; `match` says the same as it was asked. */
  text: string;
  match?: JobMatch;
}

const job_path = (id: string) => `/jobs/${encodeURIComponent(id)}`;

export const jobs_api = {
  /** One's own, newest first. */
  list: (signal?: AbortSignal) => call<{ jobs: Job[] }>("GET", "/jobs", { signal }),
  one: (id: string) => call<Job>("GET", job_path(id)),
  cancel: (id: string) => call<Job>("POST", `${job_path(id)}/cancel`),
  undo: (id: string) => call<Job>("POST", `${job_path(id)}/undo`),
};
