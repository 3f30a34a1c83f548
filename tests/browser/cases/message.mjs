import assert from "node:assert/strict";
import { test } from "node:test";
import {
  api,
  assert_accessible,
  assert_no_sideways_scroll,
  holds_that,
  phone,
  row,
  rows_shown,
  screenshot,
  signed_in,
  until,
} from "../lib/browser.mjs";

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

test("After a decision the next message comes up, and the last one leads back to the list", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, (hold) => hold.may.release, { at_least: 2 });
  if (!found) return;
  await rows_shown(page);
  const ids = await page.locator("[data-hold]").evaluateAll((rows) => rows.map((each) => each.dataset.hold));
  const { id } = found.find((hold) => ids.indexOf(hold.id) < ids.length - 1);
  const next = ids[ids.indexOf(id) + 1];
  await row(page, id).getByRole("link").click();
  await page.locator(".message__actions").getByRole("button", { name: "Release", exact: true }).click();
  await page.waitForURL((url) => url.pathname.endsWith(next));
  await page.locator(".message").waitFor();
  await until(page, () => document.activeElement?.tagName === "H1");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Undone.").waitFor();
  assert.equal((await detail_of(page, id)).state, "held");
  await page.keyboard.press("u");
  await row(page, id).waitFor();

  // Come from outside, there is no next one.
  await page.goto(`/on-hold/${id}`);
  await page.locator(".message__actions").getByRole("button", { name: "Reject", exact: true }).click();
  await page.getByRole("heading", { name: "On hold", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await row(page, id).waitFor();
  assert.equal((await detail_of(page, id)).state, "held");
  check();
});

test("Links are listed with their true target, as text to copy and nothing to follow", async (t) => {
  const { page, check } = await signed_in(t);
  const hold = await detailed(t, page, (each) => each.links?.length > 0, "with links");
  if (!hold) return;
  await page.goto(`/on-hold/${hold.id}`);
  const title = page.getByRole("heading", {
    name: hold.links.length === 1 ? "One link" : `${hold.links.length} links`,
  });
  await title.waitFor();
  const differs = hold.links.some((link) => link.differs);
  assert.equal(await page.locator(".links").isVisible(), differs, "open by itself only if a text lies");
  if (!differs) await title.click();
  const shown = await page.locator(".link__url").allInnerTexts();
  assert.deepEqual(
    shown,
    hold.links.map((link) => link.url),
  );
  assert.equal(
    await page.getByText("The text names another address").count(),
    hold.links.filter((link) => link.differs).length,
  );
  assert.equal(await page.locator(".message a[href]:not([download])").count(), 0);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the address of link 1", exact: true }).click();
  await page.getByText("Copied.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), hold.links[0].url);
  check();
});

test("A name that imitates one of our people is warned of before anything else is read", async (t) => {
  const { page, check } = await signed_in(t);
  const hold = await detailed(t, page, (each) => each.looks_like, "that imitates somebody");
  if (!hold) return;
  await page.goto(`/on-hold/${hold.id}`);
  const note = page.getByRole("note");
  await note.waitFor();
  const said = await note.innerText();
  assert.ok(said.includes(hold.looks_like.address) && said.includes(hold.header_from.address));
  const above = await page.evaluate(() => {
    const top = (what) => document.querySelector(what).getBoundingClientRect().top;
    return top(".looks") < top(".why") && top(".why") < top(".body");
  });
  assert.ok(above);
  await assert_accessible(page, "a message that imitates somebody");
  await screenshot(page, "message-looks-like");
  check();
});

test("The mail's own pictures are shown without a risk, and nothing else is loaded with them", async (t) => {
  const { page, foreign, expect_error, check } = await signed_in(t);
  expect_error(/sandboxed|Content Security Policy|ERR_BLOCKED/);
  const hold = await detailed(t, page, (each) => each.inline_images > 0 && each.has_remote_images, "with both kinds");
  if (!hold) return;
  await page.goto(`/on-hold/${hold.id}`);
  await page.getByRole("radio", { name: "Formatted" }).check();
  await page.getByText(`They would come from ${hold.remote_image_hosts[0]}`).waitFor();
  const answered = page.waitForResponse((response) => response.url().includes("inline=1"));
  await page.getByRole("button", { name: "Show them" }).click();
  assert.match((await answered).url(), /images=0/);
  await page.getByText("own pictures are shown").waitFor();
  const inside = await (await page.locator("iframe").elementHandle()).contentFrame();
  await inside.waitForLoadState();
  assert.ok((await inside.locator('img[src^="data:image/"]').count()) > 0);
  await page.getByRole("button", { name: "Load images once" }).waitFor();
  assert.deepEqual(foreign, []);
  check();
});

test("What sender authentication found is said in words, pass or fail", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, () => true);
  if (!found) return;
  const [first] = found;
  const authentication = { spf: "pass", dkim: "fail", dmarc: "temperror", from: "news@example.net" };
  const detail = await detail_of(page, first.id);
  await page.route(`**/api/v1/holds/${first.id}`, (route) => route.fulfill({ json: { ...detail, authentication } }));
  await page.goto(`/on-hold/${first.id}`);
  await page.getByText("Sending server (SPF): passed").waitFor();
  await page.getByText("Signature (DKIM): failed").waitFor();
  await page.getByText("From address (DMARC): temperror").waitFor();
  await assert_accessible(page, "authentication results");
  check();
});

test("On paper everything is unfolded and nothing is there to press", async (t) => {
  const { page, check } = await signed_in(t);
  const found = await holds_that(t, page, (hold) => hold.may.release);
  if (!found) return;
  await page.goto(`/on-hold/${found[0].id}`);
  await page.locator(".message__actions").waitFor();
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal(await page.locator(".headers").isVisible(), true);
  for (const hidden of [".shell__wall", ".message__actions", ".crumbs"])
    assert.equal(await page.locator(hidden).isVisible(), false, hidden);
  await screenshot(page, "message-print");
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.equal(await page.locator(".headers").isVisible(), false);
  check();
});

test("A message reads well on a phone, by night and in German", async (t) => {
  for (const options of [{ viewport: phone }, { scheme: "dark", language: "de-DE" }]) {
    const { page, check } = await signed_in(t, options);
    const hold = await detailed(t, page, (each) => each.links?.length > 1 && each.may.release, "with links");
    if (!hold) return;
    await page.goto(`/on-hold/${hold.id}`);
    await page.locator(".why").waitFor();
    await page.evaluate(() => {
      for (const each of document.querySelectorAll(".message details")) each.open = true;
    });
    await assert_accessible(page, "a message");
    await assert_no_sideways_scroll(page, "a message");
    await screenshot(page, options.viewport ? "message-phone" : "message-german-dark");
    check();
  }
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
