/** Lines around the place somebody draws at, and whether and how far corners snap to them. */
import { shallowReactive, watch } from "vue";
import * as api from "../../api_planning";
import type { PlanEdit } from "../../api_planning";
import type { GroundShape } from "../../scene";
import { address } from "../address";
import type { Corner } from "../outline";
import { camera, scene } from "../twin";
import { cornersOfEdit } from "./edits";
import { outlinesOf, plans } from "./plans";
import { edgesOf, snapped, snappedOutline, snappedTurn, type Edge, type Guide, type GuideKind, type Snap } from "./snapping"; // prettier-ignore
import { variant } from "./variant";

export const KINDS: GuideKind[] = ["parcel", "limit", "buildingLine", "street", "building"];
/** Distances at which something snaps, to choose from [m]; 0 goes with the picture. */
export const REACHES = [0, 0.25, 0.5, 1, 2, 5];
/** What it goes with the picture means [px]. */
const PIXELS = 12;
/** Lines are asked for so far around the middle of the picture, and again once it moved so far [m]. */
const AROUND = 350;
const MOVED = 150;
/** Farther away nobody draws a corner by hand [m]. */
const HIGHEST_VIEW = 2500;

export const snapping = shallowReactive<{
  on: boolean;
  /** One of {@link REACHES}. */
  reach: number;
  off: ReadonlySet<GuideKind>;
  /** Lines of the town that were fetched. */
  town: Guide[];
  /** What holds the aim now. */
  hint: Snap | null;
  /** Held down, corners are free for the moment. */
  held: boolean;
}>({ on: true, reach: 0, off: new Set(), town: [], hint: null, held: false });

export const isSnapping = () => snapping.on && !snapping.held;
const reachNow = () => snapping.reach || PIXELS * (scene.value?.metresPerPixel() ?? 0.1);

const PLAN_LINES: Record<string, GuideKind> = { BP_BauGrenze: "limit", BP_BauLinie: "buildingLine" };
function planGuides(): Guide[] {
  const lines = plans.objects.flatMap(({ class: name, geometry }): Guide[] => {
    const kind = PLAN_LINES[name];
    if (!kind) return [];
    const ways = geometry.type === "LineString" ? [geometry.coordinates] : geometry.type === "MultiLineString" ? (geometry.coordinates as unknown[]) : []; // prettier-ignore
    return (ways as Corner[][]).map((line) => ({ kind, closed: false, line }));
  });
  const areas = plans.envelopes.flatMap(outlinesOf).flat();
  return [...lines, ...areas.map((line): Guide => ({ kind: "limit", closed: true, line }))];
}

const planGuidesOnce = once(() => [plans.objects, plans.envelopes], planGuides);
const edgesOnce = once(
  () => [snapping.town, plans.objects, plans.envelopes, variant.edits, snapping.off],
  () => {
    const planned = variant.edits.flatMap((edit): Guide[] =>
      edit.kind === "add_building"
        ? [{ kind: "building", object: edit.id, closed: true, line: cornersOfEdit(edit) }]
        : [],
    );
    return edgesOf([...planGuidesOnce(), ...snapping.town, ...planned].filter(({ kind }) => !snapping.off.has(kind)));
  },
);

/** The last answer, as long as what it was made of is the same. */
function once<T>(parts: () => unknown[], make: () => T): () => T {
  let known: { of: unknown[]; made: T } | null = null;
  return () => {
    const of = parts();
    if (!known || known.of.some((part, i) => part !== of[i])) known = { of, made: make() };
    return known.made;
  };
}

/** All lines that count, without those of one object or edit. */
export const edgesNow = (without = ""): Edge[] =>
  without ? edgesOnce().filter(({ object }) => object !== without) : edgesOnce();

const CLOSED = { stroke: "#c31c13", width: 2.4, dash: [4, 3] };
/** Axes of the streets that edits close, as far as they are near. */
export function closedStreets(edits: PlanEdit[]): GroundShape[] {
  const closed = new Set(edits.flatMap((edit) => (edit.kind === "close_street" ? [edit.object] : [])));
  if (!closed.size) return [];
  return snapping.town
    .filter(({ kind, object }) => kind === "street" && closed.has(object ?? ""))
    .flatMap(({ line }) => [
      { rings: [line], closed: false, stroke: "#ffffff", width: 2.8 },
      { rings: [line], closed: false, ...CLOSED },
    ]);
}

/** Where a drawn corner belongs, itself while all shall be free; null where no line is near. Says in the scene why. */
export function snapCorner(at: Corner, before: Corner[], after: Corner[], square: boolean): Corner | null {
  if (snapping.held) {
    snapping.hint = null;
    return at;
  }
  snapping.hint = isSnapping() ? snapped({ at, before, after, square, reach: reachNow() }, edgesNow()) : null;
  return snapping.hint?.at ?? null;
}

/** How far an outline in hand moves to meet lines nearby. */
export function snapOutline(corners: Corner[], without = ""): Corner {
  const found = isSnapping() && corners.length ? snappedOutline(corners, edgesNow(without), reachNow()) : null;
  snapping.hint = found?.snap ?? null;
  return found?.by ?? [0, 0];
}

/** How much further a turned outline turns to run along lines nearby [°]. */
export const snapTurn = (corners: Corner[], without = ""): number =>
  isSnapping() ? snappedTurn(corners, edgesNow(without)) : 0;

let asked: { tenant: string; at: Corner } | null = null;

async function fetchAround(at: Corner): Promise<void> {
  const { tenant } = address;
  if (asked?.tenant === tenant && Math.hypot(asked.at[0] - at[0], asked.at[1] - at[1]) < MOVED) return;
  if (asked?.tenant !== tenant) snapping.town = [];
  const here = (asked = { tenant, at });
  const box = [at[0] - AROUND, at[1] - AROUND, at[0] + AROUND, at[1] + AROUND];
  const found = await api.guides(tenant, box).catch(() => null);
  if (asked !== here) return;
  // without an answer it is asked again with the next movement
  if (found) snapping.town = found.guides;
  else asked = null;
}

/** Keep the lines in step with the picture, as long as the page stands open. */
export function followGuides(): void {
  watch(
    () => [address.tenant, camera.value ?? address.view] as const,
    ([, view]) => {
      if (view && view.distance < HIGHEST_VIEW) void fetchAround([view.target[0], view.target[1]]);
    },
    { immediate: true },
  );
}
