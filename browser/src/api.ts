/** The web interface of Kastor as types, and the calls the browser makes. Lengths in metres. */

export type Language = "de" | "en";
export type Words = Record<Language, string>;
/** East, north, height in the tenant's map projection. */
export type Place = [east: number, north: number, height: number];

export type Kind =
  | "building"
  | "building_part"
  | "building_installation"
  | "bridge"
  | "tunnel"
  | "wall"
  | "tree"
  | "vegetation"
  | "street"
  | "railway"
  | "parking"
  | "land_use"
  | "water"
  | "address"
  | "parcel"
  | "district"
  | "plan_area"
  | "furniture"
  | "other";

export interface Dataset {
  id: string;
  title: string;
  owner: string;
  licence: string;
  licenceUrl: string;
  attribution: string;
  /** Date of the data itself, ISO 8601; empty when unknown. */
  date: string;
  /** When it was loaded. */
  loaded: string;
  kinds: Partial<Record<Kind, number>>;
  /** Id of the import report, see {@link report}. */
  report: string;
}

export interface Layer {
  id: "buildings" | "trees" | "woodland" | "terrain" | "confidence";
  title: Words;
  /** Address of the tileset.json. */
  tileset: string;
  /** Shown when the twin opens. */
  visible: boolean;
  attribution: string;
  /** What a reader must know before trusting it, e.g. that heights are derived; empty when nothing. */
  note: Words;
  /** What its colours mean; empty when they mean nothing. */
  legend: { text: Words; color: string; hatched: boolean }[];
}

/** Where the camera stands: the point it looks at, and from where. Angles in degrees. */
export interface View {
  target: Place;
  /** Compass direction the camera looks to: 0 north, 90 east. */
  heading: number;
  /** Angle of the line of sight below the horizon, 90 looks straight down. */
  pitch: number;
  distance: number;
}

/**
 * From map coordinates to the scene frame (east, north, up at `origin`) and back, as polynomials.
 * With x = (east - origin[0]) / 1000, y = (north - origin[1]) / 1000, h = height - origin[2] the terms are
 * [1, x, y, x², xy, y², x³, x²y, xy², y³, h, hx, hy]; each row of `toScene` gives one of east, north, up in metres.
 * `toMap` takes scene metres the same way (x = east / 1000, ...) and gives east - origin[0], north - origin[1],
 * height - origin[2].
 */
export interface Frame {
  origin: Place;
  longitude: number;
  latitude: number;
  toScene: [number[], number[], number[]];
  toMap: [number[], number[], number[]];
}

export interface Tenant {
  id: string;
  title: string;
  /** Two sentences: what this twin shows. */
  description: Words;
  /** Name and EPSG code of the map projection, e.g. "ETRS89 / UTM 32N + DHHN2016", "EPSG:25832+7837". */
  projection: string;
  crs: string;
  counts: Partial<Record<Kind, number>>;
  /** West, south, east, north. */
  box: [number, number, number, number];
  preview: string;
}

export interface TenantDetail extends Tenant {
  /** Whose draft this is: a tenant and its upload; null for a town itself. */
  draft: { tenant: string; upload: string } | null;
  view: View;
  frame: Frame;
  layers: Layer[];
  datasets: Dataset[];
  /** A change of the twin changes this; use it to notice reloads. */
  revision: string;
  accent: string;
  logo: string;
  /** Remote map services the tenant configured; none by default. */
  services: MapService[];
}

/** A map of somebody else that can be laid over the ground. */
export interface MapService {
  id: string;
  title: string;
  type: "wms" | "wmts";
  /** Address of a WMS; of a WMTS that of a tile, with {TileMatrix}, {TileRow} and {TileCol}. */
  url: string;
  layer: string;
  style: string;
  attribution: string;
  /** Reference system of its maps, that of the tenant's plane. */
  crs: string;
  /** Tile matrices of a WMTS from coarse to fine; resolution in metres per pixel, sizes in pixels and tiles. */
  levels: {
    id: string;
    resolution: number;
    west: number;
    north: number;
    tile: [number, number];
    tiles: [number, number];
  }[];
}

export interface ObjectRow {
  id: string;
  kind: Kind;
  /** Address, name or id, whatever a person would call it. */
  label: string;
  /** Postcode and town, or street class, or species. */
  detail: Words;
  place: Place;
  height: number | null;
  storeys: number | null;
  function: Words | null;
  functionGroup: FunctionGroup;
  roof: Words | null;
  year: number | null;
  area: number | null;
  /** Date of the source. */
  date: string;
  dataset: string;
  /** Findings of the import about this object. */
  findings: number;
}

export type FunctionGroup =
  "unknown" | "residential" | "commercial" | "industrial" | "public" | "agricultural" | "outbuilding" | "other";
/** In the order of the numbers in the tiles' `functionGroup`. */
export const FUNCTION_GROUPS: FunctionGroup[] = [
  "unknown",
  "residential",
  "commercial",
  "industrial",
  "public",
  "agricultural",
  "outbuilding",
  "other",
];

export interface Finding {
  code: string;
  outcome: "kept" | "repaired" | "ignored" | "refused";
  object: string;
  place: Place | null;
  text: Words;
  cure: Words;
  /** What people call the object; empty for findings about the file. */
  label?: string;
  suggestion?: { found: Words; words: Words } | null;
  decision?: "kept" | "taken" | null;
}

export interface HistoryEntry {
  /** ISO 8601 date or date and time. */
  at: string;
  what: Words;
}

export interface ObjectDetail extends ObjectRow {
  attributes: { name: string; label: Words; value: Words }[];
  parts: { id: string; label: string; height: number | null; storeys: number | null }[];
  parent: string | null;
  box: [number, number, number, number, number, number];
  source: Dataset;
  history: HistoryEntry[];
  findingList: Finding[];
}

/** A GeoJSON geometry in the tenant's reference system. */
export interface Geometry {
  type: string;
  coordinates: unknown;
}

/** The area of a district analysis as its address names it. */
export interface AreaQuery {
  area?: string;
  around?: string;
  radius?: number;
  object?: string;
  rule: "centroid" | "share";
}

export interface Figure {
  group: string;
  id: string;
  label: Words;
  /** Null where the twin knows nothing of that kind. */
  value: number | null;
  unit: string;
  /** Key into `methods` of the analysis. */
  method: string;
  /** Share that rests on estimates, 0..1. */
  estimated: number;
  /** Lowest and highest number that ways of estimating give; null where there is one way only. */
  between: [number, number] | null;
  /** Why there is no number; null where there is one, or nothing more is known. */
  lacking: Words | null;
  /** Whether two areas together have the sum, so that bars can be compared. */
  addsUp: boolean;
}

export interface District {
  area: Geometry;
  box: [number, number, number, number];
  rule: "centroid" | "share";
  made: string;
  groups: { id: string; label: Words }[];
  figures: Figure[];
  methods: Record<
    string,
    { text: Words; sources: { id: string; title: string; owner: string; licence: string; date: string }[] }
  >;
}

export interface Page<T> {
  items: T[];
  total: number;
  /** Pass as `after` to get the next page; null on the last one. */
  next: string | null;
}

export interface Filters {
  kind: Kind;
  q?: string;
  functionGroup?: FunctionGroup;
  roof?: string;
  minHeight?: number;
  maxHeight?: number;
  minStoreys?: number;
  maxStoreys?: number;
  findings?: "yes" | "no";
  dataset?: string;
  sort?: "label" | "function" | "height" | "storeys" | "roof" | "date" | "findings" | "area";
  descending?: boolean;
  limit?: number;
  after?: string;
}

export interface Report {
  id: string;
  dataset: string;
  loaded: string;
  source: string;
  format: string;
  crs: string;
  operation: string;
  read: Record<string, number>;
  kept: Record<string, number>;
  totals: Record<"kept" | "repaired" | "ignored" | "refused", number>;
  changes: { new: number; changed: number; unchanged: number; ended: number };
  counts: { code: string; outcome: string; count: number }[];
  findings: Finding[];
}

/** A failed call: RFC 9457 problem details in the reader's language. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    /** What the server says beside that, e.g. which fields are wrong. */
    readonly more: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${title}: ${detail}`);
  }
}

export async function answered(response: Response): Promise<Response> {
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as Record<string, unknown> & {
    title?: string;
    detail?: string;
  };
  const { title, detail, ...more } = problem;
  throw new Problem(response.status, title ?? response.statusText, detail ?? "", more);
}

export async function get<T>(path: string, signal?: AbortSignal, more: Record<string, string> = {}): Promise<T> {
  const headers = { Accept: "application/json", ...more };
  const response = await answered(await fetch(path, { headers, signal }));
  return (await response.json()) as T;
}

/** Change something; gives what the server answers, undefined when it answers nothing. */
export async function send<T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  more: Record<string, string> = {},
): Promise<T> {
  const raw = body instanceof Blob;
  const headers: Record<string, string> = { Accept: "application/json", ...more };
  if (body !== undefined) headers["Content-Type"] = raw ? "application/octet-stream" : "application/json";
  const content = body === undefined ? undefined : raw ? body : JSON.stringify(body);
  const response = await answered(await fetch(path, { method, headers, body: content, signal }));
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export function query(filters: object): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  return parameters.toString();
}

export const at = (tenant: string) => `/api/tenants/${encodeURIComponent(tenant)}`;

export const tenants = () => get<Tenant[]>("/api/tenants");
export const tenant = (id: string) => get<TenantDetail>(at(id));
export const objects = (id: string, filters: Filters, signal?: AbortSignal) =>
  get<Page<ObjectRow>>(`${at(id)}/objects?${query(filters)}`, signal);
/** Address of the same rows as CSV. */
export const objectsCsv = (id: string, filters: Filters, language: Language) =>
  `${at(id)}/objects.csv?${query({ ...filters, language })}`;
export const object = (id: string, objectId: string) =>
  get<ObjectDetail>(`${at(id)}/objects/${encodeURIComponent(objectId)}`);
export const search = (id: string, q: string, signal?: AbortSignal) =>
  get<ObjectRow[]>(`${at(id)}/search?${query({ q, limit: 8 })}`, signal);
/** Objects at a place on the ground (streets, land use, water), nearest first. */
export const objectsAt = (id: string, east: number, north: number) =>
  get<ObjectRow[]>(`${at(id)}/at?${query({ east, north })}`);
export const reports = (id: string) => get<Report[]>(`${at(id)}/reports`);
export const report = (id: string, reportId: string) =>
  get<Report>(`${at(id)}/reports/${encodeURIComponent(reportId)}`);
/** Address of a drawn map (PNG) of a box, for pages without WebGL. */
export const mapImage = (id: string, box: [number, number, number, number], width: number, height: number) =>
  `${at(id)}/map.png?${query({ box: box.join(","), width, height })}`;
/** The figures of an area. */
export const district = (id: string, wanted: AreaQuery, signal?: AbortSignal) =>
  get<District>(`${at(id)}/district?${query(wanted)}`, signal);
/** Address of the same as a file. */
export const districtFile = (id: string, wanted: AreaQuery, type: "csv" | "pdf" | "geojson", language: Language) =>
  `${at(id)}/district.${type}?${query(type === "geojson" ? wanted : { ...wanted, language })}`;
