import type { AddBuilding } from "../../api_planning";
import { heightsOf, riseOf, STOREY_HEIGHT, STOREYS } from "../../state/planning/edits";

/** By whole storeys, or by what is said to the centimetre. */
export type Rise = "storeys" | "metres";

const MOST_STOREYS = 120;
const LOWEST = 2;
const HIGHEST = 500;
const centimetres = (value: number) => Math.round(value * 100) / 100;

/** A planned building higher by some metres. Whole storeys say the height anew, metres leave the storeys as they are. */
export function higher(edit: AddBuilding, rise: number, how: Rise): AddBuilding {
  const { eaves, top } = heightsOf(edit);
  if (how === "metres") {
    const height = Math.min(HIGHEST, Math.max(LOWEST + riseOf(edit), top + rise));
    return { ...edit, height: centimetres(height) };
  }
  const each = edit.storey_height ?? STOREY_HEIGHT;
  const now = edit.height === undefined ? (edit.storeys ?? STOREYS) : eaves / each;
  const storeys = Math.min(MOST_STOREYS, Math.max(1, Math.round(now + rise / each)));
  return { ...edit, storeys, height: undefined };
}
