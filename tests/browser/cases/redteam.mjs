// Hostile mails in every place that shows mail, on a gateway of their own: nothing runs, nothing of theirs becomes part
// of a page, and nobody is called. The beacon counts connections by name, so a connection that is only opened counts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { resolve } from "node:path";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { flags, sign_in } from "../lib/browser.mjs";
import { administrator, moderator, password, person, send, start_gateway } from "../lib/gateway.mjs";
import { beacon_domain, mark, redteam_mails, rejected_mail } from "../lib/redteam.mjs";
import { settings } from "../lib/settings.mjs";

const here = { gateway: null, browser: null, beacons: [], mails: [], holds: new Map() };

/** Counts who connects to a port, with the path or the TLS server name that was asked for. */
async function listen(asked) {
  const server = createServer((socket) => {
    const index = asked.push("a connection") - 1;
    socket.on("error", () => socket.destroy());
    socket.once("data", (bytes) => {
      const text = bytes.toString("latin1");
      const name = new RegExp(`[ix]\\.${beacon_domain.replace(".", "\\.")}`).exec(text)?.[0] ?? "no name";
      asked[index] = `${name} ${/^\w+ (\S+)/.exec(text)?.[1] ?? "TLS"}`;
      socket.end("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const asked = [];
/** Only images may have been asked for: their hosts and paths begin with "i". */
const not_images = () => asked.filter((line) => !/^i\.\S+ (\/i-|TLS)/.test(line));

before(async () => {
  if (!settings.smtp) return;
  here.beacons = [await listen(asked), await listen(asked)];
  const [plain, secure] = here.beacons.map((server) => server.address().port);
  here.gateway = await start_gateway(resolve(process.env.POSTERN));
  here.mails = redteam_mails();
  await send(
    here.gateway.smtp,
    [...here.mails, rejected_mail(person, moderator)].map((mail) => ({ to: [person], ...mail, encoding: "latin1" })),
  );
  here.browser = await chromium.launch({
    executablePath: process.env.POSTERN_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      ...flags,
      `--host-resolver-rules=MAP *.${beacon_domain}:80 127.0.0.1:${plain},MAP *.${beacon_domain}:443 127.0.0.1:${secure}`,
    ],
  });
});

after(async () => {
  await here.browser?.close();
  await here.gateway?.stop();
  for (const server of here.beacons) server.close();
});

/** A page whose every sign of something that ran is kept. */
async function watched(t, { who = person, path } = {}) {
  const context = await here.browser.newContext({ baseURL: here.gateway.url, locale: "en-GB", acceptDownloads: true });
  context.setDefaultTimeout(8000);
  t.after(() => context.close());
  const page = await context.newPage();
  const signs = [];
  page.on("dialog", (dialog) => {
    signs.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.text().startsWith(mark)) signs.push(`the console: ${message.text()}`);
  });
  page.on("popup", (popup) => signs.push(`a window: ${popup.url()}`));
  page.on("framenavigated", (frame) => {
    const url = frame.url();
    if (!/^(about:(blank|srcdoc)|chrome-error:)/.test(url) && new URL(url).host !== new URL(here.gateway.url).host)
      signs.push(`a frame went to ${url}`);
  });
  if (path) await sign_in(page, { address: who, password }, path);
  /** Nothing ran, and the page is made of the portal's own elements alone. */
  const quiet = async (what) => {
    const found = await page.evaluate(() => {
      const all = [...document.querySelectorAll("*")];
      return {
        ran: document.documentElement.dataset.ran ?? null,
        handlers: all
          .filter((each) => each.getAttributeNames().some((name) => name.startsWith("on")))
          .map((each) => each.outerHTML.slice(0, 200)),
        links: all
          .flatMap((each) => ["href", "src", "action", "formaction", "data"].map((name) => each.getAttribute(name)))
          .filter((value) => value !== null && /^[\s\u0000-\u001f]*(javascript|data|vbscript):/i.test(value)),
        scripts: [...document.scripts].filter((each) => !each.src.startsWith(location.origin)).length,
        frames: [...document.querySelectorAll("iframe")].filter((each) => each.getAttribute("sandbox") !== "").length,
        embedded: document.querySelectorAll("object, embed, base, frame, math, portal").length,
      };
    });
    assert.deepEqual(
      { ...found, signs },
      { ran: null, handlers: [], links: [], scripts: 0, frames: 0, embedded: 0, signs: [] },
      what,
    );
  };
  return { page, quiet, signs };
}

/** The front end waits for no network any more. */
const settled = (page) => page.waitForLoadState("networkidle");

/** Everything of the person, by the name of the mail it came from. */
async function find_holds(page) {
  if (here.holds.size > 0) return here.holds;
  const listed = await page.evaluate(async () => {
    const response = await fetch("/api/v1/holds?scope=mine&limit=500");
    return (await response.json()).holds;
  });
  for (const mail of here.mails) {
    const hold = listed.find((each) => each.sender === mail.from);
    assert.ok(hold, `not held: ${mail.name}`);
    here.holds.set(mail.name, hold);
  }
  return here.holds;
}

const skipped = (t) => !settings.smtp && (t.skip("needs the program: the mock takes no mail"), true);

test("Where nothing protects, the same mails run and call, and it is seen", async (t) => {
  if (skipped(t)) return;
  const { page, quiet, signs } = await watched(t);
  await page.goto("about:blank");
  for (const name of ["html-events", "html-head"]) {
    const { text } = here.mails.find((mail) => mail.name === name);
    const html = Buffer.from(text.slice(text.indexOf("\n\n")), "base64").toString("utf8");
    await page.setContent(html, { waitUntil: "commit" });
    await page.waitForRequest((request) => request.url().includes(beacon_domain));
  }
  await assert.rejects(quiet("unprotected"));
  assert.ok(signs.some((sign) => sign.startsWith("a dialog")), "a dialog");
  assert.ok(signs.some((sign) => sign.startsWith("the console")), "the console");
  assert.ok(asked.length > 0 && not_images().length > 0, "the beacon");
  await page.close();
  asked.length = 0;
});

test("Lists show hostile subjects, senders and reasons as the text they are", async (t) => {
  if (skipped(t)) return;
  const { page, quiet } = await watched(t, { path: "/on-hold" });
  const holds = await find_holds(page);
  await page.locator(`[data-hold="${holds.get("raw-subject").id}"]`).waitFor();
  assert.match(await page.locator(".shell__main").innerText(), /<script>alert\('red-team-ran subject'\)/);
  await quiet("on hold");
  for (const path of ["/", "/rejected", "/senders", "/account"]) {
    await page.goto(path);
    await page.locator(".shell__main h1").waitFor();
    await settled(page);
    if (path === "/rejected") assert.match(await page.locator(".shell__main").innerText(), /"><svg onload=/);
    await quiet(path);
  }
  assert.deepEqual(asked, []);
});

test("No hostile mail runs or calls anybody when it is opened, as text or formatted", async (t) => {
  if (skipped(t)) return;
  const { page, quiet } = await watched(t, { path: "/on-hold" });
  const holds = await find_holds(page);
  let formatted = 0;
  for (const { name } of here.mails) {
    await page.goto(`/on-hold/${holds.get(name).id}`);
    await page.locator(".body").waitFor();
    await page.evaluate(() => {
      for (const each of document.querySelectorAll("details")) each.open = true;
    });
    await quiet(`${name} as text`);
    const choice = page.getByRole("radio", { name: "Formatted" });
    if ((await choice.count()) === 0) continue;
    await choice.check();
    formatted += 1;
    const frame = page.frameLocator("iframe.body__frame");
    await frame.locator("body").waitFor();
    if (name.startsWith("html-")) await frame.getByText("still here").waitFor();
    const inline = page.locator(".images:not(.images--remote) button");
    if ((await inline.count()) > 0) {
      await inline.click();
      await frame.locator("body").waitFor();
    }
    for (const target of await frame.locator("#go, #send").all()) await target.click({ timeout: 2000, force: true });
    await settled(page);
    await quiet(`${name} formatted`);
    assert.match(page.url(), new RegExp(`/on-hold/${holds.get(name).id}$`));
    assert.deepEqual(asked, [], name);
  }
  assert.ok(formatted >= 15, `${formatted} were shown formatted`);
});

test("Images that were asked for are all that is fetched", async (t) => {
  if (skipped(t)) return;
  const { page, quiet } = await watched(t, { path: "/on-hold" });
  const holds = await find_holds(page);
  for (const { name, has_html } of here.mails) {
    if (!has_html) continue;
    await page.goto(`/on-hold/${holds.get(name).id}`);
    await page.getByRole("radio", { name: "Formatted" }).check();
    const button = page.locator(".images--remote button");
    await page.frameLocator("iframe.body__frame").locator("body").waitFor();
    if ((await button.count()) === 0) continue;
    await button.click();
    await page.frameLocator("iframe.body__frame").getByText("still here").waitFor();
    await settled(page);
    await quiet(`${name} with images`);
    assert.deepEqual(not_images(), [], name);
  }
  // The silence before was the page's doing: the same names are reached once somebody wants them.
  assert.ok(asked.some((line) => line.includes("/i-img")), "an image over HTTP");
  assert.ok(asked.some((line) => line.endsWith("TLS")), "an image over HTTPS");
  asked.length = 0;
});

test("Administrators' pages show hostile senders and subjects as text", async (t) => {
  if (skipped(t)) return;
  const { page, quiet } = await watched(t, { who: administrator, path: "/all-holds" });
  await page.locator("[data-hold]").first().waitFor();
  await quiet("all holds");
  for (const path of ["/reports", "/rules", "/moderated"]) {
    await page.goto(path);
    await page.locator(".shell__main h1").waitFor();
    await settled(page);
    await quiet(path);
  }
  assert.deepEqual(asked, []);
});

test("What was done to a hostile mail is said as text, and its sender is no formula in a file", async (t) => {
  if (skipped(t)) return;
  const { page, quiet } = await watched(t, { path: "/on-hold" });
  const holds = await find_holds(page);
  for (const name of ["local-part", "formula"]) {
    await page.goto(`/on-hold/${holds.get(name).id}`);
    await page.locator(".body").waitFor();
    await page.getByRole("button", { name: /^Block/ }).first().click();
    const choice = page.getByRole("menuitem").first();
    if (await choice.isVisible()) await choice.click();
    await page.locator(".toast").first().waitFor();
    await quiet(`${name} blocked`);
  }
  await page.goto("/senders");
  await page.getByText("svg/onload").first().waitFor();
  await quiet("managed senders");
  const csv = await page.evaluate(async () => (await fetch("/api/v1/senders/export?list=all")).text());
  assert.match(csv, /\r\nblocked,'=1\+1@doubtful\.example,/);
  assert.doesNotMatch(csv, /(^|,|\n)"?[=+@-]/m);
  assert.deepEqual(asked, []);
});

/** The HTML part of a mail of ours, and the first link to a page of ours in it. */
function read_digest(bytes) {
  const part = /Content-Type: text\/html[^]*?\r\n\r\n([^]*?)\r\n--/i.exec(bytes);
  assert.ok(part, "no HTML part");
  const head = bytes.slice(part.index, part.index + part[0].indexOf("\r\n\r\n"));
  const body = /base64/i.test(head)
    ? Buffer.from(part[1], "base64").toString("utf8")
    : /quoted-printable/i.test(head)
      ? Buffer.from(
          part[1].replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
          "latin1",
        ).toString("utf8")
      : Buffer.from(part[1], "latin1").toString("utf8");
  const link = /https:\/\/portal\.example\.test(\/digest\/[\w-]+)/.exec(body)?.[1];
  assert.ok(link, "no link to the list");
  return { body, link };
}

test("A digest that lists hostile mails is harmless as a mail and as a page", async (t) => {
  if (skipped(t)) return;
  here.gateway.run("digest", "send", "--now", "--again", person);
  const deadline = Date.now() + 20_000;
  const is_digest = (bytes) => bytes.includes("/digest/") || /^Auto-Submitted:/im.test(bytes);
  while (!here.gateway.received.some(is_digest)) {
    assert.ok(Date.now() < deadline, "no digest came");
    await new Promise((done) => setTimeout(done, 50));
  }
  const { body, link } = read_digest(here.gateway.received.find(is_digest));
  const { page, quiet } = await watched(t);
  // As a mail program would show it, only more trusting: with scripts on, and without any policy.
  await page.goto("about:blank");
  await page.setContent(body);
  assert.match(await page.locator("body").innerText(), /<script>/);
  await quiet("the digest as a mail");
  await page.goto(link);
  await page.locator("h1").waitFor();
  assert.match(await page.locator("body").innerText(), /<script>/);
  await quiet("the digest as a page");
  assert.deepEqual(asked, []);
});
