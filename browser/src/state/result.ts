/** Which result is looked at: its document, the raster of it that lies in the scene, the moment, the colours. */
import { computed, shallowReactive } from "vue";
import * as api from "../api_processes";
import type { Found, LegendClass, RasterInfo, Result, ResultDocument } from "../api_processes";
import type { GridShown } from "../scene";
import { address, note } from "./address";

export const shown = shallowReactive<{
  /** The result, or what is known so far of a run under way. */
  document: ResultDocument | null;
  /** The run it is a preview of; empty for a result. */
  job: string;
  /** Objects that were found, by the id of the output. */
  found: Record<string, Found>;
  loading: boolean;
  problem: Error | null;
}>({ document: null, job: "", found: {}, loading: false, problem: null });

/** The kept result, null while only a preview is there. */
export const kept = computed<Result | null>(() => (shown.document && !shown.job ? (shown.document as Result) : null));

/** The raster of the address, otherwise the first. */
export const raster = computed<RasterInfo | null>(() => {
  const rasters = (shown.document?.rasters ?? []).filter((one) => one.range);
  return rasters.find((one) => one.id === address.raster) ?? rasters[0] ?? null;
});

/** The raster that has moments, if there is one. */
export const course = computed<RasterInfo | null>(
  () => shown.document?.rasters.find((one) => one.times.length > 1 && one.range) ?? null,
);

/** The moment that is shown [s]; null where the raster has none. */
export const seconds = computed<number | null>(() => {
  if (!raster.value?.times.length) return null;
  const last = raster.value.times.at(-1)!;
  return address.time === "" ? last : Math.min(Number(address.time), last);
});

/** Classes of a raster; where its process names none, five of equal width. */
export function classesOf({ legend, range, unit }: RasterInfo): LegendClass[] {
  if (legend.length || !range) return legend;
  const [low, high] = range;
  const step = (high - low) / PLAIN.length || 1;
  return PLAIN.map((colour, i) => {
    const [from, to] = [low + i * step, i === PLAIN.length - 1 ? null : low + (i + 1) * step];
    const text = `${round(from)} – ${round(to ?? high)} ${unit}`;
    return { low: from, high: to, colour, title: { de: text.replaceAll(".", ","), en: text } };
  });
}
const round = (value: number) => Number(value.toPrecision(2));
/** Steps of the palette "viridis", which reads without colour vision and in grey. */
const PLAIN = ["#fde725", "#5ec962", "#21918c", "#3b528b", "#440154"];

/** The class a value lies in; undefined below the lowest. */
export const classOf = (legend: LegendClass[], value: number | null | undefined) =>
  value === null || value === undefined
    ? undefined
    : legend.find((one) => (one.low === null || value >= one.low) && (one.high === null || value < one.high));

/** What lies over the ground of the scene now. */
export const gridShown = computed<GridShown | null>(() => {
  const chosen = raster.value;
  const { document, job } = shown;
  if (!chosen?.range || !document) return null;
  const { tenant } = address;
  const of = (band: number) =>
    job
      ? api.previewGrid(tenant, job, chosen.id, band, document.made)
      : api.gridOf(tenant, document.id, chosen.id, band);
  const { west, north, cell, rows, cols, range, times } = chosen;
  const moving = chosen.unit === "m";
  return {
    west,
    north,
    cell,
    rows,
    cols,
    range,
    times,
    classes: classesOf(chosen),
    moving,
    band: (i) => api.grid(of(i)),
  };
});

/** Colours of single objects by their id, after the first features that have a legend; null without such. */
export const colours = computed<Map<string, string> | null>(() => {
  for (const { id, legend } of shown.document?.features ?? []) {
    const found = shown.found[id];
    if (!legend.length || !found) continue;
    const pairs = found.features.map(
      (one) => [one.id, classOf(legend, Number(one.properties[id] ?? NaN))?.colour ?? ""] as const,
    );
    return new Map(pairs.filter(([, colour]) => colour));
  }
  return null;
});

function clear(): void {
  Object.assign(shown, { document: null, job: "", found: {}, loading: false, problem: null });
}

/** Load the result of the address; an answer that comes too late is dropped. */
export async function loadResult(): Promise<void> {
  const { tenant, result } = address;
  if (!result || !tenant) {
    if (!shown.job) clear();
    return;
  }
  if (kept.value?.id === result) return;
  const isWanted = () => address.result === result && address.tenant === tenant;
  Object.assign(shown, { loading: true, problem: null });
  try {
    const document = await api.result(tenant, result);
    const lists = await Promise.all(
      document.features.map(async ({ id, href }) => [id, await api.found(tenant, result, href)] as const),
    );
    if (isWanted()) Object.assign(shown, { document, job: "", found: Object.fromEntries(lists) });
  } catch (problem) {
    if (isWanted()) Object.assign(shown, { document: null, job: "", found: {}, problem });
  } finally {
    if (isWanted()) shown.loading = false;
  }
}

/** Show what is known of a run so far, when it is more than before. */
export async function showPreview(job: string, document: ResultDocument): Promise<void> {
  if (shown.job === job && shown.document?.made === document.made) return;
  const { tenant } = address;
  const lists = await Promise.all(
    document.features.map(async ({ id, href }) => [id, await api.previewFound(tenant, job, href)] as const),
  );
  if (address.job !== job || address.tenant !== tenant) return;
  Object.assign(shown, { document, job, found: Object.fromEntries(lists), problem: null });
}

/** Forget the preview of a run that gave no result. */
export function dropPreview(): void {
  if (shown.job) clear();
}

/** Learn anew who may see the result and whether it is out of date. */
export async function refreshResult(): Promise<void> {
  const { tenant, result } = address;
  const document = await api.result(tenant, result);
  if (kept.value?.id === result && address.tenant === tenant) shown.document = document;
}

/** Choose a raster; of one with moments also which. */
export function chooseRaster(id: string, time: number | null = null): void {
  note({ raster: id, time: time === null ? "" : String(Math.round(time * 10) / 10) });
}
