import type { Action } from "../action";
import { measure } from "../measure";
import { leaveTool } from "./tools";

/** Measuring, under the key it has among the tools of planning. */
export const measureHere: Action = {
  label: "action.measure",
  icon: "ruler",
  shortcut: "l",
  possible: measure.possible,
  perform: () => {
    leaveTool();
    return measure.perform();
  },
};
