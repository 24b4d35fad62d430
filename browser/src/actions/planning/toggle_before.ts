import { announce } from "../../state/announce";
import { variant } from "../../state/planning/variant";
import { t } from "../../text";
import type { Action } from "../action";
import { canPlan, editor, leaveTool } from "./tools";

/** Show the town as it is today, and the variant again. */
export const toggleBefore: Action = {
  label: "tool.before",
  icon: "compare",
  shortcut: "y",
  possible: () => canPlan() && variant.edits.length > 0,
  perform: () => {
    if (editor.tool) leaveTool();
    editor.before = !editor.before;
    announce(t(editor.before ? "tool.announcedBefore" : "tool.announcedAfter"));
  },
};
