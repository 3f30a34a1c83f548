// What the mock knows and every part of it shares: people, mail, sessions, how to page and how to refuse.
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { make_holds, make_rejected, make_senders } from "./data.mjs";

export const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8099" },
    rows: { type: "string", default: "60" },
    dist: { type: "string", default: fileURLToPath(new URL("../dist", import.meta.url)) },
    /** A brand as an administrator would set it, to look at and to test. */
    branded: { type: "boolean", default: false },
  },
});

export const product = options.branded
  ? {
      name: "Hafenpost",
      logo: "/branding/logo",
      accent: "#ffb300",
      accent_dark: null,
      support_text: "Questions? The service desk helps: extension 4711.",
      support_url: "https://help.example.test/mail",
    }
  : { name: "Postern", logo: null, accent: null, accent_dark: null, support_text: "", support_url: "" };

export const people = new Map(
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
        acts_for: role === "user" ? ["info@example.test"] : [],
        product,
        preferences: { language: "", time_zone: "" },
        hostname: "mx.example.test",
      },
      senders: make_senders("example.test"),
      rejected: make_rejected(address),
    },
  ]),
);
export const holds = make_holds({ count: Number(options.rows), people: [...people.keys()] });
/** Token to {account, id, started_at, agent}. */
export const sessions = new Map();

export class Problem extends Error {
  constructor(status, detail, headers = {}) {
    super(detail);
    Object.assign(this, { status, detail, headers });
  }
}

export const fold = (text) => text.normalize("NFKC").toLowerCase();
export const domain_of = (address) => address.slice(address.lastIndexOf("@") + 1);

export function paged(all, cursor, limit) {
  const from = cursor ? Number(Buffer.from(cursor, "base64url").toString()) : 0;
  const to = from + limit;
  return [all.slice(from, to), to < all.length ? Buffer.from(String(to)).toString("base64url") : null];
}

export const limit_of = (query, most) => Math.min(most, Math.max(1, Number(query.get("limit")) || 50));
