import { shallowReactive } from "vue";
import type { View } from "../../api";
import { announce } from "../../state/announce";
import { scene } from "../../state/twin";
import { t } from "../../text";
import type { Action } from "../action";
import { canPlan, leaveTool } from "./tools";

export const walking = shallowReactive<{ on: boolean; back: View | null }>({ on: false, back: null });

/** Put the feet on the ground again where one stood, and look from above. */
export function stopWalking(): void {
  if (!walking.on) return;
  scene.value?.walk(false);
  if (walking.back) scene.value?.setView(walking.back, true);
  Object.assign(walking, { on: false, back: null });
}

/** Look as somebody who walks: eyes 1.65 m above the ground, keys take steps; again to go back. */
export const walk: Action = {
  label: "tool.walk",
  icon: "walk",
  shortcut: "i",
  possible: () => canPlan() && scene.value !== null,
  perform: () => {
    if (walking.on) return stopWalking();
    leaveTool();
    Object.assign(walking, { on: true, back: scene.value?.view() ?? null });
    scene.value?.walk(true);
    scene.value?.canvas.focus();
    announce(t("tool.announcedWalk"));
  },
};
