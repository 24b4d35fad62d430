import type { Move, PlanEdit } from "../../api_planning";
import type { Corner } from "../../state/outline";
import { carried, cornersOfEdit, freshId, withCorners } from "../../state/planning/edits";
import { snapOutline, snapping } from "../../state/planning/guides";
import { variant } from "../../state/planning/variant";
import { scene } from "../../state/twin";
import type { Action } from "../action";
import { canPlan, chooseEdit, editor, keepGhost, point } from "./tools";

/** How an object of the town is moved already, or not yet. */
export function moveOf(object: string): Move {
  const found = variant.edits.find((edit) => edit.kind === "move" && edit.object === object) as Move | undefined;
  return found ?? { kind: "move", id: freshId("weg"), object, east: 0, north: 0, turn: 0 };
}

/** The planned thing or the object of the town with this id, as something that can be moved. */
export const movable = (id: string): PlanEdit =>
  variant.edits.find((edit) => edit.id === id && cornersOfEdit(edit).length > 0) ?? moveOf(id);

/** An edit, shifted by metres and turned against the clock. */
export function shifted(edit: PlanEdit, by: Corner, turn = 0): PlanEdit {
  if (edit.kind === "move")
    return { ...edit, east: edit.east + by[0], north: edit.north + by[1], turn: (edit.turn + turn) % 360 };
  return withCorners(edit, carried(cornersOfEdit(edit), by, turn));
}

/** The outline of an edit as it stands in the scene; that of an object of the town from its tiles. */
export const outlineOf = (edit: PlanEdit): Corner[] =>
  edit.kind === "move" ? ((scene.value?.shapeOf(edit.object)?.outline ?? []) as Corner[]) : cornersOfEdit(edit);

/** Shifted, and from there onto lines nearby, but never onto its own walls. */
export function shiftedToLines(edit: PlanEdit, outline: Corner[], by: Corner): PlanEdit {
  const corners = outline.map(([x, y]): Corner => [x + by[0], y + by[1]]);
  const more = snapOutline(corners, edit.kind === "move" ? edit.object : edit.id);
  return shifted(edit, [by[0] + more[0], by[1] + more[1]]);
}

export const moveObject: Action = {
  label: "tool.move",
  icon: "move",
  shortcut: "v",
  possible: canPlan,
  perform: () => {
    let held: { edit: PlanEdit; outline: Corner[]; from: Corner } | null = null;
    point("move", {
      take: (id, at) => {
        const edit = movable(id);
        held = { edit, outline: outlineOf(edit), from: at };
        // What is planned has its own panel; only objects of the town are named here.
        editor.object = held.edit.kind === "move" ? id : "";
        return true;
      },
      carry: (at) => {
        if (held) editor.ghost = shiftedToLines(held.edit, held.outline, [at[0] - held.from[0], at[1] - held.from[1]]);
      },
      letGo: () => {
        held = null;
        snapping.hint = null;
        keepGhost();
      },
      place: (_, id) => {
        if (id && variant.edits.some((edit) => edit.id === id)) void chooseEdit.perform(id);
        else if (id) editor.object = id;
      },
    });
  },
};
