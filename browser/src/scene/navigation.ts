/** Where the camera is now and where it is going: flights, held keys, the wheel's glide, and the ground under it. */

import { Ray, Vector3 } from "three";

import {
  axes,
  between,
  eyeOf,
  flightTime,
  onLevel,
  orbit,
  pan,
  same,
  sight,
  withinLimits,
  zoomAt,
  type Limits,
  type Rig,
} from "./camera";
import type { Point } from "./frame";
import type { Hold } from "./gestures";
import { rigOf, standing, stepped, turned, type Walker } from "./walker";

export interface Terrain {
  /** First thing a ray meets; with `ground` only the terrain counts. */
  hit(ray: Ray, ground: boolean): Point | null;
  /** Level of the ground where there is no terrain [m]. */
  level(): number;
}

/** Per second of a held key: screens, degrees, and the exponent of the zoom. */
const SPEED = { move: 0.55, turn: 55, tilt: 32, zoom: 1.1 };
/** Of one step [s]: after a slow frame the camera does not leap. */
const LONGEST = 0.25;
/** What a key does at once, however shortly it is pressed [s]. */
const TOUCH = 0.08;
/** Least height of the eye above the ground [m]. */
const HEADROOM = 2.5;

export class Navigation {
  rig: Rig;
  private flight: { from: Rig; to: Rig; start: number; time: number } | null = null;
  private glide: { point: Point; rest: number; x: number; y: number } | null = null;
  private held: ReadonlySet<Hold> = new Set();
  private anchor: Point | null = null;
  private last = 0;
  /** Whoever walks on the ground instead of looking from above. */
  private walker: Walker | null = null;
  private held2d: [x: number, y: number] = [0, 0];

  constructor(
    start: Rig,
    readonly home: Rig,
    private readonly limits: Limits,
    private readonly terrain: Terrain,
    private readonly still: boolean,
    private readonly changed: () => void,
  ) {
    this.rig = withinLimits(start, limits);
  }

  get moving(): boolean {
    return this.flight !== null || this.glide !== null || this.held.size > 0;
  }

  /** Moves on to `now` [ms]; true when the rig has changed. */
  advance(now: number): boolean {
    const seconds = Math.min(LONGEST, Math.max(0, (now - this.last) / 1000));
    this.last = now;
    const before = this.rig;
    if (this.flight) this.fly(now);
    if (this.glide) this.glideOn(seconds);
    if (this.held.size > 0) this.walk(seconds);
    return before !== this.rig;
  }

  /** Puts the eyes to the height of somebody who walks, or leaves it at that. */
  walkOn(on: boolean): void {
    this.flight = this.glide = null;
    this.walker = on ? standing(this.rig) : null;
    if (this.walker) this.stand(this.walker);
  }

  private stand(walker: Walker): void {
    const [west, south, east, north] = this.limits.area;
    const [x, y] = [Math.min(east, Math.max(west, walker.east)), Math.min(north, Math.max(south, walker.north))];
    this.walker = { ...walker, east: x, north: y };
    this.rig = rigOf(this.walker, this.groundAt(x, y));
    this.changed();
  }

  set(rig: Rig): void {
    this.walker = null;
    this.flight = null;
    this.glide = null;
    this.place(rig);
  }

  flyTo(to: Rig): void {
    const goal = withinLimits(to, this.limits);
    this.glide = this.walker = null;
    if (this.still || same(this.rig, goal)) return this.set(goal);
    this.flight = { from: this.rig, to: goal, start: performance.now(), time: flightTime(this.rig, goal) };
    this.changed();
  }

  hold(held: ReadonlySet<Hold>): void {
    if (this.held.size === 0) this.last = performance.now();
    const more = held.size > this.held.size;
    this.held = new Set(held);
    if (more) {
      this.flight = this.glide = null;
      this.walk(TOUCH);
    } else if (held.size === 0) this.settle();
    this.changed();
  }

  /** @param x, y in -1..1 of the picture, y up */
  grab(x: number, y: number, aspect: number): void {
    this.held2d = [x, y];
    if (this.walker) return;
    this.flight = this.glide = null;
    this.anchor = this.under(x, y, aspect);
  }

  drag(x: number, y: number, aspect: number): void {
    if (this.walker) {
      const [dx, dy] = [x - this.held2d[0], y - this.held2d[1]];
      this.held2d = [x, y];
      const half = (this.rig.lens ?? 0) / 2;
      return this.stand(turned(this.walker, -dx * half * aspect, -dy * half));
    }
    if (!this.anchor) return;
    const to = onLevel(sight(this.rig, x, y, aspect), this.anchor[2], this.rig.distance * 6 + 500);
    if (to) this.place(pan(this.rig, this.anchor, to));
  }

  orbit(turn: number, tilt: number): void {
    if (this.walker) return this.stand(turned(this.walker, -turn, -tilt));
    const anchor = this.anchor ?? this.rig.target;
    const pitch = Math.min(90, Math.max(this.limits.flattest, this.rig.pitch + tilt));
    this.place(orbit(this.rig, anchor, turn, pitch - this.rig.pitch));
  }

  zoom(factor: number, x: number, y: number, aspect: number, smooth: boolean): void {
    if (this.walker) return;
    this.flight = null;
    if (!smooth || this.still) {
      const point = this.anchor ?? this.under(x, y, aspect);
      return this.approach(point, factor);
    }
    const same = this.glide && Math.hypot(this.glide.x - x, this.glide.y - y) < 0.01;
    const rest = Math.log(factor) + (same ? (this.glide?.rest ?? 0) : 0);
    const point = same && this.glide ? this.glide.point : this.under(x, y, aspect);
    if (!this.glide) this.last = performance.now();
    this.glide = { point, rest: Math.min(2, Math.max(-2, rest)), x, y };
    this.changed();
  }

  release(): void {
    this.anchor = null;
    this.settle();
  }

  /** Brings the target back onto the ground in the middle of the picture. */
  settle(): void {
    if (this.walker) return;
    const { forward } = axes(this.rig);
    const ray = new Ray(new Vector3(...eyeOf(this.rig)), new Vector3(...forward));
    const hit =
      this.terrain.hit(ray, true) ??
      onLevel({ origin: eyeOf(this.rig), direction: forward }, this.terrain.level(), this.limits.farthest * 2);
    if (!hit) return;
    const distance = Math.hypot(...eyeOf(this.rig).map((value, i) => value - (hit[i] as number)));
    if (distance >= this.limits.nearest && distance <= this.limits.farthest) {
      this.rig = withinLimits({ ...this.rig, target: hit, distance }, this.limits);
    }
  }

  /** The level of the ground at a place. */
  groundAt(east: number, north: number): number {
    const hit = this.terrain.hit(new Ray(new Vector3(east, north, 9000), new Vector3(0, 0, -1)), true);
    return hit?.[2] ?? this.terrain.level();
  }

  private under(x: number, y: number, aspect: number): Point {
    const ray = sight(this.rig, x, y, aspect);
    const reach = this.rig.distance * 6 + 500;
    const hit = this.terrain.hit(new Ray(new Vector3(...ray.origin), new Vector3(...ray.direction)), false);
    const near = hit && Math.hypot(...hit.map((value, i) => value - ray.origin[i]!)) < reach ? hit : null;
    return near ?? onLevel(ray, this.rig.target[2], reach) ?? this.rig.target;
  }

  private approach(point: Point, factor: number): void {
    const { nearest, farthest } = this.limits;
    const bounded = Math.min(farthest / this.rig.distance, Math.max(nearest / this.rig.distance, factor));
    this.place(zoomAt(this.rig, point, bounded));
  }

  private fly(now: number): void {
    const flight = this.flight as NonNullable<typeof this.flight>;
    const share = Math.min(1, (now - flight.start) / flight.time);
    this.rig = between(flight.from, flight.to, Math.max(0, share));
    if (share >= 1) {
      this.rig = flight.to;
      this.flight = null;
    }
  }

  private glideOn(seconds: number): void {
    const glide = this.glide as NonNullable<typeof this.glide>;
    const step = glide.rest * (1 - Math.exp(-seconds * 14));
    glide.rest -= step;
    const last = Math.abs(glide.rest) < 0.004;
    this.approach(glide.point, Math.exp(last ? step + glide.rest : step));
    if (!last) return;
    this.glide = null;
    this.settle();
  }

  private walk(seconds: number): void {
    if (this.walker) return this.stand(stepped(this.walker, this.held, seconds));
    const { held, rig } = this;
    const axis = (plus: Hold, minus: Hold) => Number(held.has(plus)) - Number(held.has(minus));
    const { right } = axes(rig);
    const way = rig.distance * SPEED.move * seconds;
    const [across, ahead] = [axis("right", "left") * way, axis("forward", "back") * way];
    const target: Point = [
      rig.target[0] + right[0] * across - right[1] * ahead,
      rig.target[1] + right[1] * across + right[0] * ahead,
      rig.target[2],
    ];
    this.place({
      target,
      heading: rig.heading + axis("turnRight", "turnLeft") * SPEED.turn * seconds,
      pitch: rig.pitch + axis("up", "down") * SPEED.tilt * seconds,
      distance: rig.distance * Math.exp(axis("farther", "nearer") * SPEED.zoom * seconds),
    });
  }

  private place(rig: Rig): void {
    let next = withinLimits(rig, this.limits);
    const eye = eyeOf(next);
    const missing = this.groundAt(eye[0], eye[1]) + HEADROOM - eye[2];
    if (missing > 0) next = { ...next, target: [next.target[0], next.target[1], next.target[2] + missing] };
    this.rig = next;
    this.changed();
  }
}
