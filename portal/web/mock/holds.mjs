// Lists of holds, one message, and acting on them.
import { randomBytes } from "node:crypto";
import { job_routes, start_job } from "./jobs.mjs";
import { findings, html_of } from "./messages.mjs";
import { add_sender } from "./senders.mjs";
import { domain_of, fold, holds, limit_of, paged, Problem } from "./world.mjs";

const undo_time = 10_000;
const undos = new Map();
const kept_answers = new Map();
const shared_mailbox = "info@example.test";

for (const [at, hold] of holds.entries()) {
  // Every seventh mail came to a mailbox that several people act for.
  if (at % 7 === 2 && hold.owner === "you@example.test")
    Object.assign(hold, { owner: shared_mailbox, to: shared_mailbox });
  Object.assign(hold.detail, findings(hold, at));
}

const owns = (hold, { addresses, acts_for }) => [...addresses, ...acts_for].includes(hold.owner);

function may(hold, person) {
  const { role } = person;
  const decides =
    (hold.kind === "user" && owns(hold, person)) ||
    (hold.kind !== "administrator" && role === "moderator") ||
    role === "administrator";
  const held = hold.state === "held";
  return {
    release: held && decides,
    reject: held && decides,
    report: held && decides,
    manage_sender: held && owns(hold, person),
  };
}

export function in_scope(hold, scope, person) {
  const { role } = person;
  if (scope === "mine") return owns(hold, person);
  if (scope === "moderated") return role !== "user" && hold.kind === "moderator" && !owns(hold, person);
  return role === "administrator";
}

export function matching(asked, person) {
  const has = (text, part) => !part || fold(text).includes(fold(part));
  return holds.filter((hold) => {
    const from = `${hold.header_from.name} ${hold.header_from.address} ${hold.sender}`;
    const decided = hold.state !== "held";
    return (
      in_scope(hold, asked.scope || "mine", person) &&
      (asked.state === "any" || decided === (asked.state === "decided")) &&
      has(hold.subject, asked.subject) &&
      has(from, asked.from) &&
      has(hold.to, asked.to) &&
      has(hold.reason, asked.reason) &&
      (!asked.owner || hold.owner === asked.owner) &&
      fold(asked.q ?? "")
        .split(/\s+/)
        .every((word) => fold(`${hold.subject} ${from} ${hold.to} ${hold.reason} ${hold.detail.text}`).includes(word))
    );
  });
}

export const shown = ({ detail, ...hold }, person) => ({
  ...hold,
  may: may(hold, person),
  acted_by_other: hold.decided_by !== null && hold.decided_by !== person.address,
  mailbox: person.acts_for.includes(hold.owner) ? hold.owner : "",
});

export function hold_for(id, person) {
  const hold = holds.find((each) => each.id === id);
  if (!hold || !["mine", "moderated", "all"].some((scope) => in_scope(hold, scope, person)))
    throw new Problem(404, "There is no such hold.");
  return hold;
}

const states = { release: "released", reject: "rejected", block: "rejected", report: "reported" };

const past = { release: "Released", reject: "Rejected", block: "Rejected", report: "Reported" };

/** Decides on these and says what came of it. */
function decide(chosen, body, account) {
  const { person } = account;
  const done = [];
  const problems = [];
  const changed_senders = [];
  for (const hold of chosen) {
    if (hold.state !== "held") {
      problems.push({ id: hold.id, problem: "This has already been decided." });
      continue;
    }
    const right = body.action === "block" ? "manage_sender" : body.action;
    if (!may(hold, person)[right]) {
      problems.push({ id: hold.id, problem: "You may not decide on this message." });
      continue;
    }
    const change = body.sender ?? (body.action === "report" || body.action === "block" ? "block_sender" : null);
    const sender = hold.header_from.address || hold.sender;
    if (change && sender) {
      const list = change.startsWith("permit") ? "permitted" : "blocked";
      const entry = change.endsWith("domain") ? domain_of(sender) : sender;
      const before = account.senders[list].length;
      add_sender(account, list, entry);
      if (account.senders[list].length > before) changed_senders.push([list, entry]);
    }
    Object.assign(hold, {
      state: states[body.action],
      decided_by: person.address,
      decided_at: new Date().toISOString(),
    });
    hold.detail.history.push({ at: hold.decided_at, who: person.address, act: hold.state, detail: body.as ?? "" });
    done.push(hold.id);
  }
  return { done, problems, changed_senders };
}

function act({ body, account, answer }) {
  const { person } = account;
  if (body.match) {
    const chosen = matching({ ...body.match, state: "held" }, person);
    const job = start_job({ body, account, chosen, decide: (some) => decide(some, body, account) });
    answer.statusCode = 202;
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify(job));
    return undefined;
  }
  if (body.ids.length > 1000) throw new Problem(422, "At most 1000 at a time.");
  const { done, problems, changed_senders } = decide(
    body.ids.map((id) => hold_for(id, person)),
    body,
    account,
  );
  let undo = null;
  if (done.length && body.action !== "report") {
    undo = randomBytes(16).toString("base64url");
    undos.set(undo, { until: Date.now() + undo_time, owner: person.address, done, changed_senders });
  }
  return {
    done,
    count: done.length,
    problems,
    undo,
    undo_until: undo && new Date(Date.now() + undo_time).toISOString(),
    told: body.action === "report" ? true : null,
    summary: `${past[body.action]} ${done.length} message${done.length === 1 ? "" : "s"}.`,
  };
}

function take_back({ account, done, changed_senders }) {
  for (const id of done) {
    const hold = holds.find((each) => each.id === id);
    Object.assign(hold, { state: "held", decided_by: null, decided_at: null });
    hold.detail.history.push({ at: new Date().toISOString(), who: account.person.address, act: "undone", detail: "" });
  }
  for (const [list, entry] of changed_senders) {
    account.senders[list] = account.senders[list].filter((each) => each.entry !== entry);
  }
}

/** The same key, person and body get the first answer again; another body is refused. */
function once(handle) {
  return (call) => {
    const key = call.request.headers["idempotency-key"];
    if (!key) return handle(call);
    const name = `${call.account.person.address} ${key}`;
    const asked = JSON.stringify(call.body);
    const kept = kept_answers.get(name);
    if (kept && kept.asked !== asked) throw new Problem(422, "This key was used for something else.");
    if (kept) return kept.result;
    const result = handle(call);
    if (result) kept_answers.set(name, { asked, result });
    return result;
  };
}

function undo({ body, account }) {
  const known = undos.get(body.undo);
  undos.delete(body.undo);
  if (!known || known.owner !== account.person.address || known.until < Date.now())
    throw new Problem(409, "It is too late to undo this.");
  take_back({ account, ...known });
  return { count: known.done.length, summary: `Undone: ${known.done.length}` };
}

export const routes = [
  [
    "GET",
    /^\/holds$/,
    ({ query, account }) => {
      const found = matching(Object.fromEntries(query), account.person);
      const direction = query.get("sort") === "received_at" ? 1 : -1;
      found.sort((one, other) => direction * one.received_at.localeCompare(other.received_at));
      const [page, next] = paged(found, query.get("cursor"), limit_of(query, 200));
      return {
        holds: page.map((hold) => shown(hold, account.person)),
        next,
        total: found.length,
        total_is_exact: true,
      };
    },
  ],
  ["POST", /^\/holds\/act$/, once(act)],
  ["POST", /^\/undo$/, once(undo)],
  ...job_routes(take_back),
  [
    "GET",
    /^\/holds\/([^/]+)$/,
    ({ found, account }) => {
      const hold = hold_for(found[1], account.person);
      return { ...shown(hold, account.person), ...hold.detail, may_download: account.person.role !== "user" };
    },
  ],
  [
    "GET",
    /^\/holds\/([^/]+)\/html$/,
    ({ found, query, account, answer }) => {
      const hold = hold_for(found[1], account.person);
      const images = query.get("images") === "1";
      const inline = query.get("inline") === "1";
      answer.setHeader("content-type", "text/html; charset=utf-8");
      answer.setHeader(
        "content-security-policy",
        `default-src 'none'; style-src 'unsafe-inline'; img-src data:${images ? " http: https:" : ""}; frame-ancestors 'self'; sandbox`,
      );
      answer.end(html_of(hold, { images, inline }));
    },
  ],
  [
    "GET",
    /^\/holds\/([^/]+)\/parts\/(\d+)$/,
    ({ found, account, answer }) => {
      const part = hold_for(found[1], account.person).detail.parts.find((each) => each.index === Number(found[2]));
      if (!part || account.person.role === "user") throw new Problem(404, "There is no such part.");
      answer.setHeader("content-type", "application/octet-stream");
      answer.setHeader("content-disposition", 'attachment; filename="part.bin"');
      answer.end(Buffer.alloc(64));
    },
  ],
];
