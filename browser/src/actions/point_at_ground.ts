import * as api from "../api";
import type { Place } from "../api";
import { address } from "../state/address";
import { announce } from "../state/announce";
import { spot } from "../state/twin";
import { t } from "../text";
import { number } from "../text/numbers";
import type { Action } from "./action";
import { closeObject } from "./close_object";
import { selectObject } from "./select_object";

/** What lies at a place on the ground: a street, a green, water; else the bare place with its height. */
export const pointAtGround: Action<Place> = {
  label: "action.pointAtGround",
  icon: "pin",
  perform: async (place) => {
    const found = await api.objectsAt(address.tenant, place[0], place[1]).catch(() => []);
    const [nearest, ...also] = found;
    if (nearest) {
      await selectObject.perform({ id: nearest.id, also });
      return;
    }
    await closeObject.perform();
    spot.value = place;
    announce(t("spot.announced", { height: number(place[2], 1) }));
  },
};
