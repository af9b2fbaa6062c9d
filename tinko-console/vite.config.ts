import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

import { messages } from "./scripts/messages";

const API = process.env.TINKO_API ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/console/",
  plugins: [messages(), react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    target: "es2022",
    manifest: true,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // What every page needs is one file: it compresses better than many small ones.
      output: { codeSplitting: { groups: [{ name: "base", tags: ["$initial"] }] } },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(["/v1", "/healthz", "/pay"].map((path) => [path, { target: API }])),
  },
});
