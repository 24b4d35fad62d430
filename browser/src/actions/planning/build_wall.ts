import type { Action } from "../action";
import { canPlan, drawWith } from "./tools";

export const buildWall: Action = {
  label: "tool.wall",
  icon: "polygon",
  shortcut: "w",
  possible: canPlan,
  perform: () => drawWith("wall", "LineString"),
};
