/** The objects a result names: which of them count, how they are called, and what was found of them. */
import { shallowReactive } from "vue";
import * as api from "../../api";
import type { FeaturesInfo, Found, LegendClass } from "../../api_processes";
import { address } from "../../state/address";
import { classOf } from "../../state/result";
import { t } from "../../text";
import { depth, valued } from "./figures";

export interface FoundRow {
  id: string;
  value: number;
  /** The value with its unit. */
  text: string;
  class: LegendClass | undefined;
  properties: Record<string, number | string | null>;
}

/** The objects whose value lies in a class, or all where there are no classes; the greatest first. */
export function rowsOf({ id, unit, legend }: FeaturesInfo, found: Found | undefined): FoundRow[] {
  const rows = (found?.features ?? []).map((one) => {
    const value = Number(one.properties[id] ?? NaN);
    const text = unit === "m" ? depth(value) : valued(Number.isFinite(value) ? value : null, unit);
    return { id: one.id, value, text, class: classOf(legend, value), properties: one.properties };
  });
  return rows.filter((row) => !legend.length || row.class).sort((a, b) => b.value - a.value);
}

/** Names of objects as far as they are known, by tenant and id. */
const names = shallowReactive(new Map<string, string>());
const asked = new Set<string>();
const key = (id: string) => `${address.tenant}/${id}`;

/** What people call an object; its id until that is known. */
export function nameOf({ id, properties }: Pick<FoundRow, "id" | "properties">): string {
  if (typeof properties.label === "string" && properties.label) return properties.label;
  const planned = /^neu-(\d+)$/.exec(id);
  if (planned) return t("plan.newBuilding", { n: planned[1]! });
  const name = names.get(key(id)) ?? id;
  const way = name === id && /^way\/(\d+)$/.exec(id);
  return way ? t("plan.namelessWay", { n: way[1]! }) : name;
}

/** Ask for the names of a few objects. */
export function learnNames(rows: FoundRow[]): void {
  const { tenant } = address;
  for (const { id, properties } of rows) {
    if (properties.label || asked.has(key(id)) || id.startsWith("neu-")) continue;
    asked.add(key(id));
    void api.object(tenant, id).then(
      ({ label }) => names.set(`${tenant}/${id}`, label),
      () => undefined,
    );
  }
}
