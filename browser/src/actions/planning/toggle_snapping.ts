import { announce } from "../../state/announce";
import { snapping } from "../../state/planning/guides";
import { t } from "../../text";
import type { Action } from "../action";
import { canPlan } from "./tools";

/** Let corners snap to lines nearby, or leave them where they are put. */
export const toggleSnapping: Action = {
  label: "snap.on",
  icon: "magnet",
  shortcut: "o",
  possible: canPlan,
  perform: () => {
    snapping.on = !snapping.on;
    if (!snapping.on) snapping.hint = null;
    announce(t(snapping.on ? "snap.announcedOn" : "snap.announcedOff"));
  },
};
