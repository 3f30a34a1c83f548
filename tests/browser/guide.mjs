// Takes the pictures of the user guide: every page as a desk shows it, the main ones as a phone does.
//   node guide.mjs DIR                                  from the program that POSTERN names, with mail of its own,
//                                                       or else from the mock (npm run build comes first)
// Beside the pictures it writes pictures.json: which of the gateway's pages each one shows. The check "user guide"
// compares that with the pages there are.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import * as gateway from "./lib/gateway.mjs";
import { mails, rules } from "./lib/guide_mails.mjs";
import { start_mock } from "./lib/mock.mjs";
import { compressed } from "./lib/png.mjs";

if (process.argv.length !== 3) {
  console.error("usage: node guide.mjs DIR");
  process.exit(2);
}
const directory = resolve(process.argv[2]);
/** Pictures are looked at over slow lines, and kept for ever. */
const bytes_max = 150 * 1024;

const portal = process.env.POSTERN
  ? {
      ...(await gateway.start_gateway(resolve(process.env.POSTERN), { rules, mails_for: mails })),
      password: gateway.password,
      people: { user: gateway.person, moderator: gateway.moderator, administrator: gateway.administrator },
    }
  : {
      ...(await start_mock()),
      password: "gate",
      people: {
        user: "you@example.test",
        moderator: "moderator@example.test",
        administrator: "administrator@example.test",
      },
    };
const desk = { viewport: { width: 1200, height: 760 } };
const phone = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 1.5, isMobile: true, hasTouch: true };

const { user, moderator, administrator } = portal.people;

const message = (page, words) => page.locator("[data-hold]", { hasText: words }).or(page.locator("[data-hold]")).first();

async function open_message(page, words) {
  await message(page, words).locator(".row__link").click();
  await page.locator(".message").waitFor();
}

/** Each: its name, the addresses of pages it shows, who looks, and what is done before. */
const pictures = [
  {
    name: "sign-in",
    pages: ["/sign-in"],
    who: null,
    phone: true,
    prepare: (page) => page.locator("input[name=username]").fill(user),
  },
  { name: "home", pages: ["/"], phone: true, prepare: (page) => page.locator(".home").waitFor() },
  { name: "on-hold", pages: ["/on-hold"], phone: true, prepare: (page) => page.locator("[data-hold]").first().waitFor() },
  {
    name: "release-menu",
    at: "/on-hold",
    prepare: async (page) => {
      await message(page, "Letters of the Week").getByRole("checkbox").check();
      await page.getByRole("button", { name: "More ways to release" }).click();
      await page.getByRole("menu").waitFor();
    },
  },
  {
    name: "undo",
    at: "/on-hold",
    prepare: async (page) => {
      await message(page, "Rowing Club").getByRole("checkbox").check();
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
      await message(page, "IT Service Desk").getByRole("checkbox").check();
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
      await page.locator("iframe").waitFor();
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

const browser = await chromium.launch({
  executablePath: process.env.POSTERN_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--force-color-profile=srgb"],
});

async function signed_in_state(address) {
  const context = await browser.newContext({ baseURL: portal.url });
  const page = await context.newPage();
  await page.goto("/on-hold");
  await page.locator("input[name=username]").fill(address);
  await page.keyboard.press("Enter");
  await page.locator("input[name=password]").fill(portal.password);
  await page.keyboard.press("Enter");
  await page.locator(".shell__main").waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

const states = new Map();

async function take(picture, device, suffix) {
  const { name, at = picture.pages[0], who = user, prepare, after } = picture;
  if (who && !states.has(who)) states.set(who, await signed_in_state(who));
  const context = await browser.newContext({
    ...device,
    baseURL: portal.url,
    ...(who ? { storageState: states.get(who) } : {}),
    colorScheme: "light",
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(10_000);
  // Nothing leaves this machine for a picture.
  const own = new URL(portal.url).host;
  await context.route(
    (url) => url.host !== own,
    (route) => route.abort(),
  );
  const page = await context.newPage();
  await page.goto(at);
  await prepare(page);
  const path = join(directory, `${name}${suffix}.png`);
  const png = compressed(await page.screenshot());
  await after?.(page);
  await context.close();
  if (png.length > bytes_max) throw new Error(`${path}: ${png.length} bytes; at most ${bytes_max} are wanted`);
  writeFileSync(path, png);
  return { file: `${name}${suffix}.png`, pages: picture.pages ?? [] };
}

mkdirSync(directory, { recursive: true });
const taken = [];
try {
  for (const picture of pictures) {
    taken.push(await take(picture, desk, ""));
    if (picture.phone) taken.push(await take(picture, phone, "-phone"));
  }
} finally {
  await browser.close();
  await portal.stop();
}
writeFileSync(join(directory, "pictures.json"), `${JSON.stringify(taken, null, 2)}\n`);
console.log(`${taken.length} pictures in ${directory}`);
