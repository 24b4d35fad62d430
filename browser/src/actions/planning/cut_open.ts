import type { Action } from "../action";
import { complete, sketch } from "../sketch";
import { canPlan, drawWith, editor, leaveTool } from "./tools";

/** Draw a line and see the town cut open along it. */
export const cutOpen: Action = {
  label: "tool.section",
  icon: "section",
  shortcut: "c",
  possible: canPlan,
  perform: () => drawWith("section", "LineString"),
};

/** Cut along what is drawn; false while it is no line yet. */
export function cutHere(): boolean {
  if (!complete()) return false;
  const line = [...sketch.corners];
  leaveTool();
  editor.section = line;
  return true;
}
