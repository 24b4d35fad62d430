/** Paths of small drawings: values over time, and a section through ground and water. */
import type { Profile } from "../../api_processes";

const point = (x: number, y: number) => `${x.toFixed(1)},${y.toFixed(1)}`;

/** A line of values over time in a box; `filled` down to the axis. Unknown values count as none. */
export function linePath(
  times: number[],
  values: (number | null)[],
  most: number,
  width: number,
  height: number,
  filled: boolean,
): string {
  const last = times.at(-1) || 1;
  const points = times.map((time, i) =>
    point((time / last) * width, height - ((values[i] ?? 0) / most) * (height - 6)),
  );
  const line = `M${points.join("L")}`;
  return filled ? `${line}L${point(width, height)}L${point(0, height)}Z` : line;
}

/** Lowest ground and highest level of a section [m]; null where no ground is known. */
export function heightRange({ ground, values, unit }: Profile): [number, number] | null {
  const known = ground.filter((height): height is number => height !== null);
  if (!known.length) return null;
  const tops = ground.map((height, i) =>
    height === null ? -Infinity : height + (unit === "m" ? (values[i] ?? 0) : 0),
  );
  const [low, high] = [Math.min(...known), Math.max(...tops)];
  return [low, Math.max(high, low + 0.5)];
}

/** The ground of a section, or with `water` what stands on it. */
export function sectionPath(
  { distance, ground, values }: Profile,
  [low, high]: [number, number],
  width: number,
  height: number,
  water: boolean,
): string {
  const last = distance.at(-1) || 1;
  const x = (i: number) => (distance[i]! / last) * width;
  const y = (level: number) => height - 4 - ((level - low) / (high - low)) * (height - 10);
  const known = distance.map((_, i) => i).filter((i) => ground[i] !== null);
  const bed = known.map((i) => point(x(i), y(ground[i]!)));
  if (!water) return bed.length ? `M${bed.join("L")}` : "";
  const level = known.map((i) => point(x(i), y(ground[i]! + (values[i] ?? 0))));
  return level.length ? `M${level.join("L")}L${bed.toReversed().join("L")}Z` : "";
}

/** A line of values that may go below zero, the area between it and zero, and where zero lies; no line without values. */
export function seriesDrawing(
  times: number[],
  values: (number | null)[],
  width: number,
  height: number,
): { line: string; area: string; zero: number } {
  const plain = values.map((value) => value ?? 0);
  const [low, high] = [Math.min(...plain, 0), Math.max(...plain, 0)];
  const y = (value: number) => height - 3 - ((value - low) / (high - low || 1)) * (height - 6);
  const zero = y(0);
  if (high === low || times.length < 2) return { line: "", area: "", zero };
  const last = times.at(-1)!;
  const line = `M${plain.map((value, i) => point((times[i]! / last) * width, y(value))).join("L")}`;
  return { line, area: `${line}L${point(width, zero)}L${point((times[0]! / last) * width, zero)}Z`, zero };
}
