// Rules, explain, reports: for administrators.
import { holds, Problem } from "./world.mjs";

const day = 24 * 3600 * 1000;

function administrators_only({ account }) {
  if (account.person.role !== "administrator") throw new Problem(404, "There is no such resource.");
}

const rules = [
  {
    name: "known bad networks",
    source: "file",
    stage: "rcpt",
    action: "reject",
    hold_for: null,
    reason: "Sent from a network that only sends spam",
    spam_check: false,
    trusted_senders_may: false,
    conditions: ["client is in 192.0.2.0/24 or 198.51.100.0/24"],
  },
  {
    name: "no executables",
    source: "file",
    stage: "message",
    action: "hold",
    hold_for: "administrator",
    reason: "Executable attachment",
    spam_check: false,
    trusted_senders_may: true,
    conditions: ["an attachment is named *.exe, *.js or *.scr"],
  },
  {
    name: "confidential subjects",
    source: "file",
    stage: "message",
    action: "hold",
    hold_for: "moderator",
    moderators: ["moderator@example.test"],
    reason: "",
    spam_check: false,
    trusted_senders_may: false,
    conditions: ["subject matches CONFIDENTIAL", "recipient is in example.test"],
  },
  {
    name: "newsletter host",
    source: "file",
    stage: "message",
    action: "hold",
    hold_for: "user",
    reason: "Newsletter host",
    spam_check: true,
    trusted_senders_may: false,
    conditions: ["sender is in example.org, or is news@example.net"],
  },
  {
    name: "<b>markup</b> in subject",
    source: "file",
    stage: "message",
    action: "hold",
    hold_for: "user",
    reason: "Subject contains <img src=x onerror=alert(1)>",
    spam_check: true,
    trusted_senders_may: false,
    conditions: ["subject matches <[a-z]+[^>]*>"],
  },
  {
    name: "ambiguous content",
    source: "built in",
    stage: "message",
    action: "hold",
    hold_for: "administrator",
    reason: "Programs would read this message in different ways",
    spam_check: false,
    trusted_senders_may: false,
    conditions: ["the structure of the message can be read in more than one way"],
  },
];

const order = [
  ["Connection and recipient", "Limits of the connection and the protocol; whether the domain is one of ours."],
  ["Rules that refuse by the envelope", "Nothing later can soften them."],
  ["Rules that deliver", "A rule with deliver skips the recipient's own blocked senders, and nothing else."],
  ["The recipient's managed senders", "The most specific entry wins; between equals a permit beats a block."],
  ["All other rules", "The strictest of what matched wins."],
  ["Nothing matched", "The mail is delivered."],
].map(([title, text], at) => ({ step: at + 1, title, text }));

function rule_for({ ip = "", from = "", header_from = "" }, message) {
  if (/name="?[^"\n]*\.(?:exe|js|scr)\b/i.test(message)) return rules[1];
  if (ip.startsWith("192.0.2.")) return rules[0];
  return /@(?:.*\.)?example\.org$/.test(header_from || from) ? rules[3] : null;
}

function explain({ body }) {
  if (!/^[^\s@]+@[^\s@]+$/.test(body.to ?? "")) throw new Problem(422, '"to" is not a mail address.');
  if (body.from && !/^[^\s@]+@[^\s@]+$/.test(body.from)) throw new Problem(422, '"from" is not a mail address.');
  if (body.ip && !/^[\d.]+$|^[\da-f:]+$/i.test(body.ip)) throw new Problem(422, '"ip" is not an IP address.');
  const message = body.message ?? "";
  // What was held once is held again, by the same rule.
  const known = message ? null : holds.find((hold) => body.from && hold.sender === body.from && hold.owner === body.to);
  const found = known
    ? { name: known.rule, reason: known.reason, action: "hold", hold_for: known.kind, conditions: [] }
    : rule_for(body, message);
  const asked = known ? [...rules, found] : rules;
  const at = found ? asked.indexOf(found) : asked.length;
  return {
    verdict: found?.action ?? "deliver",
    rule: found?.name ?? "",
    reason: found?.reason ?? "No rule matched.",
    hold_for: found?.hold_for ?? null,
    trace: [
      {
        stage: "managed senders",
        rule: "",
        outcome: "not matched",
        detail: `Neither ${body.from || "the null sender"} nor the header From is on a list of ${body.to}.`,
      },
      ...asked.map((rule, index) => ({
        stage: rule.stage === "rcpt" ? "administrator reject" : "rules",
        rule: rule.name,
        outcome: index < at ? "not matched" : index === at ? "matched" : "skipped",
        detail: index > at ? "An earlier rule is at least as strict." : rule.conditions.join("; "),
      })),
    ],
  };
}

/** Repeatable, with a weekend in every week and a flood on one day. */
function per_day(days, now) {
  return Array.from({ length: days }, (_, index) => {
    const at = new Date(now - (days - 1 - index) * day);
    const weekend = at.getUTCDay() % 6 === 0;
    const swing = 1 + 0.25 * Math.sin(index * 1.7);
    const of = (count) => Math.round(count * swing * (weekend ? 0.3 : 1));
    return {
      day: at.toISOString().slice(0, 10),
      delivered: of(18_400),
      held: of(1_240),
      rejected: of(310),
      refused: of(index === days - 3 ? 14_900 : 4_100),
      deferred: of(720),
      discarded: of(96),
    };
  });
}

function reports({ query }) {
  const days = Number(query.get("days") ?? 7);
  const zone = query.get("zone") ?? "UTC";
  if (![7, 14, 30].includes(days)) throw new Problem(400, '"days" is 7, 14 or 30.');
  const now = Date.now();
  const tally = (key) => {
    const counts = new Map();
    for (const hold of holds) counts.set(key(hold), (counts.get(key(hold)) ?? 0) + 1);
    return [...counts].sort((one, other) => other[1] - one[1]).slice(0, 20);
  };
  const waiting = holds.filter((hold) => hold.state === "held");
  const age = (hold) => (now - new Date(hold.received_at).getTime()) / day;
  const kind = (name) => waiting.filter((hold) => hold.kind === name).length;
  return {
    from: new Date(now - (days - 1) * day).toISOString(),
    to: new Date(now).toISOString(),
    zone,
    recorded_since: new Date(now - 21 * day).toISOString(),
    per_day: per_day(days, now),
    top_reasons: tally((hold) => JSON.stringify([hold.rule, hold.reason])).map(([key, count]) => {
      const [rule, reason] = JSON.parse(key);
      return { rule, reason, count: count * 37 };
    }),
    top_senders: tally((hold) => hold.sender).map(([sender, count]) => ({ sender, count: count * 37 })),
    top_recipients: tally((hold) => hold.owner).map(([owner, count]) => ({ owner, count: count * 37 })),
    others: { top_reasons: 0, top_senders: 412, top_recipients: 0 },
    waiting: [
      [0, 1],
      [1, 3],
      [3, 7],
      [7, 14],
      [14, null],
    ].map(([from_days, to_days]) => ({
      from_days,
      to_days,
      count: waiting.filter((hold) => age(hold) >= from_days && (to_days === null || age(hold) < to_days)).length,
    })),
    waiting_by_kind: { user: kind("user"), moderator: kind("moderator"), administrator: kind("administrator") },
  };
}

const cell = (value) => {
  const text = String(value ?? "");
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

export const routes = [
  ["GET", /^\/rules$/, () => ({ rules, order })],
  ["POST", /^\/explain$/, explain],
  ["GET", /^\/reports$/, reports],
  [
    "GET",
    /^\/reports\/(per_day|top_reasons|top_senders|top_recipients|waiting)\.csv$/,
    (call) => {
      const rows = reports(call)[call.found[1]];
      const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))];
      call.answer.setHeader("content-type", "text/csv; charset=utf-8");
      call.answer.setHeader("content-disposition", `attachment; filename="${call.found[1]}.csv"`);
      call.answer.end(lines.map((line) => `${line.map(cell).join(",")}\r\n`).join(""));
    },
  ],
].map(([method, pattern, handle]) => [
  method,
  pattern,
  (call) => {
    administrators_only(call);
    return handle(call);
  },
]);
