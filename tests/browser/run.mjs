// Runs the browser cases.
//   node run.mjs                                        builds the front end and drives it against its mock; if POSTERN
//                                                       names the program, drives that too, with mail of its own
//   node run.mjs BASE_URL ADDRESS PASSWORD              drives the portal that runs there, with the mail that it holds
//   [--screenshots DIR]                                 and keeps pictures of every page
// The last line is the count: "N passed, N failed, N skipped". The exit code is 0 only if nothing failed.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as gateway from "./lib/gateway.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const web = resolve(here, "../../portal/web");
const sum = { passed: 0, failed: 0, skipped: 0 };

/** Runs all cases in a process of their own and adds up what they say at the end. */
async function run_cases(what, environment) {
  console.log(`--- ${what}`);
  const cases = spawn(process.execPath, ["--test-reporter=spec", join(here, "cases.mjs")], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const counts = {};
  createInterface({ input: cases.stdout }).on("line", (line) => {
    console.log(line);
    const [, word, number] = /^. (pass|fail|cancelled|skipped) (\d+)$/u.exec(line) ?? [];
    if (word) counts[word] = Number(number);
  });
  const [code] = await once(cases, "close");
  const failed = (counts.fail ?? 0) + (counts.cancelled ?? 0);
  sum.passed += counts.pass ?? 0;
  sum.skipped += counts.skipped ?? 0;
  // A process that fails without saying how, or that ran nothing, counts as one failure.
  sum.failed += failed === 0 && (code !== 0 || !counts.pass) ? 1 : failed;
}

function npm(...parts) {
  const done = spawnSync("npm", parts, { cwd: web, stdio: "inherit" });
  if (done.status !== 0) throw new Error(`npm ${parts.join(" ")} failed in ${web}`);
}

async function run_mock(screenshots) {
  if (!existsSync(join(web, "node_modules"))) npm("ci");
  npm("run", "build");
  const mock = spawn(process.execPath, [join(web, "mock/server.mjs"), "--port", "0", "--rows", "160"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [url] = await once(createInterface({ input: mock.stdout }), "line");
    await run_cases("the front end against its mock", {
      POSTERN_URL: url,
      POSTERN_ADDRESS: "you@example.test",
      POSTERN_PASSWORD: "gate",
      POSTERN_ADMINISTRATOR: "administrator@example.test",
      POSTERN_COMPLETE: "yes",
      POSTERN_SCREENSHOTS: screenshots,
    });
  } finally {
    mock.kill();
  }
}

async function run_program(binary, screenshots) {
  const running = await gateway.start_gateway(binary);
  const before = sum.failed;
  try {
    await run_cases("the program", {
      POSTERN_URL: running.url,
      POSTERN_SMTP: running.smtp,
      POSTERN_FRONT_END_IS_CHECKED: "yes",
      POSTERN_ADDRESS: gateway.person,
      POSTERN_PASSWORD: gateway.password,
      POSTERN_ADMINISTRATOR: gateway.administrator,
      POSTERN_COMPLETE: "yes",
      POSTERN_SCREENSHOTS: screenshots,
    });
  } finally {
    await running.stop();
    if (sum.failed > before) console.log(`the end of the program's log:\n${running.log.slice(-60).join("\n")}`);
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { screenshots: { type: "string", default: "" } },
});
const pictures = (name) => (values.screenshots ? join(resolve(values.screenshots), name) : "");
const [url, address, password] = positionals;

if (positionals.length === 3) {
  await run_cases(url, {
    POSTERN_URL: url,
    POSTERN_ADDRESS: address,
    POSTERN_PASSWORD: password,
    POSTERN_SCREENSHOTS: pictures(""),
  });
} else if (positionals.length === 0) {
  await run_mock(pictures("mock"));
  if (process.env.POSTERN) await run_program(resolve(process.env.POSTERN), pictures("program"));
} else {
  console.error("usage: node run.mjs [BASE_URL ADDRESS PASSWORD] [--screenshots DIR]");
  process.exit(2);
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed > 0 ? 1 : 0;
