import assert from "node:assert/strict";
import { test } from "node:test";
import { assert_accessible, open_page, refused, screenshot, sign_in } from "../lib/browser.mjs";
import { settings } from "../lib/settings.mjs";

test("A wrong password is refused in words, and nothing typed is lost", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(refused(401));
  await page.goto("/sign-in");
  await page.locator("input[name=username]").fill(settings.address);
  await page.getByRole("button", { name: "Next" }).click();
  await page.locator("input[name=password]").fill("certainly not this one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("do not go together").waitFor();
  assert.equal(await page.locator("input[name=username]").inputValue(), settings.address);
  assert.equal(await page.locator("input[name=password]").inputValue(), "certainly not this one");
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await screenshot(page, "sign-in-wrong");
  check();
});

test("An unknown address is answered just like a known one", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(refused(401));
  await page.goto("/sign-in");
  await page.locator("input[name=username]").fill(`nobody.${settings.address}`);
  await page.getByRole("button", { name: "Next" }).click();
  await page.locator("input[name=password]").fill("whatever");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("do not go together").waitFor();
  check();
});

test("What is no address is told before anything is asked of the gateway", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(refused(401));
  await page.goto("/sign-in");
  const asked = [];
  // What the page asks for itself as it begins (its session, its branding) is no question about an address.
  page.on("request", (request) => request.method() !== "GET" && asked.push(request.url()));
  await page.locator("input[name=username]").fill("anna");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("whole mail address").waitFor();
  assert.deepEqual(asked, []);
  check();
});

test("The right password leads to the page that was asked for", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(refused(401));
  await sign_in(page, settings, "/senders?list=permitted");
  await page.getByRole("tab", { name: "Permitted", exact: true, selected: true }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/senders");
  check();
});

test("Signing out ends the session at the gateway too", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(refused(401));
  await sign_in(page);
  const [cookie] = await page.context().cookies();
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, "Strict");
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.context().addCookies([{ ...cookie, expires: -1 }]);
  await page.goto("/on-hold");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  check();
});

test("Too many attempts: the wait is counted down and the form kept", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(refused("4(01|29)"));
  await page.goto("/sign-in");
  await page.route("**/api/v1/session", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({
          status: 429,
          headers: { "retry-after": "2" },
          contentType: "application/problem+json",
          body: "{}",
        })
      : route.continue(),
  );
  await page.locator("input[name=username]").fill(settings.address);
  await page.keyboard.press("Enter");
  await page.locator("input[name=password]").fill(settings.password);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("try again in").waitFor();
  await page.unroute("**/api/v1/session");
  await page.locator(".sign-in__problem").waitFor({ state: "detached" });
  assert.equal(await page.locator("input[name=password]").inputValue(), settings.password);
  await page.keyboard.press("Enter");
  await page.locator(".shell__main").waitFor();
  check();
});

for (const scheme of ["light", "dark"]) {
  test(`The sign-in page is accessible (${scheme})`, async (t) => {
    const { page, check, expect_error } = await open_page(t, { scheme });
    expect_error(refused(401));
    await page.goto("/sign-in");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await assert_accessible(page, "address");
    await screenshot(page, `sign-in-${scheme}`);
    await page.locator("input[name=username]").fill(settings.address);
    await page.keyboard.press("Enter");
    await page.locator("input[name=password]").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("Enter your password").waitFor();
    await assert_accessible(page, "password");
    check();
  });
}
