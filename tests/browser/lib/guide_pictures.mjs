// What the user guide shows: each picture, which of the gateway's pages it is of, and what is done before it is taken.
/** The row of the guide's own mail, or with the mock's mail the first. */
async function message(page, words) {
  const rows = page.locator("[data-hold]");
  await rows.first().waitFor();
  const wanted = rows.filter({ hasText: words });
  return (await wanted.count()) > 0 ? wanted.first() : rows.first();
}

async function tick(page, words) {
  const rows = page.locator("[data-hold]", { has: page.locator("input[type=checkbox]:enabled") });
  await rows.first().waitFor();
  const wanted = rows.filter({ hasText: words });
  await ((await wanted.count()) > 0 ? wanted : rows).first().getByRole("checkbox").check();
}

async function open_message(page, words) {
  await (await message(page, words)).locator(".row__link").click();
  await page.locator(".message").waitFor();
}

/** Each: its name, the addresses of pages it shows, who looks, and what is done before. */
export const pictures = ({ user, moderator, administrator }) => [
  {
    name: "sign-in",
    pages: ["/sign-in"],
    who: null,
    phone: true,
    prepare: (page) => page.locator("input[name=username]").fill(user),
  },
  { name: "home", pages: ["/"], phone: true, prepare: (page) => page.locator(".home").waitFor() },
  {
    name: "on-hold-german",
    at: "/on-hold",
    language: "de-DE",
    prepare: (page) => page.locator("[data-hold]").first().waitFor(),
  },
  { name: "on-hold", pages: ["/on-hold"], phone: true, prepare: (page) => page.locator("[data-hold]").first().waitFor() },
  {
    name: "release-menu",
    at: "/on-hold",
    prepare: async (page) => {
      await tick(page, "Letters of the Week");
      await page.getByRole("button", { name: "More ways to release" }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "undo",
    at: "/on-hold",
    prepare: async (page) => {
      await tick(page, "Rowing Club");
      await page.locator(".list__actions").getByRole("button", { name: "Release", exact: true }).click();
      await page.getByRole("button", { name: "Undo" }).first().waitFor();
    },
    after: async (page) => {
      await page.getByRole("button", { name: "Undo" }).first().click();
      await page.getByText("Undone.").first().waitFor();
    },
  },
  {
    name: "report",
    at: "/on-hold",
    prepare: async (page) => {
      await tick(page, "IT Service Desk");
      await page.locator(".list__actions").getByRole("button", { name: "Report" }).click();
      await page.getByRole("menuitem").last().click();
      await page.getByRole("alertdialog").waitFor();
    },
  },
  {
    name: "message",
    pages: ["/on-hold/{id}", "/moderated/{id}", "/all-holds/{id}"],
    at: "/on-hold",
    phone: true,
    prepare: (page) => open_message(page, "Lena Vogt"),
  },
  {
    name: "message-formatted",
    at: "/on-hold",
    prepare: async (page) => {
      await open_message(page, "The Morning Gate");
      await page.getByRole("radio", { name: "Formatted" }).check();
      await page.frameLocator("iframe").locator("h1").first().waitFor();
      await page.locator("iframe").scrollIntoViewIfNeeded();
    },
  },
  {
    name: "message-why",
    at: "/on-hold",
    prepare: async (page) => {
      await open_message(page, "IT Service Desk");
      await page.locator(".why summary").click();
    },
  },
  {
    name: "keys",
    at: "/on-hold",
    prepare: async (page) => {
      await page.locator("[data-hold]").first().waitFor();
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "senders",
    pages: ["/senders", "/senders/{list}"],
    at: "/senders",
    phone: true,
    prepare: async (page) => {
      await page.locator(".entry, .empty").first().waitFor();
      await page.getByLabel("Block senders").fill("offers@megadeals.example casino.example wrong@@");
      await page.locator(".line--wrong").waitFor();
    },
  },
  {
    name: "senders-german",
    at: "/senders",
    language: "de-DE",
    prepare: async (page) => {
      await page.locator(".entry, .empty").first().waitFor();
      await page.getByLabel("Absender sperren").fill("offers@megadeals.example casino.example wrong@@");
      await page.locator(".line--wrong").waitFor();
    },
  },
  {
    name: "senders-import",
    at: "/senders",
    prepare: async (page) => {
      await page.getByRole("button", { name: "Import or export" }).click();
      await page.getByRole("menuitem", { name: "Import…" }).click();
      await page
        .getByLabel("Or paste its lines here")
        .fill("list,entry\npermitted,maria@rivers.example\npermitted,club.example\nblocked,lottery.example");
      await page.getByRole("button", { name: "Check" }).click();
      await page.locator(".import__counts").waitFor();
    },
  },
  { name: "rejected", pages: ["/rejected"], prepare: (page) => page.locator(".refused").first().waitFor() },
  { name: "account", pages: ["/account"], phone: true, prepare: (page) => page.locator(".settings").waitFor() },
  {
    name: "account-sessions",
    at: "/account",
    prepare: async (page) => {
      await page.locator(".settings").waitFor();
      await page.getByRole("heading", { name: "Where you are signed in" }).evaluate((at) => at.scrollIntoView());
    },
  },
  {
    name: "moderated",
    pages: ["/moderated"],
    who: moderator,
    prepare: (page) => page.locator("[data-hold]").first().waitFor(),
  },
  {
    name: "all-holds",
    pages: ["/all-holds"],
    who: administrator,
    prepare: (page) => page.locator("[data-hold]").first().waitFor(),
  },
  {
    name: "reports",
    pages: ["/reports"],
    who: administrator,
    prepare: (page) => page.locator(".columns svg").waitFor(),
  },
  { name: "rules", pages: ["/rules"], who: administrator, prepare: (page) => page.locator(".rule").first().waitFor() },
  {
    name: "explain",
    at: "/rules",
    who: administrator,
    prepare: async (page) => {
      await page.locator(".rule").first().waitFor();
      await page.getByLabel("Envelope sender").fill("bounces@morninggate.example");
      await page.getByLabel("Recipient").fill(user);
      await page.getByRole("button", { name: "Explain" }).click();
      await page.locator(".answer").waitFor();
      await page.locator(".explain").evaluate((at) => at.scrollIntoView());
    },
  },
];

/** The HTML part of a mail as it came in DATA. */
function html_of(mail) {
  const at = mail.search(/^content-type: text\/html/im);
  if (at < 0) throw new Error("this mail has no HTML part");
  const part = mail.slice(at);
  const gap = part.indexOf("\r\n\r\n");
  const [head, body] = [part.slice(0, gap), part.slice(gap + 4).split(/\r\n--/)[0]];
  const coding = /content-transfer-encoding: *(\S+)/i.exec(head)?.[1].toLowerCase() ?? "8bit";
  if (coding === "base64") return Buffer.from(body, "base64").toString("utf8");
  if (coding !== "quoted-printable") return Buffer.from(body, "latin1").toString("utf8");
  const bytes = body
    .replace(/=\r\n/g, "")
    .replace(/=([\dA-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** The digest of the program: the mail that comes, and the page it leads to. The mock sends none. */
export async function digest_pictures({ run, received }, user) {
  const before = received.length;
  run("digest", "send", "--now", user);
  const deadline = Date.now() + 30_000;
  const is_digest = (mail) => /^auto-submitted: auto-generated/im.test(mail) && /\/digest\//.test(mail);
  while (!received.slice(before).some(is_digest)) {
    if (Date.now() > deadline) throw new Error("no digest has come");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const html = html_of(received.slice(before).find(is_digest));
  const [, path] = /href="[^"]*?(\/digest\/[\w-]+)/.exec(html);
  return [
    { name: "digest-mail", at: "about:blank", who: null, phone: true, prepare: (page) => page.setContent(html) },
    {
      name: "digest",
      pages: ["/digest/{token}"],
      at: path,
      who: null,
      phone: true,
      prepare: (page) => page.locator("form").first().waitFor(),
    },
  ];
}
