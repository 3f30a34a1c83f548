import assert from "node:assert/strict";
import { test } from "node:test";
import {
  api,
  assert_accessible,
  holds_that,
  open_page,
  refused,
  row,
  rows_shown,
  screenshot,
  signed_in,
  until,
} from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

/** Presses Tab until the focus is on what fits; a person would give up after a while, and so does this. */
async function tab_to(page, fits, what) {
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(fits)) return;
  }
  assert.fail(`Tab does not reach ${what}`);
}

test("From sign-in to a release and its undo without a pointer", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(refused(401));
  await page.goto("/on-hold");
  await page.locator("input[name=username]").waitFor();
  await page.keyboard.type(settings.address);
  await page.keyboard.press("Enter");
  await page.locator("input[name=password]").waitFor();
  await until(page, () => document.activeElement?.getAttribute("name") === "password");
  await page.keyboard.type(settings.password);
  await page.keyboard.press("Enter");
  await rows_shown(page);
  const found = await holds_that(t, page, (hold) => hold.may.release && hold.may.manage_sender);
  if (!found) return;

  const { id } = found[0];
  await page.evaluate(() => document.querySelector("h1").focus());
  await tab_to(page, () => document.activeElement?.matches(".list__head input") ?? false, "the list");
  await page.keyboard.press("j");
  for (let step = 0; step < 60; step += 1) {
    if ((await page.evaluate(() => document.activeElement?.closest("[data-hold]")?.dataset.hold)) === id) break;
    await page.keyboard.press("j");
  }
  await page.keyboard.press("x");
  await page.getByText("One selected").waitFor();
  await page.keyboard.press("Shift+Tab");
  await page.evaluate(() => document.querySelector(".list__head input").focus());
  await tab_to(
    page,
    () => document.activeElement?.classList.contains("split__more") ?? false,
    "the variants of Release",
  );
  await page.keyboard.press("Enter");
  await until(page, () => document.activeElement?.textContent === "Release and permit the sender");
  await page.keyboard.press("ArrowDown");
  await until(page, () => document.activeElement?.textContent === "Release and permit the domain");
  await page.keyboard.press("Escape");
  await until(page, () => document.activeElement?.classList.contains("split__more"));
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.locator(".toast__undo").waitFor();
  // The focus has a place to be, although the button is gone.
  await until(page, () => document.activeElement && document.activeElement !== document.body);
  await page.keyboard.press("z");
  await page.getByText("Undone.").waitFor();
  assert.equal((await api(page, "GET", `/holds/${id}`)).body.state, "held");
  check();
});

test("j, Enter and u go into a message and back; / searches; ? explains, and can switch all of it off", async (t) => {
  const { page, check } = await signed_in(t);
  await rows_shown(page);
  await page.keyboard.press("j");
  const opened = await page.evaluate(() => document.activeElement.closest("[data-hold]").dataset.hold);
  await page.keyboard.press("Enter");
  await page.locator(".message").waitFor();
  assert.ok(page.url().endsWith(opened));
  await until(page, () => document.activeElement?.tagName === "H1");
  await page.keyboard.press("u");
  await rows_shown(page);
  await page.keyboard.press("/");
  await until(page, () => document.activeElement?.matches(".search input"));
  await page.keyboard.type("j?");
  assert.equal(await page.getByRole("searchbox").inputValue(), "j?");
  await page.getByRole("searchbox").fill("");
  await rows_shown(page);
  await page.locator("h1").focus();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await dialog.waitFor();
  await dialog.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.locator("h1").focus();
  await page.keyboard.press("j");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
  check();
});

const focused = (page) => page.evaluate(() => document.activeElement?.closest("[data-hold]")?.dataset.hold ?? null);

/** Presses j until the focus is on this hold. */
async function go_to(page, id) {
  await page.locator("h1").focus();
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press("j");
    if ((await focused(page)) === id) return;
  }
  assert.fail(`j does not reach ${id}`);
}

const decidable = (hold) => hold.may.release && hold.may.reject && hold.may.report;
const state_of = async (page, id) => (await api(page, "GET", `/holds/${id}`)).body.state;

test("r releases and e rejects what has the focus, u takes it back, and ! asks before it reports", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, decidable);
  if (!found) return;
  const [{ id }] = found;
  await rows_shown(page);
  for (const [key, states] of [
    ["r", ["released", "delivered"]],
    ["e", ["rejected"]],
  ]) {
    await go_to(page, id);
    await page.keyboard.press(key);
    await row(page, id).waitFor({ state: "detached" });
    assert.ok(states.includes(await state_of(page, id)));
    await until(page, () => document.activeElement && document.activeElement !== document.body);
    await page.keyboard.press("u");
    await row(page, id).waitFor();
    assert.equal(await state_of(page, id), "held");
  }
  await go_to(page, id);
  await page.keyboard.press("!");
  await page.getByRole("alertdialog", { name: "Report this message as spam?" }).waitFor();
  // Nothing acts behind a question.
  await page.keyboard.press("r");
  await page.keyboard.press("Escape");
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  assert.equal(await state_of(page, id), "held");
  check();
});

test("Shift and x select everything up to here, and one key acts on all of it", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, decidable, { at_least: 3 });
  if (!found) return;
  await rows_shown(page);
  const [first, , third] = found;
  await go_to(page, first.id);
  await page.keyboard.press("x");
  await go_to(page, third.id);
  await page.keyboard.press("Shift+X");
  const chosen = await page.locator(".row--selected").evaluateAll((rows) => rows.map((each) => each.dataset.hold));
  assert.ok(chosen.length >= 3 && chosen[0] === first.id && chosen.at(-1) === third.id);
  await page.keyboard.press("e");
  await row(page, first.id).waitFor({ state: "detached" });
  assert.equal(await state_of(page, third.id), "rejected");
  await page.keyboard.press("z");
  await row(page, third.id).waitFor();
  assert.equal(await state_of(page, first.id), "held");
  check();
});

test("Nothing acts while somebody types, chooses or has a menu open, nor when nothing is chosen", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, decidable);
  if (!found) return;
  await rows_shown(page);
  const acts = [];
  page.on("request", (request) => request.method() === "POST" && acts.push(request.url()));
  await page.locator("h1").focus();
  for (const key of ["r", "e", "!", "x", "u"]) await page.keyboard.press(key);
  await row(page, found[0].id).getByRole("checkbox").check();
  await page.getByRole("searchbox").focus();
  await page.keyboard.type("re!xu");
  await page.getByRole("searchbox").fill("");
  await rows_shown(page);
  await row(page, found[0].id).getByRole("checkbox").check();
  await page.getByLabel("Sort").focus();
  for (const key of ["r", "e", "!"]) await page.keyboard.press(key);
  await page.getByRole("button", { name: "More ways to release" }).click();
  for (const key of ["r", "e", "!"]) await page.keyboard.press(key);
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("alertdialog").count(), 0);
  assert.deepEqual(acts, []);
  check();
});

test("In a message the same keys act, and the help sheet lists them all", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, decidable);
  if (!found) return;
  const [{ id }] = found;
  await page.goto(`/on-hold/${id}`);
  await page.locator(".message__actions").waitFor();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  const keys = new Set(await sheet.locator("kbd").allInnerTexts());
  assert.deepEqual([...keys].sort(), ["!", "/", "?", "Enter", "Shift", "e", "j", "k", "r", "u", "x", "z"]);
  await assert_accessible(page, "the help sheet");
  await screenshot(page, "keys");
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  await page.keyboard.press("e");
  await page.locator(".toast__undo").waitFor();
  assert.equal(await state_of(page, id), "rejected");
  await page.keyboard.press("z");
  await page.getByText("Undone.").waitFor();
  assert.equal(await state_of(page, id), "held");
  check();
});

test("The skip link leads to the content", async (t) => {
  const { page, check } = await signed_in(t);
  await rows_shown(page);
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  await until(page, () => document.activeElement?.id === "main");
  check();
});
