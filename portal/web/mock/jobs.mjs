// Jobs: an act on all that match, carried out piece by piece so that a page can watch it.
import { randomBytes } from "node:crypto";
import { Problem } from "./world.mjs";

const undo_time = 10_000;
const tick = 80;
const ticks = 25;
const jobs = [];

const shown = ({ owner, chosen, changed, decided, ...job }) => job;

function own(id, { person }) {
  const job = jobs.find((each) => each.id === id && each.owner === person.address);
  if (!job) throw new Problem(404, "There is no such job.");
  return job;
}

function finish(job, state) {
  job.state = state;
  job.finished_at = new Date().toISOString();
  if (job.done > 0 && job.action !== "report") job.undo_until = new Date(Date.now() + undo_time).toISOString();
  job.summary = `${job.done} of ${job.total} done.`;
}

/** `decide` carries out the act on some holds and answers as for a single act. */
export function start_job({ body, account, chosen, decide }) {
  const running = jobs.find((each) => each.owner === account.person.address && each.state === "running");
  if (running) {
    const problem = new Problem(409, "Another job of yours is running.");
    throw Object.assign(problem, { members: { job: running.id } });
  }
  const job = {
    id: randomBytes(9).toString("base64url"),
    owner: account.person.address,
    action: body.action,
    sender: body.sender ?? null,
    as: body.as ?? null,
    state: "running",
    total: chosen.length,
    total_is_exact: true,
    done: 0,
    problems: 0,
    first_problems: [],
    started_at: new Date().toISOString(),
    finished_at: null,
    summary: "",
    undo_until: null,
    text: "all that match",
    match: body.match,
    chosen: [...chosen],
    changed: [],
    decided: [],
  };
  jobs.unshift(job);
  const piece = Math.max(1, Math.ceil(chosen.length / ticks));
  const timer = setInterval(() => {
    if (job.state !== "running") return clearInterval(timer);
    const result = decide(job.chosen.splice(0, piece));
    job.done += result.done.length;
    job.decided.push(...result.done);
    job.changed.push(...result.changed_senders);
    job.problems += result.problems.length;
    job.first_problems.push(...result.problems.slice(0, 20 - job.first_problems.length));
    if (job.chosen.length > 0) return;
    clearInterval(timer);
    finish(job, "done");
  }, tick);
  return shown(job);
}

/** `take_back` puts holds and lists as they were. */
export const job_routes = (take_back) => [
  [
    "GET",
    /^\/jobs$/,
    ({ account }) => ({
      jobs: jobs
        .filter((each) => each.owner === account.person.address)
        .slice(0, 20)
        .map(shown),
    }),
  ],
  ["GET", /^\/jobs\/([^/]+)$/, ({ found, account }) => shown(own(found[1], account))],
  [
    "POST",
    /^\/jobs\/([^/]+)\/cancel$/,
    ({ found, account }) => {
      const job = own(found[1], account);
      if (job.state !== "running") throw new Problem(409, "It has ended already.");
      finish(job, "cancelled");
      return shown(job);
    },
  ],
  [
    "POST",
    /^\/jobs\/([^/]+)\/undo$/,
    ({ found, account }) => {
      const job = own(found[1], account);
      if (!job.undo_until || Date.parse(job.undo_until) < Date.now())
        throw new Problem(409, "It is too late to undo this.");
      take_back({ account, done: job.decided, changed_senders: job.changed });
      Object.assign(job, { state: "undone", undo_until: null, summary: `${job.done} are on hold again.` });
      return shown(job);
    },
  ],
];
