// A stand-in for the gateway's portal, for development and for tests of the front end alone. It keeps everything in
// memory, speaks /api/v1 as the gateway does, and serves dist/ under the same Content-Security-Policy.
//   node mock/server.mjs [--port 8099] [--rows 60] [--dist DIR] [--branded]
// Everybody signs in with the password "gate". you@, moderator@ and administrator@example.test exist.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { routes as account_routes } from "./account.mjs";
import { routes as admin_routes } from "./admin.mjs";
import { routes as hold_routes } from "./holds.mjs";
import { routes as home_routes } from "./home.mjs";
import { routes as sender_routes } from "./senders.mjs";
import { routes as session_routes } from "./session.mjs";
import { options, Problem, sessions } from "./world.mjs";

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
  "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 54 30"><path d="M2 24c8 6 16-6 24 0s16-6 24 0" fill="none" ' +
  'stroke="#ffb300" stroke-width="4"/><path d="M14 4h24l-4 14H18z" fill="#fff"/></svg>';

// [method, pattern, handler, "open" for those that need no sign-in]. A handler gets {found, query, body, token, account,
// session, request, answer} and returns what becomes the JSON, or answers by itself.
const routes = [
  ...session_routes,
  ...home_routes,
  ...hold_routes,
  ...sender_routes,
  ...account_routes,
  ...admin_routes,
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
    const session = sessions.get(token);
    const account = session?.account;
    if (!open && !account) throw new Problem(401, "Sign in first.");
    const result = await handle({
      found,
      token,
      account,
      session,
      request,
      answer,
      query: url.searchParams,
      body: method === "GET" ? {} : await body_of(request),
    });
    if (answer.writableEnded) return;
    const text = result === undefined ? "" : JSON.stringify(result);
    answer.statusCode = result === undefined ? 204 : 200;
    if (method === "GET") {
      const etag = `"${createHash("sha256").update(text).digest("base64url")}"`;
      answer.setHeader("etag", etag);
      if (request.headers["if-none-match"] === etag) answer.statusCode = 304;
    }
    answer.setHeader("content-type", "application/json");
    answer.end(answer.statusCode === 304 ? "" : text);
    return;
  }
  throw new Problem(404, "There is no such resource.");
}

async function answer_file(answer, url) {
  const path = normalize(decodeURIComponent(url.pathname));
  if (path === "/branding/logo") {
    answer.setHeader("content-type", "image/svg+xml");
    answer.end(logo);
    return;
  }
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
    answer.end(JSON.stringify({ type: "about:blank", title: detail, status, detail, ...failure.members }));
  });
});
server.listen(Number(options.port), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
