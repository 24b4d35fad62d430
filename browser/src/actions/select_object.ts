import type { ObjectRow } from "../api";
import { address, go, note } from "../state/address";
import { selection, spot } from "../state/twin";
import type { Action } from "./action";

/** Select an object where it is, without moving the camera; `also` are the others at the same place. */
export const selectObject: Action<{ id: string; also?: ObjectRow[] }> = {
  label: "action.selectObject",
  icon: "pin",
  perform: ({ id, also }) => {
    spot.value = null;
    selection.also = also ?? [];
    if (address.object) note({ object: id });
    else go({ object: id });
  },
};
