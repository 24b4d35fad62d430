/** What is being drawn by hand: corners clicked in the scene or typed. The scene only shows it and says what is asked. */
import { shallowReactive } from "vue";
import type { Geometry } from "../api";
import type { Shape } from "../api_corrections";
import type { DrawingWishes } from "../scene";
import { announce } from "../state/announce";
import { areaOf, rounded, type Corner } from "../state/outline";
import { scene } from "../state/twin";
import { t } from "../text";
import { area, number } from "../text/numbers";

export interface Sketch {
  running: boolean;
  shape: Shape;
  corners: Corner[];
  holes: Corner[][];
  /** Whether the outline is complete; a point or a line always is. */
  closed: boolean;
  /** Where the next corner would come. */
  preview: Corner | null;
  /** Whether corners look for right angles. */
  square: boolean;
  /** Height of the block or tree, 0 for none, and width of the crown [m]. */
  height: number;
  width: number;
}

export const sketch = shallowReactive<Sketch>({
  running: false,
  shape: "Polygon",
  corners: [],
  holes: [],
  closed: false,
  preview: null,
  square: true,
  height: 0,
  width: 0,
});

const least: Record<Shape, number> = { Point: 1, LineString: 2, Polygon: 3 };
/** Whether enough is drawn to be kept. */
export const complete = () =>
  sketch.corners.length >= least[sketch.shape] && (sketch.closed || sketch.shape !== "Polygon");

/** Take the pencil in hand. */
export function beginSketch(shape: Shape, corners: Corner[] = [], holes: Corner[][] = []): void {
  Object.assign(sketch, { running: true, shape, corners: corners.map(rounded), holes, preview: null });
  sketch.closed = shape === "Polygon" && corners.length > 2;
}

/** Put the pencil away. */
export function endSketch(): void {
  Object.assign(sketch, { running: false, corners: [], holes: [], closed: false, preview: null });
}

export function redrawFrom(corners: Corner[], closed = sketch.closed): void {
  Object.assign(sketch, { corners: corners.map(rounded), closed: closed && corners.length > 2, preview: null });
}

function close(): void {
  if (sketch.shape !== "Polygon" || sketch.closed || sketch.corners.length < 3) return;
  Object.assign(sketch, { closed: true, preview: null });
  announce(t("sketch.announced", { n: sketch.corners.length, area: area(areaOf(sketch.corners)) }));
}

/** What the pointer does in the scene. */
export const wishes: DrawingWishes = {
  add: ([east, north]) => {
    const corner = rounded([east, north]);
    sketch.corners = sketch.shape === "Point" ? [corner] : [...sketch.corners, corner];
    sketch.preview = null;
    if (sketch.shape === "Point") announce(t("sketch.placed", { east: number(east, 1), north: number(north, 1) }));
  },
  move: (index, [east, north]) => {
    sketch.corners = sketch.corners.map((corner, i) => (i === index ? rounded([east, north]) : corner));
  },
  back: () => {
    if (sketch.closed) sketch.closed = false;
    else sketch.corners = sketch.corners.slice(0, -1);
  },
  close,
  preview: (corner) => (sketch.preview = corner && [corner[0], corner[1]]),
};

/** What is drawn, as the server takes it. */
export function geometry(): { type: Shape; coordinates: unknown } {
  const { shape, corners, holes } = sketch;
  const ring = (one: Corner[]) => [...one, one[0]];
  if (shape === "Point") return { type: shape, coordinates: corners[0] };
  if (shape === "LineString") return { type: shape, coordinates: corners };
  return { type: shape, coordinates: [corners, ...holes].map(ring) };
}

/** Take the pencil in hand over what is there; begins anew where that is no single shape of the kind. */
export function beginWith(shape: Shape, present: Geometry | null): void {
  if (present?.type !== shape) return beginSketch(shape);
  const { coordinates } = present;
  if (shape === "Point") return beginSketch(shape, [plan(coordinates)]);
  if (shape === "LineString") return beginSketch(shape, (coordinates as unknown[]).map(plan));
  const [outer = [], ...holes] = (coordinates as unknown[][]).map((ring) => ring.slice(0, -1).map(plan));
  beginSketch(shape, outer, holes);
}
const plan = (position: unknown): Corner => [(position as number[])[0]!, (position as number[])[1]!];

/** The middle of the picture, for those who type. */
export function middle(): Corner | null {
  const target = scene.value?.view().target;
  return target ? rounded([target[0], target[1]]) : null;
}
