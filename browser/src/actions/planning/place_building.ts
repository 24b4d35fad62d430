import type { AddBuilding } from "../../api_planning";
import type { Corner } from "../../state/outline";
import { around, carried, middleOf, newBuilding, LENGTH, WIDTH } from "../../state/planning/edits";
import { snapOutline, snapping } from "../../state/planning/guides";
import { outlinesOf, plans } from "../../state/planning/plans";
import { variant } from "../../state/planning/variant";
import { within } from "../../state/planning/within";
import { announce } from "../../state/announce";
import { scene } from "../../state/twin";
import { t } from "../../text";
import type { Action } from "../action";
import { canPlan, editor, keep, point } from "./tools";

/** The buildable area a place lies in, if a plan is drawn. */
const allowedAt = (at: Corner): Corner[] | null =>
  plans.envelopes
    .flatMap(outlinesOf)
    .map(([outline]) => outline!)
    .find((outline) => within.contains(outline, at)) ?? null;

/** Which way a house would stand here: along the buildable area, else along its neighbours. */
export function bearingAt(at: Corner): number {
  const allowed = allowedAt(at);
  return allowed ? within.longestSide(allowed) : (scene.value?.bearingNear(...at) ?? 0);
}

const nextName = () =>
  t("edit.buildingName", { n: variant.edits.filter(({ kind }) => kind === "add_building").length + 1 });

/** The building of one click at a place, moved into the buildable area where it fits in. */
export function buildingAt(at: Corner): AddBuilding {
  const made = newBuilding(at, bearingAt(at), nextName());
  const allowed = allowedAt(at);
  return allowed ? { ...made, footprint: within.fitted(made.footprint, allowed) } : made;
}

function aimNowhere(): void {
  editor.ghost = null;
  snapping.hint = null;
}

export function putBuilding(at: Corner): void {
  const made = buildingAt(at);
  keep(made);
  announce(t("edit.announcedBuilding", { name: made.name ?? "" }));
}

/** Put down a building with one click: three storeys of three metres, with a flat roof. */
export const placeBuilding: Action = {
  label: "tool.building",
  icon: "houseAdd",
  shortcut: "g",
  possible: canPlan,
  perform: () => {
    const made = buildingAt([0, 0]);
    let bearing = { at: [Infinity, 0] as Corner, degrees: 0 };
    point("building", {
      aim: (at) => {
        if (!at) return aimNowhere();
        if (Math.hypot(at[0] - bearing.at[0], at[1] - bearing.at[1]) > 4) bearing = { at, degrees: bearingAt(at) };
        const allowed = allowedAt(at);
        const footprint = around(at, LENGTH, WIDTH, bearing.degrees);
        const fitted = allowed ? within.fitted(footprint, allowed) : footprint;
        editor.ghost = { ...made, footprint: carried(fitted, snapOutline(fitted)) };
      },
      place: (at) => putBuilding(editor.ghost?.kind === "add_building" ? middleOf(editor.ghost.footprint) : at),
    });
  },
};
