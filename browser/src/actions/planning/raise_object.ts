import type { Raise } from "../../api_planning";
import { freshId } from "../../state/planning/edits";
import { variant } from "../../state/planning/variant";
import { scene } from "../../state/twin";
import type { Action } from "../action";
import { canPlan, chooseEdit, editor, keep, point } from "./tools";

/** Height of an object of the town as it stands in the scene [m]; null while it is not in sight. */
export function heightOf(object: string): number | null {
  const found = scene.value?.shapeOf(object);
  return found ? Math.round((found.high - found.low) * 10) / 10 : null;
}

export function raiseTo(object: string, height: number): void {
  const found = variant.edits.find((edit) => edit.kind === "raise" && edit.object === object) as Raise | undefined;
  if (found) void chooseEdit.perform(found.id);
  else keep({ kind: "raise", id: freshId("hoehe"), object, height });
}

export const raiseObject: Action = {
  label: "tool.raise",
  icon: "height",
  shortcut: "h",
  possible: canPlan,
  perform: () =>
    point("raise", {
      place: (_, id) => {
        if (!id) return;
        if (variant.edits.some((edit) => edit.id === id)) void chooseEdit.perform(id);
        else editor.object = id;
      },
    }),
};
