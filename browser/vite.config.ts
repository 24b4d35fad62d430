import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [vue({ features: { optionsAPI: false } })],
  base: "/",
  define: { __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false" },
  build: {
    outDir: "../kastor/web/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    cssTarget: ["chrome111", "firefox113", "safari16.4"],
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What every page needs comes in one file instead of thirty.
          groups: [
            { name: "app", test: /src\/(state|actions|text\/\w+\.ts|api|panels\/elements)|node_modules\/@?vue/ },
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
  test: { environment: "happy-dom", include: ["src/**/*.test.ts", "tests/**/*.test.ts"] },
});
