import type { Action } from "../action";
import { canPlan, drawWith } from "./tools";

/** Fill up or cut off ground. */
export const shapeGround: Action = {
  label: "tool.ground",
  icon: "terrain",
  shortcut: "t",
  possible: canPlan,
  perform: () => drawWith("ground", "Polygon"),
};
