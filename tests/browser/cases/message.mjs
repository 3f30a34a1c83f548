import assert from "node:assert/strict";
import { test } from "node:test";
import { api, holds_that, row, rows_shown, screenshot, signed_in, until } from "../lib/browser.mjs";

async function detail_of(page, id) {
  return (await api(page, "GET", `/holds/${id}`)).body;
}

/** The first hold whose details fit; they are not in the list. */
async function detailed(t, page, fits, what) {
  const holds = await holds_that(t, page, () => true);
  if (!holds) return null;
  for (const { id } of holds.slice(0, 60)) {
    const hold = await detail_of(page, id);
    if (fits(hold)) return hold;
  }
  // Asked in this form so that complete data without such a mail fails.
  await holds_that(t, page, () => false);
  t.diagnostic(`no hold ${what}`);
  return null;
}

test("Markup in a subject is text in the list and in the message, and nothing of it runs", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, (hold) => /<\w+[^>]*on\w+=/.test(hold.subject));
  if (!found) return;
  const [{ id, subject }] = found;
  await page.getByRole("searchbox", { name: "Search mail" }).fill("onerror");
  await row(page, id).waitFor();
  assert.ok((await row(page, id).innerText()).includes(subject.trim()));
  await row(page, id).getByRole("link").click();
  await page.locator("h1", { hasText: subject.trim() }).waitFor();
  assert.ok((await page.title()).includes(subject.trim()));
  await page.getByText("All header fields").click();
  await page.getByText("How this was decided").click();
  await screenshot(page, "message-hostile");
  // Nothing of the mail became an element of the page.
  assert.equal(await page.locator("#app img, #app script, #app b, #app form[action]").count(), 0);
  check();
});

test("A file name cannot turn its own letters round", async (t) => {
  const { page, check } = await signed_in(t);
  // Some gateways hand the marks on, others leave them out; "gpj" is what they would have turned into "jpg".
  const turned = /[\u202a-\u202e]|fdp|gpj/;
  const hold = await detailed(
    t,
    page,
    (each) => each.parts.some((part) => turned.test(part.name)),
    "with a turned name",
  );
  if (!hold) return;
  await page.goto(`/on-hold/${hold.id}`);
  await page.locator(".part__name").first().waitFor();
  const names = await page.locator(".part__name").allInnerTexts();
  assert.equal(names.length, hold.parts.length);
  assert.ok(!names.some((name) => /[\u202a-\u202e]/.test(name)));
  assert.equal(
    names.some((name) => name.includes("\ufffd")),
    hold.parts.some((part) => /[\u202a-\u202e]/.test(part.name)),
  );
  check();
});

test("The message says why it is held, with every step", async (t) => {
  const { page, check } = await signed_in(t);
  await rows_shown(page);
  const { body } = await api(page, "GET", "/holds?scope=mine&limit=1");
  const hold = await detail_of(page, body.holds[0].id);
  await page.locator(".row__link").first().click();
  await page.getByRole("heading", { name: "Why it is held" }).waitFor();
  await page.locator(".why__summary", { hasText: hold.why.summary }).waitFor();
  if (hold.why.trace.length > 0) {
    await page.getByText("How this was decided").click();
    assert.equal(await page.locator(".trace li").count(), hold.why.trace.length);
  }
  await page.getByText("All header fields").click();
  assert.equal(await page.locator(".headers__field").count(), hold.headers.length);
  check();
});

test("HTML is shown in a frame that may do nothing, and no request leaves for its images", async (t) => {
  const { page, foreign, check, expect_error } = await signed_in(t);
  expect_error(/sandboxed|Content Security Policy|ERR_BLOCKED/);
  const hold = await detailed(t, page, (each) => each.has_html && each.has_remote_images, "with remote images");
  if (!hold) return;
  await page.goto(`/on-hold/${hold.id}`);
  await page.getByRole("heading", { name: "Why it is held" }).waitFor();
  // Text is the default: nothing of the HTML is even asked for.
  assert.equal(await page.locator("iframe").count(), 0);
  const answered = page.waitForResponse((response) => response.url().includes(`/holds/${hold.id}/html`));
  await page.getByRole("radio", { name: "Formatted" }).check();
  const response = await answered;
  assert.equal(response.status(), 200);
  assert.match(response.url(), /images=0/);
  const policy = response.headers()["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /sandbox/);
  assert.doesNotMatch(policy, /script-src|allow-/);

  const frame = page.locator("iframe");
  assert.equal(await frame.getAttribute("sandbox"), "");
  const inside = await (await frame.elementHandle()).contentFrame();
  await inside.waitForLoadState();
  assert.ok((await inside.locator("body").innerText()).trim().length > 0);
  await screenshot(page, "message-html");
  assert.deepEqual(foreign, []);
  check();
});

test("Images are loaded only when asked for, once, and the risk is said", async (t) => {
  const { page, foreign, expect_error } = await signed_in(t);
  expect_error(/./);
  const hold = await detailed(t, page, (each) => each.has_html && each.has_remote_images, "with remote images");
  if (!hold) return;
  await page.goto(`/on-hold/${hold.id}`);
  await page.getByRole("radio", { name: "Formatted" }).check();
  await page.getByText("tells the sender that you opened").waitFor();
  assert.deepEqual(foreign, []);
  const answered = page.waitForResponse((response) => response.url().includes("images=1"));
  await page.getByRole("button", { name: "Load images once" }).click();
  await answered;
  await page.getByText("this time only").waitFor();
  // Once: after a reload they are off again.
  await page.reload();
  await page.getByRole("radio", { name: "Formatted" }).check();
  await page.getByRole("button", { name: "Load images once" }).waitFor();
  assert.match(await page.locator("iframe").getAttribute("src"), /images=0/);
});

test("Releasing from the message goes back to the list, and can be undone there", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, (hold) => hold.may.release);
  if (!found) return;
  await rows_shown(page);
  const [{ id }] = found;
  await row(page, id).getByRole("link").click();
  await page.locator(".message__actions").getByRole("button", { name: "Release", exact: true }).click();
  await page.getByRole("heading", { name: "On hold", level: 1 }).waitFor();
  await row(page, id).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await row(page, id).waitFor();
  assert.equal((await detail_of(page, id)).state, "held");
  check();
});

test("Going back finds the list where it stood, with the focus on the message that was open", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, () => true, { at_least: 4 });
  if (!found) return;
  await rows_shown(page);
  await row(page, found[3].id).getByRole("link").click();
  await page.locator(".message").waitFor();
  await page.goBack();
  await row(page, found[3].id).waitFor();
  await until(page, (id) => document.activeElement?.closest("[data-hold]")?.dataset.hold === id, found[3].id);
  check();
});

test("A message that is not there is told as that", async (t) => {
  const { page, expect_error, check } = await signed_in(t);
  expect_error(/status of 404/);
  await page.goto("/on-hold/no-such-hold-here");
  await page.getByText("no longer here").waitFor();
  check();
});
