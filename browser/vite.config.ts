import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import vue from "@vitejs/plugin-vue";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const PACKED = /\.(js|css|svg|html)$/;

/** Lays .br and .gz beside all text that is served, so that no server packs it again for each reader. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle({ dir = "" }) {
      for (const file of readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) => PACKED.test(name))) {
        const text = readFileSync(join(dir, file));
        writeFileSync(join(dir, `${file}.br`), brotliCompressSync(text));
        writeFileSync(join(dir, `${file}.gz`), gzipSync(text, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [vue({ features: { optionsAPI: false } }), packed()],
  base: "/",
  define: { __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false" },
  build: {
    outDir: "../kastor/web/static",
    emptyOutDir: true,
    // By it the server knows which scripts to announce with a page.
    manifest: "manifest.json",
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    cssTarget: ["chrome111", "firefox113", "safari16.4"],
    rolldownOptions: {
      // The app, and the light page people write on.
      input: ["index.html", "chat.html"],
      output: {
        codeSplitting: {
          // What every page needs comes in one file instead of thirty.
          groups: [
            {
              name: "app",
              tags: ["$initial"],
              test: /src\/(state|actions|text\/\w+\.ts|api|panels\/elements)|node_modules\/@?vue/,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/tiles", "/preview"].map((path) => [path, process.env.KASTOR_SERVER ?? "http://127.0.0.1:8000"]),
    ),
  },
  // a busy machine is slow, not wrong
  test: { environment: "happy-dom", include: ["src/**/*.test.ts", "tests/**/*.test.ts"], testTimeout: 60_000 },
});
