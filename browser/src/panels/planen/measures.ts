/** Changes of the city that are tried: their names, sizes and places. */
import type { Edit } from "../../api_processes";
import type { Measure } from "../../actions/plan";
import { areaOf, sides, type Corner } from "../../state/outline";
import { t } from "../../text";
import { area, distance, number } from "../../text/numbers";

/** Sizes a measure is asked for, with what stands there first [m], and the most the server takes. */
export const SIZES: Record<Measure, { name: "depth" | "height" | "width"; first: number; most: number }[]> = {
  basin: [{ name: "depth", first: 1, most: 30 }],
  levee: [
    { name: "height", first: 1, most: 20 },
    { name: "width", first: 2, most: 200 },
  ],
  add_building: [{ name: "height", first: 9, most: 500 }],
  demolish: [],
};

export const cornersOf = (edit: Edit): Corner[] => {
  if (edit.kind === "basin") return edit.outline;
  if (edit.kind === "levee") return edit.line;
  return edit.kind === "add_building" ? edit.footprint : [];
};

/** "240 m², 1,5 m tief". */
export function sizeText(edit: Edit): string {
  const corners = cornersOf(edit);
  const tall = (value: number) => number(value, Number.isInteger(value) ? 0 : 1);
  if (edit.kind === "basin") return t("plan.basinSize", { area: area(areaOf(corners)), depth: tall(edit.depth) });
  if (edit.kind === "add_building")
    return t("plan.buildingSize", { area: area(areaOf(corners)), height: tall(edit.height) });
  if (edit.kind === "demolish") return edit.id;
  const length = sides(corners, false).reduce((sum, side) => sum + side, 0);
  return t("plan.leveeSize", { length: distance(length), height: tall(edit.height) });
}

/** An id for a new building that no other of the edits has. */
export function newId(edits: Edit[]): string {
  const taken = new Set(edits.map((edit) => ("id" in edit ? edit.id : "")));
  let n = 1;
  while (taken.has(`neu-${n}`)) n += 1;
  return `neu-${n}`;
}

/** The edit a drawing and its sizes make. */
export function editOf(kind: Measure, corners: Corner[], sizes: Record<string, number>, id: string): Edit {
  if (kind === "basin") return { kind, outline: corners, depth: sizes.depth! };
  if (kind === "levee") return { kind, line: corners, height: sizes.height!, width: sizes.width! };
  if (kind === "demolish") return { kind, id };
  return { kind, id, footprint: corners, height: sizes.height! };
}
