/** Lists a form asks for: a rain as a table, places and lines that are watched, water from outside, pipes. */
import type { ProcessDetail, Schema } from "../../api_processes";
import { sides, type Corner } from "../../state/outline";
import { t } from "../../text";
import { distance, number, parsed } from "../../text/numbers";

export type Pair = [number, number];
type Kind = NonNullable<Schema["x-form"]>;

export interface ListField {
  name: string;
  title: string;
  help: string;
  schema: Schema;
  kind: Kind;
}
export interface Inflow {
  place: Corner;
  minutes: number[];
  discharge: number[];
}
export interface Culvert {
  start: Corner;
  end: Corner;
  width: number;
  height: number;
}

/** The lists of a process that can be asked for. */
export const listsOf = (detail: ProcessDetail | null): ListField[] =>
  Object.entries(detail?.inputs ?? {}).flatMap(([name, { title, description, schema }]) => {
    const kind = schema["x-form"];
    return kind ? [{ name, title, help: description ?? "", schema, kind }] : [];
  });

export const shapeOf = (kind: Kind) => (kind === "places" || kind === "inflows" ? "Point" : "LineString");

/** Where an entry lies. */
export function placesOf(kind: Kind, entry: unknown): Corner[] {
  if (kind === "places") return [entry as Corner];
  if (kind === "lines") return entry as Corner[];
  if (kind === "inflows") return [(entry as Inflow).place];
  const { start, end } = entry as Culvert;
  return kind === "culverts" ? [start, end] : [];
}

/** What a drawing and its figures make. */
export function entryOf(
  kind: Kind,
  corners: Corner[],
  sizes: { width: number; height: number },
  course: Pair[],
): unknown {
  if (kind === "places") return corners[0];
  if (kind === "lines") return corners;
  if (kind === "culverts") return { start: corners[0]!, end: corners.at(-1)!, ...sizes } satisfies Culvert;
  const [minutes, discharge] = [course.map(([minute]) => minute), course.map(([, flow]) => flow)];
  return { place: corners[0]!, minutes, discharge } satisfies Inflow;
}

const metres = (value: number) => number(value, Number.isInteger(value) ? 0 : 1);

/** An entry in a few words. */
export function entryText(kind: Kind, entry: unknown): string {
  const corners = placesOf(kind, entry);
  const length = distance(sides(corners, false).reduce((sum, side) => sum + side, 0));
  const at = corners[0]?.map((value) => number(value, 0)).join(" · ") ?? "";
  if (kind === "lines") return length;
  if (kind === "inflows") return t("planList.most", { flow: number(Math.max(...(entry as Inflow).discharge), 2), at });
  if (kind !== "culverts") return at;
  const { width, height } = entry as Culvert;
  return t("planList.pipe", { length, width: metres(width), height: metres(height) });
}

/**
 * Two numbers a line, as a spreadsheet copies them or a CSV file holds them, with a comma or a point; a heading may come
 * first. Null when it is anything else.
 */
export function pairsOf(text: string): Pair[] | null {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  const rows = lines.map((line) => {
    const parts = line.split(/\s*[;\t]\s*|\s+/).filter(Boolean);
    const two = parts.length === 1 ? line.split(",") : parts.map((part) => part.replace(/,$/, ""));
    return two.length === 2 ? two.map((part) => parsed(part)) : [null];
  });
  if (rows[0]?.some((value) => value === null)) rows.shift();
  return rows.length && rows.every((row) => row.every((value) => value !== null)) ? (rows as Pair[]) : null;
}

/** What keeps a table from being one over time; empty when nothing does. */
export function tableFault(rows: Pair[], least: number): string {
  if (rows.length < least) return t("planList.tooFew", { n: least });
  const falls = rows.findIndex(([minute], i) => i > 0 && minute <= rows[i - 1]![0]);
  if (falls > 0) return t("planList.ascending", { n: falls + 1 });
  return rows.some(([minute, value]) => minute < 0 || value < 0) ? t("planList.negative") : "";
}
