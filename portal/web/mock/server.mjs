// A stand-in for the gateway's portal, for development and for tests of the front end alone. It keeps everything in
// memory, speaks /api/v1 as the gateway does, and serves dist/ under the same Content-Security-Policy.
//   node mock/server.mjs [--port 8099] [--rows 60] [--dist DIR]
// Everybody signs in with the password "gate". you@, moderator@ and administrator@example.test exist.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { html_body, make_holds, make_rejected, make_senders } from "./data.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8099" },
    rows: { type: "string", default: "60" },
    dist: { type: "string", default: fileURLToPath(new URL("../dist", import.meta.url)) },
  },
});

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
  "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const undo_time = 10_000;

const people = new Map(
  [
    ["you@example.test", "Anna Bergmann", "user"],
    ["moderator@example.test", "Mo Derra", "moderator"],
    ["administrator@example.test", "", "administrator"],
  ].map(([address, name, role]) => [
    address,
    {
      person: {
        address,
        name,
        role,
        addresses: [address, `info+${role}@example.test`],
        product: { name: "Postern" },
        hostname: "mx.example.test",
      },
      senders: make_senders("example.test"),
      rejected: make_rejected(address),
    },
  ]),
);
const holds = make_holds({ count: Number(options.rows), people: [...people.keys()] });
const sessions = new Map();
const undos = new Map();
const failures = new Map();

class Problem extends Error {
  constructor(status, detail, headers = {}) {
    super(detail);
    Object.assign(this, { status, detail, headers });
  }
}

const fold = (text) => text.normalize("NFKC").toLowerCase();
const domain_of = (address) => address.slice(address.lastIndexOf("@") + 1);

function may(hold, { address, role }) {
  const decides =
    (hold.kind === "user" && hold.owner === address) ||
    (hold.kind !== "administrator" && role === "moderator") ||
    role === "administrator";
  const held = hold.state === "held";
  return {
    release: held && decides,
    reject: held && decides,
    report: held && decides,
    manage_sender: held && hold.owner === address,
  };
}

function in_scope(hold, scope, { address, role }) {
  if (scope === "mine") return hold.owner === address;
  if (scope === "moderated") return role !== "user" && hold.kind === "moderator" && hold.owner !== address;
  return role === "administrator";
}

function matching(asked, person) {
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
      fold(asked.q ?? "")
        .split(/\s+/)
        .every((word) => fold(`${hold.subject} ${from} ${hold.to} ${hold.reason} ${hold.detail.text}`).includes(word))
    );
  });
}

const shown = ({ detail, ...hold }, person) => ({ ...hold, may: may({ ...hold }, person) });

function hold_for(id, person) {
  const hold = holds.find((each) => each.id === id);
  if (!hold || !["mine", "moderated", "all"].some((scope) => in_scope(hold, scope, person)))
    throw new Problem(404, "There is no such hold.");
  return hold;
}

function paged(all, cursor, limit) {
  const from = cursor ? Number(Buffer.from(cursor, "base64url").toString()) : 0;
  const to = from + limit;
  return [all.slice(from, to), to < all.length ? Buffer.from(String(to)).toString("base64url") : null];
}

const limit_of = (query, most) => Math.min(most, Math.max(1, Number(query.get("limit")) || 50));

function add_sender(account, list, entry) {
  const wanted = entry.toLowerCase();
  if (!/^(?:[^\s@<>]+@)?(?:[a-z0-9-]+\.)+[a-z]{2,}$/u.test(wanted)) return "This is neither an address nor a domain.";
  if (list !== "blocked" && wanted === account.senders.own_domain) return "Your own domain cannot be permitted.";
  if (account.senders[list].some((each) => each.entry === wanted)) return null;
  account.senders[list].unshift({
    entry: wanted,
    type: wanted.includes("@") ? "address" : "domain",
    added_at: new Date().toISOString(),
    added_by: "you",
  });
  return null;
}

const states = { release: "released", reject: "rejected", block: "rejected", report: "reported" };

const past = { release: "Released", reject: "Rejected", block: "Rejected", report: "Reported" };

function act({ body, account }) {
  const { person } = account;
  const chosen = body.ids
    ? body.ids.map((id) => hold_for(id, person))
    : matching({ ...body.match, state: "held" }, person);
  if (body.ids?.length > 1000) throw new Problem(422, "At most 1000 at a time.");
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
  let undo = null;
  if (done.length && body.action !== "report") {
    undo = randomBytes(16).toString("base64url");
    undos.set(undo, { until: Date.now() + undo_time, owner: person.address, done, changed_senders });
  }
  return {
    done: done.slice(0, 1000),
    count: done.length,
    problems,
    undo,
    undo_until: undo && new Date(Date.now() + undo_time).toISOString(),
    summary: `${past[body.action]} ${done.length} message${done.length === 1 ? "" : "s"}.`,
  };
}

function undo({ body, account }) {
  const known = undos.get(body.undo);
  undos.delete(body.undo);
  if (!known || known.owner !== account.person.address || known.until < Date.now())
    throw new Problem(409, "It is too late to undo this.");
  for (const id of known.done) {
    const hold = holds.find((each) => each.id === id);
    Object.assign(hold, { state: "held", decided_by: null, decided_at: null });
    hold.detail.history.push({ at: new Date().toISOString(), who: account.person.address, act: "undone", detail: "" });
  }
  for (const [list, entry] of known.changed_senders) {
    account.senders[list] = account.senders[list].filter((each) => each.entry !== entry);
  }
  return { count: known.done.length, summary: `Undone: ${known.done.length}` };
}

function sign_in({ body, answer }) {
  const key = String(body.address).toLowerCase();
  const tries = failures.get(key) ?? { count: 0, until: 0 };
  if (tries.until > Date.now()) {
    throw new Problem(429, "Too many attempts.", { "retry-after": Math.ceil((tries.until - Date.now()) / 1000) });
  }
  const account = people.get(key);
  if (!account || body.password !== "gate") {
    tries.count += 1;
    if (tries.count % 4 === 0) tries.until = Date.now() + 3000;
    failures.set(key, tries);
    throw new Problem(401, "Wrong address or password.");
  }
  failures.delete(key);
  const token = randomBytes(16).toString("base64url");
  sessions.set(token, account);
  answer.setHeader("set-cookie", `postern=${token}; HttpOnly; SameSite=Strict; Path=/`);
  return account.person;
}

function list_of(account, name) {
  if (!["blocked", "permitted", "auto_permitted", "trusted"].includes(name))
    throw new Problem(422, "There is no such list.");
  return account.senders[name];
}

const routes = [
  ["POST", /^\/sign-in\/methods$/, () => ({ methods: ["password"] }), "open"],
  ["POST", /^\/session$/, sign_in, "open"],
  ["GET", /^\/session$/, ({ account }) => account.person],
  ["DELETE", /^\/session$/, ({ token }) => void sessions.delete(token)],
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
  ["POST", /^\/holds\/act$/, act],
  ["POST", /^\/undo$/, undo],
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
      hold_for(found[1], account.person);
      const images = query.get("images") === "1";
      answer.setHeader("content-type", "text/html; charset=utf-8");
      answer.setHeader(
        "content-security-policy",
        `default-src 'none'; style-src 'unsafe-inline'; img-src data:${images ? " http: https:" : ""}; frame-ancestors 'self'; sandbox`,
      );
      answer.end(html_body(images, "http://tracker.example"));
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
  [
    "GET",
    /^\/senders$/,
    ({ query, account }) => {
      const text = fold(query.get("q") ?? "");
      const found = list_of(account, query.get("list")).filter(
        (each) => each.entry.includes(text) && (!query.get("type") || each.type === query.get("type")),
      );
      const [entries, next] = paged(found, query.get("cursor"), limit_of(query, 200));
      return { entries, next, total: found.length };
    },
  ],
  [
    "POST",
    /^\/senders$/,
    ({ body, account }) => {
      list_of(account, body.list);
      const outcome = body.entries.map((entry) => ({ entry, problem: add_sender(account, body.list, entry) }));
      return {
        added: outcome.filter((each) => !each.problem).map((each) => each.entry),
        problems: outcome.filter((each) => each.problem),
      };
    },
  ],
  [
    "POST",
    /^\/senders\/remove$/,
    ({ body, account }) => {
      const before = list_of(account, body.list);
      account.senders[body.list] = before.filter((each) => !body.entries.includes(each.entry));
      return { removed: before.length - account.senders[body.list].length };
    },
  ],
  [
    "GET",
    /^\/rejected$/,
    ({ query, account }) => {
      const [rejected, next] = paged(account.rejected, query.get("cursor"), 50);
      return { rejected, next };
    },
  ],
];

async function body_of(request) {
  let text = "";
  for await (const piece of request) text += piece;
  if (!text) return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(400, "The body is not JSON.");
  }
}

async function answer_api(request, answer, url) {
  answer.setHeader("cache-control", "no-store");
  const path = url.pathname.slice("/api/v1".length);
  const token = /(?:^|;\s*)postern=([^;]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
  if (request.method !== "GET") {
    const { origin, host } = request.headers;
    if (origin !== `http://${host}`) throw new Problem(403, "This came from another site.");
    if (!(request.headers["content-type"] ?? "").startsWith("application/json")) throw new Problem(415, "Send JSON.");
  }
  for (const [method, pattern, handle, open] of routes) {
    const found = pattern.exec(path);
    if (!found || method !== request.method) continue;
    const account = sessions.get(token);
    if (!open && !account) throw new Problem(401, "Sign in first.");
    const result = await handle({
      found,
      token,
      account,
      answer,
      query: url.searchParams,
      body: method === "GET" ? {} : await body_of(request),
    });
    if (answer.writableEnded) return;
    answer.statusCode = result === undefined ? 204 : 200;
    answer.setHeader("content-type", "application/json");
    answer.end(result === undefined ? "" : JSON.stringify(result));
    return;
  }
  throw new Problem(404, "There is no such resource.");
}

async function answer_file(answer, url) {
  const path = normalize(decodeURIComponent(url.pathname));
  const asset = path.startsWith("/assets/");
  const file = join(options.dist, asset ? path : "index.html");
  answer.setHeader("content-type", types[extname(file)] ?? "application/octet-stream");
  answer.setHeader("cache-control", asset ? "public, max-age=31536000, immutable" : "no-store");
  try {
    answer.end(await readFile(file));
  } catch (failure) {
    if (failure.code !== "ENOENT") throw failure;
    throw new Problem(404, "There is no such file. Has the front end been built?");
  }
}

const server = createServer((request, answer) => {
  const url = new URL(request.url, "http://localhost");
  answer.setHeader("content-security-policy", policy);
  answer.setHeader("x-content-type-options", "nosniff");
  answer.setHeader("referrer-policy", "no-referrer");
  const work = url.pathname.startsWith("/api/") ? answer_api(request, answer, url) : answer_file(answer, url);
  work.catch((failure) => {
    if (!(failure instanceof Problem)) console.error(failure);
    const { status = 500, detail = "internal error", headers = {} } = failure instanceof Problem ? failure : {};
    answer.writeHead(status, { ...headers, "content-type": "application/problem+json" });
    answer.end(JSON.stringify({ type: "about:blank", title: detail, status, detail }));
  });
});
server.listen(Number(options.port), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
