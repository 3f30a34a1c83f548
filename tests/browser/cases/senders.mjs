import assert from "node:assert/strict";
import { test } from "node:test";
import { api, open_page, refused, screenshot, sign_in, signed_in, until } from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

const mark = `t${process.pid}`;

async function entries(page, list) {
  return (await api(page, "GET", `/senders?list=${list}&limit=100&q=${mark}`)).body.entries.map((each) => each.entry);
}

test("Several senders are added at once; what is wrong stays with its reason", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders" });
  const field = page.getByLabel("Block senders");
  await field.fill(`${mark}.example, offers@${mark}.example.net;\nthis@is@wrong`);
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByText("One entry was not added").waitFor();
  assert.equal(await field.inputValue(), "this@is@wrong");
  assert.deepEqual((await entries(page, "blocked")).sort(), [`offers@${mark}.example.net`, `${mark}.example`].sort());
  await page.locator(".entry", { hasText: `offers@${mark}` }).waitFor();
  await screenshot(page, "senders-problem");

  await page.getByRole("searchbox").fill(mark);
  await page.getByRole("radio", { name: "Domains" }).check();
  await until(
    page,
    (wanted) => {
      const names = [...document.querySelectorAll(".entry__name")].map((each) => each.textContent);
      return names.length === 1 && names[0] === `${wanted}.example`;
    },
    mark,
  );
  await page.getByRole("radio", { name: "Addresses" }).check();
  await until(
    page,
    (wanted) => {
      const names = [...document.querySelectorAll(".entry__name")].map((each) => each.textContent);
      return names.length === 1 && names[0] === `offers@${wanted}.example.net`;
    },
    mark,
  );
  check();
});

test("An entry is removed, put back by Undo, and removed again", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders?list=permitted" });
  const entry = `undo@${mark}.example.org`;
  await page.getByLabel("Permit senders").fill(entry);
  await page.keyboard.press("Enter");
  await page.locator(".entry", { hasText: entry }).waitFor();
  await page.getByRole("button", { name: new RegExp(`^Remove .*${entry}`) }).click();
  await page.locator(".entry", { hasText: entry }).waitFor({ state: "detached" });
  assert.deepEqual(await entries(page, "permitted"), []);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.locator(".entry", { hasText: entry }).waitFor();
  assert.deepEqual(await entries(page, "permitted"), [entry]);
  await page.getByRole("button", { name: new RegExp(`^Remove .*${entry}`) }).click();
  await page.locator(".entry", { hasText: entry }).waitFor({ state: "detached" });
  check();
});

test("Trusted takes one sender at a time, and auto permitted none", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders?list=trusted" });
  const field = page.getByLabel("Trust a sender");
  await field.fill(`one@${mark}.example two@${mark}.example`);
  await page.keyboard.press("Enter");
  await page.getByText("one sender at a time").waitFor();
  assert.deepEqual(await entries(page, "trusted"), []);
  await page.getByRole("tab", { name: "Auto permitted" }).click();
  await page.getByText("Learned from the people you write to").waitFor();
  assert.equal(await page.getByRole("button", { name: "Add" }).count(), 0);
  // What was typed on the other tab is still there.
  await page.getByRole("tab", { name: "Trusted" }).click();
  assert.equal(await field.inputValue(), `one@${mark}.example two@${mark}.example`);
  check();
});

test("A session that ends while one types costs nothing but a new sign-in", async (t) => {
  const { page, expect_error, check } = await open_page(t);
  expect_error(refused(401));
  await sign_in(page, settings, "/senders");
  const entry = `later@${mark}.example.net`;
  await page.getByLabel("Block senders").fill(entry);
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Add" }).click();
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  await dialog.waitFor();
  await screenshot(page, "session-ended");
  await dialog.locator("input[name=password]").fill(settings.password);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("Block senders").inputValue(), entry);
  await page.getByRole("button", { name: "Add" }).click();
  await page.locator(".entry", { hasText: entry }).waitFor();
  check();
});

test("What was rejected lists its properties, and its sender can be permitted", async (t) => {
  const { page, check } = await signed_in(t, { path: "/rejected" });
  const { body } = await api(page, "GET", "/rejected");
  if (body.rejected.length === 0) {
    assert.ok(!settings.complete);
    await page.getByText("Nothing was refused").waitFor();
    return;
  }
  await page.locator(".refused").first().waitFor();
  assert.equal(await page.locator(".refused").count(), body.rejected.length);
  await page
    .getByRole("button", { name: /^Permit sender/ })
    .first()
    .click();
  await page.locator(".toast").waitFor();
  check();
});
