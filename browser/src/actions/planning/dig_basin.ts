import type { Action } from "../action";
import { canPlan, drawWith } from "./tools";

/** A hollow that holds water. */
export const digBasin: Action = {
  label: "tool.basin",
  icon: "water",
  shortcut: "m",
  possible: canPlan,
  perform: () => drawWith("basin", "Polygon"),
};
