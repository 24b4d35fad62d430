import { scene } from "../state/twin";
import type { Action } from "./action";

const drawn = () => scene.value !== null;

export const zoomIn: Action = {
  label: "action.zoomIn",
  icon: "plus",
  shortcut: "+",
  possible: drawn,
  perform: () => scene.value?.zoom(1 / 1.5),
};

export const zoomOut: Action = {
  label: "action.zoomOut",
  icon: "minus",
  shortcut: "-",
  possible: drawn,
  perform: () => scene.value?.zoom(1.5),
};
