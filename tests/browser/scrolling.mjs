// Measures how a long list of one person feels: loads every page by scrolling, then scrolls back up by the wheel and
// counts how long each frame takes, and how much of the list is in the document. Figures are printed, never asserted.
//   node scrolling.mjs DIST [ROWS]      DIST is a built front end (npx vite build --outDir DIST); it runs on the mock
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const [dist, rows = "6500"] = process.argv.slice(2);
if (!dist) {
  console.error("usage: node scrolling.mjs DIST [ROWS]");
  process.exit(2);
}

const mock = spawn(
  process.execPath,
  [
    fileURLToPath(new URL("../../portal/web/mock/server.mjs", import.meta.url)),
    "--port",
    "0",
    "--rows",
    rows,
    "--dist",
    dist,
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);

function percentile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** Runs `work` in the page and gives back the times between frames meanwhile, sorted. */
async function frames_during(page, work) {
  await page.evaluate(() => {
    globalThis.frames_seen = [];
    let last = performance.now();
    const step = (now) => {
      globalThis.frames_seen?.push(now - last);
      last = now;
      if (globalThis.frames_seen) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  await work();
  const seen = await page.evaluate(() => {
    const all = globalThis.frames_seen;
    globalThis.frames_seen = null;
    return all;
  });
  return seen.sort((one, other) => one - other);
}

const told = (frames) =>
  `${frames.length} frames, p50 ${percentile(frames, 0.5).toFixed(1)} ms, p95 ${percentile(frames, 0.95).toFixed(1)} ms, ` +
  `p99 ${percentile(frames, 0.99).toFixed(1)} ms, longest ${frames.at(-1).toFixed(1)} ms`;

const in_document = (page) =>
  page.evaluate(() => [document.querySelectorAll("[data-hold]").length, document.querySelectorAll("*").length]);

const browser = await chromium.launch({
  executablePath: process.env.POSTERN_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  const [url] = await once(createInterface({ input: mock.stdout }), "line");
  const page = await (await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 } })).newPage();
  await page.goto("/on-hold");
  await page.locator("input[name=username]").fill("you@example.test");
  await page.locator(".sign-in__submit").click();
  await page.locator("input[name=password]").fill("gate");
  await page.locator(".sign-in__submit").click();
  await page.locator("[data-hold]").first().waitFor();
  console.log("first page in the document: %d rows, %d elements", ...(await in_document(page)));

  const began = Date.now();
  while ((await page.locator(".list__end .button").count()) > 0) {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  const total = await page.locator(".list__count").innerText();
  console.log(`${total} loaded in ${((Date.now() - began) / 1000).toFixed(1)} s by scrolling down`);
  console.log("all loaded, in the document: %d rows, %d elements", ...(await in_document(page)));

  await page.mouse.move(700, 500);
  const wheel = await frames_during(page, async () => {
    for (let step = 0; step < 240; step += 1) await page.mouse.wheel(0, -600);
  });
  console.log(`wheel, 240 steps of 600 px: ${told(wheel)}`);
  console.log("afterwards in the document: %d rows, %d elements", ...(await in_document(page)));

  const boxes = page.locator(".row__check input:enabled");
  const selecting = await frames_during(page, async () => {
    for (let at = 0; at < 20; at += 1) await boxes.nth(at).evaluate((box) => box.click());
  });
  console.log(`selecting 20 rows one by one: ${told(selecting)}`);

  const jumps = await frames_during(page, async () => {
    for (let at = 0; at < 20; at += 1) {
      await page.evaluate((part) => scrollTo(0, document.documentElement.scrollHeight * part), ((at * 7) % 20) / 20);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
    }
  });
  console.log(`20 jumps of the scrollbar: ${told(jumps)}`);
} finally {
  await browser.close();
  mock.kill();
}
