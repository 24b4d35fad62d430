import { address, go } from "../state/address";
import { selection, spot } from "../state/twin";
import type { Action } from "./action";

export const closeObject: Action = {
  label: "action.close",
  icon: "close",
  shortcut: "Escape",
  possible: () => address.object !== "" || spot.value !== null,
  perform: () => {
    spot.value = null;
    selection.also = [];
    if (address.object) go({ object: "" });
  },
};
