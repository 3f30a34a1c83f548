// The administrator's name, logo, colours and support text. Any colour may be asked for; what is written on it, and in
// it, has to stay readable.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assert_accessible, open_page, refused, screenshot, signed_in } from "../lib/browser.mjs";

const brand = {
  name: "Hafenpost",
  logo: null,
  accent: "#0b5cad",
  accent_dark: null,
  support_text: "Questions? Extension 4711.",
  support_url: "https://help.example.test/mail",
};
const logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path fill="#fff" d="M0 0h20v10H0z"/></svg>';

/** The page gets the brand wherever the gateway would tell it. */
async function branded(page, product) {
  await page.route("**/api/v1/branding", (route) => route.fulfill({ json: product }));
  await page.route("**/api/v1/session", async (route) => {
    const response = await route.fetch();
    if (!response.ok()) return route.fulfill({ response });
    return route.fulfill({ response, json: { ...(await response.json()), product } });
  });
}

const colour_of = (page, name) =>
  page.evaluate((wanted) => getComputedStyle(document.documentElement).getPropertyValue(wanted).trim(), name);

test("The brand stands on the sign-in page: name, logo, colour and whom to ask", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(refused(401));
  await branded(page, { ...brand, logo: "/branding/logo" });
  await page.route("**/branding/logo", (route) => route.fulfill({ contentType: "image/svg+xml", body: logo }));
  await page.goto("/sign-in");
  await page.locator(".sign-in__brand", { hasText: "Hafenpost" }).waitFor();
  assert.equal(await page.title(), "Sign in · Hafenpost");
  assert.equal(await page.locator(".sign-in__brand img.logo").count(), 1);
  assert.equal(await colour_of(page, "--accent"), "#0b5cad");
  const support = page.getByRole("link", { name: "Help" });
  assert.equal(await support.getAttribute("href"), brand.support_url);
  assert.equal(await support.getAttribute("rel"), "noreferrer");
  await page.getByText(brand.support_text).waitFor();
  // Colours come in without an inline style, which the page's policy would refuse.
  assert.equal(await page.locator("style, [style]").count(), 0);
  await assert_accessible(page, "branded sign-in");
  await screenshot(page, "sign-in-branded");
  check();
});

test("A logo that cannot be loaded leaves the gate in its place; an address that is no link stays unused", async (t) => {
  const { page, check, expect_error } = await open_page(t);
  expect_error(refused("4(01|04)"));
  await branded(page, { ...brand, logo: "/branding/logo", support_url: "javascript:alert(1)" });
  await page.route("**/branding/logo", (route) => route.fulfill({ status: 404, body: "" }));
  await page.goto("/sign-in");
  await page.locator(".sign-in__brand .gate").waitFor();
  await page.getByText(brand.support_text).waitFor();
  assert.equal(await page.getByRole("link").count(), 0);
  check();
});

for (const scheme of ["light", "dark"]) {
  test(`Everything stays readable whatever the colour (${scheme})`, async (t) => {
    const { page, check, expect_error } = await open_page(t, { scheme });
    expect_error(refused(401));
    for (const accent of ["#ffd400", "#7a0019", "#f4f4f4", "#00e5ff", "#000000"]) {
      await page.unrouteAll();
      await branded(page, { ...brand, accent, accent_dark: accent === "#ffd400" ? "#ffe97a" : null });
      await page.goto("/sign-in");
      await page.getByRole("link", { name: "Help" }).waitFor();
      if (scheme === "light") assert.equal(await colour_of(page, "--accent"), accent);
      await assert_accessible(page, accent);
    }
    await page.unrouteAll();
    await branded(page, { ...brand, accent: "red; } body { display: none", accent_dark: "url(https://evil.example/)" });
    await page.goto("/sign-in");
    await page.locator(".sign-in__brand", { hasText: "Hafenpost" }).waitFor();
    assert.equal(await colour_of(page, "--accent"), scheme === "light" ? "#17614f" : "#1f7b64");
    check();
  });

  test(`A list with everything in it stays readable in a bright colour (${scheme})`, async (t) => {
    const { page, check } = await signed_in(t, { path: "/rejected", scheme });
    await branded(page, { ...brand, accent: "#ffd400" });
    await page.goto("/on-hold");
    await page.locator(".row__check input:enabled").first().check();
    await page.locator(".actions").waitFor();
    await assert_accessible(page, "a selection");
    await page.goto("/");
    await page.locator(".newest__row").first().waitFor();
    await assert_accessible(page, "home");
    await screenshot(page, `home-branded-${scheme}`);
    check();
  });
}
