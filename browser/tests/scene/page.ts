/** The scene alone on a page, for the tests that drive it in a browser. */
import type { Place, TenantDetail } from "../../src/api";
import { createScene, plainFrame } from "../../src/scene";

const origin: Place = [356_000, 5_655_000, 50];
const nothing = { de: "", en: "" };

const tenant: TenantDetail = {
  id: "four-houses",
  title: "",
  description: nothing,
  projection: "",
  crs: "",
  counts: {},
  box: [origin[0], origin[1], origin[0] + 60, origin[1] + 60],
  preview: "",
  view: { target: [origin[0] + 20, origin[1] + 20, origin[2]], heading: 0, pitch: 50, distance: 160 },
  frame: plainFrame(origin, 6.94, 51.03),
  layers: (["terrain", "buildings"] as const).map((id) => ({
    id,
    title: nothing,
    tileset: `/tiles/${id}/tileset.json`,
    visible: true,
    attribution: "",
    note: nothing,
  })),
  datasets: [],
  revision: "1",
  accent: "#2044aa",
  logo: "",
  services: [],
};

const seen = { picks: [] as unknown[], done: false, frames: 0, failed: "" };
const container = document.getElementById("scene") as HTMLElement;
const scene = createScene(container, tenant, {
  theme: "light",
  reducedMotion: true,
  on: {
    pick: (hit) => seen.picks.push(hit),
    view: () => undefined,
    progress: (progress) => (seen.done = progress.done),
    failed: (message) => (seen.failed = message),
  },
});
scene.setSun(new Date("2026-03-21T13:00:00Z"));
scene.onFrame(() => seen.frames++);
Object.assign(window, { seen, scene, home: tenant.view });
