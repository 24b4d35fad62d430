/** Computations over the web interface: what can be computed, runs, their results. Lengths in metres, times in seconds. */
import { answered, at, get, query, send, type Geometry, type Language, type Words } from "./api";

export interface ProcessSummary {
  id: string;
  version: string;
  title: string;
  description: string;
  keywords: string[];
}

export type Value = string | number | boolean;

export interface Choice {
  value: Value;
  title: string;
  help?: string;
}

/** JSON Schema of a parameter, with what a form needs beside it. */
export interface Schema {
  type?: string;
  format?: string;
  default?: unknown;
  enum?: Value[];
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
  "x-unit"?: string;
  "x-choices"?: Choice[];
  /** Whether only those who know the method should meet it. */
  "x-expert"?: boolean;
  /** Values of other parameters without which it is not asked for. */
  "x-only-with"?: Record<string, Value>;
  /** How a list is asked for. */
  "x-form"?: "rain" | "places" | "lines" | "inflows" | "culverts";
}

export interface Input {
  title: string;
  description?: string;
  schema: Schema;
}

export interface Method<Text> {
  method: Text;
  sources: string[];
  suited: Text;
  unsuited: Text;
  checked: Text;
}

export interface ProcessDetail extends ProcessSummary {
  inputs: Record<string, Input>;
  method: Method<string>;
}

/** A rain a guideline names, at a place. */
export interface Scenario {
  guideline: string;
  guideline_title: Words;
  storm: string;
  title: Words;
  help: Words;
  millimetres: number;
  minutes: number;
  /** Once in so many years; null where a guideline gives the amount. */
  years: number | null;
  /** Ends of its steps, and what falls in each. */
  course: { minutes: number[]; millimetres: number[] };
  /** Heavy-rain index, 1 to 12. */
  index: number | null;
  source: string;
}

export type JobState = "accepted" | "running" | "successful" | "failed" | "dismissed";

export interface Job {
  jobID: string;
  processID: string;
  status: JobState;
  created: string;
  /** Percent. */
  progress: number;
  message?: string;
  remaining?: number;
  /** Id of the result once there is one. */
  result?: string;
  links: { href: string; rel: string }[];
}

export type ResultState = "draft" | "internal" | "public";

export interface ResultEntry {
  id: string;
  process_id: string;
  made: string;
  seconds: number;
  state: ResultState;
  /** Why it is out of date; empty when it is not. */
  stale: Words[];
}

export interface LegendClass {
  low: number | null;
  high: number | null;
  colour: string;
  title: Words;
}

export interface Indicator {
  id: string;
  title: Words;
  value: number | null;
  unit: string;
  low: number | null;
  high: number | null;
  better: "more" | "less" | "";
}

export interface RasterInfo {
  id: string;
  title: Words;
  unit: string;
  href: string;
  west: number;
  north: number;
  cell: number;
  rows: number;
  cols: number;
  times: number[];
  range: [number, number] | null;
  legend: LegendClass[];
}

export interface FeaturesInfo {
  id: string;
  title: Words;
  unit: string;
  href: string;
  count: number;
  legend: LegendClass[];
}

export interface Series {
  id: string;
  title: Words;
  unit: string;
  name: string;
  place: [number, number] | null;
  times: number[];
  values: (number | null)[];
}

/** A change of the city that is made before computing; see `kastor/city/edits.py`. */
export type Edit =
  | { kind: "basin"; outline: [number, number][]; depth: number }
  | { kind: "levee"; line: [number, number][]; height: number; width: number }
  | { kind: "add_building"; id: string; footprint: [number, number][]; height: number }
  | { kind: "demolish"; id: string };

export interface ResultDocument {
  id: string;
  process: { id: string; version: string; title: Words };
  made: string;
  seconds: number;
  inputs: Record<string, unknown> & { area: Geometry; edits: Edit[] };
  crs: string;
  indicators: Indicator[];
  rasters: RasterInfo[];
  features: FeaturesInfo[];
  series: Series[];
  notes: Words[];
  account: Record<string, number | string>;
  method: Method<Words>;
  attribution: { id: string; title: string; attribution: string; licence: string; date: string }[];
}

export type Result = ResultDocument & ResultEntry;

/** Features of a result: an object each, with what was found of it. */
export interface Found {
  type: "FeatureCollection";
  features: { id: string; geometry: Geometry; properties: Record<string, number | string | null> }[];
}

const ogc = (tenant: string) => `/ogc/${encodeURIComponent(tenant)}`;
const spoken = (language: Language) => ({ "Accept-Language": language });
const resultAt = (tenant: string, id: string) => `${at(tenant)}/results/${encodeURIComponent(id)}`;
const jobAt = (tenant: string, id: string) => `${ogc(tenant)}/jobs/${encodeURIComponent(id)}`;

export const processes = (tenant: string, language: Language) =>
  get<{ processes: ProcessSummary[] }>(`${ogc(tenant)}/processes`, undefined, spoken(language));
export const process = (tenant: string, id: string, language: Language) =>
  get<ProcessDetail>(`${ogc(tenant)}/processes/${encodeURIComponent(id)}`, undefined, spoken(language));
export const storms = (tenant: string, place: [number, number]) =>
  get<{ scenarios: Scenario[]; table: boolean }>(
    `${at(tenant)}/storms?${query({ place: place.map((value) => value.toFixed(1)).join(",") })}`,
  );

/** Put a run into the queue; somebody waits for it. */
export const execute = (tenant: string, id: string, inputs: object, language: Language) =>
  send<Job>("POST", `${ogc(tenant)}/processes/${encodeURIComponent(id)}/execution`, { inputs }, undefined, {
    Prefer: "respond-async, interactive",
    ...spoken(language),
  });
export const job = (tenant: string, id: string, language: Language) =>
  get<Job>(jobAt(tenant, id), undefined, spoken(language));
export const jobs = (tenant: string, language: Language) =>
  get<{ jobs: Job[] }>(`${ogc(tenant)}/jobs?limit=50`, undefined, spoken(language));
/** Stop a run, or forget one that is over. */
export const dismiss = (tenant: string, id: string) => send<Job>("DELETE", jobAt(tenant, id));

export const results = (tenant: string, process = "") =>
  get<{ results: ResultEntry[] }>(`${at(tenant)}/results?${query({ process, limit: 50 })}`);
export const result = (tenant: string, id: string) => get<Result>(resultAt(tenant, id));
export const found = (tenant: string, id: string, href: string) => get<Found>(`${resultAt(tenant, id)}/${href}`);
export const setState = (tenant: string, id: string, state: ResultState) =>
  send<ResultEntry>("PUT", `${resultAt(tenant, id)}/state`, { state });
export const remove = (tenant: string, id: string) => send<undefined>("DELETE", resultAt(tenant, id));
/** Address of a file of a result. */
export const fileOf = (tenant: string, id: string, name: string) => `${resultAt(tenant, id)}/${name}`;

/** Values of a raster as the screen draws them; 65535 is unknown. */
export async function grid(address: string, signal?: AbortSignal): Promise<Uint16Array> {
  const response = await answered(await fetch(address, { signal }));
  return new Uint16Array(await response.arrayBuffer());
}
export const gridOf = (tenant: string, id: string, raster: string, band: number) =>
  `${resultAt(tenant, id)}/grids/${encodeURIComponent(raster)}/${band}`;
export const previewAt = (tenant: string, job: string) => `${at(tenant)}/runs/${encodeURIComponent(job)}/preview`;
export const preview = (tenant: string, job: string) => get<ResultDocument>(previewAt(tenant, job));
export const previewFound = (tenant: string, job: string, href: string) =>
  get<Found>(`${jobAt(tenant, job)}/preview/${href}`);
/** @param made of the preview that is meant; a later one has other values */
export const previewGrid = (tenant: string, job: string, raster: string, band: number, made: string) =>
  `${previewAt(tenant, job)}/grids/${encodeURIComponent(raster)}/${band}?${query({ made })}`;

export interface Hydrograph {
  times: number[];
  values: (number | null)[];
  unit: string;
}
export interface Profile {
  distance: number[];
  values: (number | null)[];
  /** Height of the ground [m]. */
  ground: (number | null)[];
  unit: string;
}
const places = (line: [number, number][]) => line.map((one) => one.map((v) => v.toFixed(2)).join(",")).join(";");
export const hydrograph = (tenant: string, id: string, raster: string, place: [number, number]) =>
  get<Hydrograph>(`${resultAt(tenant, id)}/series?${query({ raster, place: places([place]) })}`);
export const profile = (tenant: string, id: string, raster: string, line: [number, number][]) =>
  get<Profile>(`${resultAt(tenant, id)}/profile?${query({ raster, line: places(line) })}`);

/** Address of the objects of a result as a table. */
export const csvOf = (tenant: string, id: string, features: string, language: Language) =>
  `${resultAt(tenant, id)}/export.csv?${query({ features, language })}`;
export const geopackageOf = (tenant: string, id: string) => `${resultAt(tenant, id)}/export.gpkg`;
export const reportOf = (tenant: string, id: string, language: Language) =>
  `${resultAt(tenant, id)}/report.pdf?${query({ language })}`;
