import { go } from "../../state/address";
import type { Action } from "../action";
import { leaveTool } from "./tools";

/** Open a variant; "" for the town as it is. */
export const chooseVariant: Action<string> = {
  label: "variant.choose",
  icon: "compasses",
  perform: (variant) => {
    leaveTool();
    go({ variant, edit: "", object: "" });
  },
};
