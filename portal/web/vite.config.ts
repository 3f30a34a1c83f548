import { defineConfig } from "vite";

// The development server passes API calls on to whatever answers here: the mock, or a real gateway.
declare const process: { env: Record<string, string | undefined> };
const api = process.env.POSTERN_API ?? "http://127.0.0.1:8099";

export default defineConfig({
  // The JSX form comes from tsconfig.json; no plug-in is needed for it.
  build: {
    target: "es2022",
    // The portal's policy forbids inline anything, so every asset stays a file under /assets/.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    host: "127.0.0.1",
    // The gateway compares Origin with its own address; changeOrigin alone would leave ours in place.
    proxy: { "/api": { target: api, changeOrigin: true, headers: { origin: api } } },
  },
});
