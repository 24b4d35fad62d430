/** The rain of a result over time, as bars beside the time. */
import type { ResultDocument } from "../../api_processes";

export interface Bar {
  /** Begin and end [s]. */
  from: number;
  to: number;
  /** Share of the strongest rain, 0..1. */
  share: number;
}

/** Series that say how much rain falls. */
const RAIN = ["rain_course", "hyetograph", "rain"];

/** Bars of the series of the rain; none where the result has no such series. */
export function rainBars({ series }: ResultDocument): Bar[] {
  const found = series.find((one) => RAIN.includes(one.id));
  const values = (found?.values ?? []).map((value) => value ?? 0);
  const most = Math.max(...values, 0);
  if (!found || most <= 0) return [];
  const { times } = found;
  return values.slice(0, -1).map((value, i) => ({ from: times[i]!, to: times[i + 1]!, share: value / most }));
}

/** Marks under a time axis: whole steps of so many minutes, five or six of them. */
export function marksOf(last: number): number[] {
  const steps = [300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200];
  const step = steps.find((one) => last / one <= 5) ?? 86400;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}
