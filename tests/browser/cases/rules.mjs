import assert from "node:assert/strict";
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
} from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

async function opened(t, options = {}) {
  if (!settings.administrator) {
    assert.ok(!settings.complete);
    t.skip("needs an administrator");
    return null;
  }
  const opened_page = await signed_in(t, { person: settings.administrator, path: "/rules", ...options });
  await opened_page.page.locator(".rule").first().waitFor();
  return opened_page;
}

async function explain(page, { from, to, ip = "", message = "" }) {
  await page.getByLabel("Envelope sender").fill(from);
  await page.getByLabel("Recipient").fill(to);
  await page.getByLabel("IP address of the sending server").fill(ip);
  await page.getByLabel("The message itself, headers and all").fill(message);
  await page.getByRole("button", { name: "Explain" }).click();
}

test("The rules stand in the order in which they are asked, with what they ask", async (t) => {
  const here = await opened(t);
  if (!here) return;
  const { page, check } = here;
  const { body } = await api(page, "GET", "/rules");
  const names = await page.locator(".rule__name > bdi").allInnerTexts();
  assert.deepEqual(
    names,
    body.rules.map((rule) => rule.name),
  );
  for (const [at, rule] of body.rules.entries()) {
    const words = await page.locator(".rule").nth(at).innerText();
    for (const condition of rule.conditions) assert.ok(words.includes(condition), `${rule.name}: ${condition}`);
  }
  assert.deepEqual(
    await page.locator(".order__text strong").allInnerTexts(),
    body.order.map((step) => step.title),
  );
  check();
});

test("Explain says for a mail that was held what happened to it, and how", async (t) => {
  const here = await opened(t);
  if (!here) return;
  const { page, check } = here;
  const { body } = await api(page, "GET", "/holds?scope=all&state=any&limit=200");
  const [hold] = body.holds.filter((each) => each.kind === "user" && each.sender && each.attachments === 0);
  assert.ok(hold);
  await explain(page, { from: hold.sender, to: hold.owner });
  const answer = page.locator(".answer");
  await answer.getByText("would be held for its recipient").waitFor();
  assert.equal(await answer.locator(".answer__name").innerText(), hold.rule);
  assert.ok((await answer.locator(".step").count()) > 0);
  assert.ok((await answer.locator(".step--matched").count()) > 0);
  assert.equal(await answer.evaluate((element) => element === document.activeElement), true);
  await screenshot(page, "rules-explained");

  await explain(page, { from: "friend@harmless.example", to: hold.owner });
  await answer.getByText("would be delivered").waitFor();

  await explain(page, {
    from: "friend@harmless.example",
    to: hold.owner,
    message:
      "From: friend@harmless.example\nTo: you@example.test\nSubject: run this\nMIME-Version: 1.0\n" +
      'Content-Type: application/octet-stream; name="setup.exe"\n' +
      'Content-Disposition: attachment; filename="setup.exe"\n\nMZ\n',
  });
  await answer.getByText("would be held for an administrator").waitFor();
  check();
});

test("What cannot be explained is said beside the form, and the form is kept", async (t) => {
  const here = await opened(t);
  if (!here) return;
  const { page, expect_error, check } = here;
  expect_error(refused("4\\d\\d"));
  await explain(page, { from: "a@b.example", to: "nobody" });
  await page.getByRole("alert").getByText("whole address").waitFor();
  const { body } = await api(page, "GET", "/session");
  await explain(page, { from: "a@b.example", to: body.address, ip: "not an address" });
  await page.locator(".explain__failure").waitFor();
  assert.equal(await page.getByLabel("IP address of the sending server").inputValue(), "not an address");
  assert.equal(await page.locator(".answer").count(), 0);
  check();
});

for (const [device, viewport, scheme] of [
  ["phone", phone, "dark"],
  ["desk", desktop, "light"],
]) {
  test(`Rules are accessible (${device}, ${scheme})`, async (t) => {
    const here = await opened(t, { viewport, scheme });
    if (!here) return;
    const { page, check } = here;
    const { body } = await api(page, "GET", "/session");
    await explain(page, { from: "friend@harmless.example", to: body.address });
    await page.locator(".answer").waitFor();
    await assert_accessible(page, "rules");
    await assert_no_sideways_scroll(page, "rules");
    await screenshot(page, `rules-${device}-${scheme}`);
    check();
  });
}
