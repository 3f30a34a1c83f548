// Managed senders, and what was refused.
import { fold, limit_of, paged, Problem } from "./world.mjs";

export function add_sender(account, list, entry) {
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

function list_of(account, name) {
  if (!["blocked", "permitted", "auto_permitted", "trusted"].includes(name))
    throw new Problem(422, "There is no such list.");
  return account.senders[name];
}

export const routes = [
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
