/** The few facts that stand first, per kind of object; what is not known is left out. */
import type { ObjectDetail, ObjectRow } from "../../api";
import { word, type TextKey } from "../../text";
import { area, metres, number } from "../../text/numbers";

export interface Fact {
  label: TextKey;
  value: string;
}

/** Streets, railways and the like are lines, their "area" would be none. */
export function factsOf(row: ObjectRow | ObjectDetail): Fact[] {
  const facts: (Fact | false)[] = [
    row.height !== null && { label: "fact.height", value: metres(row.height) },
    row.storeys !== null && { label: "fact.storeys", value: number(row.storeys) },
    row.roof !== null && { label: "fact.roof", value: word(row.roof) },
    row.area !== null && { label: row.kind === "building" ? "fact.footprint" : "fact.area", value: area(row.area) },
    row.year !== null && { label: "fact.year", value: String(row.year) },
    row.kind === "tree" && word(row.detail) !== "" && { label: "fact.species", value: word(row.detail) },
  ];
  return facts.filter((fact): fact is Fact => fact !== false);
}

/** How exactly a place is given: whole metres. */
export function placeText([east, north]: readonly number[]): string {
  return `${number(east)} · ${number(north)}`;
}
