import type { AddBuilding } from "../../api_planning";
import { middleOf, replace, riseOf, STOREY_HEIGHT } from "../../state/planning/edits";
import { outlinesOf, plans, verdictsOf } from "../../state/planning/plans";
import { within } from "../../state/planning/within";
import { scene } from "../../state/twin";

/** What of a building the plan allows: fewer storeys, and only what lies in the buildable area. Null where nothing is known to cut. */
export function shortened(edit: AddBuilding): AddBuilding | null {
  const broken = verdictsOf(edit.id)
    .flatMap(({ verdicts }) => verdicts)
    .filter(({ verdict }) => verdict === "broken");
  const foot = Math.min(...edit.footprint.map(([x, y]) => scene.value?.groundAt(x, y) ?? Infinity));
  const each = edit.storey_height ?? STOREY_HEIGHT;
  const most = broken.flatMap(({ rule, limit, top }) => {
    const counts = typeof limit === "number" && /stor|geschoss|^z$/i.test(rule) ? [limit] : [];
    const high = top && Number.isFinite(foot) ? [Math.floor((top - foot - riseOf(edit) + 0.005) / each)] : [];
    return [...counts, ...high];
  });
  const storeys = Math.min(edit.storeys ?? Infinity, ...most);
  const over = broken.some(({ beyond, top }) => beyond && (top === null || top === undefined));
  const middle = middleOf(edit.footprint);
  const allowed = plans.envelopes.flatMap(outlinesOf).find(([ring]) => ring && within.contains(ring, middle))?.[0];
  const footprint = over && allowed ? (within.clipped(edit.footprint, allowed) ?? edit.footprint) : edit.footprint;
  const lower = Number.isFinite(storeys) && storeys >= 1 && storeys !== edit.storeys;
  if (!lower && footprint === edit.footprint) return null;
  return { ...edit, footprint, ...(lower ? { storeys, height: undefined } : {}) };
}

export function shorten(edit: AddBuilding): void {
  const cut = shortened(edit);
  if (cut) replace(cut);
}
