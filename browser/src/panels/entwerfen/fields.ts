/** Which numbers each kind of edit is asked for. Lengths in metres, angles in degrees. */
import type { PlanEdit } from "../../api_planning";
import type { TextKey } from "../../text";

export interface Asked {
  name: string;
  label: TextKey;
  unit: string;
  /** Where the edit does not say it. */
  usual: number;
  low?: number;
}

const size = (name: string, label: TextKey, usual: number, low = 0.1): Asked => ({
  name,
  label,
  unit: "m",
  usual,
  low,
});

export const ASKED: Partial<Record<PlanEdit["kind"], Asked[]>> = {
  plant_tree: [size("height", "edit.height", 8), size("crown", "edit.crown", 5)],
  move: [
    size("east", "edit.toEast", 0, -Infinity),
    size("north", "edit.toNorth", 0, -Infinity),
    { name: "turn", label: "edit.turn", unit: "°", usual: 0 },
  ],
  raise: [size("height", "edit.newHeight", 9)],
  basin: [size("depth", "edit.depth", 1)],
  ground: [size("height", "edit.fill", 1, -Infinity)],
  levee: [size("height", "edit.height", 1), size("width", "edit.crownWidth", 2)],
  wall: [size("height", "edit.height", 2), size("width", "edit.width", 0.3)],
  add_street: [size("width", "edit.width", 6)],
};

export const numberOf = (edit: PlanEdit, { name, usual }: Asked): number =>
  ((edit as unknown as Record<string, unknown>)[name] as number | undefined) ?? usual;
export const withNumber = (edit: PlanEdit, name: string, value: number): PlanEdit =>
  ({ ...edit, [name]: value }) as PlanEdit;
