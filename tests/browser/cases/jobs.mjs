import assert from "node:assert/strict";
import { test } from "node:test";
import {
  api,
  assert_accessible,
  assert_no_sideways_scroll,
  phone,
  refused,
  row,
  rows_shown,
  screenshot,
  signed_in,
  until,
} from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

const banner = (page) => page.getByRole("region", { name: "Change to many messages" });

/** More than one page of mail is what a job is for; with less, the case is skipped. */
async function many(t, page) {
  const { body } = await api(page, "GET", "/holds?scope=mine&limit=50");
  if (body.next) return body.total;
  t.skip("needs more than one page of holds");
  return null;
}

/** Jobs of the program end before anybody can look; only the mock takes its time. */
const slow = !settings.smtp;

async function select_all_that_match(page, filter = "") {
  await page.goto(`/on-hold${filter}`);
  await rows_shown(page);
  await page.getByRole("checkbox", { name: "Select all shown" }).check();
  await page.getByRole("button", { name: /^Select all .*that match$/ }).click();
}

async function start(page, action, filter) {
  await select_all_that_match(page, filter);
  await page.locator(".list__actions").getByRole("button", { name: action, exact: true }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.waitFor();
  return dialog;
}

const total_held = async (page) => (await api(page, "GET", "/holds?scope=mine&limit=1")).body.total;

async function undo(page, before) {
  await banner(page).getByRole("button", { name: "Undo" }).click();
  await banner(page).getByText("is on hold again").waitFor();
  assert.equal(await total_held(page), before);
  await banner(page).getByRole("button", { name: "Dismiss" }).click();
  await banner(page).waitFor({ state: "detached" });
}

test("What matches is released as one job, with its number asked first, its result said, and undone", async (t) => {
  const { page, check } = await signed_in(t);
  const before = await many(t, page);
  if (!before) return;
  const { body } = await api(page, "GET", "/holds?scope=mine&from=example&limit=1");
  const dialog = await start(page, "Release", "?from=example");
  await dialog.getByRole("heading", { name: `Release all ${body.total} messages that match?` }).waitFor();
  await dialog.getByText("a sender with “⁨example⁩”").waitFor();
  await assert_accessible(page, "the question before a job");
  await screenshot(page, "job-confirm");
  const sent = page.waitForRequest((request) => request.url().endsWith("/holds/act"));
  await dialog.getByRole("button", { name: "Release" }).click();
  const request = await sent;
  assert.match((await request.allHeaders())["idempotency-key"] ?? "", /^[\x21-\x7e]{16,200}$/);
  const { match, ids } = request.postDataJSON();
  assert.equal(match.from, "example");
  assert.equal(ids, undefined);

  await banner(page)
    .getByText(/^Released \d+ messages; what these senders send next is checked as usual\.$/)
    .waitFor();
  assert.ok((await total_held(page)) < before);
  await screenshot(page, "job-done");
  await undo(page, before);
  check();
});

test("A running job shows its numbers, is said now and then, and blocks nobody's view", async (t) => {
  if (!slow) return t.skip("the program is too fast to watch");
  for (const options of [{}, { viewport: phone, scheme: "dark" }]) {
    const { page, check } = await signed_in(t, options);
    const before = await many(t, page);
    if (!before) return;
    await select_all_that_match(page);
    const release = page.locator(".list__actions").getByRole("button", { name: "Release" }).first();
    await release.click();
    if (options.viewport) await page.getByRole("menuitem", { name: "Release", exact: true }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Release" }).click();
    const bar = page.getByRole("progressbar", { name: "Releasing all that match" });
    await bar.waitFor();
    assert.match(await bar.getAttribute("aria-valuetext"), new RegExp(`^\\d+ of ${before}$`));
    await until(page, () => document.querySelector(".job__bar")?.value > 0);
    await assert_accessible(page, "a running job");
    await assert_no_sideways_scroll(page, "a running job");
    await screenshot(page, options.viewport ? "job-running-phone-dark" : "job-running");
    await banner(page).getByRole("button", { name: "Undo" }).waitFor();
    await assert_accessible(page, "a job that has ended");
    await undo(page, before);
    check();
  }
});

test("A job goes on without its page, is found again after a reload, and can be stopped", async (t) => {
  if (!slow) return t.skip("the program is too fast to watch");
  const { page, check } = await signed_in(t);
  const before = await many(t, page);
  if (!before) return;
  await (await start(page, "Reject")).getByRole("button", { name: "Reject" }).click();
  await page.getByRole("progressbar").waitFor();
  await page.reload();
  await page.getByRole("progressbar").waitFor();
  await banner(page).getByRole("button", { name: "Stop" }).click();
  await banner(page)
    .getByText(/^Stopped after \d+ of \d+/)
    .waitFor();
  const left = await total_held(page);
  assert.ok(left > 0 && left < before);
  // Still there after another reload, as long as it can be undone.
  await page.reload();
  await banner(page)
    .getByText(/^Stopped after/)
    .waitFor();
  await undo(page, before);
  check();
});

test("A second job has to wait, and is told so with the first one in view", async (t) => {
  if (!slow) return t.skip("the program is too fast to watch");
  const { page, check, expect_error } = await signed_in(t);
  expect_error(refused(409));
  const before = await many(t, page);
  if (!before) return;
  const dialog = await start(page, "Release");
  // From another window, meanwhile.
  const all = { q: "", subject: "", from: "", to: "", reason: "", owner: "" };
  const { status } = await api(page, "POST", "/holds/act", { action: "reject", match: { scope: "mine", ...all } });
  assert.equal(status, 202);
  await dialog.getByRole("button", { name: "Release" }).click();
  await page.getByRole("alert").getByText("is still running").waitFor();
  await banner(page).getByText("Rejecting all that match").waitFor();
  await banner(page).getByRole("button", { name: "Undo" }).waitFor();
  await undo(page, before);
  check();
});

test("What a job could not change is counted and listed", async (t) => {
  const { page, check } = await signed_in(t);
  const before = await many(t, page);
  if (!before) return;
  const { body } = await api(page, "GET", "/holds?scope=mine&limit=200");
  const locked = body.holds.filter((hold) => !hold.may.reject).length;
  if (locked < 2) return t.skip("needs mail that only others may decide on");
  await (await start(page, "Reject")).getByRole("button", { name: "Reject" }).click();
  await banner(page).getByRole("button", { name: "Undo" }).waitFor();
  await banner(page).getByText(`${locked} messages could not be changed`).click();
  assert.ok((await banner(page).locator("li").count()) > 0);
  await undo(page, before);
  check();
});

test("While a job runs, a single message can still be decided", async (t) => {
  if (!slow) return t.skip("the program is too fast to watch");
  const { page, check } = await signed_in(t);
  const before = await many(t, page);
  if (!before) return;
  const { body } = await api(page, "GET", "/holds?scope=mine&sort=received_at&limit=200");
  const last = body.holds.filter((hold) => hold.may.reject && !/e/i.test(hold.subject))[0];
  await (await start(page, "Release", "?subject=e")).getByRole("button", { name: "Release" }).click();
  await page.getByRole("progressbar").waitFor();
  const { body: single } = await api(page, "POST", "/holds/act", { action: "reject", ids: [last.id] });
  assert.deepEqual(single.done, [last.id]);
  assert.equal((await api(page, "POST", "/undo", { undo: single.undo })).status, 200);
  await undo(page, before);
  assert.equal(await row(page, last.id).count(), 0);
  check();
});
