import { go } from "../state/address";
import { flyTo, selection } from "../state/twin";
import type { Action } from "./action";

/** Select an object and fly to it. */
export const showInScene: Action<{ id: string }> = {
  label: "action.showInScene",
  icon: "cube",
  perform: ({ id }) => {
    selection.also = [];
    go({ page: "ansehen", object: id });
    flyTo(id);
  },
};
