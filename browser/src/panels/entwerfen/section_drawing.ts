/** Where the parts of a section are drawn. Distances and heights in metres, the picture in pixels. */
import type { Section } from "../../api_planning";

export interface Scale {
  x(distance: number): number;
  y(height: number): number;
  /** Round heights with a line of their own. */
  heights: number[];
  distances: number[];
  /** How much higher than long a metre is drawn. */
  exaggeration: number;
}

const ROOM = { left: 56, right: 16, top: 16, bottom: 32 };
/** Flat ground is not stretched further than this. */
const MOST_EXAGGERATION = 5;

/** Steps of 1, 2 or 5 so that about `wanted` of them fit in. */
export function step(range: number, wanted: number): number {
  const rough = range / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
}
const ticks = (low: number, high: number, by: number) =>
  Array.from({ length: Math.floor(high / by) - Math.ceil(low / by) + 1 }, (_, i) => (Math.ceil(low / by) + i) * by);

/** Lowest and highest point of all that is drawn. */
export function heightsIn({ ground, ground_before, bodies, trees }: Section): [number, number] {
  const all = [
    ...[...ground, ...(ground_before ?? [])].flatMap(([, height]) => (height === null ? [] : [height])),
    ...bodies.flatMap(({ rings }) => rings.flat().map(([, height]) => height)),
    ...trees.flatMap(({ foot, height }) => [foot, foot + height]),
  ];
  return all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
}

export function scaleOf(section: Section, width: number, height: number): Scale {
  const [low, top] = heightsIn(section);
  const high = Math.max(top, low + 2);
  const wide = (width - ROOM.left - ROOM.right) / Math.max(section.length, 1);
  const tall = Math.min((height - ROOM.top - ROOM.bottom) / (high - low), wide * MOST_EXAGGERATION);
  // never flatter than true
  const across = Math.min(wide, tall);
  return {
    x: (distance) => ROOM.left + distance * across,
    y: (up) => height - ROOM.bottom - (up - low) * tall,
    heights: ticks(low, high, step(high - low, 4)),
    distances: ticks(0, section.length, step(section.length, 8)),
    exaggeration: tall / across,
  };
}

const point = (x: number, y: number) => `${x.toFixed(1)},${y.toFixed(1)}`;
export const ringPath = (ring: [number, number][], { x, y }: Scale) =>
  `M${ring.map(([distance, height]) => point(x(distance), y(height))).join("L")}Z`;

/** The line of the ground in pieces, where it is known. */
export function groundPaths(ground: Section["ground"], { x, y }: Scale): string[] {
  const pieces: string[][] = [[]];
  for (const [distance, height] of ground)
    if (height === null) pieces.push([]);
    else pieces.at(-1)!.push(point(x(distance), y(height)));
  return pieces.filter((piece) => piece.length > 1).map((piece) => `M${piece.join("L")}`);
}

/** Height of the ground at a distance, as far as it is known. */
export function groundAt(ground: Section["ground"], distance: number): number | null {
  const next = ground.findIndex(([away]) => away >= distance);
  if (next < 0) return null;
  const [[a, low], [b, high]] = [ground[Math.max(0, next - 1)]!, ground[next]!];
  if (low === null || high === null) return null;
  return b === a ? high : low + ((high - low) * (distance - a)) / (b - a);
}
