import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

import preact from "@preact/preset-vite";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const PUBLIC = new URL("public/", import.meta.url);

/** Tells the service worker which files this build consists of; `/sw.js` has a fixed name, so its content has to change. */
function serviceWorkerOf(): Plugin {
  return {
    name: "hathor-service-worker",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const worker = bundle["sw.js"];
        const page = bundle["index.html"];
        const entry = Object.values(bundle).find((file) => file.type === "chunk" && file.isEntry && file.fileName !== "sw.js");
        if (worker?.type !== "chunk" || page?.type !== "asset" || entry === undefined) throw new Error("the build has no page");
        const icons = readdirSync(PUBLIC).sort();
        const files = [...Object.keys(bundle).filter((name) => name !== "sw.js" && name !== "index.html").sort(), ...icons];
        const digest = createHash("sha256").update(page.source).update(files.join("\n")).update(worker.code);
        for (const icon of icons) digest.update(readFileSync(new URL(icon, PUBLIC)));
        const version = digest.digest("hex").slice(0, 16);
        const build = { version, files: files.map((name) => `/${name}`), entry: `/${entry.fileName}` };
        worker.code = worker.code.replaceAll("__HATHOR_BUILD__", () => JSON.stringify(build));
      },
    },
  };
}

// The worklet and the workers are entry points of their own: they run in other global scopes.
export default defineConfig({
  plugins: [preact(), serviceWorkerOf()],
  build: {
    target: "es2022",
    outDir: "dist",
    assetsDir: "assets",
    sourcemap: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", sw: "src/serviceWorker.ts" },
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  worker: { format: "es" },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    coverage: {
      provider: "v8",
      include: ["src/**/*.{ts,tsx}"],
      reporter: ["text-summary"],
      thresholds: { lines: 75, statements: 75 },
    },
  },
});
