/** What is under a pixel: the first thing seen there, its place, the ground below it, the corner next to it. */

import { Ray, Vector3 } from "three";

import type { Layer } from "../api";
import { sight, type Rig } from "./camera";
import type { Point } from "./frame";
import { firstHit, snappedTo, type Hit } from "./pick";
import type { Stage } from "./stage";
import type { Drawn } from "./tile";

const LAYERS_WITH_OBJECTS: Layer["id"][] = ["buildings", "trees", "terrain"];
/** Farther than so many times the distance of what is looked at, nothing is pointed at. */
const FAR = 8;

export class Pointing {
  constructor(
    private readonly stage: Stage,
    private readonly rig: () => Rig,
    private readonly seen: (ids: Layer["id"][]) => Iterable<Drawn>,
  ) {}

  /** A pixel from the picture's middle, -1 to 1 to the right and up. */
  normal(x: number, y: number): [number, number] {
    return [(x / this.stage.size.x) * 2 - 1, 1 - (y / this.stage.size.y) * 2];
  }

  /** Where a ray first meets an object, or the ground alone. */
  first(ray: Ray, ground: boolean): Point | null {
    const hit = firstHit(this.seen(ground ? ["terrain"] : LAYERS_WITH_OBJECTS), ray);
    return hit ? (hit.point.toArray() as Point) : null;
  }

  /** What is seen in a pixel, and its place; where nothing is, the place at the level of the ground. */
  at(x: number, y: number): { hit: Hit | null; at: Point | null } {
    const ray = this.ray(x, y);
    const hit = firstHit(this.seen(LAYERS_WITH_OBJECTS), ray);
    if (hit) return { hit, at: hit.point.toArray() as Point };
    const distance = (this.stage.level - ray.origin.z) / ray.direction.z;
    const inReach = distance > 0 && distance < this.rig().distance * FAR;
    return { hit: null, at: inReach ? (ray.at(distance, new Vector3()).toArray() as Point) : null };
  }

  /** The place on the ground under a pixel, whatever stands on it. */
  ground(x: number, y: number): Point | null {
    return this.first(this.ray(x, y), true) ?? this.at(x, y).at;
  }

  /** The place under a pixel, or the nearest corner of what is seen around it. */
  snapped(x: number, y: number): Point | null {
    return snappedTo(
      (px, py) => this.at(px, py),
      (corner) => this.stage.project(corner),
      this.stage.camera.position,
      [x, y],
    );
  }

  private ray(x: number, y: number): Ray {
    const { origin, direction } = sight(this.rig(), ...this.normal(x, y), this.stage.camera.aspect);
    return new Ray(new Vector3(...origin), new Vector3(...direction));
  }
}

/** What the table of tiles says of the object that was hit; empty where it says nothing. */
export function valueOf(hit: Hit | null, column: string): string {
  return hit && hit.row >= 0 ? String(hit.tile.content.table?.value(column, hit.row) ?? "") : "";
}
