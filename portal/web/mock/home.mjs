// The home page in one answer, made of what the lists would say.
import { in_scope, shown } from "./holds.mjs";
import { holds } from "./world.mjs";

const hour = 3_600_000;
const day = 24 * hour;

const newest_first = (one, other) => other.received_at.localeCompare(one.received_at);

function home({ account }) {
  const { person } = account;
  const now = Date.now();
  const mine = holds.filter((hold) => in_scope(hold, "mine", person));
  const held = mine.filter((hold) => hold.state === "held").sort(newest_first);
  const decided = mine.filter((hold) => hold.decided_at);
  const in_week = (state) =>
    decided.filter((each) => each.state === state && now - Date.parse(each.decided_at) < 7 * day).length;
  // The mock has no visits before this one; it says what a person sees who was here yesterday.
  const new_since = new Date(now - day).toISOString();
  const counted = (scope) => holds.filter((hold) => hold.state === "held" && in_scope(hold, scope, person)).length;
  return {
    held: held.length,
    held_is_exact: true,
    new: held.filter((hold) => hold.received_at > new_since).length,
    new_since,
    expiring_soon: held.filter((hold) => Date.parse(hold.expires_at) - now < 2 * day).length,
    failed: mine.filter((hold) => hold.state === "failed").length,
    newest: held.slice(0, 5).map((hold) => shown(hold, person)),
    released: decided
      .filter((hold) => hold.state === "released" || hold.state === "delivered")
      .sort((one, other) => other.decided_at.localeCompare(one.decided_at))
      .slice(0, 5)
      .map((hold) => shown(hold, person)),
    counts_7d: {
      released: in_week("released"),
      rejected: in_week("rejected"),
      reported: in_week("reported"),
      refused: account.rejected.length,
    },
    counts_are_exact: true,
    digest: { mode: account.preferences.mode || "digest", next_at: account.next_digest() },
    gateway: { state: "ok", code: "ok", text: "Mail is passing." },
    moderated: person.role === "user" ? null : counted("moderated"),
    all: person.role === "administrator" ? counted("all") : null,
  };
}

export const routes = [["GET", /^\/home$/, home]];
