// Managed senders, and what was refused.
import { fold, limit_of, paged, Problem } from "./world.mjs";

const lists = ["blocked", "permitted", "auto_permitted", "trusted"];
const own_domain = "example.test";
const entries_max = 1000;

/** The lists of mailboxes that are nobody's own. */
const mailboxes = new Map();

const new_entry = (entry, added_by = "you") => ({
  entry,
  type: entry.includes("@") ? "address" : "domain",
  added_at: new Date().toISOString(),
  added_by,
});

function lists_of(account, own) {
  if (!own || account.person.addresses.includes(own)) return account.senders;
  if (!account.person.acts_for.includes(own)) throw new Problem(403, "You do not act for that mailbox.");
  if (!mailboxes.has(own)) {
    mailboxes.set(own, {
      blocked: [new_entry("shop@megadeals.example", account.person.address)],
      permitted: [],
      auto_permitted: [],
      trusted: [],
    });
  }
  return mailboxes.get(own);
}

function list_named(name) {
  if (!lists.includes(name)) throw new Problem(400, '"list" is blocked, permitted, auto_permitted or trusted.');
  return name;
}

/** The entry as it is kept, or what is wrong with it. */
function read_entry(text, list) {
  const key = (/<([^<>]*)>\s*$/.exec(text)?.[1] ?? text)
    .trim()
    .toLowerCase()
    .replace(/^(?:mailto:|\*?@|\*\.)(?=.)/, "");
  if (!key) return { code: "empty", problem: "There is nothing in this entry." };
  if (key === "*") return { code: "too_wide", problem: "This would mean everybody." };
  if (/^[a-z]{2,}$|^(?:co|com)\.[a-z]{2}$/.test(key))
    return { code: "public_suffix", problem: `Everybody under "${key}" would be meant; enter the whole domain.` };
  if (!/^(?:[^\s@<>]+@)?(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}$/u.test(key))
    return { code: "not_an_address", problem: "This is neither a mail address nor a domain." };
  if (list !== "blocked" && (key === own_domain || key.endsWith(`@${own_domain}`)))
    return { code: "own_domain", problem: "This is one of your own domains: anybody can pretend to write from it." };
  return { key };
}

/** All of `given` ({entry, list, line}) or, with any problem, none. */
function change(senders, given, { dry_run, from = null, by }) {
  const answer = { added: [], moved: [], unchanged: [], problems: [] };
  const planned = [];
  given.forEach(({ entry, list, line }, index) => {
    const read = lists.includes(list)
      ? read_entry(entry, list)
      : { code: "unknown_list", problem: `There is no list "${list}".` };
    const where = read.key && lists.find((each) => senders[each].some((one) => one.entry === read.key));
    if (!read.code && from && where !== from)
      Object.assign(read, { code: "not_there", problem: "This is no longer on that list." });
    if (read.code) {
      const { code, problem } = read;
      answer.problems.push({ index, entry, problem, code, ...(line ? { line } : {}) });
    } else planned.push({ key: read.key, list, where });
  });
  if (answer.problems.length === 0) {
    for (const { key, list, where } of planned) {
      if (where === list) answer.unchanged.push(key);
      else if (where) answer.moved.push({ entry: key, from: where });
      else answer.added.push(key);
      if (dry_run || where === list) continue;
      if (where) senders[where] = senders[where].filter((each) => each.entry !== key);
      senders[list].unshift(new_entry(key, by));
    }
  }
  answer.counts = Object.fromEntries(Object.entries(answer).map(([name, all]) => [name, all.length]));
  return answer;
}

/** For acts on holds: null, or what is wrong. */
export function add_sender(account, list, entry) {
  const { problems } = change(account.senders, [{ entry, list }], { by: "you" });
  return problems[0]?.problem ?? null;
}

function entries_of(body) {
  if (!Array.isArray(body.entries) || body.entries.length === 0)
    throw new Problem(400, '"entries" must name at least one sender.');
  if (body.entries.length > entries_max) throw new Problem(400, `At most ${entries_max} entries at once.`);
  return body.entries;
}

function found_in(query, account) {
  const text = fold(query.get("q") ?? "");
  const found = lists_of(account, query.get("own"))[list_named(query.get("list"))].filter(
    (each) => each.entry.includes(text) && (!query.get("type") || each.type === query.get("type")),
  );
  return found.sort((one, other) =>
    query.get("sort") === "-added_at"
      ? other.added_at.localeCompare(one.added_at)
      : one.entry.localeCompare(other.entry),
  );
}

const harmless = (cell) => (/^[=+\-@']/.test(cell) ? `'${cell}` : cell);

export const routes = [
  [
    "GET",
    /^\/senders$/,
    ({ query, account }) => {
      const found = found_in(query, account);
      const [entries, next] = paged(found, query.get("cursor"), limit_of(query, 200));
      return { entries, next, total: found.length };
    },
  ],
  [
    "POST",
    /^\/senders$/,
    ({ body, account }) => {
      const list = list_named(body.list);
      if (list === "auto_permitted") throw new Problem(400, "Auto permitted senders are learned, not entered.");
      const given = entries_of(body).map((entry) => ({ entry, list }));
      return change(lists_of(account, body.own), given, { dry_run: body.dry_run, by: account.person.address });
    },
  ],
  [
    "POST",
    /^\/senders\/move$/,
    ({ body, account }) => {
      const list = list_named(body.to);
      const given = entries_of(body).map((entry) => ({ entry, list }));
      return change(lists_of(account, body.own), given, { from: list_named(body.from), by: account.person.address });
    },
  ],
  [
    "POST",
    /^\/senders\/remove$/,
    ({ body, account }) => {
      const senders = lists_of(account, body.own);
      const before = senders[list_named(body.list)];
      senders[body.list] = before.filter((each) => !body.entries.includes(each.entry));
      return { removed: before.length - senders[body.list].length };
    },
  ],
  [
    "POST",
    /^\/senders\/import$/,
    ({ body, account }) => {
      const given = [];
      body.csv.split(/\r?\n/).forEach((text, at) => {
        const cells = text.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
        if (!text.trim() || (cells[0] === "list" && cells[1] === "entry")) return;
        const named = cells.length > 1;
        given.push({ entry: named ? cells[1] : cells[0], list: (named && cells[0]) || body.list, line: at + 1 });
      });
      if (given.length === 0) throw new Problem(400, "There is nothing in this file.");
      return change(lists_of(account, body.own), given, { dry_run: body.dry_run, by: account.person.address });
    },
  ],
  [
    "GET",
    /^\/senders\/export$/,
    ({ query, account, answer }) => {
      const senders = lists_of(account, query.get("own"));
      const wanted = query.get("list") === "all" ? lists : [list_named(query.get("list"))];
      const rows = wanted.flatMap((list) =>
        senders[list].map((each) => [list, each.entry, each.added_at, each.added_by].map(harmless).join(",")),
      );
      answer.setHeader("content-type", "text/csv; charset=utf-8");
      answer.setHeader("content-disposition", 'attachment; filename="senders.csv"');
      answer.end(["list,entry,added_at,added_by", ...rows, ""].join("\r\n"));
    },
  ],
  [
    "GET",
    /^\/rejected$/,
    ({ query, account }) => {
      const text = fold(query.get("q") ?? "");
      const found = account.rejected.filter(({ sender, header_from, subject, reason }) =>
        fold([sender, header_from.name, header_from.address, subject, reason].join(" ")).includes(text),
      );
      const [rejected, next] = paged(found, query.get("cursor"), 50);
      return { rejected, next };
    },
  ],
];
