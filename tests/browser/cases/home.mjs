// The home page: its sums are those of the lists, its buttons act and can be undone, and it is calm when nothing waits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  api,
  assert_accessible,
  assert_no_sideways_scroll,
  desktop,
  open_page,
  phone,
  refused,
  row,
  screenshot,
  sign_in,
  signed_in,
  until,
} from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

const newest_shown = (page) => page.locator(".newest__row").first().waitFor();

test("Home says how many messages wait, and shows the newest five", async (t) => {
  const { page, check } = await signed_in(t, { path: "/" });
  await newest_shown(page);
  const { body: home } = await api(page, "GET", "/home");
  const { body: list } = await api(page, "GET", "/holds?scope=mine&limit=5");
  assert.equal(home.held, list.total);
  assert.equal(await page.locator(".glance__number").innerText(), String(home.held));
  assert.equal(await page.locator('.nav a[href="/on-hold"] .nav__count').innerText(), String(home.held));
  assert.deepEqual(
    await page.locator(".newest__row").evaluateAll((rows) => rows.map((each) => each.dataset.hold)),
    list.holds.map((hold) => hold.id),
  );
  assert.match(await page.title(), /^Home · /);
  await page.getByRole("link", { name: "Look through them" }).click();
  await page.getByRole("heading", { name: "On hold", level: 1 }).waitFor();
  check();
});

test("A message is released from Home with one press, listed as released by whom, and can be taken back", async (t) => {
  const { page, check } = await signed_in(t, { path: "/" });
  await newest_shown(page);
  const { body: before } = await api(page, "GET", "/home");
  const hold = before.newest.find((each) => each.may.release);
  if (!hold) {
    assert.ok(!settings.complete);
    return t.skip("needs a message that may be released");
  }
  await row(page, hold.id)
    .getByRole("button", { name: /^Release: / })
    .click();
  await page.locator(".toast__undo").waitFor();
  await row(page, hold.id).waitFor({ state: "detached" });
  // The pressed button is gone; the focus has a place to be.
  await until(page, () => document.activeElement?.id === "newest");
  const released = page.locator(".released li").first();
  await released.waitFor();
  assert.match(await released.innerText(), new RegExp(`by \\W?${settings.address}`));
  assert.equal((await api(page, "GET", "/home")).body.held, before.held - 1);
  await page.locator(".toast__undo").click();
  await row(page, hold.id).waitFor();
  assert.equal((await api(page, "GET", `/holds/${hold.id}`)).body.state, "held");
  assert.equal(await page.locator(".glance__number").innerText(), String(before.held));
  check();
});

test("Home is calm when nothing waits, and plain when the gateway has trouble", async (t) => {
  const { page, check } = await signed_in(t, { path: "/rejected" });
  const { body: home } = await api(page, "GET", "/home");
  let answer = { ...home, held: 0, new: 0, expiring_soon: 0, failed: 0, newest: [] };
  await page.route("**/api/v1/home", (route) => route.fulfill({ json: answer }));
  await page.getByRole("link", { name: "Home", exact: true }).click();
  await page.getByText("All clear. Nothing is waiting for you.").waitFor();
  assert.equal(await page.locator(".newest, .nav__count").count(), 0);
  await assert_accessible(page, "all clear");
  await screenshot(page, "home-clear");
  answer = {
    ...home,
    held: 1,
    held_is_exact: false,
    failed: 2,
    gateway: { state: "trouble", code: "backend", text: "queue is full" },
  };
  await page.reload();
  await page.getByText("Mail may be late just now").waitFor();
  await page.getByText("The mail server did not answer the last time.").waitFor();
  assert.equal(await page.getByText("queue is full").count(), 0);
  assert.equal(await page.locator(".glance__number").innerText(), "1+");
  await page.getByText("2 messages you released could not be delivered.").waitFor();
  await assert_accessible(page, "trouble");
  check();
});

test("Home that cannot be fetched says so, and comes with the next try", async (t) => {
  const { page, check, expect_error } = await signed_in(t, { path: "/rejected" });
  expect_error(refused(500));
  await page.route("**/api/v1/home", (route) => route.fulfill({ status: 500, json: {} }));
  await page.getByRole("link", { name: "Home", exact: true }).click();
  await page.getByRole("alert").getByText("could not do this just now").waitFor();
  await page.unroute("**/api/v1/home");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".glance").waitFor();
  check();
});

for (const [device, viewport] of Object.entries({ desktop, phone })) {
  for (const scheme of ["light", "dark"]) {
    test(`Home is accessible (${device}, ${scheme})`, async (t) => {
      const { page, check } = await signed_in(t, { viewport, scheme, path: "/" });
      await newest_shown(page);
      await page.locator(".home__what summary").click();
      await assert_accessible(page, "home");
      await assert_no_sideways_scroll(page, "home");
      await screenshot(page, `home-${device}-${scheme}`);
      check();
    });
  }
}

test("On a phone, what does not fit the bar opens above it, and closes again", async (t) => {
  if (!settings.administrator) {
    assert.ok(!settings.complete);
    return t.skip("needs an administrator");
  }
  const { page, check } = await signed_in(t, { person: settings.administrator, viewport: phone, path: "/" });
  const more = page.getByRole("button", { name: "More" });
  assert.equal(await page.getByRole("link", { name: "Rules" }).count(), 0);
  await more.focus();
  await page.keyboard.press("Enter");
  await until(page, () => document.activeElement?.getAttribute("href") === "/rejected");
  assert.equal(await more.getAttribute("aria-expanded"), "true");
  await assert_accessible(page, "more");
  await screenshot(page, "more-phone");
  await page.keyboard.press("Escape");
  await until(page, () => document.activeElement?.getAttribute("aria-expanded") === "false");
  await more.click();
  await page.getByRole("link", { name: "Rules" }).click();
  await page.getByRole("heading", { name: "Rules in force", level: 1 }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Rules" }).count(), 0);
  check();
});

test("A person who only has their own mail is offered no administration", async (t) => {
  const { page, check } = await signed_in(t, { path: "/rules" });
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  assert.equal(await page.locator('.nav a[href="/reports"], .nav a[href="/rules"]').count(), 0);
  check();
});

test("Every page has one heading and the landmarks, at 320 pixels and at twice the size", async (t) => {
  for (const viewport of [
    { width: 320, height: 640 },
    { width: 640, height: 400 },
  ]) {
    const { page, check } = await signed_in(t, { viewport, path: "/" });
    for (const path of ["/", "/on-hold", "/senders", "/rejected", "/account"]) {
      await page.goto(path);
      await page.locator(".shell__main h1").waitFor();
      await page.locator(".skeleton").first().waitFor({ state: "detached" });
      assert.equal(await page.locator("h1").count(), 1, path);
      assert.equal(await page.locator("main").count(), 1, path);
      assert.equal(await page.getByRole("navigation").count(), 1, path);
      await assert_no_sideways_scroll(page, `${path} at ${viewport.width}`);
    }
    check();
  }
});

test("What is chosen can be told in forced colours", async (t) => {
  const { page, check } = await signed_in(t, { path: "/account" });
  await page.emulateMedia({ forcedColors: "active" });
  await api(page, "PUT", "/account/preferences", { digest_days: ["mon"] });
  await page.reload();
  await page.locator(".day input:not(:checked) + span").first().waitFor();
  const looks = (selector) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => {
        const { backgroundColor, color, borderColor } = getComputedStyle(element);
        return `${backgroundColor} ${color} ${borderColor}`;
      });
  assert.notEqual(await looks(".day input:checked + span"), await looks(".day input:not(:checked) + span"));
  assert.notEqual(await looks(".nav__item[aria-current]"), await looks(".nav__item:not([aria-current])"));
  await api(page, "PUT", "/account/preferences", { digest_days: [] });
  check();
});

for (const language of ["en-GB", "de-DE"]) {
  test(`The first view after signing in is small (${language})`, async (t) => {
    const { page, check, expect_error } = await open_page(t, { language });
    expect_error(refused(401));
    const scripts = [];
    page.on("response", (response) => {
      if (response.request().resourceType() === "script") scripts.push(response);
    });
    await sign_in(page, settings, "/");
    await newest_shown(page);
    const bodies = await Promise.all(scripts.map((response) => response.body()));
    const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
    t.diagnostic(`${bytes} bytes of script, compressed`);
    assert.ok(bytes > 0 && bytes <= 60 * 1024, `${bytes} bytes of script`);
    check();
  });
}
