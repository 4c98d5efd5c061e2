import preact from "@preact/preset-vite";
import { defineConfig } from "vitest/config";

// The worklet and the workers are entry points of their own: they run in other global scopes.
export default defineConfig({
  plugins: [preact()],
  build: { target: "es2022", outDir: "dist", assetsDir: "assets", sourcemap: false, modulePreload: { polyfill: false } },
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
