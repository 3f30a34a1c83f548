// Signing in and out, and the brand.
import { randomBytes } from "node:crypto";
import { people, Problem, product, sessions } from "./world.mjs";

const failures = new Map();

function sign_in({ body, answer, request }) {
  const key = String(body.address).toLowerCase();
  const tries = failures.get(key) ?? { count: 0, until: 0 };
  if (tries.until > Date.now()) {
    throw new Problem(429, "Too many attempts.", { "retry-after": Math.ceil((tries.until - Date.now()) / 1000) });
  }
  const account = people.get(key);
  if (!account || body.password !== account.password) {
    tries.count += 1;
    if (tries.count % 4 === 0) tries.until = Date.now() + 3000;
    failures.set(key, tries);
    throw new Problem(401, "Wrong address or password.");
  }
  failures.delete(key);
  const token = randomBytes(16).toString("base64url");
  const now = new Date().toISOString();
  sessions.set(token, { account, id: token.slice(0, 8), started_at: now, agent: request.headers["user-agent"] ?? "" });
  answer.setHeader("set-cookie", `postern=${token}; HttpOnly; SameSite=Strict; Path=/`);
  return account.person;
}

export const routes = [
  ["GET", /^\/branding$/, () => product, "open"],
  ["POST", /^\/sign-in\/methods$/, () => ({ methods: ["password"] }), "open"],
  ["POST", /^\/session$/, sign_in, "open"],
  ["GET", /^\/session$/, ({ account }) => account.person],
  ["DELETE", /^\/session$/, ({ token }) => void sessions.delete(token)],
];
