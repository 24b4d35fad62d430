import { address, go } from "../state/address";
import type { Action } from "./action";

export const showList: Action = {
  label: "action.showList",
  icon: "list",
  shortcut: "l",
  possible: () => address.tenant !== "",
  perform: () => go({ page: "liste" }),
};
