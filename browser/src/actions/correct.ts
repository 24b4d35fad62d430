import { shallowRef } from "vue";
import * as api from "../api";
import { at, get, send, type Words } from "../api";
import { address } from "../state/address";
import { may } from "../state/person";
import { loadSelected, scene, selection } from "../state/twin";
import type { Action } from "./action";

export interface FormField {
  name: string;
  label: Words;
  type: "text" | "integer" | "number" | "date" | "choice" | "address";
  unit: string;
  low: number | null;
  high: number | null;
  choices: ({ code: string } & Words)[];
  value: unknown;
}

export interface Form {
  object: string;
  version: number;
  fields: FormField[];
  geometry: api.Geometry | null;
  undo: number;
  redo: number;
  fourEyes: boolean;
}

interface Answer {
  state: "done" | "proposed";
  layers?: string[];
}

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

export const form = (object: string) => get<Form>(`${at(address.tenant)}/form?object=${encodeURIComponent(object)}`);

/** Send a correction; what is seen of the object, in panel and scene, follows at once. */
export async function submit(wanted: Record<string, unknown>): Promise<Answer["state"]> {
  const answer = await send<Answer>("POST", `${at(address.tenant)}/corrections`, wanted);
  if (answer.state === "done") {
    scene.value?.refresh(answer.layers ?? []);
    selection.detail = null;
    await loadSelected();
  }
  return answer.state;
}
