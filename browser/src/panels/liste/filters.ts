/** The filters of the list as words on chips, and the columns each kind of object has. */
import type { Filters, FunctionGroup, Kind, ObjectRow } from "../../api";
import { address, note } from "../../state/address";
import { twin } from "../../state/twin";
import { t, type TextKey } from "../../text";
import { number } from "../../text/numbers";

export type Sort = NonNullable<Filters["sort"]>;
export interface Column {
  label: TextKey;
  sort?: Sort;
  right?: boolean;
}

/** Kinds of which the twin has objects, buildings first. */
export function kindsOf(counts: Partial<Record<Kind, number>>): Kind[] {
  const kinds = (Object.keys(counts) as Kind[]).filter((kind) => counts[kind] && kind !== "building_part");
  return kinds.sort((a, b) => Number(b === "building") - Number(a === "building") || counts[b]! - counts[a]!);
}

const NAME: Record<string, TextKey> = { building: "column.address", address: "column.address" };

export function columnsOf(kind: Kind): (Column & { id: string })[] {
  const name = { id: "label", label: NAME[kind] ?? "column.name", sort: "label" } as const;
  const ends = [
    { id: "date", label: "column.date", sort: "date" },
    { id: "findings", label: "column.findings", sort: "findings" },
  ] as const;
  if (kind === "building") {
    return [
      name,
      { id: "function", label: "column.function", sort: "function" },
      { id: "height", label: "column.height", sort: "height", right: true },
      { id: "storeys", label: "column.storeys", sort: "storeys", right: true },
      { id: "roof", label: "column.roof", sort: "roof" },
      ...ends,
    ];
  }
  const detail = { id: "detail", label: kind === "tree" ? "column.species" : "column.detail" } as const;
  const size =
    kind === "tree"
      ? ({ id: "height", label: "column.height", sort: "height", right: true } as const)
      : ({ id: "area", label: "column.area", sort: "area", right: true } as const);
  return kind === "street" || kind === "railway" || kind === "address"
    ? [name, detail, ...ends]
    : [name, detail, size, ...ends];
}

export interface Chip {
  text: string;
  remove: Partial<Filters>;
}

function range(what: TextKey, from: number | undefined, to: number | undefined, unit: string): string {
  const [low, high] = [number(from), number(to)].map((text) => `${text}${unit}`);
  if (from !== undefined && to !== undefined) return t("chip.between", { what: t(what), from: low!, to: high! });
  return from !== undefined
    ? t("chip.from", { what: t(what), from: low! })
    : t("chip.to", { what: t(what), to: high! });
}

export function chipsOf(filters: Filters): Chip[] {
  const chips: Chip[] = [];
  const { functionGroup, roof, findings, dataset, minHeight, maxHeight, minStoreys, maxStoreys } = filters;
  const named = (what: TextKey, value: string) => t("chip.is", { what: t(what), value });
  if (functionGroup) {
    chips.push({ text: named("column.function", t(`group.${functionGroup}`)), remove: { functionGroup: undefined } });
  }
  if (minStoreys !== undefined || maxStoreys !== undefined) {
    const text = range("fact.storeys", minStoreys, maxStoreys, "");
    chips.push({ text, remove: { minStoreys: undefined, maxStoreys: undefined } });
  }
  if (minHeight !== undefined || maxHeight !== undefined) {
    const text = range("fact.height", minHeight, maxHeight, " m");
    chips.push({ text, remove: { minHeight: undefined, maxHeight: undefined } });
  }
  if (roof) chips.push({ text: named("fact.roof", roofName(roof)), remove: { roof: undefined } });
  if (findings) {
    chips.push({ text: t(findings === "yes" ? "chip.findings" : "chip.noFindings"), remove: { findings: undefined } });
  }
  if (dataset) {
    const title = twin.tenant?.datasets.find((one) => one.id === dataset)?.title ?? dataset;
    chips.push({ text: named("filter.dataset", title), remove: { dataset: undefined } });
  }
  return chips;
}

export const FUNCTIONS: FunctionGroup[] = [
  "residential",
  "commercial",
  "industrial",
  "public",
  "agricultural",
  "outbuilding",
  "other",
  "unknown",
];

/** Roof forms of the AdV code list that city models carry. */
export const ROOFS = ["1000", "2100", "3100", "3200", "3300", "3400", "3500", "5000", "9999"] as const;
const isRoof = (code: string): code is (typeof ROOFS)[number] => (ROOFS as readonly string[]).includes(code);
export const roofName = (code: string) => (isRoof(code) ? t(`roofType.${code}`) : code);

/** Change the filters; the list begins again at its first page. */
export function setFilters(change: Partial<Filters>): void {
  const merged = { ...address.filters, ...change };
  note({
    filters: Object.fromEntries(
      Object.entries(merged).filter(([, value]) => value !== undefined),
    ) as unknown as Filters,
  });
}

/** Sort by a column: numbers and dates start with the greatest, words with A. */
export function sortBy(sort: Sort): void {
  const { sort: now, descending } = address.filters;
  const first = !["label", "function", "roof"].includes(sort);
  setFilters({ sort, descending: (now === sort ? !descending : first) || undefined });
}

/** What a row says about the checks of the import. */
export const isSound = (row: ObjectRow) => row.findings === 0;
