/** Planning over the web interface: edits, variants and the check against a plan. Lengths in metres, angles in degrees. */
import { answered, at, get, query, type Geometry, type Language, type Words } from "./api";

type Corner = [east: number, north: number];
export type RoofForm = "flat" | "gable" | "hip" | "pent";
export type Use =
  "residential" | "mixed" | "commercial" | "office" | "industrial" | "public" | "school" | "nursery" | "garage";
export type Cover = "sealed" | "paved" | "green" | "water" | "soil";

export interface AddBuilding {
  kind: "add_building";
  id: string;
  footprint: Corner[];
  /** Of the highest point; without it the storeys say it. */
  height?: number;
  storeys?: number;
  storey_height?: number;
  roof?: RoofForm;
  pitch?: number;
  use?: Use | "";
  green_roof?: boolean;
  dwellings?: number;
  name?: string;
}
/** A building drawn elsewhere, as triangles around its origin. */
export interface PlacedModel {
  kind: "model";
  id: string;
  place: Corner;
  points: [number, number, number][];
  triangles: [number, number, number][];
  turn?: number;
  base?: number;
  storeys?: number;
  use?: Use | "";
  name?: string;
}
export interface Move {
  kind: "move";
  id: string;
  object: string;
  east: number;
  north: number;
  /** Counter-clockwise. */
  turn: number;
}
export interface Raise {
  kind: "raise";
  id: string;
  object: string;
  height: number;
  storeys?: number;
}
export interface PlantTree {
  kind: "plant_tree";
  id: string;
  place: Corner;
  species?: string;
  height?: number;
  crown?: number;
  age?: number;
  /** False for a tree that stays as it is planted. */
  grows?: boolean;
}
export interface Surface {
  kind: "surface";
  id: string;
  outline: Corner[];
  cover: Cover;
}
export interface Earthwork {
  kind: "ground";
  id: string;
  outline: Corner[];
  height?: number;
  level?: number;
}
export interface Basin {
  kind: "basin";
  id?: string;
  outline: Corner[];
  depth: number;
}
export interface Levee {
  kind: "levee";
  id?: string;
  line: Corner[];
  height: number;
  width?: number;
}
export interface Wall {
  kind: "wall";
  id: string;
  line: Corner[];
  height: number;
  width?: number;
}
export interface AddStreet {
  kind: "add_street";
  id: string;
  line: Corner[];
  width?: number;
  name?: string;
}

/** One change of the city. `demolish` names the object itself, the others an edit of their own. */
export type PlanEdit =
  | AddBuilding
  | PlacedModel
  | Move
  | Raise
  | { kind: "demolish"; id: string }
  | PlantTree
  | { kind: "fell"; id: string; object: string }
  | Surface
  | Earthwork
  | Basin
  | Levee
  | Wall
  | { kind: "close_street"; id: string; object: string }
  | AddStreet
  | { kind: "later"; id: string; years: number };

export const VARIANT_STATES = ["draft", "internal", "public"] as const;
export type VariantState = (typeof VARIANT_STATES)[number];

export interface VariantRow {
  id: string;
  name: string;
  state: VariantState;
  origin: string;
  revision: number;
  changed: string;
  by: string;
  /** How many changes it makes. */
  edits: number;
}

export interface Variant {
  id: string;
  name: string;
  state: VariantState;
  origin: string;
  parent: { variant: string; revision: number } | null;
  revision: number;
  edits: PlanEdit[];
  undo: boolean;
  redo: boolean;
  /** Objects of the town that do not stand as they did. */
  hidden: string[];
  /** What the reader may do with it. */
  may?: { edit: boolean; decide: boolean };
  /** Edits that do not fit the town any longer. */
  conflicts: { edit: string; words: Words }[];
}

export interface PlanRow {
  id: string;
  name: string;
  number: string;
  kind: string;
  version: string;
  state: string;
  extent: Geometry | [number, number, number, number] | null;
}

/** What stands on the map for something a plan fixes at a place; a square where the ordinance has no sign. */
export type Mark = "kept_tree" | "new_tree" | "height" | "cross" | "ring" | "square";

export interface PlanObject {
  id: string;
  class: string;
  title: Words;
  geometry: Geometry;
  style: {
    fill?: string;
    stroke?: string;
    width?: number;
    dash?: number[];
    pattern?: string;
    label?: string;
    /** Of a place, with its radius [m]. */
    mark?: Mark;
    radius?: number;
  };
}

export interface Envelope {
  id: string;
  outline: Corner[] | Geometry;
  /** Heights above sea level. */
  base: number | null;
  top: number | null;
  words: Words;
}

/** A line to which a drawing may snap. */
export interface GuideLine {
  kind: "parcel" | "street" | "building";
  object: string;
  closed: boolean;
  line: Corner[];
}

type SectionState = "standing" | "planned" | "gone";
/** The town cut open along a line: distances from its beginning and heights [m]. */
export interface Section {
  length: number;
  ground: [number, number | null][];
  /** Null where no edit changes the ground. */
  ground_before: [number, number | null][] | null;
  bodies: { id: string; label: string; state: SectionState; rings: [number, number][][] }[];
  trees: { id: string; state: SectionState; at: number; foot: number; height: number; crown: number; half: number }[];
}

export interface Verdict {
  rule: string;
  object: string;
  verdict: "kept" | "broken" | "unknown";
  value: number | string | null;
  limit: number | string | null;
  difference: number | null;
  unit: string;
  source: { plan: string; object: string; paragraph: string };
  title: Words;
  text: Words;
  /** What sticks out, seen from above. */
  beyond: Geometry | null;
  /** Height above sea level from which it sticks out; all of it where there is none. */
  top?: number | null;
  /** Only a hint. */
  indicative?: boolean;
}

export interface Badge {
  state: "fresh" | "stale" | "running" | "missing" | "impossible" | "failed";
  words: Words;
}

export interface Cell {
  value: number | null;
  low: number | null;
  high: number | null;
  /** From today. */
  difference: number | null;
  verdict: "better" | "worse" | "same" | "more" | "less" | "unknown";
  word: Words;
  result: string | null;
  badge: Badge;
  /** Of the costs: what is counted, its prices (low, usual, high), and where they are from. */
  parts?: { title: Words; quantity: number; unit: string; prices: [number, number, number] | null }[];
  source?: string;
}

export interface ComparisonRow {
  indicator: string;
  /** Null for the costs, which nobody has to compute. */
  process: string | null;
  title: Words;
  unit: string;
  better: "more" | "less" | "";
  confidence: 1 | 2 | 3;
  confidence_words: Words;
  cells: Cell[];
}

export interface Comparison {
  area: [number, number, number, number];
  columns: {
    variant: string | null;
    name: string;
    title: Words;
    revision: number;
    /** The revision there is by now. */
    newest: number;
    /** How many after planting it looks at; 0 for today. */
    years: number;
    badge: Badge;
  }[];
  rows: ComparisonRow[];
  sentence: Words;
}

export interface Decision {
  id: string;
  title: string;
}

const variantsAt = (tenant: string) => `${at(tenant)}/variants`;
const variantAt = (tenant: string, id: string) => `${variantsAt(tenant)}/${encodeURIComponent(id)}`;
const plansAt = (tenant: string) => `${at(tenant)}/plans`;
const planAt = (tenant: string, id: string) => `${plansAt(tenant)}/${encodeURIComponent(id)}`;

export async function sent<T>(method: string, path: string, body?: unknown, revision?: number): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (revision !== undefined) headers["If-Match"] = `"${revision}"`;
  const content = body === undefined ? undefined : JSON.stringify(body);
  const response = await answered(await fetch(path, { method, headers, body: content }));
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const variants = (tenant: string) => get<{ variants: VariantRow[] }>(variantsAt(tenant));
export const variant = (tenant: string, id: string, revision?: number) =>
  get<Variant>(`${variantAt(tenant, id)}?${query({ revision })}`);
export const newVariant = (tenant: string, name: string, from?: { variant: string; revision: number }) =>
  sent<Variant>("POST", variantsAt(tenant), { name, ...(from ? { from } : {}) });
/** Save the whole list; what others have changed beside it is merged, what clashes is a problem 412. */
export const saveEdits = (tenant: string, id: string, revision: number, edits: PlanEdit[]) =>
  sent<Variant>("PUT", `${variantAt(tenant, id)}/edits`, { edits }, revision);
export const step = (tenant: string, id: string, revision: number, way: "undo" | "redo") =>
  sent<Variant>("POST", `${variantAt(tenant, id)}/${way}`, undefined, revision);
export const changeVariant = (tenant: string, id: string, change: { name?: string; state?: VariantState }) =>
  sent<Variant>("PATCH", variantAt(tenant, id), change);
export const removeVariant = (tenant: string, id: string) => sent<undefined>("DELETE", variantAt(tenant, id));
/** The planned objects as a tile, null where nothing is planned that stands. */
export async function overlay(tenant: string, id: string, revision: number): Promise<ArrayBuffer | null> {
  const response = await fetch(`${variantAt(tenant, id)}/overlay.glb?${query({ revision })}`);
  if (response.status === 204) return null;
  return (await answered(response)).arrayBuffer();
}

export const plans = (tenant: string) => get<{ plans: PlanRow[] }>(plansAt(tenant));
export const planObjects = (tenant: string, id: string) =>
  get<Record<string, unknown> & Partial<Record<"areas" | "lines" | "points", PlanObject[]>>>(planAt(tenant, id));
/** @param ground its height above sea level where there is no terrain; null where nobody states it */
export const envelopes = (tenant: string, id: string, ground: number | null) =>
  get<Envelope[]>(`${planAt(tenant, id)}/envelopes?${query({ ground: ground ?? undefined })}`);
export interface PlanAnswer {
  verdicts: Verdict[];
  notes: Words[];
  /** Who knows the ground under what was checked. */
  ground: "measured" | "stated" | "unknown";
}
export const check = (tenant: string, id: string, edits: PlanEdit[], ground: number | null) =>
  sent<PlanAnswer>("POST", `${planAt(tenant, id)}/check`, { edits, ground });
/** Lines to snap to in a box: west, south, east, north. */
export interface SpeciesGrowth {
  latin: string;
  german: string;
  /** Where it was measured. */
  region: "NoEast" | "PacfNW";
  /** Age up to which it was measured [years]. */
  oldest: number;
  /** By age from 0 to the oldest. */
  height: number[];
  crown: number[];
  trunk: number[];
  height_deviation: number[];
  crown_deviation: number[];
}
export interface GrowthTable {
  most_years: number;
  species: SpeciesGrowth[];
  /** Latin name of the species that speaks for a genus or another species. */
  stand_ins: Record<string, string>;
}
export const growth = (tenant: string) => get<GrowthTable>(`${at(tenant)}/growth`);

export const guides = (tenant: string, box: number[]) =>
  get<{ guides: GuideLine[] }>(`${at(tenant)}/guides?${query({ box: box.map((side) => side.toFixed(1)).join(",") })}`);
/** The town along a line, with the edits of a variant where one is named. */
export const section = (tenant: string, line: Corner[], variant: string, revision: number | undefined) =>
  get<Section>(
    `${at(tenant)}/section?${query({ line: line.map((place) => place.join(",")).join(";"), variant, revision })}`,
  );
/** A building as the plan allows it, null when nothing of it may stand there; and what has changed. */
export const clip = (tenant: string, id: string, edit: AddBuilding, ground: number | null) =>
  sent<{ edit: AddBuilding | null; changes: Words[] }>("POST", `${planAt(tenant, id)}/clip`, { edit, ground });

/** @param radius how far around the changes is looked [m]; the usual where it is empty */
export const comparison = (tenant: string, variants: string, radius: string) =>
  get<Comparison>(`${at(tenant)}/comparison?${query({ variants, radius })}`);
/** Address of the comparison as a table for spreadsheets. */
export const comparisonCsv = (tenant: string, variants: string, radius: string, language: Language) =>
  `${at(tenant)}/comparison.csv?${query({ variants, radius, language })}`;
/** Queue what is missing or out of date. */
export const runMissing = (tenant: string, variants: string, radius: string) =>
  sent<{ queued: { job: string }[]; missing: number }>(
    "POST",
    `${at(tenant)}/comparison/runs?${query({ variants, radius })}`,
  );
/** Begin the draft of a decision on variants and results. */
export const newDecision = (
  tenant: string,
  draft: { title: string; variants: { id: string; revision: number }[]; results: string[] },
) => sent<Decision>("POST", `${at(tenant)}/decisions`, draft);
export const decisionPdf = (tenant: string, id: string, language: Language) =>
  `${at(tenant)}/decisions/${encodeURIComponent(id)}/decision.pdf?${query({ language })}`;
