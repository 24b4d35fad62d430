/** How long is a way over the scene, and how large is what it encloses? */

import { Group, Vector3, type Mesh, type Points } from "three";

import { dots, pen, throwAway, wideLines } from "./lines";
import type { Point } from "./frame";
import type { Look } from "./themes";
import { REACH, type Tool, type Workplace } from "./tool";

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
export class Ruler implements Tool {
  readonly group = new Group();
  private points: Point[] = [];
  private closed = false;
  private line: Mesh | null = null;
  private ends: Points | null = null;
  private readonly ink = pen("#000000", 3);
  private readonly spots = pen("#000000", 11);

  constructor(
    private readonly at: Workplace,
    private readonly changed: (measured: Measured) => void,
  ) {
    this.ink.size.value = at.pixels;
  }

  recolour(look: Look, density: number): void {
    this.ink.colour.value.set(look.measure);
    this.spots.colour.value.set(look.measure);
    this.ink.width.value = 3 * density;
    this.spots.width.value = 11 * density;
  }

  grab(): boolean {
    return false;
  }

  drag(): void {
    return;
  }

  release(): void {
    return;
  }

  tap(x: number, y: number): void {
    const first = this.points[0];
    if (first && this.points.length > 2 && !this.closed && this.at.away(first, x, y) < REACH) return this.close();
    const point = this.at.snapped(x, y);
    if (!point) return;
    if (this.closed) this.clear();
    this.points = [...this.points, point];
    this.report();
  }

  doubleTap(): void {
    this.close();
  }

  key(key: string): boolean {
    if (key === "Backspace") this.back();
    else if (key === "Enter") this.close();
    else return false;
    return true;
  }

  /** The line to where the pointer is, not yet measured. */
  hover(x: number, y: number): void {
    if (!this.closed && this.points.length > 0) this.draw(this.at.snapped(x, y));
  }

  leave(): void {
    this.draw(null);
  }

  private close(): void {
    this.closed = this.points.length > 2;
    this.report();
  }

  private back(): void {
    if (this.closed) this.closed = false;
    else this.points = this.points.slice(0, -1);
    this.report();
  }

  private clear(): void {
    this.points = [];
    this.closed = false;
    this.report();
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
    this.at.redraw();
  }
}
