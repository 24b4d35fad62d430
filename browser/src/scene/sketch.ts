/**
 * A drawing in the scene: an outline with the block over it, a line, or a tree at a point. The page holds the corners;
 * the pencil draws them, and says what the pointer asks for.
 */

import {
  BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  Group,
  Mesh,
  MeshBasicMaterial,
  ShapeUtils,
  SphereGeometry,
  Vector2,
  type Points,
} from "three";

import type { Point } from "./frame";
import { dots, pen, throwAway, wideLines } from "./lines";
import { squared, type Corner } from "./right_angle";
import type { Look } from "./themes";
import { EYE_ONLY } from "./tile";
import { REACH, type Tool, type Workplace } from "./tool";

export interface Drawing {
  shape: "Point" | "LineString" | "Polygon";
  /** In the scene; the ground under them is looked up. */
  corners: Corner[];
  /** Rings within the outline. */
  holes: Corner[][];
  /** Whether the outline is complete. */
  closed: boolean;
  /** Height of the block or tree [m]; 0 for none. */
  height: number;
  /** Diameter of a tree's crown [m]. */
  width: number;
  /** Whether corners look for right angles. */
  square: boolean;
}

export interface DrawingWishes {
  add(corner: Corner): void;
  move(index: number, corner: Corner): void;
  /** Take the last corner away. */
  back(): void;
  close(): void;
  /** Where the next corner would come, null for nowhere. */
  preview(corner: Corner | null): void;
  /** A better place for a corner between others, null for none. Before corners of buildings and right angles. */
  snap?(wanted: Corner, before: Corner[], after: Corner[], square: boolean): Corner | null;
}

/** Where the light comes from that gives the walls of a block their tones; of length 1. */
const LIGHT = [0.6, -0.8] as const;
/** Pixels of a corner; of many they are smaller. */
const DOT = 12;
const MANY = 12;

export class Pencil implements Tool {
  readonly group = new Group();
  private drawing: Drawing | null = null;
  private next: Corner | null = null;
  private held = -1;
  private meshes: (Mesh | Points)[] = [];
  private readonly ink = pen("#000000", 2);
  private readonly spots = pen("#000000", DOT);
  private readonly wall = new Color();

  constructor(
    private readonly at: Workplace,
    private readonly wishes: DrawingWishes,
  ) {
    this.ink.size.value = at.pixels;
  }

  show(drawing: Drawing): void {
    this.drawing = drawing;
    if (drawing.closed) this.next = null;
    this.draw();
  }

  recolour(look: Look, density: number): void {
    this.ink.colour.value.set(look.selectedEdge);
    this.spots.colour.value.set(look.selectedEdge);
    this.ink.width.value = 2.5 * density;
    this.spots.width.value = ((this.drawing?.corners.length ?? 0) > MANY ? DOT * 0.75 : DOT) * density;
    if (this.wall.getHexString() === new Color(look.selected).getHexString()) return;
    this.wall.set(look.selected);
    this.draw();
  }

  grab(x: number, y: number): boolean {
    const { corners = [], closed = false, shape } = this.drawing ?? {};
    this.held = closed || shape === "Point" ? this.nearest(corners, x, y) : -1;
    return this.held >= 0;
  }

  drag(x: number, y: number): void {
    const { drawing, held } = this;
    const place = drawing && this.at.ground(x, y);
    if (!place || !drawing) return;
    const { corners } = drawing;
    const turn = (by: number) => corners.at((held + by) % corners.length) as Corner;
    const around = corners.length > 3 ? { before: [turn(-2), turn(-1)], after: [turn(1), turn(2)] } : null;
    const { before, after } = around ?? { before: [], after: [] };
    const wanted: Corner = [place[0], place[1]];
    const snapped = this.wishes.snap?.(wanted, before, after, drawing.square);
    this.wishes.move(held, snapped ?? this.aim(place, before, after));
  }

  release(): void {
    this.held = -1;
  }

  tap(x: number, y: number): void {
    const { drawing } = this;
    if (!drawing || (drawing.closed && drawing.shape !== "Point")) return;
    const { corners, shape } = drawing;
    if (shape === "Polygon" && corners.length > 2 && this.at.away(this.onGround(corners[0] as Corner), x, y) < REACH)
      return this.wishes.close();
    const corner = this.sought(x, y);
    if (corner) this.wishes.add(corner);
  }

  doubleTap(): void {
    this.wishes.close();
  }

  hover(x: number, y: number): void {
    const { drawing } = this;
    if (!drawing || drawing.closed || drawing.shape === "Point") return;
    this.tell(this.sought(x, y));
  }

  leave(): void {
    this.tell(null);
  }

  key(key: string): boolean {
    if (key === "Backspace") this.wishes.back();
    else if (key === "Enter") this.wishes.close();
    else return false;
    return true;
  }

  dispose(): void {
    this.clear();
    this.group.removeFromParent();
  }

  private tell(next: Corner | null): void {
    this.next = next;
    this.wishes.preview(next);
    this.draw();
  }

  private nearest(corners: Corner[], x: number, y: number): number {
    const far = corners.map((corner) => this.at.away(this.onGround(corner), x, y));
    const least = Math.min(...far, Infinity);
    return least < REACH * 1.4 ? far.indexOf(least) : -1;
  }

  /**
   * The corner a pixel means: what the page knows better, else that of a building there, else one that makes a right
   * angle, else the place itself.
   */
  private sought(x: number, y: number): Corner | null {
    const place = this.at.ground(x, y);
    if (!place || !this.drawing) return null;
    const { corners, shape, square } = this.drawing;
    const [before, after] = [corners.slice(-2), shape === "Polygon" ? corners.slice(0, 2) : []];
    const snapped = this.wishes.snap?.([place[0], place[1]], before, after, square);
    if (snapped) return snapped;
    const corner = this.at.snapped(x, y);
    if (corner && this.at.away(corner, x, y) < 1) {
      const low = Math.abs(corner[2] - this.at.groundAt(corner[0], corner[1])) < 1.5;
      if (low) return [corner[0], corner[1]];
    }
    return this.aim(place, before, after);
  }

  private aim(place: Point, before: Corner[], after: Corner[]): Corner {
    const wanted: Corner = [place[0], place[1]];
    if (!this.drawing?.square) return wanted;
    return squared(wanted, before, after, REACH * 1.2 * this.at.metresPerPixel(place));
  }

  private onGround(corner: Corner): Point {
    return [corner[0], corner[1], this.at.groundAt(corner[0], corner[1])];
  }

  private clear(): void {
    for (const mesh of this.meshes) throwAway(mesh);
    this.meshes = [];
  }

  private add(...meshes: (Mesh | Points)[]): void {
    this.meshes.push(...meshes);
    this.group.add(...meshes);
  }

  private draw(): void {
    this.clear();
    const { drawing } = this;
    const first = drawing?.corners[0] ?? this.next;
    if (drawing && first) {
      const start = this.onGround(first);
      // relative to the first corner, so that single precision holds far from the origin
      this.group.position.set(...start);
      const near = (corner: Corner): Point => {
        const [east, north, up] = this.onGround(corner);
        return [east - start[0], north - start[1], up - start[2]];
      };
      if (drawing.shape === "Point") this.drawTree(drawing);
      else this.drawOutline(drawing, near);
      this.group.updateMatrixWorld(true);
    }
    this.at.redraw();
  }

  private drawOutline(drawing: Drawing, near: (corner: Corner) => Point): void {
    const { closed, shape, height } = drawing;
    const corners = drawing.corners.map(near);
    const way = [...corners, ...(this.next ? [near(this.next)] : []), ...(closed ? corners.slice(0, 1) : [])];
    if (closed && shape === "Polygon" && corners.length > 2 && height > 0) {
      const rings = [corners, ...drawing.holes.map((hole) => hole.map(near))];
      const low = Math.min(...corners.map((corner) => corner[2]));
      this.add(...this.block(rings, low, low + height));
    }
    if (way.length > 1) this.add(this.lines([way]));
    if (corners.length) this.add(dots(new Float32Array(corners.flat()), this.spots));
  }

  private lines(ways: Point[][]): Mesh {
    const pairs = ways.flatMap((way) => way.slice(1).flatMap((point, i) => [...(way[i] as Point), ...point]));
    return wideLines(new Float32Array(pairs), this.ink, true);
  }

  /** Walls and roof over the rings, and the edges of them. */
  private block(rings: Point[][], low: number, high: number): Mesh[] {
    const positions: number[] = [];
    const tones: number[] = [];
    const face = (tone: number, ...points: (readonly [number, number, number])[]) => {
      for (const point of points) {
        positions.push(...point);
        tones.push(this.wall.r * tone, this.wall.g * tone, this.wall.b * tone);
      }
    };
    for (const ring of rings)
      ring.forEach((a, i) => {
        const b = ring[(i + 1) % ring.length] as Point;
        const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
        const facing = ((b[1] - a[1]) * LIGHT[0] - (b[0] - a[0]) * LIGHT[1]) / length;
        const [p, q, r, s] = [[a[0], a[1], low], [b[0], b[1], low], [b[0], b[1], high], [a[0], a[1], high]] as const; // prettier-ignore
        face(0.62 + 0.16 * Math.abs(facing), p, q, r, p, r, s);
      });
    const flat = rings.map((ring) => ring.map((point) => new Vector2(point[0], point[1])));
    const all = flat.flat();
    for (const triangle of ShapeUtils.triangulateShape(flat[0] as Vector2[], flat.slice(1)))
      face(1, ...triangle.map((i) => [(all[i] as Vector2).x, (all[i] as Vector2).y, high] as const));
    const tops = rings.map((ring) => [...ring, ring[0] as Point].map(([x, y]): Point => [x, y, high]));
    const posts = rings.flat().map(([x, y]): Point[] => [[x, y, low], [x, y, high]]); // prettier-ignore
    return [this.solid(positions, tones), this.lines([...tops, ...posts])];
  }

  private solid(positions: number[], tones: number[]): Mesh {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(new Float32Array(positions), 3));
    geometry.setAttribute("color", new BufferAttribute(new Float32Array(tones), 3));
    const material = new MeshBasicMaterial({ vertexColors: true, transparent: true, opacity: 0.86, side: DoubleSide });
    const mesh = new Mesh(geometry, material);
    mesh.frustumCulled = false;
    mesh.layers.set(EYE_ONLY);
    mesh.renderOrder = 1;
    return mesh;
  }

  /** A trunk and a crown of the size that is said. */
  private drawTree(drawing: Drawing): void {
    if (!drawing.corners.length) return;
    const { height, width } = drawing;
    this.add(dots(new Float32Array(3), this.spots));
    if (height <= 0) return;
    const radius = Math.max(0.3, (width || height / 2) / 2);
    const depth = Math.min(height * 0.8, Math.max(radius * 2, height * 0.6));
    const crown = new SphereGeometry(radius, 20, 14).rotateX(Math.PI / 2).scale(1, 1, depth / 2 / radius);
    crown.translate(0, 0, height - depth / 2);
    const positions = [...crown.toNonIndexed().getAttribute("position").array];
    const tones = positions.map((_, i) => {
      const up = (positions[i - (i % 3) + 2] as number) - (height - depth);
      return ([this.wall.r, this.wall.g, this.wall.b][i % 3] as number) * (0.6 + (0.4 * up) / depth);
    });
    this.add(this.solid(positions, tones));
    this.add(this.lines([[[0, 0, 0], [0, 0, height - depth / 2]]])); // prettier-ignore
  }
}
