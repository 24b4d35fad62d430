import * as api from "../../api";
import { address } from "../../state/address";
import { announce } from "../../state/announce";
import { freshId } from "../../state/planning/edits";
import { variant } from "../../state/planning/variant";
import { t } from "../../text";
import type { Action } from "../action";
import { canPlan, keep, point } from "./tools";

export function closeOff(object: string, label: string): void {
  if (variant.edits.some((edit) => edit.kind === "close_street" && edit.object === object)) return;
  keep({ kind: "close_street", id: freshId("sperre"), object }, true);
  announce(t("edit.announcedClosed", { name: label }));
}

export const closeStreet: Action = {
  label: "tool.street",
  icon: "traffic",
  shortcut: "s",
  possible: canPlan,
  perform: () =>
    point("street", {
      place: async ([east, north]) => {
        const found = await api.objectsAt(address.tenant, east, north).catch(() => []);
        const street = found.find(({ kind }) => kind === "street");
        if (street) closeOff(street.id, street.label);
        else announce(t("edit.noStreet"));
      },
    }),
};
