// The real program for the cases: a stand-in mail server that takes everything, a configuration on free ports, people,
// and mail sent over SMTP, among it what an attacker would send. Everything lives in one directory that goes away.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { mails } from "./mails.mjs";

export const person = "anna@example.test";
export const moderator = "mo@example.test";
/** Nobody's own; the person acts for it. */
export const mailbox = "info@example.test";
export const administrator = "admin@example.test";
export const password = "the browser's own password";

const ready_seconds = 60;

const usual_rules = `[[rule]]
name = "no programs"
attachment_extension = ["exe", "docm"]
action = "hold"
hold_for = "administrator"

[[rule]]
name = "confidential subjects"
subject = 'CONFIDENTIAL'
action = "hold"
hold_for = "moderator"
moderators = ["${moderator}", "${administrator}"]

[[rule]]
name = "doubtful hosts"
sender = ["doubtful.example"]
action = "hold"
`;

const configuration = (backend, rules) => `hostname = "mx.example.test"
data_dir = "store"

[[smtp.listener]]
address = "127.0.0.1:0"

[[domain]]
name = "example.test"
backend = "${backend}"

[portal]
address = "127.0.0.1:0"
public_url = "https://portal.example.test"

[report]
security_team = "security@example.test"

${rules}`;

/** Takes every mail and keeps it in `received`, as it came in DATA. */
async function start_backend(received) {
  const server = createServer((socket) => {
    socket.setEncoding("latin1");
    socket.on("error", () => socket.destroy());
    socket.write("220 stand-in\r\n");
    let rest = "";
    let in_data = false;
    let lines = [];
    socket.on("data", (piece) => {
      rest += piece;
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (in_data) {
          if (line !== ".") {
            lines.push(line);
            continue;
          }
          in_data = false;
          received.push(lines.join("\r\n"));
          lines = [];
          socket.write("250 2.0.0 taken\r\n");
          continue;
        }
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === "EHLO")
          socket.write("250-stand-in\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE\r\n");
        else if (verb === "DATA") {
          in_data = true;
          socket.write("354 go on\r\n");
        } else if (verb === "QUIT") socket.end("221 2.0.0 bye\r\n");
        else socket.write("250 2.0.0 ok\r\n");
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** The addresses that the program logs once it listens. */
function addresses(process) {
  return new Promise((resolve, reject) => {
    const found = {};
    const log = [];
    const too_late = setTimeout(() => reject(new Error(`not ready:\n${log.join("\n")}`)), ready_seconds * 1000);
    process.once("exit", (code) => reject(new Error(`exit ${code}:\n${log.join("\n")}`)));
    createInterface({ input: process.stderr }).on("line", (line) => {
      log.push(line);
      if (log.length > 400) log.shift();
      const field = (name) => new RegExp(`(?:^|\\s)${name}="?([^"\\s]+)`).exec(line)?.[1];
      if (field("event") === "listening") found[field("room")] = field("address");
      if (found.smtp && found.portal) {
        clearTimeout(too_late);
        resolve({ ...found, log });
      }
    });
  });
}

/** One SMTP dialogue; fails on the first reply that is not what the line before it should get. */
export async function send(address, all) {
  const [host, port] = [
    address.slice(0, address.lastIndexOf(":")),
    Number(address.slice(address.lastIndexOf(":") + 1)),
  ];
  const socket = createConnection({ host, port });
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const reply = async (wanted) => {
    for (;;) {
      const { value = "closed" } = await lines.next();
      if (/^\d{3}-/.test(value)) continue;
      if (!value.startsWith(wanted)) throw new Error(`wanted ${wanted}, got: ${value}`);
      return;
    }
  };
  const say = async (text, wanted) => {
    socket.write(`${text}\r\n`);
    await reply(wanted);
  };
  await reply("220");
  await say("EHLO sender.example", "250");
  for (const mail of all) {
    await say(`MAIL FROM:<${mail.from}>`, "250");
    for (const to of mail.to) await say(`RCPT TO:<${to}>`, mail.refused?.includes(to) ? "550" : "250");
    if (mail.to.every((to) => mail.refused?.includes(to))) {
      await say("RSET", "250");
      continue;
    }
    await say("DATA", "354");
    const bytes = `${mail.text.replace(/\r?\n/g, "\r\n").replace(/^\./gm, "..")}\r\n.\r\n`;
    socket.write(bytes, mail.encoding ?? "utf8");
    await reply("250");
  }
  await say("QUIT", "221");
  socket.destroy();
}

/**
 * Starts everything, with rules and mail of one's own if wanted; the answer's stop() ends it and removes what it left.
 */
export async function start_gateway(binary, { rules = usual_rules, mails_for = mails } = {}) {
  const directory = mkdtempSync(join(tmpdir(), "postern-browser-"));
  const config = join(directory, "postern.toml");
  const received = [];
  const backend = await start_backend(received);
  writeFileSync(config, configuration(`127.0.0.1:${backend.address().port}`, rules));
  const run = (...parts) => {
    const done = spawnSync(binary, [...parts, "--config", config], { input: `${password}\n`, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`postern ${parts.join(" ")}: exit ${done.status}: ${done.stderr}`);
    return done.stdout;
  };
  const serving = spawn(binary, ["serve", "--config", config], { stdio: ["ignore", "ignore", "pipe"] });
  const stop = async () => {
    if (serving.exitCode === null && serving.signalCode === null) {
      serving.kill("SIGTERM");
      await once(serving, "exit");
    }
    backend.close();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const { smtp, portal, log } = await addresses(serving);
    for (const [address, role] of [
      [person, "user"],
      [moderator, "moderator"],
      [administrator, "administrator"],
    ]) {
      run("user", "add", address, "--role", role, "--password-stdin");
    }
    run("user", "act-for", person, mailbox);
    run("sender", "block", person, "pushy.example");
    await send(smtp, mails_for(person, moderator, mailbox));
    return { url: `http://${portal}`, smtp, log, stop, run, received };
  } catch (failure) {
    await stop();
    throw failure;
  }
}
