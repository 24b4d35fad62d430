import type { ObjectDetail, Place } from "../api";
import { go } from "../state/address";
import { flight, selection } from "../state/twin";
import type { Action } from "./action";

/** Select an object and fly to it. */
export const showInScene: Action<{ id: string; place: Place | null; box?: ObjectDetail["box"] }> = {
  label: "action.showInScene",
  icon: "cube",
  perform: ({ id, place, box }) => {
    selection.also = [];
    go({ page: "ansehen", object: id });
    if (place) flight.value = { place, box };
  },
};
