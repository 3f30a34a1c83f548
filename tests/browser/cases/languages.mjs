// A language is one file. A made-up one, from right to left and two fifths longer than English, is put beside the others
// and built; then no text may be cut off or reach over the edge, on any page, on a phone or a desk.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import {
  api,
  assert_accessible,
  assert_no_sideways_scroll,
  desktop,
  phone,
  refused,
  screenshot,
} from "../lib/browser.mjs";
import { open_page, signed_in } from "../lib/browser.mjs";
import { english, pseudo_catalogue, web } from "../lib/catalogues.mjs";
import { settings } from "../lib/settings.mjs";

// The front end alone is meant: once is enough, against the mock.
const skip = settings.smtp || !settings.complete ? "only with the mock" : false;
const pseudo = "ar-XB";
let copy = null;
let mock = null;

after(() => {
  mock?.kill();
  if (copy) rmSync(copy, { recursive: true });
});

function copied() {
  if (copy) return copy;
  copy = mkdtempSync(join(tmpdir(), "postern-languages-"));
  for (const part of ["src", "index.html", "vite.config.ts", "tsconfig.json", "package.json"])
    cpSync(join(web, part), join(copy, part), { recursive: true });
  symlinkSync(join(web, "node_modules"), join(copy, "node_modules"));
  return copy;
}

const run = (tool, ...parts) =>
  spawnSync(process.execPath, [join(web, "node_modules", tool), ...parts], { cwd: copied(), encoding: "utf8" });

async function started() {
  if (mock) return mock.url;
  writeFileSync(join(copied(), `src/i18n/${pseudo}.ts`), pseudo_catalogue(await english()));
  const built = run("vite/bin/vite.js", "build", "--logLevel", "warn");
  assert.equal(built.status, 0, built.stdout + built.stderr);
  mock = spawn(
    process.execPath,
    [join(web, "mock/server.mjs"), "--port", "0", "--rows", "160", "--dist", join(copy, "dist"), "--branded"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  [mock.url] = await once(createInterface({ input: mock.stdout }), "line");
  return mock.url;
}

/**
 * Texts of ours that are cut off by a box around them or stand beyond the edge of the window. What comes from mail
 * stands in <bdi> and may be shortened, and with it the words around it.
 */
const cut_texts = () => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility({ visibilityProperty: true })) continue;
    if (parent.closest("bdi, option, .row__name, .skip, svg, time") || parent.querySelector("bdi")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((rect) => rect.width > 1 && rect.height > 1);
    let cut = rects.some((rect) => rect.left < -1.5 || rect.right > innerWidth + 1.5);
    for (let box = parent; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      const edge = box.getBoundingClientRect();
      // Text for screen readers alone is cut off on purpose, and what can be scrolled to is not cut off.
      if (style.clipPath !== "none" || /auto|scroll/.test(style.overflowX + style.overflowY)) {
        cut = false;
        break;
      }
      const across = /hidden|clip/.test(style.overflowX);
      const down = /hidden|clip/.test(style.overflowY);
      cut ||= across && rects.some((rect) => rect.left < edge.left - 1.5 || rect.right > edge.right + 1.5);
      cut ||= down && rects.some((rect) => rect.bottom > edge.bottom + 2);
      if (style.position === "fixed") break;
    }
    if (cut) found.push(`${parent.className || parent.tagName}: ${node.data}`);
  }
  return found;
};

async function assert_fits(page, what) {
  await assert_no_sideways_scroll(page, what);
  assert.deepEqual(await page.evaluate(cut_texts), [], what);
}

test("A catalogue without one of the words does not compile, nor one that loses a place", { skip }, () => {
  const whole = readFileSync(join(web, "src/i18n/de.ts"), "utf8");
  const wrong = {
    lacking: whole.replace(/^ {2}"act\.release":.*\n/m, ""),
    placeless: whole.replace(/("account\.open": ")[^"]*"/, '$1Konto"'),
    stray: whole.replace('"app.skip":', '"app.stray": "zu viel", "app.skip":'),
  };
  const files = Object.entries({ right: whole, ...wrong }).map(([name, text]) => {
    assert.ok(name === "right" || text !== whole, name);
    writeFileSync(join(copied(), `src/i18n/${name}.ts`), text);
    return `src/i18n/${name}.ts`;
  });
  const options = ["--noEmit", "--strict", "--target", "ES2022", "--module", "ESNext", "--moduleResolution", "Bundler"];
  const { stdout } = run("typescript/bin/tsc", ...options, ...files);
  for (const file of files) rmSync(join(copied(), file));
  assert.match(stdout, /lacking\.ts[^\n]*\n(?:\s[^\n]*\n)*[^\n]*act\.release/);
  assert.match(stdout, /placeless\.ts/);
  assert.match(stdout, /stray\.ts/);
  assert.doesNotMatch(stdout, /right\.ts/);
});

test("The built-in rules' reasons are known to the catalogues", { skip }, () => {
  const source = readFileSync(resolve(web, "../../policy/built_in_rules.cc"), "utf8");
  const reasons = [...source.matchAll(/\.reason =((?:\s*"(?:[^"\\]|\\.)*")+);/g)].map(([, text]) =>
    [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, piece]) => JSON.parse(`"${piece}"`)).join(""),
  );
  assert.ok(reasons.length >= 2);
  const known = readFileSync(join(web, "src/i18n/reasons.ts"), "utf8");
  assert.deepEqual(
    reasons.filter((reason) => !known.includes(JSON.stringify(reason))),
    [],
  );
});

test("What the gateway wrote by itself is said in German; an administrator's own words stay", { skip }, async (t) => {
  const { page, check } = await signed_in(t, { language: "de-DE", path: "/rejected" });
  const { body } = await api(page, "GET", "/holds?scope=mine&limit=4");
  const reasons = [
    `Held by the mail administrator's rule "keine Programme": the attachment "a; b.exe" has the extension exe; the sender is eve@evil.example.`,
    `Held by the mail administrator's rule "Größe": the mail has 1200 recipients.`,
    "This mail does not say clearly who wrote it: it names no sender, or more than one.",
    "Ask Berta in room 12 about this.",
  ];
  const rules = ["keine Programme", "Größe", "not exactly one From", "Berta"];
  body.holds.forEach((hold, at) => Object.assign(hold, { reason: reasons[at], rule: rules[at] }));
  await page.route("**/api/v1/holds?*", (route) => route.fulfill({ json: body }));
  await page.getByRole("link", { name: "Angehalten" }).click();
  await page.locator(".row").first().waitFor();
  const shown = await page.locator(".row .reason").evaluateAll((all) => all.map((each) => each.title));
  assert.deepEqual(shown.slice(0, 4), [
    "Angehalten durch die Regel „keine Programme“ der Mail-Administration: der Anhang „a; b.exe“ hat die Endung exe; der Absender ist eve@evil.example.",
    "Angehalten durch die Regel „Größe“ der Mail-Administration: die Mail hat 1.200 Empfänger.",
    "Diese Mail sagt nicht klar, wer sie geschrieben hat: Sie nennt keinen Absender oder mehrere.",
    "Ask Berta in room 12 about this.",
  ]);
  check();
});

for (const [device, viewport] of Object.entries({ desktop, phone, narrow: { width: 320, height: 640 } })) {
  test(`Long words from right to left fit every page (${device})`, { skip }, async (t) => {
    const base = await started();
    const person = { address: "administrator@example.test", password: "gate" };
    const { page, check, expect_error } = await signed_in(t, { base, person, viewport, language: pseudo, path: "/" });
    expect_error(refused(401));
    assert.equal(await page.evaluate(() => document.documentElement.dir), "rtl");
    for (const path of [
      "/",
      "/on-hold",
      "/moderated",
      "/senders",
      "/rejected",
      "/account",
      "/all-holds",
      "/reports",
      "/rules",
    ]) {
      await page.goto(path);
      await page.locator(".shell__main h1").waitFor();
      await page.locator(".skeleton").first().waitFor({ state: "detached" });
      await assert_fits(page, path);
      await screenshot(page, `long-words${path.replaceAll("/", "-")}-${device}`);
    }
    await page.goto("/on-hold");
    await page.locator(".row__check input:enabled").first().check();
    await page.locator(".actions").waitFor();
    await assert_fits(page, "selection");
    await page.locator(".actions [aria-haspopup=menu]").first().click();
    await page.getByRole("menu").waitFor();
    await assert_fits(page, "menu");
    await page.keyboard.press("Escape");
    await page.locator(".row__link").first().click();
    await page.locator(".message").waitFor();
    for (const fold of await page.locator("summary").all()) await fold.click();
    await assert_fits(page, "message");
    await screenshot(page, `long-words-message-${device}`);
    await page.locator("h1").focus();
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await assert_fits(page, "shortcuts");
    await assert_accessible(page, "shortcuts");
    check();
  });

  test(`Long words from right to left fit the sign-in (${device})`, { skip }, async (t) => {
    const base = await started();
    const { page, check, expect_error } = await open_page(t, { base, viewport, language: pseudo });
    expect_error(refused(401));
    await page.goto("/sign-in");
    await page.locator("input[name=username]").waitFor();
    await assert_fits(page, "address");
    await page.locator("input[name=username]").fill("you@example.test");
    await page.keyboard.press("Enter");
    await page.locator("input[name=password]").waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".sign-in__problem").waitFor();
    await assert_fits(page, "password");
    await screenshot(page, `long-words-sign-in-${device}`);
    check();
  });
}
