import assert from "node:assert/strict";
import { test } from "node:test";
import { api, holds_that, refused, row, rows_shown, screenshot, signed_in, until } from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

const decidable = (hold) => hold.may.release && hold.may.reject && hold.may.report && hold.may.manage_sender;

async function state_of(page, id) {
  const { body } = await api(page, "GET", `/holds/${id}`);
  return body.state;
}

/** Waits until the gateway says so: the page may show an act before or after. */
async function until_state(page, id, ...states) {
  await until(
    page,
    async ([which, wanted]) => wanted.includes((await (await fetch(`/api/v1/holds/${which}`)).json()).state),
    [id, states],
  );
}

const select = (page, id) => row(page, id).getByRole("checkbox").check();

async function undo(page, id) {
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Undone.").waitFor();
  await row(page, id).waitFor();
  assert.equal(await state_of(page, id), "held");
}

test("The list shows what the gateway holds, newest first", async (t) => {
  const { page, check } = await signed_in(t);
  await rows_shown(page);
  const { body } = await api(page, "GET", "/holds?scope=mine&limit=50");
  const shown = await page.locator("[data-hold]").evaluateAll((rows) => rows.map((each) => each.dataset.hold));
  assert.deepEqual(
    shown.slice(0, body.holds.length),
    body.holds.map((hold) => hold.id),
  );
  const times = body.holds.map((hold) => Date.parse(hold.received_at));
  assert.deepEqual(
    times,
    [...times].sort((one, other) => other - one),
  );
  assert.match(await page.locator(".list__count").innerText(), new RegExp(`(${body.total}|One) message`));
  check();
});

test("Search and filters ask the gateway, stay in the address, and can be taken back", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, (hold) => /[\p{L}]{5,}/u.test(hold.subject));
  if (!found) return;
  const [hold] = found;
  const word = /[\p{L}]{5,}/u.exec(hold.subject)[0];
  await page.getByRole("searchbox", { name: "Search mail" }).fill(word);
  await page.waitForURL((url) => url.searchParams.get("q") === word);
  await until(
    page,
    async (asked) => {
      const { holds } = await (await fetch(`/api/v1/holds?scope=mine&limit=50&q=${encodeURIComponent(asked)}`)).json();
      const shown = [...document.querySelectorAll("[data-hold]")].map((each) => each.dataset.hold);
      return JSON.stringify(shown) === JSON.stringify(holds.map((each) => each.id));
    },
    word,
  );
  assert.ok((await row(page, hold.id).count()) === 1);

  await page.getByRole("button", { name: "Clear search" }).click();
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByLabel("Reason", { exact: true }).fill(hold.reason);
  await page.waitForURL((url) => url.searchParams.get("reason") === hold.reason && !url.searchParams.has("q"));
  await until(
    page,
    (reason) => [...document.querySelectorAll("[data-hold] .reason")].every((each) => each.title.includes(reason)),
    hold.reason,
  );
  await page.reload();
  assert.equal(await page.getByLabel("Reason", { exact: true }).inputValue(), hold.reason);

  await page.getByLabel("Subject", { exact: true }).fill("there is surely no such subject");
  await page.getByText("Nothing matches").waitFor();
  await screenshot(page, "list-no-match");
  await page.getByRole("button", { name: "Clear all" }).click();
  await rows_shown(page);
  check();
});

test("The order can be turned round", async (t) => {
  const { page, check } = await signed_in(t);
  await rows_shown(page);
  await page.getByLabel("Sort").selectOption({ label: "Oldest first" });
  const { body } = await api(page, "GET", "/holds?scope=mine&sort=received_at&limit=1");
  await until(page, (id) => document.querySelector("[data-hold]")?.dataset.hold === id, body.holds[0].id);
  check();
});

test("A long list loads on as one goes down", async (t) => {
  const { page, check } = await signed_in(t);
  await rows_shown(page);
  const { body } = await api(page, "GET", "/holds?scope=mine&limit=50");
  if (!body.next) return t.skip("needs more than one page of holds");
  await page.locator("[data-hold]").last().scrollIntoViewIfNeeded();
  await until(page, () => document.querySelectorAll("[data-hold]").length > 50);
  const ids = await page.locator("[data-hold]").evaluateAll((rows) => rows.map((each) => each.dataset.hold));
  assert.equal(new Set(ids).size, ids.length);
  check();
});

test("Release takes the mail out of the list, and Undo brings it back to its place", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, decidable);
  if (!found) return;
  await rows_shown(page);
  const [{ id }] = found;
  const before = await page.locator("[data-hold]").evaluateAll((rows) => rows.map((each) => each.dataset.hold));
  await select(page, id);
  await page.getByRole("button", { name: "Release", exact: true }).first().waitFor();
  await page.locator(".list__actions").getByRole("button", { name: "Release", exact: true }).click();
  await row(page, id).waitFor({ state: "detached" });
  await page
    .getByRole("status")
    .getByText(/Released/)
    .waitFor();
  await until_state(page, id, "released", "delivered");
  await screenshot(page, "list-released");
  await undo(page, id);
  const after = await page.locator("[data-hold]").evaluateAll((rows) => rows.map((each) => each.dataset.hold));
  assert.deepEqual(after.slice(0, before.length), before);
  check();
});

test("Release and permit the sender: the sender stands on the list, and Undo takes it off again", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, (hold) => decidable(hold) && hold.header_from.address.includes("@"));
  if (!found) return;
  await rows_shown(page);
  const [{ id, header_from }] = found;
  const entry = header_from.address.toLowerCase();
  const permitted = async () => {
    const { body } = await api(page, "GET", `/senders?list=permitted&q=${encodeURIComponent(entry)}`);
    return body.entries.some((each) => each.entry === entry);
  };
  const stood_before = await permitted();
  await select(page, id);
  await page.getByRole("button", { name: "More ways to release" }).click();
  await page.getByRole("menuitem", { name: "Release and permit the sender" }).click();
  await row(page, id).waitFor({ state: "detached" });
  await until_state(page, id, "released", "delivered");
  assert.equal(await permitted(), true);
  await undo(page, id);
  assert.equal(await permitted(), stood_before);
  check();
});

test("Reject and Block end the hold, and can be undone", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, (hold) => decidable(hold) && hold.header_from.address.includes("@"), {
    at_least: 2,
  });
  if (!found) return;
  await rows_shown(page);
  const [one, other] = found;
  await select(page, one.id);
  await page.locator(".list__actions").getByRole("button", { name: "Reject", exact: true }).click();
  await row(page, one.id).waitFor({ state: "detached" });
  await until_state(page, one.id, "rejected");
  await undo(page, one.id);

  await select(page, other.id);
  await page.locator(".list__actions").getByRole("button", { name: "Block" }).click();
  await page.getByRole("menuitem", { name: "Block the sender" }).click();
  await row(page, other.id).waitFor({ state: "detached" });
  await until_state(page, other.id, "rejected");
  const { body } = await api(page, "GET", "/senders?list=blocked");
  assert.ok(body.entries.some((each) => each.entry === other.header_from.address.toLowerCase()));
  await page.getByRole("button", { name: "Undo" }).last().click();
  await until_state(page, other.id, "held");
  check();
});

test("Report asks first: Cancel changes nothing, Report does", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, decidable, { at_least: 3 });
  if (!found) return;
  await rows_shown(page);
  // A report cannot be undone: not one of the newest, which other cases look at.
  const { id } = found.slice(0, 30).at(-1);
  await select(page, id);
  const report = async () => {
    await page.locator(".list__actions").getByRole("button", { name: "Report" }).click();
    await page.getByRole("menuitem", { name: "As phishing…" }).click();
    const dialog = page.getByRole("alertdialog", { name: "Report this message as phishing?" });
    await dialog.waitFor();
    return dialog;
  };
  const first = await report();
  await screenshot(page, "report-confirm");
  await first.getByRole("button", { name: "Cancel" }).click();
  await first.waitFor({ state: "detached" });
  assert.equal(await state_of(page, id), "held");
  assert.equal(await row(page, id).getByRole("checkbox").isChecked(), true);

  await (await report()).getByRole("button", { name: "Report" }).click();
  await row(page, id).waitFor({ state: "detached" });
  await until_state(page, id, "reported");
  check();
});

test("All that match can be selected, and acting on them asks first", async (t) => {
  const { page, check } = await signed_in(t);
  const { body } = await api(page, "GET", "/holds?scope=mine&limit=50");
  if (!body.next) return t.skip("needs more than one page of holds");
  await rows_shown(page);
  await page.getByRole("checkbox", { name: "Select all shown" }).check();
  await page.getByRole("button", { name: /^Select all .*that match$/ }).click();
  await page.getByText(/^All .* that match are selected$/).waitFor();
  await page.locator(".list__actions").getByRole("button", { name: "Reject", exact: true }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  const after = await api(page, "GET", "/holds?scope=mine&limit=50");
  assert.equal(after.body.total, body.total);
  check();
});

test("While the gateway cannot be reached, the list and the selection stay and the trouble is said", async (t) => {
  const { page, expect_error, check } = await signed_in(t);
  const found = await holds_that(t, page, decidable);
  if (!found) return;
  expect_error(/ERR_CONNECTION|ERR_FAILED|ERR_INTERNET/);
  await rows_shown(page);
  const [{ id }] = found;
  await select(page, id);
  await page.route("**/api/v1/holds/act", (route) => route.abort("connectionrefused"));
  await page.locator(".list__actions").getByRole("button", { name: "Release", exact: true }).click();
  await page.getByRole("alert").getByText("does not answer").waitFor();
  assert.equal(await row(page, id).getByRole("checkbox").isChecked(), true);
  assert.equal(await state_of(page, id), "held");
  check();
});

test("What another has decided meanwhile is told as that, not as a failure of the page", async (t) => {
  const { page, check, expect_error } = await signed_in(t);
  expect_error(refused("40[49]"));
  const found = await holds_that(t, page, decidable);
  if (!found) return;
  await rows_shown(page);
  const [{ id }] = found;
  await select(page, id);
  const { body } = await api(page, "POST", "/holds/act", { action: "reject", ids: [id] });
  await page.locator(".list__actions").getByRole("button", { name: "Release", exact: true }).click();
  await page.locator(".toast--problem").waitFor();
  assert.equal(await state_of(page, id), "rejected");
  assert.equal((await api(page, "POST", "/undo", { undo: body.undo })).status, 200);
  check();
});

/** As if the person came back to the tab. */
const come_back = (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

test("New mail waits in a notice and moves no row until it is asked for", async (t) => {
  const { page, check } = await signed_in(t, { path: "/senders" });
  const { body } = await api(page, "GET", "/holds?scope=mine&limit=50");
  if (body.holds.length < 6) return t.skip("needs a few holds");
  const [one, two] = body.holds;
  const lists = /\/api\/v1\/holds\?scope=mine/;
  await page.route(lists, (route) =>
    route.fulfill({
      json: { ...body, holds: body.holds.slice(2), total: body.total - 2 },
      headers: { etag: '"before"' },
    }),
  );
  await page.goto("/on-hold");
  await rows_shown(page);
  await page.unroute(lists);
  const third = await row(page, body.holds[2].id).boundingBox();
  await come_back(page);
  const news = page.getByRole("button", { name: "Show 2 new messages" });
  await news.waitFor();
  assert.equal((await row(page, body.holds[2].id).boundingBox()).y, third.y);
  assert.equal(await row(page, one.id).count(), 0);
  await screenshot(page, "list-news");
  await news.click();
  await row(page, two.id).waitFor();
  await until(page, (id) => document.activeElement?.closest("[data-hold]")?.dataset.hold === id, one.id);
  const shown = await page.locator("[data-hold]").evaluateAll((rows) => rows.map((each) => each.dataset.hold));
  assert.deepEqual(
    shown.slice(0, 6),
    body.holds.slice(0, 6).map((hold) => hold.id),
  );
  assert.equal(await news.count(), 0);
  check();
});

test("To look for news costs a 304 while there is none", async (t) => {
  const { page, check } = await signed_in(t);
  await rows_shown(page);
  const answered = page.waitForResponse((response) => /\/holds\?scope=mine/.test(response.url()));
  await come_back(page);
  assert.equal((await answered).status(), 304);
  check();
});

test("What somebody else decides is said in its row, which stays where it is", async (t) => {
  if (!settings.administrator) return t.skip("needs an administrator");
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, decidable, { at_least: 3 });
  if (!found) return;
  await rows_shown(page);
  const { id } = found[1];
  const at = await row(page, id).boundingBox();
  const other = await signed_in(t, { person: settings.administrator, path: "/all-holds" });
  const { body } = await api(other.page, "POST", "/holds/act", { action: "reject", ids: [id] });
  await come_back(page);
  await row(page, id).getByText("Rejected").waitFor();
  assert.ok((await row(page, id).innerText()).includes(settings.administrator.address));
  assert.equal(await row(page, id).getByRole("checkbox").isDisabled(), true);
  assert.deepEqual(await row(page, id).boundingBox(), at);
  await screenshot(page, "list-decided-by-other");

  // And whoever acts on it from an older view is told who was faster.
  assert.equal((await api(other.page, "POST", "/undo", { undo: body.undo })).status, 200);
  await page.reload();
  await select(page, id);
  const again = await api(other.page, "POST", "/holds/act", { action: "reject", ids: [id] });
  await page.locator(".list__actions").getByRole("button", { name: "Release", exact: true }).click();
  await page.getByRole("alert").getByText("has already rejected this").waitFor();
  await row(page, id).getByText("Rejected").waitFor();
  assert.equal((await api(other.page, "POST", "/undo", { undo: again.body.undo })).status, 200);
  check();
});

test("A mailbox of several people is named on its mail, and can be looked at alone", async (t) => {
  const { page, check } = await signed_in(t);
  const { body: person } = await api(page, "GET", "/session");
  const [mailbox] = person.acts_for ?? [];
  if (!mailbox) return t.skip("needs somebody who acts for a mailbox");
  const found = await holds_that(t, page, (hold) => hold.mailbox === mailbox);
  if (!found) return;
  await rows_shown(page);
  await row(page, found[0].id).getByText(`for ${mailbox}`).waitFor();
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByLabel("Mailbox", { exact: true }).selectOption(mailbox);
  await page.waitForURL((url) => url.searchParams.get("owner") === mailbox);
  await page.getByText(found.length === 1 ? "One message" : `${found.length} messages`, { exact: true }).waitFor();
  assert.equal(await page.locator(".row__mailbox").count(), await page.locator("[data-hold]").count());
  check();
});

test("Of a long list only what is near the screen is in the document, and the selection stays", async (t) => {
  const { page, check } = await signed_in(t);
  const { body } = await api(page, "GET", "/holds?scope=mine&limit=200");
  if (body.holds.length < 120) return t.skip("needs a long list");
  await rows_shown(page);
  const [first] = body.holds.filter(decidable);
  await select(page, first.id);
  // A row that has the focus stays, wherever one scrolls.
  await page.locator("h1").focus();
  await until(page, () => {
    scrollTo(0, document.documentElement.scrollHeight);
    return document.querySelector(".list__end .button") === null;
  });
  const last = body.holds.at(-1).id;
  await row(page, last).waitFor();
  await row(page, first.id).waitFor({ state: "detached" });
  assert.ok((await page.locator("[data-hold]").count()) < body.holds.length);
  await page.getByText("One selected").waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  assert.equal(await row(page, first.id).getByRole("checkbox").isChecked(), true);
  // A message in the middle of it, and back: the list stands where it stood.
  await page.getByRole("button", { name: "Clear selection" }).click();
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await row(page, last).getByRole("link").click();
  await page.locator(".message").waitFor();
  await page.goBack();
  await row(page, last).waitFor();
  await until(page, (id) => document.activeElement?.closest("[data-hold]")?.dataset.hold === id, last);
  check();
});

test("A notice says what becomes of the sender's next mail, and how long it can be undone", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, (hold) => decidable(hold) && hold.header_from.address.includes("@"));
  if (!found) return;
  await rows_shown(page);
  const [{ id, header_from }] = found;
  const domain = header_from.address.split("@")[1].toLowerCase();
  const sentences = [
    [
      "Release",
      null,
      `Released one message; the next mail from ⁨${header_from.address.toLowerCase()}⁩ is checked as usual.`,
    ],
    [
      "Reject",
      "Reject and block the domain",
      `Rejected one message; from now on mail from everyone at ⁨${domain}⁩ is refused.`,
    ],
  ];
  for (const [action, variant, sentence] of sentences) {
    await select(page, id);
    const actions = page.locator(".list__actions");
    if (variant) {
      await actions.getByRole("button", { name: `More ways to ${action.toLowerCase()}` }).click();
      await page.getByRole("menuitem", { name: variant }).click();
    } else await actions.getByRole("button", { name: action, exact: true }).click();
    await page.getByRole("status").getByText(sentence).waitFor();
    const seconds = async () => Number(await page.locator(".countdown__number").innerText());
    const left = await seconds();
    assert.ok(left > 0 && left <= 10);
    await until(page, (before) => Number(document.querySelector(".countdown__number")?.textContent) < before, left);
    await undo(page, id);
    await page.getByRole("button", { name: "Dismiss" }).last().click();
  }
  check();
});

test("While the pointer rests on a notice it stays, but no longer offers what can no longer be had", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, decidable);
  if (!found) return;
  // It stays decided; among the many that are alike nobody misses it.
  const { id } = found[Math.min(20, found.length - 1)];
  await page.clock.install();
  await page.goto("/on-hold");
  await rows_shown(page);
  await select(page, id);
  await page.locator(".list__actions").getByRole("button", { name: "Reject", exact: true }).click();
  const notice = page.locator(".toast--done");
  await notice.hover();
  // The gateway's clock goes on as it does; only the page's is turned forward.
  await page.clock.fastForward(11_000);
  await page.locator(".toast__undo").waitFor({ state: "detached" });
  assert.equal(await notice.count(), 1);
  await page.mouse.move(640, 10);
  await page.clock.fastForward(4_000);
  await notice.waitFor({ state: "detached" });
  assert.equal(await state_of(page, id), "rejected");
  check();
});
