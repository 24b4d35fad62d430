/** The state of the page is its address: whoever gets the link sees the same. */
import { reactive } from "vue";
import type { Filters, Kind, Language, View } from "../api";

const PAGES = [
  "ansehen",
  "liste",
  "planen",
  "vergleichen",
  "quartier",
  "daten",
  "berichtigungen",
  "konto",
  "verwaltung",
  "anliegen",
] as const;
export type PageName = (typeof PAGES)[number];
/** The pages that lie over the 3D scene. */
export const OVER_SCENE: readonly PageName[] = ["ansehen", "planen", "vergleichen"];

export interface Address {
  tenant: string;
  page: PageName;
  view: View | null;
  /** Visible layers; null means those the twin opens with. */
  layers: string[] | null;
  object: string;
  /** Property the buildings are coloured by, empty for none. */
  colour: string;
  /** Berlin wall time of the sun, e.g. "2026-03-21T14:00". */
  sun: string;
  language: Language | "";
  filters: Filters;
  report: string;
  /** Dataset whose page stands open. */
  source: string;
  /** Upload that stands open; "new" for one about to begin. */
  upload: string;
  /** Area of the district analysis and one beside it: corners, `place~radius` or `object:id`; see `panels/quartier`. */
  area: string;
  beside: string;
  rule: "centroid" | "share";
  /** Analysis that stands open, its run under way and the result that is shown; raster and second of that. */
  process: string;
  job: string;
  result: string;
  raster: string;
  time: string;
  /** Variant that stands open, and the one of its edits whose panel does. */
  variant: string;
  edit: string;
  /** Variants that are compared, how they are laid side by side, and the indicator whose trace stands open. */
  variants: string;
  way: string;
  indicator: string;
  /** How far around the changes is compared [m], empty for the usual; decision that stands open, "list" for all. */
  radius: string;
  decision: string;
  /** Case that stands open on the desk, `kennzahlen` for the figures of all, `verfahren[:ID[:VERSION]]` for procedures. */
  case: string;
}

const NUMBERS = ["minHeight", "maxHeight", "minStoreys", "maxStoreys"] as const;
const PLANNED = ["variant", "edit", "process", "job", "result", "raster", "time"] as const;
const COMPARED = ["variants", "way", "indicator", "radius", "decision"] as const;
const WORDS = ["q", "functionGroup", "roof", "findings", "dataset", "sort"] as const;

function readView(text: string | null): View | null {
  const [east, north, height, heading, pitch, distance, ...rest] = (text ?? "").split(",").map(Number);
  const numbers = [east, north, height, heading, pitch, distance];
  if (!text || rest.length > 0 || numbers.some((value) => value === undefined || !Number.isFinite(value))) return null;
  return { target: [east!, north!, height!], heading: heading!, pitch: pitch!, distance: distance! };
}

function readFilters(query: URLSearchParams): Filters {
  const filters: Filters = { kind: (query.get("kind") as Kind | null) ?? "building" };
  for (const name of WORDS) {
    const value = query.get(name);
    if (value) Object.assign(filters, { [name]: value });
  }
  for (const name of NUMBERS) {
    const value = Number(query.get(name) ?? NaN);
    if (query.get(name) && Number.isFinite(value)) filters[name] = value;
  }
  if (query.get("descending") === "true") filters.descending = true;
  return filters;
}

/** Read an address such as `/koeln/liste?kind=tree`. */
export function parse(url: URL): Address {
  const parts = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  // one's account belongs to no tenant, and can be opened in any
  const [tenant = "", page = ""] = parts[0] === "konto" ? ["", "konto"] : parts;
  const query = url.searchParams;
  const layers = query.get("layers");
  const language = query.get("lang");
  return {
    tenant,
    page: PAGES.includes(page as PageName) ? (page as PageName) : "ansehen",
    view: readView(query.get("view")),
    layers: layers === null ? null : layers.split(",").filter(Boolean),
    object: query.get("object") ?? "",
    colour: query.get("colour") ?? "",
    sun: /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(query.get("sun") ?? "") ? query.get("sun")! : "",
    language: language === "de" || language === "en" ? language : "",
    filters: readFilters(query),
    report: query.get("report") ?? "",
    source: query.get("source") ?? "",
    upload: query.get("upload") ?? "",
    area: query.get("area") ?? "",
    beside: query.get("beside") ?? "",
    rule: query.get("rule") === "share" ? "share" : "centroid",
    process: query.get("process") ?? "",
    job: query.get("job") ?? "",
    result: query.get("result") ?? "",
    raster: query.get("raster") ?? "",
    time: /^\d+(\.\d+)?$/.test(query.get("time") ?? "") ? query.get("time")! : "",
    variant: query.get("variant") ?? "",
    edit: query.get("edit") ?? "",
    variants: query.get("variants") ?? "",
    way: query.get("way") ?? "",
    indicator: query.get("indicator") ?? "",
    radius: /^\d{2,4}$/.test(query.get("radius") ?? "") ? query.get("radius")! : "",
    decision: query.get("decision") ?? "",
    case: query.get("case") ?? "",
  };
}

function writeView(view: View): string {
  const places = [
    ...view.target.map((value) => value.toFixed(1)),
    ...[view.heading, view.pitch, view.distance].map(round),
  ];
  return places.join(",");
}
const round = (value: number) => String(Math.round(value * 10) / 10);

/** Write an address back; only what differs from the opening state is in it. */
export function href(address: Address): string {
  if (!address.tenant) {
    const start = address.page === "konto" ? "/konto" : "/";
    return address.language ? `${start}?lang=${address.language}` : start;
  }
  const query = new URLSearchParams();
  const set = (name: string, value: string | number | boolean | undefined) => {
    if (value !== undefined && value !== "" && value !== false) query.set(name, String(value));
  };
  if (address.page === "daten") for (const name of ["source", "report", "upload"] as const) set(name, address[name]);
  if (address.page === "planen") for (const name of PLANNED) set(name, address[name]);
  if (address.page === "vergleichen") for (const name of COMPARED) set(name, address[name]);
  if (address.page === "anliegen") set("case", address.case);
  if (address.page === "quartier") {
    set("area", address.area);
    set("beside", address.beside);
    if (address.rule === "share") set("rule", "share");
  }
  if (address.page === "liste") {
    const { kind, ...others } = address.filters;
    if (kind !== "building") set("kind", kind);
    for (const name of [...WORDS, ...NUMBERS, "descending"] as const) set(name, others[name]);
  }
  set("object", address.object);
  if (address.view) set("view", writeView(address.view));
  if (address.layers) query.set("layers", address.layers.join(","));
  set("colour", address.colour);
  set("sun", address.sun);
  set("lang", address.language);
  const path = `/${encodeURIComponent(address.tenant)}${address.page === "ansehen" ? "" : `/${address.page}`}`;
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%3B", ";");
  return text ? `${path}?${text}` : path;
}

export const address = reactive<Address>(parse(new URL(window.location.href)));

/** The address after a change, for links. */
export const linkTo = (change: Partial<Address>) => href({ ...address, ...change });

/** Go somewhere: a new entry in the browser's history. */
export function go(change: Partial<Address>): void {
  write();
  Object.assign(address, change);
  window.history.pushState(null, "", href(address));
}

/** Between two writings of the address [ms]: browsers refuse more than some in a second, as while time runs. */
const PAUSE = 250;
let written = -Infinity;
let waiting = 0;

/** Write down a small change (camera, layers, sun) without a new entry in the history. */
export function note(change: Partial<Address>): void {
  Object.assign(address, change);
  if (waiting) return;
  const rest = written + PAUSE - performance.now();
  if (rest <= 0) write();
  else waiting = window.setTimeout(write, rest);
}

function write(): void {
  window.clearTimeout(waiting);
  waiting = 0;
  written = performance.now();
  const target = href(address);
  if (target !== window.location.pathname + window.location.search) window.history.replaceState(null, "", target);
}

/** Follow the browser's back and forward buttons. */
export function followHistory(): void {
  window.addEventListener("popstate", () => Object.assign(address, parse(new URL(window.location.href))));
}
