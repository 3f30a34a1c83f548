// Preferences, sessions, password, tokens of the person who is signed in.
import { randomBytes } from "node:crypto";
import { people, Problem, sessions } from "./world.mjs";

const day = 24 * 3_600_000;
const site = {
  time_zone: "Europe/Berlin",
  digest_mode: "digest",
  digest_times: ["08:00", "16:00"],
  digest_days: ["mon", "tue", "wed", "thu", "fri"],
  digest_enabled: true,
};
const week = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const scopes = ["holds:read", "holds:act", "senders:read", "senders:write", "reports:read", "account:read"];
const ago = (days) => new Date(Date.now() - days * day).toISOString();

/** The first of the times on one of the days, read as UTC: near enough to look at. */
function next_digest({ mode, digest_times, digest_days }) {
  if ((mode || site.digest_mode) !== "digest") return null;
  const times = digest_times.length > 0 ? digest_times : site.digest_times;
  const days = digest_days.length > 0 ? digest_days : site.digest_days;
  for (let ahead = 0; ahead < 8; ahead += 1) {
    const at = new Date(Date.now() + ahead * day);
    if (!days.includes(week[at.getUTCDay()])) continue;
    for (const time of [...times].sort()) {
      const moment = `${at.toISOString().slice(0, 10)}T${time}:00Z`;
      if (Date.parse(moment) > Date.now()) return moment;
    }
  }
  return null;
}

for (const account of people.values()) {
  const { address, role } = account.person;
  account.password = "gate";
  account.preferences = { language: "", time_zone: "", mode: "", digest_times: [], digest_days: [] };
  account.next_digest = () => next_digest(account.preferences);
  account.tokens =
    role === "administrator"
      ? [
          {
            id: "t1",
            name: "Nightly report",
            scopes: ["reports:read"],
            created_at: ago(40),
            expires_at: ago(-50),
            used_at: ago(0.4),
          },
        ]
      : [];
  account.others = [
    { id: `${role}-phone`, client: "198.51.100.7", agent: "Safari on iPhone", started_at: ago(6), seen_at: ago(0.2) },
    { id: `${role}-office`, client: "192.0.2.44", agent: "Firefox on Linux", started_at: ago(1.5), seen_at: ago(1.1) },
  ];
  account.acts_for = account.person.acts_for.map((shared) => ({
    address: shared,
    since: ago(120),
    granted_by: "administrator@example.test",
  }));
  account.acted_by = role === "user" ? [{ address: "moderator@example.test", since: ago(30) }] : [];
  account.address = address;
}

const refuse = (field, detail) => {
  throw Object.assign(new Problem(422, detail), { members: { field } });
};

function check_preferences(part) {
  const { language, time_zone, mode, digest_times, digest_days } = part;
  if (language !== undefined && !["", "en", "de"].includes(language)) refuse("language", "There is no such language.");
  if (time_zone) {
    try {
      new Intl.DateTimeFormat("en", { timeZone: time_zone });
    } catch {
      refuse("time_zone", "There is no such time zone.");
    }
  }
  if (mode !== undefined && !["", "digest", "notice", "none"].includes(mode)) refuse("mode", "There is no such mode.");
  if (digest_times?.some((time) => !/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time))) {
    refuse("digest_times", "A time is written as 08:00.");
  }
  if (digest_times?.length > 24) refuse("digest_times", "At most 24 times a day.");
  if (digest_days?.some((each) => !week.includes(each))) refuse("digest_days", "There is no such day.");
}

const whole = (account) => ({
  address: account.address,
  name: account.person.name,
  role: account.person.role,
  addresses: account.person.addresses.map((address) => ({ address, own: address === account.address })),
  acts_for: account.acts_for,
  acted_by: account.acted_by,
  preferences: account.preferences,
  site,
  digest_next_at: account.next_digest(),
  languages: ["en", "de"],
  session_idle_seconds: 1800,
});

function change_preferences({ account, body }) {
  check_preferences(body);
  Object.assign(account.preferences, body);
  const { language, time_zone } = account.preferences;
  account.person.preferences = { language, time_zone };
  return { preferences: account.preferences, digest_next_at: account.next_digest() };
}

function open_sessions({ account, session }) {
  const own = [...sessions.values()].filter((each) => each.account === account);
  return {
    sessions: [
      ...own.map((each) => ({
        id: each.id,
        client: "127.0.0.1",
        agent: /Firefox/.test(each.agent) ? "Firefox on Linux" : "Chrome on Linux",
        started_at: each.started_at,
        seen_at: new Date().toISOString(),
        this: each === session,
      })),
      ...account.others.map((each) => ({ ...each, this: false })),
    ],
  };
}

function end_sessions({ account, session, body }) {
  const ends = (id) => (body.others ? id !== session.id : (body.ids ?? []).includes(id));
  let ended = 0;
  for (const [token, each] of sessions) {
    if (each.account === account && ends(each.id)) ended += sessions.delete(token) ? 1 : 0;
  }
  const before = account.others.length;
  account.others = account.others.filter((each) => !ends(each.id));
  return { ended: ended + before - account.others.length };
}

function change_password({ account, session, body }) {
  if (body.current !== account.password) throw new Problem(403, "The current password is not right.");
  // "gate" is what everybody has here, and a case that changed it has to be able to put it back.
  if (String(body.new).length < 10 && body.new !== "gate") refuse("new", "A password has at least 10 characters.");
  if (/^(?:password|1234567890|qwertyuiop)/i.test(body.new)) refuse("new", "This password is among the commonest.");
  account.password = body.new;
  end_sessions({ account, session, body: { others: true } });
}

function add_token({ account, body }) {
  if (!body.name) refuse("name", "A token needs a name.");
  if (!body.scopes?.length || body.scopes.some((each) => !scopes.includes(each))) refuse("scopes", "Name its scopes.");
  const token = {
    id: randomBytes(6).toString("hex"),
    name: body.name,
    scopes: body.scopes,
    created_at: ago(0),
    expires_at: ago(-body.expires_in_days),
    used_at: null,
  };
  account.tokens.push(token);
  return { ...token, token: `pst_${randomBytes(24).toString("base64url")}` };
}

function remove_tokens({ account, body }) {
  const before = account.tokens.length;
  account.tokens = account.tokens.filter((each) => !body.ids.includes(each.id));
  return { removed: before - account.tokens.length };
}

export const routes = [
  ["GET", /^\/account$/, ({ account }) => whole(account)],
  ["PUT", /^\/account\/preferences$/, change_preferences],
  ["GET", /^\/account\/time-zones$/, () => ({ time_zones: [...Intl.supportedValuesOf("timeZone"), "UTC"] })],
  ["GET", /^\/account\/sessions$/, open_sessions],
  ["POST", /^\/account\/sessions\/end$/, end_sessions],
  ["POST", /^\/account\/password$/, change_password],
  ["GET", /^\/account\/tokens$/, ({ account }) => ({ tokens: account.tokens })],
  ["POST", /^\/account\/tokens$/, add_token],
  ["POST", /^\/account\/tokens\/remove$/, remove_tokens],
  ["POST", /^\/account\/digest-links\/revoke$/, () => ({ revoked: 3 })],
];
