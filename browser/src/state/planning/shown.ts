/** What the scene shows of a list of edits: bodies, trees, paint on the ground, and what sticks out of the plan. */
import type { Geometry } from "../../api";
import type { PlanEdit, Verdict } from "../../api_planning";
import type { GroundShape, Planned } from "../../scene";
import type { Corner } from "../outline";
import { cornersOfEdit, heightsOf, hiddenBy } from "./edits";
import { grown } from "./growth";

/** Colours of planned things by theme; red is what a plan does not allow. */
export const COLOURS = {
  light: { planned: "#8fd3bd", bad: "#d0382c" },
  dark: { planned: "#3f9f87", bad: "#e0584b" },
  contrast: { planned: "#0b7a5e", bad: "#b00000" },
};
export type Palette = (typeof COLOURS)["light"];

const COVERS: Record<string, { fill: string; pattern?: "lines" | "dots" }> = {
  sealed: { fill: "#8b8f99" },
  paved: { fill: "#a8a39a", pattern: "dots" },
  green: { fill: "#7dba62" },
  water: { fill: "#5aa2d8" },
  soil: { fill: "#a98d68" },
};

/** Rings of an area, as plan coordinates; several for several areas. */
export function ringsOf(geometry: Geometry | null): Corner[][][] {
  if (!geometry) return [];
  const open = (ring: number[][]) => ring.slice(0, -1).map(([x, y]): Corner => [x!, y!]);
  if (geometry.type === "Polygon") return [(geometry.coordinates as number[][][]).map(open)];
  if (geometry.type === "MultiPolygon") return (geometry.coordinates as number[][][][]).map((one) => one.map(open));
  if (geometry.type === "GeometryCollection")
    return ((geometry as unknown as { geometries: Geometry[] }).geometries ?? []).flatMap(ringsOf);
  return [];
}

/** A line as an area of some width. */
export function band(line: Corner[], width: number): Corner[] {
  const aside = (i: number): Corner => {
    const [a, b] = [line[Math.max(0, i - 1)]!, line[Math.min(line.length - 1, i + 1)]!];
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    return [(-(b[1] - a[1]) / length) * (width / 2), ((b[0] - a[0]) / length) * (width / 2)];
  };
  const left = line.map(([x, y], i): Corner => [x + aside(i)[0], y + aside(i)[1]]);
  const right = line.map(([x, y], i): Corner => [x - aside(i)[0], y - aside(i)[1]]);
  return [...left, ...right.toReversed()];
}

const bodies = (edits: PlanEdit[], colour: string): Planned["solids"] =>
  edits.flatMap((edit) => {
    if (edit.kind === "add_building" && edit.footprint.length > 2)
      return [
        { id: edit.id, label: edit.name ?? "", rings: [edit.footprint], ...heightsOf(edit), roof: edit.roof ?? "flat", colour },
      ]; // prettier-ignore
    if ((edit.kind === "wall" || edit.kind === "levee") && edit.line.length > 1) {
      const rings = [band(edit.line, Math.max(0.3, edit.width ?? (edit.kind === "wall" ? 0.3 : 2)))];
      return [
        { id: edit.id ?? "", label: "", rings, eaves: edit.height, top: edit.height, roof: "flat" as const, colour },
      ];
    }
    return [];
  });

/** Everything at once from its sizes, before the server has drawn it. */
export function drawnHere(edits: PlanEdit[], { planned }: Palette): Planned {
  const trees = grown(edits).flatMap((edit) =>
    edit.kind === "plant_tree"
      ? [
          {
            id: edit.id,
            label: edit.species ?? "",
            place: edit.place,
            height: edit.height ?? 8,
            crown: edit.crown ?? 5,
          },
        ]
      : [],
  );
  const shifted = new Map<string, Planned["shifted"][number]>();
  for (const edit of edits) {
    if (edit.kind !== "move" && edit.kind !== "raise") continue;
    const before = shifted.get(edit.object) ?? {
      id: edit.object,
      east: 0,
      north: 0,
      turn: 0,
      height: null,
      colour: planned,
    };
    const after =
      edit.kind === "raise"
        ? { ...before, height: edit.height }
        : { ...before, east: before.east + edit.east, north: before.north + edit.north, turn: before.turn - edit.turn };
    shifted.set(edit.object, after);
  }
  for (const edit of edits) if (edit.kind === "demolish") shifted.delete(edit.id);
  const hidden = hiddenBy(edits);
  return {
    solids: bodies(edits, planned),
    trees,
    shifted: [...shifted.values()],
    hidden,
    glass: [],
    drawn: null,
    colour: planned,
  };
}

/** Pieces of planned buildings that a plan does not allow, as bodies of their own. */
export function beyond(edits: PlanEdit[], verdicts: Verdict[], { bad }: Palette, groundAt: (at: Corner) => number) {
  return verdicts.flatMap((one): Planned["solids"] => {
    const edit = edits.find(({ id }) => id === one.object);
    if (one.verdict !== "broken" || !one.beyond || one.unit !== "m" || edit?.kind !== "add_building") return [];
    const foot = Math.min(...edit.footprint.map(groundAt));
    const { eaves, top } = heightsOf(edit);
    const high = foot + (edit.roof === "flat" || !edit.roof ? top : eaves);
    const base = Math.max(foot, one.top ?? foot);
    if (base >= high - 0.02) return [];
    return ringsOf(one.beyond).map((rings) => ({
      id: edit.id,
      label: "",
      rings,
      base,
      eaves: high - base,
      top: high - base,
      roof: "flat" as const,
      colour: bad,
    }));
  });
}

/** What edits change on the ground. */
export function groundOf(edits: PlanEdit[]): GroundShape[] {
  return edits.flatMap((edit): GroundShape[] => {
    const corners = cornersOfEdit(edit);
    if (corners.length < 2) return [];
    const area = { rings: [corners], closed: true, width: 0.5 };
    if (edit.kind === "surface") return [{ ...area, ...COVERS[edit.cover], stroke: "#454b6b", width: 0.3 }];
    if (edit.kind === "basin")
      return [{ ...area, fill: "#5a8fc7", opacity: 0.75, stroke: "#1f5cb0", pattern: "lines" }];
    if (edit.kind === "ground")
      return [{ ...area, fill: "#a98d68", opacity: 0.8, stroke: "#6b4f22", pattern: "lines" }];
    if (edit.kind === "add_street")
      return [
        { rings: [band(corners, edit.width ?? 6)], closed: true, fill: "#c9ccd4", stroke: "#6e7597", width: 0.3 },
      ];
    if (edit.kind === "levee") return [{ rings: [corners], closed: false, stroke: "#8a5a1a", width: edit.width ?? 2 }];
    return [];
  });
}
