// One Chromium for all cases, a fresh context (cookies, storage) for each.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { settings } from "./settings.mjs";

export const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const axe_path = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

let browser = null;
const sessions = new Map();
/** Only what fails waits so long, on a machine with much else to do. */
const patience = 20_000;

async function launched() {
  browser ??= await chromium.launch({
    executablePath: process.env.POSTERN_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: flags,
  });
  return browser;
}

after(async () => {
  await browser?.close();
});

/**
 * A page of its own, with everything it did wrong collected: console errors, uncaught exceptions, dialogs (a script of
 * a mail that ran), and requests to any host but the gateway. `check()` fails on any of them.
 */
export async function open_page(test, { viewport = desktop, scheme = "light", language = "en-GB", base = settings.url, state } = {}) {
  const context = await (
    await launched()
  ).newContext({
    storageState: state,
    baseURL: base,
    viewport,
    colorScheme: scheme,
    locale: language,
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(patience);
  test.after(() => context.close());

  const wrong = [];
  const foreign = [];
  const expected = [];
  const own = new URL(base).host;
  // Nothing may leave this machine, whatever a page tries; what tries is counted.
  await context.route(
    (url) => url.host !== own,
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on("dialog", (dialog) => {
    wrong.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => wrong.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected.some((pattern) => pattern.test(message.text())))
      wrong.push(message.text());
  });
  return {
    page,
    foreign,
    /** Console errors that this case brings about on purpose. */
    expect_error: (pattern) => expected.push(pattern),
    check() {
      assert.deepEqual(wrong, []);
      assert.deepEqual(foreign, []);
    },
  };
}

/** What Chromium writes for any refused request, wanted or not. */
export const refused = (status) => new RegExp(`status of ${status}`);

export async function sign_in(page, { address, password } = settings, path = "/on-hold") {
  await page.goto(path);
  await page.locator("input[name=username]").fill(address);
  await page.locator(".sign-in__submit").click();
  await page.locator("input[name=password]").fill(password);
  await page.locator(".sign-in__submit").click();
  await page.locator(".shell__main").waitFor();
}

/**
 * Opens a page of somebody who is signed in already. The form is filled in once per person and the session shared, as
 * gateways slow down people who sign in over and over.
 */
export async function signed_in(test, { person = settings, path = "/on-hold", ...options } = {}) {
  const base = options.base ?? settings.url;
  const whose = `${person.address} ${base}`;
  let state = sessions.get(whose);
  if (!state) {
    const first = await (await launched()).newContext({ baseURL: base });
    await sign_in(await first.newPage(), person);
    state = await first.storageState();
    sessions.set(whose, state);
    await first.close();
  }
  const opened = await open_page(test, { ...options, state });
  await opened.page.goto(path);
  await opened.page.locator(".shell__main h1").waitFor();
  return opened;
}

/** A call to the API with the page's own session. */
export function api(page, method, path, body) {
  return page.evaluate(
    async ([how, where, what]) => {
      const init = { method: how, headers: { accept: "application/json" } };
      if (how !== "GET") init.headers["content-type"] = "application/json";
      if (what !== null) init.body = JSON.stringify(what);
      const response = await fetch(`/api/v1${where}`, init);
      return { status: response.status, body: response.status === 204 ? null : await response.json() };
    },
    [method, path, body ?? null],
  );
}

/** The holds of a scope that fit; a case without its data is skipped, or fails where the data should be complete. */
export async function holds_that(test, page, fits, { scope = "mine", at_least = 1 } = {}) {
  const { status, body } = await api(page, "GET", `/holds?scope=${scope}&limit=200`);
  assert.equal(status, 200);
  const found = body.holds.filter(fits);
  if (found.length >= at_least) return found;
  assert.ok(!settings.complete, `${found.length} fitting holds, ${at_least} needed`);
  test.skip(`needs ${at_least} fitting holds`);
  return null;
}

/**
 * Asks the page until the answer is true. Playwright's own way evaluates text within the page, which its policy forbids.
 */
export async function until(page, asks, argument) {
  const deadline = Date.now() + patience;
  while (!(await page.evaluate(asks, argument))) {
    assert.ok(Date.now() < deadline, `never true: ${asks}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

export const row = (page, id) => page.locator(`[data-hold="${id}"]`);

export async function rows_shown(page) {
  await page.locator("[data-hold]").first().waitFor();
}

/** The accessibility violations of the page as it stands. */
export async function assert_accessible(page, what) {
  // Evaluated by the driver: the page's own policy forbids scripts that are not its own.
  await page.evaluate(readFileSync(axe_path, "utf8"));
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      // A frame of a mail is the sender's work, and sealed.
      iframes: false,
    }),
  );
  const told = violations.flatMap((each) =>
    each.nodes.map((node) => `${each.id}: ${node.target.join(" ")} (${node.failureSummary})`),
  );
  assert.deepEqual(told, [], what);
}

export async function assert_no_sideways_scroll(page, what) {
  const { wide, visible } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    visible: document.documentElement.clientWidth,
  }));
  assert.ok(wide <= visible, `${what}: ${wide} px wide in ${visible}`);
}

export async function screenshot(page, name) {
  if (!settings.screenshots) return;
  mkdirSync(settings.screenshots, { recursive: true });
  await page.screenshot({ path: join(settings.screenshots, `${name}.png`) });
}
