import * as api from "../api_corrections";
import type { FourEyes } from "../api_corrections";
import { address } from "../state/address";
import { announce } from "../state/announce";
import { may } from "../state/person";
import { t } from "../text";
import type { Action } from "./action";

/** Let a second person decide the corrections of a dataset, or of all when none is named; or no longer. */
export const ruleFourEyes: Action<{ on: boolean; dataset?: string; ruled: (rules: FourEyes) => void }> = {
  label: "action.ruleFourEyes",
  icon: "shield",
  possible: () => may("administer"),
  perform: async ({ on, dataset, ruled }) => {
    ruled(await api.setFourEyes(address.tenant, on, dataset));
    announce(t(on ? "fourEyes.isOn" : "fourEyes.isOff"));
  },
};
