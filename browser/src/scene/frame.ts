/**
 * Where is a place of the map in the scene, and back? The scene is a local east-north-up frame in metres; the twin's
 * server fits the two polynomials of {@link Frame}, so no map projection is needed here.
 */

import type { Frame, Place } from "../api";

/** East, north, up in metres from the origin of the scene. */
export type Point = [east: number, north: number, up: number];

function evaluate(rows: [number[], number[], number[]], x: number, y: number, h: number): Point {
  const terms = [1, x, y, x * x, x * y, y * y, x * x * x, x * x * y, x * y * y, y * y * y, h, h * x, h * y];
  return rows.map((row) => row.reduce((sum, factor, i) => sum + factor * (terms[i] ?? 0), 0)) as Point;
}

export function toScene(frame: Frame, place: Place): Point {
  const [east, north, height] = frame.origin;
  return evaluate(frame.toScene, (place[0] - east) / 1000, (place[1] - north) / 1000, place[2] - height);
}

export function toMap(frame: Frame, point: Point): Place {
  const [east, north, up] = evaluate(frame.toMap, point[0] / 1000, point[1] / 1000, point[2]);
  return [east + frame.origin[0], north + frame.origin[1], up + frame.origin[2]];
}

/** A frame whose scene axes are the map axes, shifted to `origin`: for data without a projection and for tests. */
export function plainFrame(origin: Place, longitude: number, latitude: number): Frame {
  const row = (at: number, value: number) => Array.from({ length: 13 }, (_, i) => (i === at ? value : 0));
  const rows = (): [number[], number[], number[]] => [row(1, 1000), row(2, 1000), row(10, 1)];
  return { origin, longitude, latitude, toScene: rows(), toMap: rows() };
}
