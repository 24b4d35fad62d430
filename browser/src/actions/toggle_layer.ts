import { note } from "../state/address";
import { visibleLayers } from "../state/twin";
import type { Action } from "./action";

/** Show a layer, or hide it. */
export const toggleLayer: Action<string> = {
  label: "action.toggleLayer",
  icon: "layers",
  perform: (id) => {
    const shown = visibleLayers.value as string[];
    note({ layers: shown.includes(id) ? shown.filter((other) => other !== id) : [...shown, id] });
  },
};
