import type { Action } from "../action";
import { canPlan, drawWith } from "./tools";

export const buildLevee: Action = {
  label: "tool.levee",
  icon: "levee",
  shortcut: "d",
  possible: canPlan,
  perform: () => drawWith("levee", "LineString"),
};
