import * as api from "../../api";
import { address } from "../../state/address";
import { announce } from "../../state/announce";
import { freshId, removeAt } from "../../state/planning/edits";
import { variant } from "../../state/planning/variant";
import { t } from "../../text";
import type { Action } from "../action";
import { canPlan, keep, point } from "./tools";

/** Take away what is planned, or an object of the town: trees are felled, all else is pulled down. */
export async function takeAway(id: string): Promise<void> {
  const index = variant.edits.findIndex((edit) => edit.id === id && edit.kind !== "demolish");
  if (index >= 0) {
    removeAt(index);
    announce(t("edit.removed"));
    return;
  }
  const object = await api.object(address.tenant, id).catch(() => null);
  if (!object) return;
  const name = object.parent ?? object.id;
  if (variant.edits.some((edit) => edit.kind === "demolish" && edit.id === name)) return;
  if (object.kind === "tree") keep({ kind: "fell", id: freshId("faellen"), object: object.id }, true);
  else keep({ kind: "demolish", id: name }, true);
  announce(t("edit.announcedGone", { name: object.label }));
}

export const demolish: Action = {
  label: "tool.demolish",
  icon: "blocked",
  shortcut: "x",
  possible: canPlan,
  perform: () => point("demolish", { place: (_, id) => void (id && takeAway(id)) }),
};
