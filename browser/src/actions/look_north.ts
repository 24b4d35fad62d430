import { scene } from "../state/twin";
import type { Action } from "./action";

export const lookNorth: Action = {
  label: "action.lookNorth",
  icon: "compass",
  shortcut: "n",
  possible: () => scene.value !== null,
  perform: () => scene.value?.lookNorth(),
};
