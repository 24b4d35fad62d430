/** What edits are called and how large they are, in the reader's language. */
import { shallowReactive } from "vue";
import * as api from "../../api";
import type { PlanEdit } from "../../api_planning";
import { address } from "../../state/address";
import type { IconName } from "../../state/icons";
import { areaOf, sides } from "../../state/outline";
import { cornersOfEdit, heightsOf, touched } from "../../state/planning/edits";
import { counted, t } from "../../text";
import { area, distance, number } from "../../text/numbers";

export const ICONS: Record<PlanEdit["kind"], IconName> = {
  add_building: "houseAdd",
  model: "houseAdd",
  move: "move",
  raise: "height",
  demolish: "blocked",
  plant_tree: "tree",
  fell: "blocked",
  surface: "green",
  ground: "terrain",
  basin: "water",
  levee: "levee",
  wall: "polygon",
  close_street: "traffic",
  add_street: "street",
  later: "eye",
};

/** Names of objects of the town, by tenant and id, as far as they have been asked for. */
const labels = shallowReactive(new Map<string, string>());

/** What people call an object; its id until the server has said it. */
export function labelOf(object: string): string {
  const { tenant } = address;
  const key = `${tenant} ${object}`;
  if (!labels.has(key)) {
    labels.set(key, object);
    void api.object(tenant, object).then(
      ({ label }) => labels.set(key, label),
      () => undefined,
    );
  }
  return labels.get(key) ?? object;
}

export function titleOf(edit: PlanEdit): string {
  if ((edit.kind === "add_building" || edit.kind === "model") && edit.name) return edit.name;
  if (edit.kind === "plant_tree" && edit.species) return edit.species;
  if (edit.kind === "later") return t("growth.inYears", { n: edit.years });
  if (edit.kind === "surface") return t(`cover.${edit.cover}`);
  const object = touched(edit);
  return object ? labelOf(object) : t(`edit.${edit.kind}`);
}

const short = (value: number) => number(value, Number.isInteger(value) ? 0 : 1);

/** "352 m², 3 Geschosse, 9 m hoch". */
export function sizeOf(edit: PlanEdit): string {
  const corners = cornersOfEdit(edit);
  const length = distance(sides(corners, false).reduce((sum, side) => sum + side, 0));
  switch (edit.kind) {
    case "add_building": {
      const storeys = edit.storeys ? `${counted("edit.storeys", edit.storeys)}, ` : "";
      return `${area(areaOf(corners))}, ${storeys}${t("edit.high", { n: short(heightsOf(edit).top) })}`;
    }
    case "model": {
      const high = Math.max(...edit.points.map(([, , z]) => z)) - Math.min(...edit.points.map(([, , z]) => z));
      return t("edit.high", { n: short(high) });
    }
    case "plant_tree":
      return t("edit.high", { n: short(edit.height ?? 8) });
    case "raise":
      return t("edit.high", { n: short(edit.height) });
    case "move":
      return t("edit.moved", { n: short(Math.hypot(edit.east, edit.north)), turn: short(edit.turn) });
    case "basin":
      return t("edit.deep", { area: area(areaOf(corners)), n: short(edit.depth) });
    case "surface":
    case "ground":
      return area(areaOf(corners));
    case "levee":
    case "wall":
      return `${length}, ${t("edit.high", { n: short(edit.height) })}`;
    case "add_street":
      return length;
    default:
      return "";
  }
}
