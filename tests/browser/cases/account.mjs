// The account page. What is set holds at once and at the gateway; each case puts back what it changed.
import assert from "node:assert/strict";
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

const everything = { language: "", time_zone: "", mode: "", digest_times: [], digest_days: [] };
const preferences = async (page) => (await api(page, "GET", "/account")).body.preferences;
const saved = (page) =>
  page
    .locator(".toast--done", { hasText: /Saved|Gespeichert/ })
    .first()
    .waitFor();

/** A case on the account page, which ends with all preferences as they were. */
function account_test(name, work, options = {}) {
  test(name, async (t) => {
    const opened = await signed_in(t, { path: "/account", ...options });
    const { page } = opened;
    await page.locator(".days__row").waitFor();
    try {
      await work({ t, ...opened });
    } finally {
      // Not through the page's own forms: what a case left half-way must not spoil the next one.
      assert.equal((await api(page, "PUT", "/account/preferences", everything)).status, 200);
    }
  });
}

account_test(
  "The times and days of the digest are set one by one, and the next digest is told",
  async ({ page, check }) => {
    const { body: account } = await api(page, "GET", "/account");
    assert.equal(await page.locator(".chip").count(), account.site.digest_times.length);
    await page.getByLabel("Another time").fill("05:45");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await saved(page);
    const with_new = [...account.site.digest_times, "05:45"].sort();
    assert.deepEqual((await preferences(page)).digest_times, with_new);
    await page.getByRole("button", { name: /^Remove 0?5:45/ }).click();
    await until(page, (count) => document.querySelectorAll(".chip").length === count, with_new.length - 1);
    const sunday = page.getByRole("checkbox", { name: "Sunday" });
    const was = await sunday.isChecked();
    await sunday.click();
    await until(
      page,
      (before) => document.querySelectorAll(".day input:checked").length !== before,
      account.site.digest_days.length,
    );
    assert.equal((await preferences(page)).digest_days.includes("sun"), !was);
    // Nobody has chosen a zone, so the times are the site's; the browser's own is offered where it is another.
    await page.getByText(`(${account.site.time_zone}).`).waitFor();
    const own_zone = page.getByRole("button", { name: "Go by the time of Europe/Berlin instead" });
    if (account.site.time_zone === "UTC") {
      await own_zone.click();
      await page.getByText("(Europe/Berlin).").waitFor();
      assert.equal((await preferences(page)).time_zone, "Europe/Berlin");
      await api(page, "PUT", "/account/preferences", { time_zone: "" });
    } else assert.equal(await own_zone.count(), 0);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("alert").getByText("Enter a time").waitFor();
    await page.getByRole("button", { name: "Back to what your administrator suggests" }).click();
    await page.getByRole("button", { name: "Back to what your administrator suggests" }).waitFor({ state: "detached" });
    assert.deepEqual((await preferences(page)).digest_times, []);
    check();
  },
);

account_test("A notice for each message, or nothing, instead of the digest", async ({ page, check }) => {
  await page.getByRole("radio", { name: /^A notice for each message/ }).check();
  await saved(page);
  assert.equal(await page.locator(".chip, .days__row").count(), 0);
  assert.equal((await preferences(page)).mode, "notice");
  await page.getByRole("link", { name: "Home", exact: true }).click();
  await page.getByText("You are told of each new message within a minute.").waitFor();
  await page.getByRole("link", { name: "Change this" }).click();
  await page.getByRole("radio", { name: /^Nothing/ }).check();
  await page.getByRole("link", { name: "Home", exact: true }).click();
  await page.getByText("You get no mail about new messages").waitFor();
  check();
});

account_test("The time zone is found by a part of its name, and every time is shown in it", async ({ page, check }) => {
  const zone = page.getByRole("combobox", { name: "Time zone" });
  assert.match(await zone.inputValue(), /^As this browser: Europe\/Berlin$/);
  const next = page.locator(".setting__fact time");
  const before = await next.innerText();
  await zone.focus();
  await page.keyboard.type("nowhere at all");
  await page.getByText("No time zone has this in its name.").waitFor();
  await zone.fill("tokyo");
  await page.getByRole("option", { name: /Asia\/Tokyo/ }).waitFor();
  await assert_accessible(page, "time zones");
  await screenshot(page, "account-time-zones");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await saved(page);
  assert.equal(await zone.inputValue(), "Asia/Tokyo");
  assert.equal((await preferences(page)).time_zone, "Asia/Tokyo");
  await page.getByText("Asia/Tokyo).").waitFor();
  await page.reload();
  await page.locator(".setting__fact").waitFor();
  const shown = await next.innerText();
  const at = await next.getAttribute("datetime");
  const in_zone = (name) =>
    new Intl.DateTimeFormat("en-GB", { hour: "numeric", minute: "2-digit", timeZone: name }).format(new Date(at));
  assert.ok(shown.includes(in_zone("Asia/Tokyo")), `${shown} is not ${in_zone("Asia/Tokyo")}`);
  assert.ok(before.length > 0);
  await zone.click();
  await page.keyboard.press("Escape");
  assert.equal(await zone.inputValue(), "Asia/Tokyo");
  check();
});

account_test("The language is kept with the person, and comes along to another browser", async ({ t, page, check }) => {
  await page.getByRole("combobox", { name: "Language" }).selectOption("de");
  await page.getByRole("heading", { name: "Konto", level: 1 }).waitFor();
  assert.equal((await preferences(page)).language, "de");
  const other = await signed_in(t, { path: "/account" });
  await other.page.getByRole("heading", { name: "Konto", level: 1 }).waitFor();
  await other.page.getByRole("combobox", { name: "Sprache" }).selectOption("");
  await other.page.getByRole("heading", { name: "Account", level: 1 }).waitFor();
  other.check();
  check();
});

account_test("A session elsewhere is seen here, and ended from here", async ({ t, page, check }) => {
  const elsewhere = await open_page(t);
  elsewhere.expect_error(refused(401));
  await sign_in(elsewhere.page, settings, "/");
  await elsewhere.page.locator(".glance").waitFor();
  await page.reload();
  const list = page.getByRole("list", { name: "Where you are signed in" });
  await list.getByText("this one").waitFor();
  const { body } = await api(page, "GET", "/account/sessions");
  const newest = body.sessions
    .filter((each) => !each.this)
    .sort((one, two) => two.started_at.localeCompare(one.started_at))[0];
  assert.equal(await list.getByRole("listitem").count(), body.sessions.length);
  const index = body.sessions.findIndex((each) => each.id === newest.id);
  await list.getByRole("listitem").nth(index).getByRole("button").click();
  await page.getByText("One session was ended.").waitFor();
  assert.ok(!(await api(page, "GET", "/account/sessions")).body.sessions.some((each) => each.id === newest.id));
  await elsewhere.page.getByRole("link", { name: "Rejected", exact: true }).click();
  await elsewhere.page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
  await page.locator(".shell__main h1").waitFor();
  elsewhere.check();
  check();
});

account_test(
  "The password changes only with the current one and by the rules, which are told while typing",
  async ({ page, check, expect_error }) => {
    expect_error(refused("4(03|22)"));
    const next = "a gate, a wall and a lantern";
    const current = page.locator("[name=current-password]");
    const wanted = page.locator("[name=new-password]");
    const met = page.locator(".rules-met__yes");
    await wanted.fill("short");
    assert.equal(await met.count(), 2);
    await wanted.fill(settings.address);
    await until(page, () => document.querySelectorAll(".rules-met__yes").length === 2);
    await wanted.fill(next);
    await until(page, () => document.querySelectorAll(".rules-met__yes").length === 3);
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Enter the password you have now.").waitFor();
    await until(page, () => document.activeElement?.getAttribute("name") === "current-password");
    await current.fill("not this one at all");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("The current password is not right.").waitFor();
    await current.fill(settings.password);
    await wanted.fill("password123456");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("This password is too easy to guess.").waitFor();
    await wanted.fill(next);
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Your password is changed.").waitFor();
    assert.equal(await current.inputValue(), "");
    const back = await api(page, "POST", "/account/password", { current: next, new: settings.password });
    assert.equal(back.status, 204);
    check();
  },
);

account_test("A token is made with what it may do, shown once, and revoked", async ({ page, check }) => {
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog", { name: "New token" });
  await dialog.getByRole("button", { name: "Make token" }).click();
  await dialog.getByText("Give the token a name.").waitFor();
  await dialog.getByLabel("Name").fill("Weekly <b>count</b>");
  await dialog.getByRole("button", { name: "Make token" }).click();
  await dialog.getByText("Choose at least one thing it may do.").waitFor();
  await dialog.getByRole("checkbox", { name: "see what is held" }).check();
  await dialog.getByLabel("It ends after").selectOption("30");
  await assert_accessible(page, "token form");
  await screenshot(page, "account-token");
  await dialog.getByRole("button", { name: "Make token" }).click();
  const made = page.getByRole("dialog", { name: "Your new token" });
  const token = await made.getByLabel("Token").inputValue();
  assert.match(token, /^pst_/);
  await assert_accessible(page, "new token");
  if (settings.smtp) {
    const authorization = `Bearer ${token}`;
    const held = await fetch(`${settings.url}/api/v1/holds?limit=1`, { headers: { authorization } });
    assert.equal(held.status, 200);
    const senders = await fetch(`${settings.url}/api/v1/senders?list=blocked`, { headers: { authorization } });
    assert.equal(senders.status, 403);
  }
  await made.getByRole("button", { name: "I have copied it" }).click();
  const row = page.locator(".thing", { hasText: "Weekly <b>count</b>" });
  await row.getByText("see what is held").waitFor();
  assert.equal(await page.getByText(token).count(), 0);
  await row.getByRole("button", { name: /^Revoke/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await row.waitFor({ state: "detached" });
  assert.ok(!(await api(page, "GET", "/account/tokens")).body.tokens.some(({ name }) => name.startsWith("Weekly")));
  check();
});

account_test("All links of digests end with one press, after a question", async ({ page, check }) => {
  await page.getByRole("button", { name: "Sign me out of all digest links" }).click();
  const question = page.getByRole("alertdialog");
  await assert_accessible(page, "question");
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "detached" });
  const asked = page.waitForResponse((response) => response.url().endsWith("/digest-links/revoke"));
  await page.getByRole("button", { name: "Sign me out of all digest links" }).click();
  await page
    .getByRole("alertdialog")
    .getByRole("button", { name: /^Sign me out/ })
    .click();
  assert.equal((await asked).status(), 200);
  await page.getByText(/links? no longer works?\./).waitFor();
  check();
});

account_test("A setting that the gateway does not take is shown as it was", async ({ page, check, expect_error }) => {
  expect_error(refused(503));
  await page.route("**/api/v1/account/preferences", (route) =>
    route.fulfill({ status: 503, contentType: "application/problem+json", body: "{}" }),
  );
  const nothing = page.getByRole("radio", { name: /^Nothing/ });
  await nothing.check();
  await page.getByRole("alert").getByText("could not do this just now").waitFor();
  await page.locator(".days__row").waitFor();
  assert.equal(await nothing.isChecked(), false);
  await page.unroute("**/api/v1/account/preferences");
  check();
});

for (const [device, viewport] of Object.entries({ desktop, phone })) {
  for (const scheme of ["light", "dark"]) {
    const work = async ({ page, check }) => {
      await page.locator(".things").first().waitFor();
      await assert_accessible(page, "account");
      await assert_no_sideways_scroll(page, "account");
      await screenshot(page, `account-${device}-${scheme}`);
      check();
    };
    account_test(`The account page is accessible (${device}, ${scheme})`, work, { viewport, scheme });
  }
}

const german = async ({ page, check }) => {
  await page.getByRole("heading", { name: "Wo Sie angemeldet sind" }).waitFor();
  await assert_accessible(page, "account in German");
  await assert_no_sideways_scroll(page, "account in German");
  await screenshot(page, "account-german-phone");
  check();
};
account_test("The account page in German is accessible", german, { language: "de-DE", viewport: phone });
