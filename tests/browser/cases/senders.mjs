import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  api,
  assert_accessible,
  assert_no_sideways_scroll,
  desktop,
  open_page,
  phone,
  refused,
  screenshot,
  sign_in,
  signed_in,
  until,
} from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

const mark = `t${process.pid}`;

async function entries(page, list, q = mark) {
  const { body } = await api(page, "GET", `/senders?list=${list}&limit=100&q=${q}`);
  return body.entries.map((each) => each.entry).sort();
}

const entry_row = (page, entry) => page.locator(".entry", { hasText: entry });

/** The lines under the field, once they answer for as many entries as are wanted. */
async function lines(page, count) {
  await until(page, (wanted) => document.querySelectorAll(".add:not([hidden] *) .line").length === wanted, count);
  return page.locator(".line:visible").allInnerTexts();
}

async function tidy_up(page) {
  for (const list of ["blocked", "permitted", "trusted"]) {
    const found = await entries(page, list);
    if (found.length > 0) await api(page, "POST", "/senders/remove", { list, entries: found });
  }
}

test("Each entry is checked as it is typed; while one is wrong, none is added", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders" });
  const field = page.getByLabel("Block senders");
  await field.fill(`${mark}.example, "Offers, daily" <offers@${mark}.example.net>;\nthis@is@wrong com`);
  const shown = await lines(page, 4);
  assert.match(shown[0], /this@is@wrong/);
  assert.match(shown[1], /^com\s/);
  assert.equal(shown.filter((line) => /ready$/.test(line)).length, 2);
  await page.getByText("2 entries have a problem").waitFor();
  await screenshot(page, "senders-problem");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("2 entries have a problem").waitFor();
  assert.deepEqual(await entries(page, "blocked"), []);

  await page.getByRole("button", { name: /^Take out .*this@is@wrong/ }).click();
  assert.match(await field.inputValue(), new RegExp(`^${mark}.example.*com$`, "s"));
  await lines(page, 3);
  await page.getByRole("button", { name: /^Take out .*com/ }).click();
  await page.getByText("2 entries are ready").waitFor();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await entry_row(page, `offers@${mark}`).waitFor();
  assert.equal(await field.inputValue(), "");
  assert.deepEqual(await entries(page, "blocked"), [`offers@${mark}.example.net`, `${mark}.example`].sort());

  const names = () => page.locator(".entry__name").allInnerTexts();
  await page.getByRole("searchbox").fill(mark);
  await page.getByRole("radio", { name: "Domains" }).check();
  await until(
    page,
    (wanted) => {
      const found = [...document.querySelectorAll(".entry__name")].map((each) => each.textContent);
      return found.length === 1 && found[0] === `${wanted}.example`;
    },
    mark,
  );
  await page.getByRole("radio", { name: "Addresses" }).check();
  await until(
    page,
    (wanted) => {
      const found = [...document.querySelectorAll(".entry__name")].map((each) => each.textContent);
      return found.length === 1 && found[0] === `offers@${wanted}.example.net`;
    },
    mark,
  );
  assert.equal((await names()).length, 1);
  await tidy_up(page);
  check();
});

test("What is on another list says so before it moves, and Undo moves it back", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders?list=permitted" });
  const entry = `moves@${mark}.example.org`;
  await api(page, "POST", "/senders", { list: "blocked", entries: [entry] });
  await page.getByLabel("Permit senders").fill(entry);
  const [line] = await lines(page, 1);
  assert.match(line, /moves here from Blocked/);
  await page.keyboard.press("Enter");
  await entry_row(page, entry).waitFor();
  assert.deepEqual([await entries(page, "blocked"), await entries(page, "permitted")], [[], [entry]]);
  await page.getByRole("button", { name: "Undo" }).click();
  await entry_row(page, entry).waitFor({ state: "detached" });
  assert.deepEqual([await entries(page, "blocked"), await entries(page, "permitted")], [[entry], []]);
  await tidy_up(page);
  check();
});

test("An entry is removed, put back by Undo, and removed again", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders?list=permitted" });
  const entry = `undo@${mark}.example.org`;
  await page.getByLabel("Permit senders").fill(entry);
  await page.keyboard.press("Enter");
  await entry_row(page, entry).waitFor();
  await page.getByRole("button", { name: new RegExp(`^Remove .*${entry}`) }).click();
  await entry_row(page, entry).waitFor({ state: "detached" });
  assert.deepEqual(await entries(page, "permitted"), []);
  await page.getByRole("button", { name: "Undo" }).last().click();
  await entry_row(page, entry).waitFor();
  assert.deepEqual(await entries(page, "permitted"), [entry]);
  await page.getByRole("button", { name: new RegExp(`^Remove .*${entry}`) }).click();
  await entry_row(page, entry).waitFor({ state: "detached" });
  check();
});

test("Many are selected, moved to another list and back, and removed", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders" });
  const many = ["a", "b", "c"].map((name) => `${name}@${mark}.example.com`);
  await api(page, "POST", "/senders", { list: "blocked", entries: many });
  await page.getByRole("searchbox").fill(mark);
  const shown = (wanted) =>
    until(
      page,
      (names) =>
        [...document.querySelectorAll(".entry__name")].map((each) => each.textContent).join() === names.join(),
      wanted,
    );
  await shown(many);
  const { body } = await api(page, "GET", `/senders?list=blocked&q=${mark}&sort=-added_at`);
  await page.getByLabel("Order").selectOption({ label: "Newest first" });
  await shown(body.entries.map((each) => each.entry));
  await page.getByLabel("Order").selectOption({ label: "A to Z" });
  await shown(many);
  await page.getByRole("checkbox", { name: "Select all shown" }).check();
  await page.getByText("3 selected").waitFor();
  await page.getByRole("button", { name: "Move to…" }).click();
  assert.equal(await page.getByRole("menuitem", { name: "Move to Trusted" }).count(), 0);
  await page.getByRole("menuitem", { name: "Move to Permitted" }).click();
  await page.getByText("Nothing matches").waitFor();
  assert.deepEqual([await entries(page, "blocked"), await entries(page, "permitted")], [[], many]);
  await page.getByRole("button", { name: "Undo" }).click();
  await shown(many);
  assert.deepEqual([await entries(page, "blocked"), await entries(page, "permitted")], [many, []]);

  await page.getByRole("checkbox", { name: new RegExp(`^Select .*${many[0]}`) }).check();
  await page.getByRole("checkbox", { name: new RegExp(`^Select .*${many[2]}`) }).check();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await entry_row(page, many[0]).waitFor({ state: "detached" });
  assert.deepEqual(await entries(page, "blocked"), [many[1]]);
  await tidy_up(page);
  check();
});

test("By keyboard alone: from list to list by the arrows, an entry added, moved and taken back", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders" });
  const entry = `keys@${mark}.example`;
  await page.getByRole("tab", { name: "Blocked" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(/list=permitted/);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Permitted");
  await page.keyboard.press("Tab");
  await page.keyboard.type(entry);
  await lines(page, 1);
  await page.keyboard.press("Enter");
  await entry_row(page, entry).waitFor();
  await page.getByRole("button", { name: new RegExp(`^Move .*${entry}`) }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Move to Blocked" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await entry_row(page, entry).waitFor({ state: "detached" });
  assert.deepEqual(await entries(page, "blocked"), [entry]);
  // What was there to press is gone; the focus is where the list is, not at the top of the page.
  assert.equal(await page.evaluate(() => document.activeElement.className), "senders__count");
  await page.keyboard.press("z");
  await entry_row(page, entry).waitFor();
  assert.deepEqual(await entries(page, "permitted"), [entry]);
  await tidy_up(page);
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
  assert.equal(await page.getByRole("button", { name: "Add", exact: true }).count(), 0);
  // What was typed on the other tab is still there.
  await page.getByRole("tab", { name: "Trusted" }).click();
  assert.equal(await field.inputValue(), `one@${mark}.example two@${mark}.example`);
  check();
});

test("A file shows what it would change, line by line, and comes in whole or not at all", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders" });
  const open = async () => {
    await page.getByRole("button", { name: "Import or export" }).click();
    await page.getByRole("menuitem", { name: "Import…" }).click();
    return page.getByRole("dialog", { name: "Import senders" });
  };
  const dialog = await open();
  const file = (text) => ({ name: "senders.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  const good = `list,entry\nblocked,spam@${mark}.example\npermitted,${mark}.example.net\n`;
  await dialog.locator("input[type=file]").setInputFiles(file(`${good}nowhere,x@${mark}.example\nblocked,com\n`));
  await dialog.getByRole("button", { name: "Check" }).click();
  await dialog.getByText("2 lines have a problem").waitFor();
  assert.deepEqual(await dialog.locator("tbody td:first-child").allInnerTexts(), ["4", "5"]);
  assert.equal(await dialog.getByRole("button", { name: "Import", exact: true }).count(), 0);
  await assert_accessible(page, "import with problems");
  await screenshot(page, "senders-import");
  assert.deepEqual(await entries(page, "blocked"), []);

  await dialog.getByLabel("Or paste its lines here").fill(good);
  await dialog.getByRole("button", { name: "Check" }).click();
  await dialog.getByText("2 entries are new").waitFor();
  assert.deepEqual(await entries(page, "blocked"), []);
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  await entry_row(page, `spam@${mark}`).waitFor();
  assert.deepEqual(await entries(page, "permitted"), [`${mark}.example.net`]);

  const exported = async (name) => {
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Import or export" }).click();
    await page.getByRole("menuitem", { name }).click();
    const got = await coming;
    assert.match(got.suggestedFilename(), /\.csv$/);
    return readFileSync(await got.path(), "utf8");
  };
  const all = await exported("Export all lists");
  assert.match(all, new RegExp(`^permitted,${mark}\\.example\\.net,`, "m"));
  const one = await exported("Export this list");
  assert.match(one, new RegExp(`^blocked,spam@${mark}\\.example,`, "m"));
  assert.doesNotMatch(one, /^permitted,/m);
  await tidy_up(page);
  check();
});

test("Who acts for a mailbox manages its senders too, and only its", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders" });
  const { body: person } = await api(page, "GET", "/session");
  const [mailbox] = person.acts_for ?? [];
  if (!mailbox) return t.skip("needs a person who acts for a mailbox");
  const entry = `shared@${mark}.example`;
  await page.getByLabel("Lists of").selectOption(mailbox);
  await page.getByLabel("Block senders").fill(entry);
  await page.getByText("One entry is ready").waitFor();
  await page.keyboard.press("Enter");
  await entry_row(page, entry).waitFor();
  assert.deepEqual(await entries(page, "blocked"), []);
  await page.reload();
  await entry_row(page, entry).waitFor();
  await page.getByRole("button", { name: new RegExp(`^Remove .*${entry}`) }).click();
  await entry_row(page, entry).waitFor({ state: "detached" });
  check();
});

test("A session that ends while one types costs nothing but a new sign-in", async (t) => {
  const { page, expect_error, check } = await open_page(t);
  expect_error(refused(401));
  await sign_in(page, settings, "/senders");
  const entry = `later@${mark}.example.net`;
  await page.getByLabel("Block senders").fill(entry);
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  await dialog.waitFor();
  await screenshot(page, "session-ended");
  await dialog.locator("input[name=password]").fill(settings.password);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("Block senders").inputValue(), entry);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await entry_row(page, entry).waitFor();
  await tidy_up(page);
  check();
});

for (const [device, viewport, scheme] of [
  ["phone", phone, "dark"],
  ["desk", desktop, "light"],
]) {
  test(`Managed senders are accessible (${device}, ${scheme})`, async (t) => {
    const { page, check } = await signed_in(t, { viewport, scheme, path: "/senders?list=permitted" });
    await page.locator(".entry, .empty").first().waitFor();
    await page.getByLabel("Permit senders").fill(`wrong@@ com fine@${mark}.example`);
    await lines(page, 3);
    const box = page.locator(".entry input[type=checkbox]").first();
    if ((await box.count()) > 0) await box.check();
    await assert_accessible(page, "permitted");
    await assert_no_sideways_scroll(page, "permitted");
    await screenshot(page, `senders-checked-${device}-${scheme}`);
    const mover = page.locator(".entry [aria-haspopup=menu]").first();
    if ((await mover.count()) > 0) {
      await mover.click();
      await page.getByRole("menu").waitFor();
      await assert_accessible(page, "menu");
      await page.keyboard.press("Escape");
    }
    check();
  });
}
