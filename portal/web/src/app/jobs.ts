// The job that acts on all that match: followed while it runs, found again after a reload, undone while it can be.
import { ApiError } from "../api/client";
import { type Job, jobs_api } from "../api/jobs";
import { t } from "../i18n";
import { reload_all } from "./hold_lists";
import { createStore, useStore } from "./store";
import { say } from "./toasts";
import { in_words } from "./words_for_errors";

export interface Followed {
  job: Job;
  /** Until when it can be undone, by this machine's clock. */
  undo_until: number;
  /** Something has been asked of it, and the answer is on its way. */
  busy: boolean;
}

const pace = 500;
const pace_unseen = 5_000;
const pace_in_trouble = 3_000;

const store = createStore<Followed | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;
let last_running = 0;

export const useJob = () => useStore(store);
export const job_runs = () => store.get()?.job.state === "running";

function look_in(wait: number, id: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => void look(id), wait);
}

async function look(id: string): Promise<void> {
  const asked = Date.now();
  try {
    const job = await jobs_api.one(id);
    if (store.get()?.job.id === id) take(job, asked);
  } catch (failure) {
    if (!(failure instanceof ApiError)) throw failure;
    if (failure.status === 404) store.set(null);
    else look_in(pace_in_trouble, id);
  }
}

/** The end lies between the last look that found it running and this one; the earlier counts, so that no undo is promised too long. */
function undo_until(job: Job, followed: boolean): number {
  if (!job.undo_until || !job.finished_at || job.state === "undone") return 0;
  const end = Date.parse(job.undo_until);
  const window = end - Date.parse(job.finished_at);
  return followed ? last_running + window : Math.min(end, Date.now() + window);
}

function take(job: Job, asked = Date.now()): void {
  const before = store.get();
  const followed = before?.job.id === job.id && before.job.state === "running";
  if (job.state === "running") {
    last_running = asked;
    store.set({ job, undo_until: 0, busy: before?.busy ?? false });
    look_in(document.visibilityState === "visible" ? pace : pace_unseen, job.id);
    return;
  }
  clearTimeout(timer);
  store.set({ job, undo_until: undo_until(job, followed), busy: false });
  if (followed || before?.job.state !== job.state) reload_all();
}

export function follow(job: Job): void {
  last_running = Date.now();
  store.set(null);
  take(job);
}

export async function follow_by_id(id: string): Promise<void> {
  follow(await jobs_api.one(id));
}

let found = false;

/** After a reload: the job that still runs, or that has just ended and can be undone. Asked once. */
export async function find_job(): Promise<void> {
  if (found || store.get()) return;
  found = true;
  try {
    const [newest] = (await jobs_api.list()).jobs;
    if (!newest || store.get()) return;
    if (newest.state === "running") follow(newest);
    else if (undo_until(newest, false) > Date.now())
      store.set({ job: newest, undo_until: undo_until(newest, false), busy: false });
  } catch (failure) {
    // Without an answer there is no banner; the list itself tells what is wrong.
    if (!(failure instanceof ApiError)) throw failure;
    found = false;
  }
}

async function ask_of_it(call: (id: string) => Promise<Job>, late: () => string): Promise<void> {
  const now = store.get();
  if (!now || now.busy) return;
  store.set({ ...now, busy: true });
  try {
    const job = await call(now.job.id);
    if (store.get()?.job.id === job.id) take(job);
  } catch (failure) {
    say("problem", failure instanceof ApiError && failure.status === 409 ? late() : in_words(failure));
  } finally {
    const then = store.get();
    if (then?.busy) store.set({ ...then, busy: false });
  }
}

export const cancel_job = () => ask_of_it(jobs_api.cancel, () => t("error.conflict"));
export const undo_job = () => ask_of_it(jobs_api.undo, () => t("done.undo_late"));

/** Undoes the job that has just ended, if it still can be; false otherwise. */
export function undo_job_if_open(): boolean {
  if ((store.get()?.undo_until ?? 0) <= Date.now()) return false;
  void undo_job();
  return true;
}

export function dismiss_job(): void {
  if (!job_runs()) store.set(null);
}
