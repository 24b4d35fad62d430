/** What is known of an object from the tiles it stands in: its triangles, its outline, which way its walls run. */

import type { Point } from "./frame";
import type { Corner } from "./right_angle";
import type { Drawn } from "./tile";

const WALL = 2;
/** Shorter walls say nothing about which way a house stands [m]. */
const SHORTEST = 3;

/** Triangles of an object in the scene; null while no tile that holds it is there. */
export function surfaceOf(tiles: Iterable<Drawn>, id: string) {
  for (const { content } of tiles) {
    const row = content.table?.rowOf(id) ?? -1;
    if (row < 0) continue;
    const positions: number[] = [];
    const semantics: number[] = [];
    for (const surface of content.surfaces) {
      const { features, index, instances } = surface;
      if (!features || instances) continue;
      for (const vertex of index) {
        if (features[vertex] !== row) continue;
        for (let k = 0; k < 3; k++) positions.push(surface.positions[vertex * 3 + k]! + content.centre[k]!);
        semantics.push(surface.semantics?.[vertex] ?? WALL);
      }
    }
    if (positions.length) return { positions: new Float32Array(positions), semantics: new Float32Array(semantics) };
  }
  return null;
}

/** The convex outline around places, against the clock: Andrew's monotone chain (1979). */
export function hull(places: Corner[]): Corner[] {
  const sorted = places.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const left = (a: Corner, b: Corner, c: Corner) =>
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 1e-6;
  const half = (corners: Corner[]) => {
    const chain: Corner[] = [];
    for (const corner of corners) {
      while (chain.length > 1 && !left(chain.at(-2)!, chain.at(-1)!, corner)) chain.pop();
      chain.push(corner);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

/** Outline of some triangles, and how high they reach. */
export function shapeOf(positions: Float32Array): { outline: Corner[]; low: number; high: number } {
  const corners: Corner[] = [];
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 3) {
    corners.push([positions[i]!, positions[i + 1]!]);
    low = Math.min(low, positions[i + 2]!);
    high = Math.max(high, positions[i + 2]!);
  }
  return { outline: hull(corners), low, high };
}

/** Direction of the longest near wall at a place [° from north, below 180]; null where no house is near. */
export function bearingNear(tiles: Iterable<Drawn>, [east, north]: Point | Corner, reach = 60): number | null {
  let best = reach;
  let found: number | null = null;
  for (const { content, extent } of tiles) {
    const [west, south, right, top] = extent;
    if (east < west - reach || east > right + reach || north < south - reach || north > top + reach) continue;
    const [cx, cy] = content.centre;
    for (const { positions: p, index, semantics, instances } of content.surfaces) {
      if (instances || !semantics) continue;
      for (let i = 0; i < index.length; i++) {
        const [a, b] = [index[i]!, index[i % 3 === 2 ? i - 2 : i + 1]!];
        if (semantics[a] !== WALL || Math.abs(p[a * 3 + 2]! - p[b * 3 + 2]!) > 0.05) continue;
        const [dx, dy] = [p[b * 3]! - p[a * 3]!, p[b * 3 + 1]! - p[a * 3 + 1]!];
        const length = Math.hypot(dx, dy);
        if (length < SHORTEST) continue;
        const away = Math.hypot(
          (p[a * 3]! + p[b * 3]!) / 2 + cx - east,
          (p[a * 3 + 1]! + p[b * 3 + 1]!) / 2 + cy - north,
        );
        const score = away - 0.4 * Math.min(length, 40);
        if (score >= best) continue;
        best = score;
        found = ((Math.atan2(dx, dy) * 180) / Math.PI + 360) % 180;
      }
    }
  }
  return found;
}
