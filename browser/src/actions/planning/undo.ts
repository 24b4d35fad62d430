import { step, variant } from "../../state/planning/variant";
import type { Action } from "../action";
import { canPlan } from "./tools";

export const undo: Action = {
  label: "action.undo",
  icon: "undo",
  possible: () => canPlan() && (variant.document?.undo ?? false),
  perform: () => step("undo"),
};

export const redo: Action = {
  label: "action.redo",
  icon: "redo",
  possible: () => canPlan() && (variant.document?.redo ?? false),
  perform: () => step("redo"),
};
