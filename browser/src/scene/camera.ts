/**
 * Where does the camera stand, and how do a hand's movements move it? Pure geometry: a rig looks at a target from a
 * distance, heading and pitch; every movement returns a new rig.
 */

import type { View } from "../api";
import type { Point } from "./frame";

const RADIANS = Math.PI / 180;

/** {@link View} with the target in scene metres. Angles in degrees. */
export interface Rig {
  target: Point;
  heading: number;
  pitch: number;
  distance: number;
  /** Vertical field of view where it is not the usual one. */
  lens?: number;
}

export interface Limits {
  nearest: number;
  farthest: number;
  flattest: number;
  /** West, south, east, north of where the target may be [m]. */
  area: [number, number, number, number];
}

/** Vertical field of view [deg]. */
export const LENS = 24;

/** Unit vectors of the line of sight, to the right and up in the picture. */
export function axes(rig: Rig): { forward: Point; right: Point; up: Point } {
  const [sh, ch] = [Math.sin(rig.heading * RADIANS), Math.cos(rig.heading * RADIANS)];
  const [sp, cp] = [Math.sin(rig.pitch * RADIANS), Math.cos(rig.pitch * RADIANS)];
  return { forward: [sh * cp, ch * cp, -sp], right: [ch, -sh, 0], up: [sh * sp, ch * sp, cp] };
}

export function eyeOf(rig: Rig): Point {
  const { forward } = axes(rig);
  return rig.target.map((value, i) => value - (forward[i] as number) * rig.distance) as Point;
}

/** The line of sight through a point of the picture: x, y in -1..1, y up. */
export function sight(rig: Rig, x: number, y: number, aspect: number): { origin: Point; direction: Point } {
  const { forward, right, up } = axes(rig);
  const half = Math.tan(((rig.lens ?? LENS) / 2) * RADIANS);
  const raw = forward.map(
    (value, i) => value + (right[i] as number) * x * half * aspect + (up[i] as number) * y * half,
  ) as Point;
  const length = Math.hypot(...raw);
  return { origin: eyeOf(rig), direction: raw.map((value) => value / length) as Point };
}

/** Where a line of sight meets the level `height`; null when it does not within `reach` metres. */
export function onLevel(ray: { origin: Point; direction: Point }, height: number, reach: number): Point | null {
  const distance = (height - ray.origin[2]) / ray.direction[2];
  if (!(distance > 0) || distance > reach) return null;
  return [ray.origin[0] + ray.direction[0] * distance, ray.origin[1] + ray.direction[1] * distance, height];
}

/** Slides the rig so that what was at `from` comes to stand at `to`. */
export function pan(rig: Rig, from: Point, to: Point): Rig {
  return { ...rig, target: [rig.target[0] + from[0] - to[0], rig.target[1] + from[1] - to[1], rig.target[2]] };
}

/** Comes nearer (factor < 1) or goes back, keeping `fixed` in its place in the picture. */
export function zoomAt(rig: Rig, fixed: Point, factor: number): Rig {
  const target = rig.target.map((value, i) => (fixed[i] as number) + (value - (fixed[i] as number)) * factor) as Point;
  return { ...rig, target, distance: rig.distance * factor };
}

function turned(point: Point, centre: Point, degrees: number): Point {
  const [s, c] = [Math.sin(degrees * RADIANS), Math.cos(degrees * RADIANS)];
  const [x, y] = [point[0] - centre[0], point[1] - centre[1]];
  return [centre[0] + x * c + y * s, centre[1] - x * s + y * c, point[2]];
}

/** Turns the rig clockwise and tilts it down around `anchor`, which keeps its place in the picture. */
export function orbit(rig: Rig, anchor: Point, turn: number, tilt: number): Rig {
  const next = {
    ...rig,
    heading: (((rig.heading + turn) % 360) + 360) % 360,
    target: turned(rig.target, anchor, turn),
  };
  if (tilt === 0) return next;
  const before = axes(next);
  const after = axes({ ...next, pitch: next.pitch + tilt });
  const offset = next.target.map((value, i) => value - (anchor[i] as number)) as Point;
  const along = (axis: Point) => offset.reduce((sum, value, i) => sum + value * (axis[i] as number), 0);
  const [f, r, u] = [along(before.forward), along(before.right), along(before.up)];
  const target = anchor.map(
    (value, i) =>
      value + f * (after.forward[i] as number) + r * (after.right[i] as number) + u * (after.up[i] as number),
  ) as Point;
  return { ...next, pitch: next.pitch + tilt, target };
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

export function withinLimits(rig: Rig, limits: Limits): Rig {
  const [west, south, east, north] = limits.area;
  return {
    heading: ((rig.heading % 360) + 360) % 360,
    pitch: clamp(rig.pitch, limits.flattest, 90),
    distance: clamp(rig.distance, limits.nearest, limits.farthest),
    target: [clamp(rig.target[0], west, east), clamp(rig.target[1], south, north), rig.target[2]],
  };
}

/** The way from one rig to another at `share` 0..1: eased, and higher in the middle the farther it goes. */
export function between(from: Rig, to: Rig, share: number): Rig {
  const s = share * share * (3 - 2 * share);
  const mix = (a: number, b: number) => a + (b - a) * s;
  const way = Math.hypot(to.target[0] - from.target[0], to.target[1] - from.target[1]);
  const lift = Math.log(Math.max(1, way / (1.5 * Math.max(from.distance, to.distance))));
  const turn = ((((to.heading - from.heading) % 360) + 540) % 360) - 180;
  return {
    target: from.target.map((value, i) => mix(value, to.target[i] as number)) as Point,
    heading: (((from.heading + turn * s) % 360) + 360) % 360,
    pitch: mix(from.pitch, to.pitch),
    distance: Math.exp(mix(Math.log(from.distance), Math.log(to.distance)) + lift * 4 * s * (1 - s)),
  };
}

/** How long a flight between two rigs may take [ms]. */
export function flightTime(from: Rig, to: Rig): number {
  const way = Math.hypot(to.target[0] - from.target[0], to.target[1] - from.target[1]);
  const zoom = Math.abs(Math.log(to.distance / from.distance));
  return clamp(350 + 260 * Math.log1p((4 * way) / Math.max(from.distance, to.distance)) + 150 * zoom, 350, 1800);
}

/** Distance per metre of what is framed: a house keeps its surroundings, a district fills the picture. */
const AROUND = { house: 5.2, district: 2.4 };
/** Up to this size something is framed like a house [m]. */
const HOUSE = 100;

/** The rig that frames a box `[west, south, low, east, north, high]` of scene metres from the present direction. */
export function framing(rig: Rig, box: number[]): Rig {
  const [west = 0, south = 0, low = 0, east = 0, north = 0, high = 0] = box;
  const size = Math.hypot(east - west, north - south, high - low);
  const share = Math.min(1, HOUSE / Math.max(1, size));
  const per = AROUND.district + (AROUND.house - AROUND.district) * share;
  return {
    target: [(west + east) / 2, (south + north) / 2, (low + high) / 2],
    heading: rig.heading,
    pitch: clamp(rig.pitch, 30, 50),
    distance: clamp(size * per, 90, 12_000),
  };
}

/** Page pixels at the edges of the picture that something covers. */
export interface Inset {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Moves a rig aside so that its target stands in the middle of what is not covered. */
export function besides(rig: Rig, inset: Inset, height: number): Rig {
  const metres = (2 * Math.tan((LENS / 2) * RADIANS) * rig.distance) / height;
  const { right } = axes(rig);
  const across = ((inset.right - inset.left) / 2) * metres;
  const ahead = (((inset.top - inset.bottom) / 2) * metres) / Math.max(0.3, Math.sin(rig.pitch * RADIANS));
  const [east, north, up] = rig.target;
  return {
    ...rig,
    target: [east + right[0] * across - right[1] * ahead, north + right[1] * across + right[0] * ahead, up],
  };
}

export function same(a: Rig | View, b: Rig | View): boolean {
  return (
    Math.abs(a.heading - b.heading) < 1e-4 &&
    Math.abs(a.pitch - b.pitch) < 1e-4 &&
    Math.abs(a.distance - b.distance) < 1e-3 &&
    a.target.every((value, i) => Math.abs(value - (b.target[i] as number)) < 1e-3)
  );
}
