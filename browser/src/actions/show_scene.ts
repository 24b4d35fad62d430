import { address, go } from "../state/address";
import type { Action } from "./action";

export const showScene: Action = {
  label: "action.showScene",
  icon: "cube",
  shortcut: "d",
  possible: () => address.tenant !== "",
  perform: () => go({ page: "ansehen" }),
};
