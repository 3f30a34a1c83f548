// The front end's mock, with the front end as `npm run build` left it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const server = fileURLToPath(new URL("../../../portal/web/mock/server.mjs", import.meta.url));

/** POSTERN_WEB_DIST names another build than the usual one. The answer's stop() ends it. */
export async function start_mock() {
  const dist = process.env.POSTERN_WEB_DIST;
  const mock = spawn(process.execPath, [server, "--port", "0", ...(dist ? ["--dist", dist] : [])], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await once(createInterface({ input: mock.stdout }), "line");
  const stop = async () => {
    mock.kill();
    await once(mock, "exit");
  };
  return { url, stop };
}
