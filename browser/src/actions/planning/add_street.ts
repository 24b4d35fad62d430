import type { Action } from "../action";
import { canPlan, drawWith } from "./tools";

export const addStreet: Action = {
  label: "tool.road",
  icon: "street",
  shortcut: "r",
  possible: canPlan,
  perform: () => drawWith("road", "LineString"),
};
