/** What does a line of sight meet first, among the triangles that are on the screen? */

import { Matrix4, Ray, Vector3 } from "three";

import { isHidden } from "./features";
import type { Point } from "./frame";
import type { Surface } from "./glb";
import type { Drawn } from "./tile";
import { REACH } from "./tool";
import { rayEntry } from "./volume";

export interface Hit {
  point: Vector3;
  distance: number;
  tile: Drawn;
  surface: Surface;
  /** Row in the tile's table, -1 without. */
  row: number;
  /** Position of the triangle's first index. */
  triangle: number;
}

interface Nearest {
  distance: number;
  triangle: number;
  instance: number;
}

/** Möller and Trumbore (1997), over all triangles; `from` and `to` in the surface's own metres. */
function nearest(surface: Surface, ray: Ray, limit: number, skip: (triangle: number) => boolean): Nearest | null {
  const { positions: p, index } = surface;
  const { x: ox, y: oy, z: oz } = ray.origin;
  const { x: dx, y: dy, z: dz } = ray.direction;
  let best = limit;
  let found = -1;
  for (let t = 0; t < index.length; t += 3) {
    const a = (index[t] as number) * 3;
    const b = (index[t + 1] as number) * 3;
    const c = (index[t + 2] as number) * 3;
    const ax = p[a] as number;
    const ay = p[a + 1] as number;
    const az = p[a + 2] as number;
    const e1x = (p[b] as number) - ax;
    const e1y = (p[b + 1] as number) - ay;
    const e1z = (p[b + 2] as number) - az;
    const e2x = (p[c] as number) - ax;
    const e2y = (p[c + 1] as number) - ay;
    const e2z = (p[c + 2] as number) - az;
    const px = dy * e2z - dz * e2y;
    const py = dz * e2x - dx * e2z;
    const pz = dx * e2y - dy * e2x;
    const det = e1x * px + e1y * py + e1z * pz;
    if (det > -1e-12 && det < 1e-12) continue;
    const sx = ox - ax;
    const sy = oy - ay;
    const sz = oz - az;
    const u = (sx * px + sy * py + sz * pz) / det;
    if (u < 0 || u > 1) continue;
    const qx = sy * e1z - sz * e1y;
    const qy = sz * e1x - sx * e1z;
    const qz = sx * e1y - sy * e1x;
    const v = (dx * qx + dy * qy + dz * qz) / det;
    if (v < 0 || u + v > 1) continue;
    const distance = (e2x * qx + e2y * qy + e2z * qz) / det;
    if (distance <= 0 || distance >= best || skip(t)) continue;
    best = distance;
    found = t;
  }
  return found < 0 ? null : { distance: best, triangle: found, instance: -1 };
}

function radiusOf(surface: Surface): number {
  let squared = 0;
  const p = surface.positions;
  for (let i = 0; i < p.length; i += 3) {
    squared = Math.max(squared, (p[i] as number) ** 2 + (p[i + 1] as number) ** 2 + (p[i + 2] as number) ** 2);
  }
  return Math.sqrt(squared);
}

const radii = new WeakMap<Surface, number>();

function nearestInstance(
  surface: Surface,
  ray: Ray,
  limit: number,
  skip: (instance: number) => boolean,
): Nearest | null {
  const { count, matrices } = surface.instances as NonNullable<Surface["instances"]>;
  const radius = radii.get(surface) ?? radiusOf(surface);
  radii.set(surface, radius);
  const centre = new Vector3();
  const matrix = new Matrix4();
  let best: Nearest | null = null;
  for (let i = 0; i < count; i++) {
    centre.fromArray(matrices, i * 16 + 12);
    matrix.fromArray(matrices, i * 16);
    const size = radius * matrix.getMaxScaleOnAxis();
    if (ray.distanceSqToPoint(centre) > size * size || skip(i)) continue;
    const inverse = matrix.clone().invert();
    const own = ray.clone();
    own.origin.applyMatrix4(inverse);
    const tip = ray.at(1, new Vector3()).applyMatrix4(inverse);
    // The direction is left unnormalised so that distances stay those of the scene.
    own.direction.copy(tip.sub(own.origin));
    const hit = nearest(surface, own, best?.distance ?? limit, () => false);
    if (hit) best = { ...hit, instance: i };
  }
  return best;
}

function hitTile(tile: Drawn, ray: Ray, limit: number): Hit | null {
  const local = ray.clone();
  local.origin.sub(new Vector3(...tile.content.centre));
  const gone = (row: number | undefined) => row !== undefined && tile.states !== null && isHidden(tile.states, row);
  let best: Hit | null = null;
  for (const surface of tile.content.surfaces) {
    const { features, instances, index } = surface;
    const reach: number = best?.distance ?? limit;
    const found: Nearest | null = instances
      ? nearestInstance(surface, local, reach, (i) => gone(instances.features?.[i]))
      : nearest(surface, local, reach, (t) => gone(features?.[index[t] as number]));
    if (!found) continue;
    const row = instances ? instances.features?.[found.instance] : features?.[index[found.triangle] as number];
    best = {
      point: ray.at(found.distance, new Vector3()),
      distance: found.distance,
      tile,
      surface,
      row: row === undefined || !tile.content.table ? -1 : row,
      triangle: found.triangle,
    };
  }
  return best;
}

/** The first thing a ray meets; tiles whose box it misses cost nothing. */
export function firstHit(tiles: Iterable<Drawn>, ray: Ray): Hit | null {
  const entered: { tile: Drawn; entry: number }[] = [];
  for (const tile of tiles) {
    const entry = rayEntry(tile.volume, ray);
    if (entry !== null) entered.push({ tile, entry });
  }
  entered.sort((a, b) => a.entry - b.entry);
  let best: Hit | null = null;
  let reach = Infinity;
  for (const { tile, entry } of entered) {
    if (entry > reach) break;
    best = hitTile(tile, ray, reach) ?? best;
    reach = best?.distance ?? Infinity;
  }
  return best;
}

/** Corners of the feature that was hit, in the scene: what a measured point may snap to. */
export function cornersOf(hit: Hit): Vector3[] {
  const { positions, features, index, instances } = hit.surface;
  if (instances) return [];
  const centre = new Vector3(...hit.tile.content.centre);
  const at = (vertex: number) => new Vector3().fromArray(positions, vertex * 3).add(centre);
  if (!features || hit.row < 0) return [0, 1, 2].map((k) => at(index[hit.triangle + k] as number));
  const corners: Vector3[] = [];
  for (let i = 0; i < features.length; i++) if (features[i] === hit.row) corners.push(at(i));
  return corners;
}

/** Where to look for corners around the pointer [px]. */
const AROUND = [[0, 0], [5, 0], [-5, 0], [0, 5], [0, -5]] as const; // prettier-ignore
/** Farther than this behind what is seen, a corner is hidden [m]. */
const BEHIND = 2.5;

/**
 * The place under a pixel, or the nearest corner of what is seen around it.
 *
 * @param look what is seen in a pixel
 * @param project where a place is seen
 */
export function snappedTo(
  look: (x: number, y: number) => { hit: Hit | null; at: Point | null },
  project: (place: Vector3) => { x: number; y: number } | null,
  eye: Vector3,
  [x, y]: [number, number],
): Point | null {
  let best = REACH;
  let snapped = look(x, y).at;
  // A corner's own pixel often shows what lies behind it, so its surroundings are looked at too.
  for (const [dx, dy] of AROUND) {
    const { hit } = look(x + dx, y + dy);
    if (!hit) continue;
    for (const corner of cornersOf(hit)) {
      const seen = project(corner);
      const away = seen ? Math.hypot(seen.x - x, seen.y - y) : Infinity;
      if (away >= best || corner.distanceTo(eye) > hit.distance + BEHIND) continue;
      best = away;
      snapped = corner.toArray() as Point;
    }
  }
  return snapped;
}
