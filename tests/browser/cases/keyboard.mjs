import assert from "node:assert/strict";
import { test } from "node:test";
import { api, holds_that, open_page, refused, rows_shown, signed_in, until } from "../lib/browser.mjs";
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
