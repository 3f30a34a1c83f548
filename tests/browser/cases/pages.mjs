// Every page, as a phone and as a desk show it, in light and dark: no violations, no sideways scroll, a picture of each.
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
  row,
  rows_shown,
  screenshot,
  signed_in,
} from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

const small = { width: 360, height: 740 };

for (const [device, viewport] of Object.entries({ desktop, phone })) {
  for (const scheme of ["light", "dark"]) {
    const name = (what) => `${what}-${device}-${scheme}`;

    test(`The lists are accessible (${device}, ${scheme})`, async (t) => {
      const { page, check } = await signed_in(t, { viewport, scheme });
      await rows_shown(page);
      await assert_accessible(page, "list");
      await screenshot(page, name("list"));
      await page.locator(".row__check input:enabled").first().check();
      await page.locator(".actions").waitFor();
      await assert_accessible(page, "selection");
      await screenshot(page, name("selection"));
      await page.locator(".actions [aria-haspopup=menu]").first().click();
      await page.getByRole("menu").waitFor();
      await assert_accessible(page, "menu");
      await screenshot(page, name("menu"));
      await page.keyboard.press("Escape");
      await page.getByRole("menu").waitFor({ state: "detached" });
      const report = page.locator(".actions [aria-haspopup=menu]", { hasText: "Report" });
      await report.click();
      await page.getByRole("menu").waitFor();
      assert.equal(await report.getAttribute("aria-expanded"), "true");
      await page.getByRole("menuitem", { name: "As spam" }).click();
      await page.getByRole("alertdialog").waitFor();
      await assert_accessible(page, "question");
      check();
    });

    test(`A message is accessible (${device}, ${scheme})`, async (t) => {
      const { page, check } = await signed_in(t, { viewport, scheme });
      await rows_shown(page);
      await page.locator(".row__link").first().click();
      await page.locator(".message").waitFor();
      for (const fold of await page.locator("summary").all()) await fold.click();
      await assert_accessible(page, "message");
      await screenshot(page, name("message"));
      check();
    });

    test(`The other pages are accessible (${device}, ${scheme})`, async (t) => {
      const { page, check } = await signed_in(t, { viewport, scheme, path: "/senders" });
      await page.locator(".senders__count").waitFor();
      await page.getByLabel("Block senders").fill("wrong@@");
      await page.locator(".line--wrong").waitFor();
      await assert_accessible(page, "senders");
      await screenshot(page, name("senders"));
      await page.goto("/rejected");
      await page.locator(".refused, .empty").first().waitFor();
      await assert_accessible(page, "rejected");
      await screenshot(page, name("rejected"));
      await page.getByRole("button", { name: /^Account/ }).click();
      await page.getByRole("menu").waitFor();
      await assert_accessible(page, "account menu");
      await page.getByRole("menuitem", { name: "Keyboard shortcuts" }).click();
      await page.getByRole("dialog").waitFor();
      await assert_accessible(page, "shortcuts");
      await page.keyboard.press("Escape");
      check();
    });
  }
}

test("Nothing scrolls sideways on a small phone, in English and in German", async (t) => {
  for (const language of ["en-GB", "de-DE"]) {
    const { page, check } = await signed_in(t, { viewport: small, language });
    await rows_shown(page);
    await assert_no_sideways_scroll(page, `list ${language}`);
    await page.locator(".row__check input:enabled").first().check();
    await page.locator(".actions").waitFor();
    await assert_no_sideways_scroll(page, `selection ${language}`);
    await screenshot(page, `small-selection-${language}`);
    const cut = await page
      .locator(".act span")
      .evaluateAll((labels) =>
        labels
          .filter((label) => label.getBoundingClientRect().right > label.closest(".act").getBoundingClientRect().right)
          .map((label) => label.textContent),
      );
    assert.deepEqual(cut, []);
    await page.locator(".tools__filter").click();
    await assert_no_sideways_scroll(page, `filters ${language}`);
    const { body } = await api(page, "GET", "/holds?scope=mine&limit=8");
    for (const { id } of body.holds) {
      await page.goto(`/on-hold/${id}`);
      await page.locator(".message").waitFor();
      for (const fold of await page.locator("summary").all()) await fold.click();
      await assert_no_sideways_scroll(page, `message ${id} ${language}`);
    }
    for (const path of ["/senders", "/senders?list=trusted", "/rejected"]) {
      await page.goto(path);
      await page.locator(".entry, .refused, .empty").first().waitFor();
      await assert_no_sideways_scroll(page, `${path} ${language}`);
    }
    check();
  }
});

test("What is touched is at least 24 pixels wide and high, and 44 high where thumbs act", async (t) => {
  const { page, check } = await signed_in(t, { viewport: phone });
  await rows_shown(page);
  await page.locator(".row__check input:enabled").first().check();
  await page.locator(".actions").waitFor();
  const small_ones = await page
    .locator("button:visible, select:visible, .row__link, .check, .nav__item:visible")
    .evaluateAll((all) =>
      all
        .map((each) => ({ what: each.className || each.tagName, box: each.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
        .map(({ what, box }) => `${what} ${box.width}x${box.height}`),
    );
  assert.deepEqual(small_ones, []);
  const acts = await page.locator(".act").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
  assert.ok(acts.length > 0 && acts.every((height) => height >= 44));
  check();
});

test("An administrator sees all holds and those to moderate, without block or permit in the latter", async (t) => {
  if (!settings.administrator) {
    assert.ok(!settings.complete);
    return t.skip("needs an administrator");
  }
  const { page, check } = await signed_in(t, { person: settings.administrator, path: "/all-holds" });
  await rows_shown(page);
  await screenshot(page, "all-holds");
  await assert_accessible(page, "all holds");
  const { body } = await api(page, "GET", "/holds?scope=moderated&limit=50");
  await page.getByRole("link", { name: /^Moderated/ }).click();
  await page.getByRole("heading", { name: "Moderated on hold" }).waitFor();
  if (body.holds.length === 0) {
    assert.ok(!settings.complete);
    return;
  }
  const { id } = body.holds[0];
  await row(page, id).getByRole("checkbox").check();
  await page.locator(".actions").getByRole("button", { name: "Release", exact: true }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Block" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "More ways to release" }).count(), 0);
  await screenshot(page, "moderated");
  check();
});

test("A person who is only a user is not offered other people's mail", async (t) => {
  const { page, check, expect_error } = await signed_in(t);
  expect_error(refused(404));
  const { body: person } = await api(page, "GET", "/session");
  if (person.role !== "user") {
    assert.ok(!settings.complete);
    return t.skip("needs a person with the role of a user");
  }
  assert.equal(await page.getByRole("link", { name: /^(Moderated|All holds)/ }).count(), 0);
  for (const path of ["/all-holds", "/mistyped", "/nothing/here"]) {
    await page.goto(path);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await page.getByRole("link", { name: "Go to Home" }).waitFor();
  }
  check();
});

test("Speaks German, with German dates and numbers, and keeps the choice", async (t) => {
  const { page, check } = await signed_in(t, { language: "de-DE" });
  await page.getByRole("heading", { name: "Angehalten", level: 1 }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await rows_shown(page);
  assert.match(await page.locator(".row .expiry").first().innerText(), /^Läuft .* ab$/);
  await assert_accessible(page, "German list");
  await screenshot(page, "list-german");
  await page.locator(".row__link").first().click();
  await page.getByRole("heading", { name: "Warum angehalten" }).waitFor();
  await screenshot(page, "message-german");
  await page.getByRole("button", { name: /^Konto/ }).click();
  await page.getByRole("menuitemradio", { name: "English" }).click();
  await page.getByRole("heading", { name: "Why it is held" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Why it is held" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  // The choice is kept with the person; later cases want the browser's language again.
  await api(page, "PUT", "/account/preferences", { language: "" });
  check();
});

test("The sign-in page speaks German too", async (t) => {
  const { page, check, expect_error } = await open_page(t, { language: "de-AT", viewport: phone });
  expect_error(refused(401));
  await page.goto("/sign-in");
  await page.getByRole("heading", { name: "Anmelden" }).waitFor();
  await assert_no_sideways_scroll(page, "sign-in");
  await screenshot(page, "sign-in-german-phone");
  check();
});

test("The first view is small, and all of it comes from the gateway", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(refused(401));
  const scripts = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") scripts.push(response);
  });
  await page.goto("/sign-in");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  const { gzipSync } = await import("node:zlib");
  const bodies = await Promise.all(scripts.map((response) => response.body()));
  const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
  assert.ok(bodies.length > 0);
  assert.ok(bytes <= 60 * 1024, `${bytes} bytes of script`);
  t.diagnostic(`${bytes} bytes of script, compressed`);
  for (const response of scripts) assert.match(response.headers()["cache-control"], /immutable/);
  check();
});

test("The page's policy allows no script but its own", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(/./);
  const response = await page.goto("/sign-in");
  const policy = response.headers()["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.doesNotMatch(policy, /unsafe/);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(await page.locator("script:not([src]), style, [style]").count(), 0);
  check();
});
