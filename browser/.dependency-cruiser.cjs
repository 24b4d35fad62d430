/** Who may import whom: scene <- actions <- panels <- main; text and state lie below, api.ts is known to all. */
const layer = (name, from, to) => ({
  name,
  severity: "error",
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true, dependencyTypesNot: ["type-only"] } },
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: "\\.(d\\.ts|json|test\\.ts)$" }, to: {} },
    layer("scene-knows-no-domain", "^src/scene", "^src/(actions|panels|state|text|main|App)"),
    layer("state-below-actions", "^src/(state|text)", "^src/(actions|panels|main|App)"),
    layer("actions-below-panels", "^src/actions", "^src/(panels|main|App)"),
    layer("panels-below-main", "^src/panels", "^src/(main|App)"),
    layer("api-stands-alone", "^src/api\\.ts$", "^src/"),
    layer("chat-stands-alone", "^src/chat", "^src/(scene|actions|panels|state|text|main|App|api)"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".vue", ".json", ".js"] },
  },
};
