// Takes the pictures of the user guide: every page as a desk shows it, the main ones as a phone does.
//   node guide.mjs DIR [NAME...]                        from the program that POSTERN names, with mail of its own,
//                                                       or else from the mock (npm run build comes first);
//                                                       all pictures, or only those named
// Beside the pictures it writes pictures.json: which of the gateway's pages each one shows. The check "user guide"
// compares that with the pages there are.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import * as gateway from "./lib/gateway.mjs";
import { mails, rules } from "./lib/guide_mails.mjs";
import { digest_pictures, pictures } from "./lib/guide_pictures.mjs";
import { start_mock } from "./lib/mock.mjs";
import { compressed } from "./lib/png.mjs";

const [given, ...only] = process.argv.slice(2);
if (!given) {
  console.error("usage: node guide.mjs DIR [NAME...]");
  process.exit(2);
}
const directory = resolve(given);
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
  const { name, at = picture.pages[0], who = portal.people.user, prepare, after } = picture;
  if (who && !states.has(who)) states.set(who, await signed_in_state(who));
  const context = await browser.newContext({
    ...device,
    baseURL: portal.url,
    ...(who ? { storageState: states.get(who) } : {}),
    colorScheme: "light",
    locale: picture.language ?? "en-GB",
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
  const digest = portal.run ? await digest_pictures(portal, portal.people.user) : [];
  for (const picture of [...digest, ...pictures(portal.people)]) {
    if (only.length > 0 && !only.includes(picture.name)) continue;
    taken.push(await take(picture, desk, ""));
    if (picture.phone) taken.push(await take(picture, phone, "-phone"));
  }
} finally {
  await browser.close();
  await portal.stop();
}
if (only.length === 0) writeFileSync(join(directory, "pictures.json"), `${JSON.stringify(taken, null, 2)}\n`);
console.log(`${taken.length} pictures in ${directory}`);
