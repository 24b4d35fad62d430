import type { Action } from "../action";
import { canPlan, drawWith } from "./tools";

/** Unseal an area, or give it another cover. */
export const changeSurface: Action = {
  label: "tool.surface",
  icon: "green",
  shortcut: "e",
  possible: canPlan,
  perform: () => drawWith("surface", "Polygon"),
};
