import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  api,
  assert_accessible,
  assert_no_sideways_scroll,
  desktop,
  phone,
  refused,
  screenshot,
  signed_in,
  until,
} from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

const verdicts = ["delivered", "held", "rejected", "refused", "deferred", "discarded"];

/** The page, and the very answer that it shows; null where there is no administrator. */
async function opened(t, { days = 7, ...options } = {}) {
  if (!settings.administrator) {
    assert.ok(!settings.complete);
    t.skip("needs an administrator");
    return null;
  }
  const opened_page = await signed_in(t, { person: settings.administrator, ...options });
  const { page } = opened_page;
  const coming = page.waitForResponse((response) => /\/api\/v1\/reports\?/.test(response.url()));
  await page.goto(`/reports?days=${days}`);
  const reports = await (await coming).json();
  await page.locator(".figure").first().waitFor();
  return { ...opened_page, reports };
}

const figure = (page, name) => page.getByRole("region", { name, exact: true });

test("Every chart says what the gateway counted, drawn, as a table and as a file", async (t) => {
  const here = await opened(t);
  if (!here) return;
  const { page, reports, check } = here;
  assert.equal(reports.per_day.length, 7);
  assert.ok(reports.per_day.reduce((sum, day) => sum + day.held, 0) > 0, "something was held");
  await page.locator(".columns svg").waitFor();
  const drawn = await page.locator(".column").count();
  assert.equal(drawn, 7);

  const per_day = figure(page, "Mail per day");
  await per_day.getByRole("button", { name: "As a table" }).click();
  assert.equal(await per_day.locator(".columns").count(), 0);
  const cells = await per_day.locator("tbody tr").evaluateAll((rows) => {
    const counts = (row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.textContent.replace(/\D/g, "")));
    return rows.map(counts);
  });
  assert.deepEqual(
    cells,
    reports.per_day.map((day) => {
      const counts = verdicts.map((verdict) => day[verdict]);
      return [...counts, counts.reduce((sum, each) => sum + each, 0)];
    }),
  );

  for (const [name, key] of [
    ["Mail per day", "per_day"],
    ["Most frequent reasons", "top_reasons"],
    ["Senders held most", "top_senders"],
    ["Recipients with most held", "top_recipients"],
    ["Waiting for a decision", "waiting"],
  ]) {
    const link = page.getByRole("link", { name: `${name} as a CSV file` });
    const coming = page.waitForEvent("download");
    await link.click();
    const got = await coming;
    assert.match(got.suggestedFilename(), /\.csv$/);
    const lines = readFileSync(await got.path(), "utf8").trim().split("\r\n");
    assert.equal(lines.length, reports[key].length + 1, key);
  }
  check();
});

test("A verdict is left out of the drawing and taken in again", async (t) => {
  const here = await opened(t);
  if (!here) return;
  const { page, check } = here;
  await page.locator(".columns svg").waitFor();
  const blocks = () => page.locator(".column > rect[fill]").count();
  const all = await blocks();
  const held = page.getByRole("button", { name: /^Held/ });
  assert.equal(await held.getAttribute("aria-pressed"), "true");
  await held.click();
  assert.equal(await held.getAttribute("aria-pressed"), "false");
  const without = await blocks();
  assert.ok(without < all, `${without} of ${all}`);
  await held.click();
  assert.equal(await blocks(), all);
  check();
});

test("The period is chosen, stays in the address, and asks in the person's time zone", async (t) => {
  const here = await opened(t);
  if (!here) return;
  const { page, reports, check } = here;
  assert.equal(reports.zone, "Europe/Berlin");
  await page.getByRole("radio", { name: "30 days" }).check();
  await page.waitForURL(/days=30/);
  await until(page, () => document.querySelectorAll(".column").length === 30);
  await page.reload();
  await until(page, () => document.querySelectorAll(".column").length === 30);
  assert.equal(await page.getByRole("radio", { name: "30 days" }).isChecked(), true);
  check();
});

for (const [device, viewport, scheme] of [
  ["phone", phone, "dark"],
  ["desk", desktop, "light"],
]) {
  test(`Reports are accessible, drawn and as tables (${device}, ${scheme})`, async (t) => {
    const here = await opened(t, { viewport, scheme, days: 14 });
    if (!here) return;
    const { page, check } = here;
    await page.locator(".columns svg").waitFor();
    await assert_accessible(page, "charts");
    await assert_no_sideways_scroll(page, "charts");
    await screenshot(page, `reports-${device}-${scheme}`);
    for (const button of await page.getByRole("button", { name: "As a table" }).all()) await button.click();
    await assert_accessible(page, "tables");
    await assert_no_sideways_scroll(page, "tables");
    check();
  });
}

test("Numbers and days are German for Germans", async (t) => {
  const here = await opened(t, { language: "de-DE" });
  if (!here) return;
  const { page, reports, check } = here;
  await page.getByRole("heading", { name: "Berichte" }).waitFor();
  const sum = reports.per_day.reduce((all, day) => all + day.held, 0);
  const words = await page.locator(".legend__number").nth(1).innerText();
  assert.equal(words, new Intl.NumberFormat("de-DE").format(sum));
  check();
});

test("On paper there are the charts and nothing to press", async (t) => {
  const here = await opened(t);
  if (!here) return;
  const { page, check } = here;
  await page.locator(".columns svg").waitFor();
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".shell__wall").isVisible(), false);
  assert.equal(await page.locator(".figure__tools").first().isVisible(), false);
  assert.equal(await page.locator(".columns svg").isVisible(), true);
  await screenshot(page, "reports-print");
  check();
});

test("Reports and rules are for administrators only", async (t) => {
  const { page, expect_error, check } = await signed_in(t);
  expect_error(refused("40[34]"));
  for (const path of ["/reports", "/rules"]) {
    await page.goto(path);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  }
  for (const path of ["/reports?days=7", "/rules", "/reports/per_day.csv"]) {
    const { status } = await api(page, "GET", path);
    assert.ok([403, 404].includes(status), `${path}: ${status}`);
  }
  check();
});
