import { join } from "node:path";
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    target: "es2022",
    minify: false,
    emptyOutDir: false,
    rollupOptions: { input: join(import.meta.dirname, "page.html") },
  },
});
