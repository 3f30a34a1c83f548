import assert from "node:assert/strict";
import { test } from "node:test";
import {
  api,
  assert_accessible,
  assert_no_sideways_scroll,
  phone,
  screenshot,
  signed_in,
  until,
} from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

async function lists_with(page, entry) {
  const found = [];
  for (const list of ["blocked", "permitted"]) {
    const { body } = await api(page, "GET", `/senders?list=${list}&q=${encodeURIComponent(entry)}`);
    if (body.entries.some((each) => each.entry === entry)) found.push(list);
  }
  return found;
}

/** The address in the name of the first button, without the marks that isolate it. */
const sender_of = async (button) =>
  (await button.getAttribute("aria-label")).replace(/[\u2066-\u2069]/g, "").replace("Permit sender ", "");

test("What was refused is listed with its reason, and can be searched", async (t) => {
  const { page, check } = await signed_in(t, { path: "/rejected" });
  const { body } = await api(page, "GET", "/rejected");
  if (body.rejected.length === 0) {
    assert.ok(!settings.complete);
    return t.skip("nothing was refused");
  }
  await page.locator(".refused").first().waitFor();
  assert.equal(await page.locator(".refused").count(), body.rejected.length);
  assert.ok((await page.locator(".refused .reason").first().innerText()).trim());
  await screenshot(page, "rejected");

  const with_subject = body.rejected.find((each) => /[\p{L}]{4,}/u.test(each.subject));
  const word = /[\p{L}]{4,}/u.exec(with_subject.subject)[0];
  await page.getByRole("searchbox").fill(word);
  const { body: found } = await api(page, "GET", `/rejected?q=${encodeURIComponent(word)}`);
  assert.ok(found.rejected.length > 0);
  await until(page, (count) => document.querySelectorAll(".refused").length === count, found.rejected.length);
  await page.getByRole("searchbox").fill("there is surely no such mail");
  await page.getByText("Nothing matches").waitFor();
  check();
});

test("The sender of what was refused is permitted, and Undo puts it back to where it stood", async (t) => {
  const { page, check } = await signed_in(t, { path: "/rejected" });
  const button = page.getByRole("button", { name: /^Permit sender / }).first();
  await button.waitFor();
  const sender = await sender_of(button);
  const before = await lists_with(page, sender);
  assert.ok(!before.includes("permitted"));
  await button.click();
  await page.locator(".toast", { hasText: "permitted" }).waitFor();
  assert.deepEqual(await lists_with(page, sender), ["permitted"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("is as it was before").waitFor();
  assert.deepEqual(await lists_with(page, sender), before);
  check();
});

test("The whole domain is permitted from the menu behind the arrow", async (t) => {
  const { page, check } = await signed_in(t, { path: "/rejected" });
  const button = page.getByRole("button", { name: /^Permit sender / }).first();
  await button.waitFor();
  const sender = await sender_of(button);
  const domain = sender.slice(sender.lastIndexOf("@") + 1);
  const before = await lists_with(page, domain);
  await page
    .getByRole("button", { name: /^More ways to permit/ })
    .first()
    .click();
  await page.getByRole("menuitem", { name: /^Permit the whole domain/ }).click();
  await page.locator(".toast").waitFor();
  assert.deepEqual(await lists_with(page, domain), ["permitted"]);
  if (!before.includes("permitted")) {
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("is as it was before").waitFor();
    assert.deepEqual(await lists_with(page, domain), before);
  }
  check();
});

for (const scheme of ["light", "dark"]) {
  test(`Rejected is accessible on a phone (${scheme})`, async (t) => {
    const { page, check } = await signed_in(t, { viewport: phone, scheme, path: "/rejected" });
    await page.locator(".refused, .empty").first().waitFor();
    const arrow = page.locator(".refused [aria-haspopup=menu]").first();
    if ((await arrow.count()) > 0) {
      await arrow.click();
      await page.getByRole("menu").waitFor();
    }
    await assert_accessible(page, "rejected");
    await assert_no_sideways_scroll(page, "rejected");
    check();
  });
}
