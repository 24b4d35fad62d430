import { shallowRef } from "vue";
import * as api from "../api_corrections";
import type { Answer, Wanted } from "../api_corrections";
import { address } from "../state/address";
import { may } from "../state/person";
import { loadSelected, scene, selection } from "../state/twin";
import type { Action } from "./action";

/** Whether the panel shows the form of the selected object instead of its facts. */
export const correcting = shallowRef(false);

export const correct: Action = {
  label: "action.correct",
  icon: "repair",
  possible: () => may("edit"),
  perform: () => {
    correcting.value = true;
  },
};

/** Show what a correction made of an object, in scene and panel. */
export async function showCorrected(answer: Answer): Promise<void> {
  scene.value?.refresh(answer.layers ?? []);
  if (answer.object !== address.object) return;
  selection.detail = null;
  await loadSelected();
}

/** Send a correction; what is seen of the object, in panel and scene, follows at once. */
export async function submit(wanted: Wanted): Promise<Answer["state"]> {
  const answer = await api.correct(address.tenant, wanted);
  if (answer.state === "done") await showCorrected(answer);
  return answer.state;
}
