import type { ObjectRow } from "../api";
import { go } from "../state/address";
import type { Action } from "./action";

/** The list of the object's kind, searched for it. */
export const showInList: Action<Pick<ObjectRow, "kind" | "label" | "id">> = {
  label: "action.showInList",
  icon: "list",
  perform: ({ kind, label, id }) =>
    go({ page: "liste", object: id, filters: { kind: kind === "building_part" ? "building" : kind, q: label } }),
};
