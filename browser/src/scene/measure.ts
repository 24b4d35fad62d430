/** How long is a way over the scene, and how large is what it encloses? */

import { Group, Vector3, type Mesh, type Points, type Vector2 } from "three";

import { dots, pen, throwAway, wideLines } from "./lines";
import type { Point } from "./frame";

/** Length of a polyline in space [m]. */
export function lengthOf(points: Point[]): number {
  let sum = 0;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1] as Point, points[i] as Point];
    sum += Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
  }
  return sum;
}

/** Plan area of the ring [m²], by the shoelace formula; the last point need not repeat the first. */
export function planArea(ring: Point[]): number {
  const first = ring[0];
  if (!first) return 0;
  let twice = 0;
  for (let i = 0; i < ring.length; i++) {
    const [a, b] = [ring[i] as Point, ring[(i + 1) % ring.length] as Point];
    twice += (a[0] - first[0]) * (b[1] - first[1]) - (b[0] - first[0]) * (a[1] - first[1]);
  }
  return Math.abs(twice) / 2;
}

export interface Measured {
  points: Point[];
  length: number;
  /** Null until the line is closed. */
  area: number | null;
}

/** A line drawn point by point; clicking its first point again closes it. */
export class Ruler {
  readonly group = new Group();
  private points: Point[] = [];
  private closed = false;
  private line: Mesh | null = null;
  private ends: Points | null = null;
  private readonly ink;
  private readonly spots;

  constructor(
    colour: string,
    private readonly size: Vector2,
    private readonly changed: (measured: Measured) => void,
  ) {
    this.ink = pen(colour, 3);
    this.spots = pen(colour, 11);
    this.ink.size.value = this.size;
  }

  recolour(colour: string, pixels: number): void {
    this.ink.colour.value.set(colour);
    this.spots.colour.value.set(colour);
    this.ink.width.value = 3 * pixels;
    this.spots.width.value = 11 * pixels;
  }

  get first(): Point | null {
    return this.points.length > 2 && !this.closed ? (this.points[0] as Point) : null;
  }

  add(point: Point): void {
    if (this.closed) this.clear();
    this.points = [...this.points, point];
    this.report();
  }

  close(): void {
    this.closed = this.points.length > 2;
    this.report();
  }

  back(): void {
    if (this.closed) this.closed = false;
    else this.points = this.points.slice(0, -1);
    this.report();
  }

  clear(): void {
    this.points = [];
    this.closed = false;
    this.report();
  }

  /** The line to where the pointer is, not yet measured. */
  preview(point: Point | null): void {
    this.draw(point && !this.closed && this.points.length > 0 ? point : null);
  }

  dispose(): void {
    throwAway(this.line);
    throwAway(this.ends);
    this.group.removeFromParent();
  }

  private report(): void {
    this.draw(null);
    const { points, closed } = this;
    const ring = closed ? [...points, points[0] as Point] : points;
    this.changed({ points: [...points], length: lengthOf(ring), area: closed ? planArea(points) : null });
  }

  private draw(preview: Point | null): void {
    throwAway(this.line);
    throwAway(this.ends);
    this.line = this.ends = null;
    const way = [...this.points, ...(preview ? [preview] : []), ...(this.closed ? [this.points[0] as Point] : [])];
    const start = way[0];
    if (!start) return;
    // Relative to the first point, so that single precision holds far from the origin.
    this.group.position.copy(new Vector3(...start));
    const near = way.map((point) => point.map((value, i) => value - (start[i] as number)));
    if (near.length > 1) {
      const pairs = near.slice(1).flatMap((point, i) => [...(near[i] as number[]), ...point]);
      this.group.add((this.line = wideLines(new Float32Array(pairs), this.ink, true)));
    }
    this.group.add((this.ends = dots(new Float32Array(near.flat()), this.spots)));
    this.group.updateMatrixWorld(true);
  }
}
