/** What a tool in hand, such as a ruler or a pencil, is told of the pointer, and what it may ask of the scene. */

import type { Group, Vector2 } from "three";

import type { Point } from "./frame";
import type { Look } from "./themes";

export interface Tool {
  /** What it draws into the scene. */
  readonly group: Group;
  /** @param density device pixels per page pixel */
  recolour(look: Look, density: number): void;
  /** A drag begins over a pixel; true when it is the tool's own and shall not move the map. */
  grab(x: number, y: number): boolean;
  drag(x: number, y: number): void;
  release(): void;
  tap(x: number, y: number): void;
  doubleTap(): void;
  hover(x: number, y: number): void;
  leave(): void;
  /** A key on the canvas; true when used. */
  key(key: string): boolean;
  dispose(): void;
}

/** The scene as a tool sees it; pixels of the page. */
export interface Workplace {
  /** Size of the picture in device pixels, for lines. */
  readonly pixels: Vector2;
  /** The place under a pixel, or the nearest corner of what is seen around it. */
  snapped(x: number, y: number): Point | null;
  /** The place under a pixel on the ground, whatever stands on it. */
  ground(x: number, y: number): Point | null;
  /** Id of the object under a pixel. */
  objectAt(x: number, y: number): string | null;
  /** Height of the ground in the scene [m]. */
  groundAt(east: number, north: number): number;
  /** Pixels between a place and a pixel; infinite behind the camera. */
  away(place: Point, x: number, y: number): number;
  /** Width of a pixel at a place [m]. */
  metresPerPixel(place: Point): number;
  /** Asks for a new picture. */
  redraw(): void;
}

/** Pixels within which a tool takes a corner for the pointer's aim. */
export const REACH = 10;
