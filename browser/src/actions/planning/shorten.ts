import * as api from "../../api_planning";
import type { AddBuilding } from "../../api_planning";
import { address } from "../../state/address";
import { announce } from "../../state/announce";
import { removeAt, replace } from "../../state/planning/edits";
import { plans, verdictsOf } from "../../state/planning/plans";
import { variant } from "../../state/planning/variant";
import { t, word } from "../../text";

/** Cut a building to what the plan allows, and say what has changed. */
export async function shorten(edit: AddBuilding): Promise<void> {
  const broken = verdictsOf(edit.id).find(({ verdicts }) => verdicts.some(({ verdict }) => verdict === "broken"));
  if (!broken) return;
  const { edit: cut, changes } = await api.clip(address.tenant, broken.plan.id, edit, plans.ground);
  if (cut) replace({ ...cut, kind: "add_building" });
  else removeAt(variant.edits.findIndex(({ id }) => id === edit.id));
  announce(cut ? changes.map((change) => word(change)).join(" ") : t("check.nothingLeft"));
}
