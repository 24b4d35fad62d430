/** Lists of edits: new ones, changed ones, and what they say about sizes. Lengths in metres, angles in degrees. */
import type { AddBuilding, PlanEdit, RoofForm } from "../../api_planning";
import { areaOf, cornersOf, rectangleOf, sides, type Corner } from "../outline";
import { change, variant } from "./variant";

/** A building of one click: three storeys of three metres with a flat roof. */
export const STOREYS = 3;
export const STOREY_HEIGHT = 3;
export const LENGTH = 16;
export const WIDTH = 11;
/** Usual pitch of a roof [°], as on the server. */
export const PITCHES: Record<RoofForm, number> = { flat: 0, pent: 12, gable: 38, hip: 38 };

/** An id that nobody else thinks of at the same time. */
export function freshId(stem: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return `${stem}-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

export function add(edit: PlanEdit): void {
  change([...variant.edits, edit]);
}
export function replace(edit: PlanEdit): void {
  change(variant.edits.map((one) => (one.id === edit.id ? edit : one)));
}
export function removeAt(index: number): void {
  change(variant.edits.toSpliced(index, 1));
}

/** A rectangle around its middle. */
export function around([east, north]: Corner, length: number, width: number, bearing: number): Corner[] {
  const turn = (bearing * Math.PI) / 180;
  const [along, aside]: [Corner, Corner] = [
    [Math.sin(turn) * length, Math.cos(turn) * length],
    [Math.cos(turn) * width, -Math.sin(turn) * width],
  ];
  const corner: Corner = [east - (along[0] + aside[0]) / 2, north - (along[1] + aside[1]) / 2];
  return cornersOf({ corner, length, width, bearing });
}

export const middleOf = (corners: Corner[]): Corner => {
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
};

export function newBuilding(middle: Corner, bearing: number, name: string): AddBuilding {
  return {
    kind: "add_building",
    id: freshId("geb"),
    footprint: around(middle, LENGTH, WIDTH, bearing),
    storeys: STOREYS,
    storey_height: STOREY_HEIGHT,
    roof: "flat",
    use: "residential",
    name,
  };
}

/** How high a roof rises above its eaves. */
export function riseOf({ footprint, roof = "flat", pitch = PITCHES[roof] }: AddBuilding): number {
  if (roof === "flat") return 0;
  const rectangle = rectangleOf(footprint);
  const lengths = sides(footprint, true);
  const narrow = rectangle ? Math.min(rectangle.length, rectangle.width) : Math.min(...lengths);
  return Math.tan((pitch * Math.PI) / 180) * (roof === "pent" ? narrow : narrow / 2);
}

/** Eaves and highest point above the ground. */
export function heightsOf(edit: AddBuilding): { eaves: number; top: number } {
  const rise = riseOf(edit);
  const { storeys, storey_height: each = STOREY_HEIGHT, height } = edit;
  if (height === undefined) {
    const eaves = (storeys ?? STOREYS) * each;
    return { eaves, top: eaves + rise };
  }
  return { eaves: Math.max(0.5, height - rise), top: Math.max(height, 0.5 + rise) };
}

/** Corners of what an edit draws; empty where it only names an object. */
export function cornersOfEdit(edit: PlanEdit): Corner[] {
  switch (edit.kind) {
    case "add_building":
      return edit.footprint;
    case "surface":
    case "ground":
    case "basin":
      return edit.outline;
    case "levee":
    case "wall":
    case "add_street":
      return edit.line;
    case "plant_tree":
      return [edit.place];
    default:
      return [];
  }
}

export const withCorners = (edit: PlanEdit, corners: Corner[]): PlanEdit => {
  if (edit.kind === "add_building") return { ...edit, footprint: corners };
  if ("outline" in edit) return { ...edit, outline: corners };
  if ("line" in edit) return { ...edit, line: corners };
  if (edit.kind === "plant_tree") return { ...edit, place: corners[0]! };
  return edit;
};

/** The object of today's town an edit is about; empty for one that adds something. */
export const touched = (edit: PlanEdit): string =>
  edit.kind === "demolish" ? edit.id : "object" in edit ? edit.object : "";

/** Objects of the town that no longer stand as they did. */
export const hiddenBy = (edits: PlanEdit[]): string[] => [
  ...new Set(
    edits
      .filter(({ kind }) => ["demolish", "move", "raise", "fell"].includes(kind))
      .map(touched)
      .filter(Boolean),
  ),
];

export const floorArea = (edit: AddBuilding) => areaOf(edit.footprint) * (edit.storeys ?? 1);

/** Corners turned against the clock about a middle, and shifted. */
export function carried(corners: Corner[], by: Corner, turn = 0): Corner[] {
  const [x, y] = middleOf(corners);
  const [sin, cos] = [Math.sin((turn * Math.PI) / 180), Math.cos((turn * Math.PI) / 180)];
  return corners.map(([u, v]): Corner => {
    const [dx, dy] = [u - x, v - y];
    return [x + dx * cos - dy * sin + by[0], y + dx * sin + dy * cos + by[1]];
  });
}
