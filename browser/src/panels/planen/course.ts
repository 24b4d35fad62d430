/** The rain of a result over time, as bars beside the time. */
import * as api from "../../api_processes";
import type { ResultDocument } from "../../api_processes";
import { boxOf, ringsOf } from "./area";

export interface Bar {
  /** Begin and end [s]. */
  from: number;
  to: number;
  /** Share of the strongest rain, 0..1. */
  share: number;
}

/** An even rain is drawn in steps of so many minutes. */
const STEP = 5;

/** Bars of a rain by the ends of its steps [min] and what falls in each [mm]. */
export function barsOf(minutes: number[], millimetres: number[]): Bar[] {
  const begins = [0, ...minutes];
  const rates = minutes.map((end, i) => (millimetres[i] ?? 0) / (end - begins[i]!));
  const most = Math.max(...rates);
  if (!(most > 0)) return [];
  return minutes.flatMap((end, i) => {
    const begin = begins[i]!;
    const pieces = Math.min(Math.max(1, Math.round((end - begin) / STEP)), 48);
    const at = (n: number) => 60 * (begin + ((end - begin) * n) / pieces);
    return Array.from({ length: pieces }, (_, n) => ({ from: at(n), to: at(n + 1), share: rates[i]! / most }));
  });
}

/** The rain a result was computed with; none where that is not known. */
export async function rainOf(tenant: string, { inputs }: ResultDocument): Promise<Bar[]> {
  const { storm, guideline, minutes, millimetres, area } = inputs;
  const course = (inputs.course ?? []) as [number, number][];
  if (storm === "own" && course.length)
    return barsOf(
      course.map(([minute]) => minute),
      course.map(([, depth]) => depth),
    );
  if (storm === "own") return barsOf([Number(minutes)], [Number(millimetres)]);
  const box = boxOf(ringsOf(area));
  if (typeof storm !== "string" || !box) return [];
  const { scenarios } = await api.storms(tenant, [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]);
  const found = scenarios.find((one) => one.storm === storm && one.guideline === guideline);
  return found ? barsOf(found.course.minutes, found.course.millimetres) : [];
}

/** Marks under a time axis: whole steps of so many minutes, five or six of them. */
export function marksOf(last: number): number[] {
  const steps = [300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200];
  const step = steps.find((one) => last / one <= 5) ?? 86400;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}
