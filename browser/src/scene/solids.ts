/**
 * From outlines and heights to the triangles of what is only planned: blocks with a roof, trees, bodies of glass. Plan
 * coordinates of the scene in metres, heights relative to the lowest point of the body.
 */

import { IcosahedronGeometry, CylinderGeometry, ShapeUtils, Vector2, type BufferGeometry } from "three";

import type { Surface } from "./glb";
import type { Corner } from "./right_angle";

export type Roof = "flat" | "gable" | "hip" | "pent";

export interface Body {
  /** Outline and rings within it. */
  rings: Corner[][];
  /** Of the walls below the roof [m]. */
  eaves: number;
  /** Of the highest point [m]; as high as the eaves for a flat roof. */
  top: number;
  roof: Roof;
}

type Vertex = readonly [number, number, number];
const WALL = 2;
const ROOF = 3;

/** Triangles that grow, each with what it is part of. */
class Heap {
  readonly positions: number[] = [];
  readonly features: number[] = [];
  readonly semantics: number[] = [];
  feature = 0;

  face(semantic: number, ...corners: Vertex[]): void {
    for (let i = 2; i < corners.length; i++)
      for (const corner of [corners[0]!, corners[i - 1]!, corners[i]!]) {
        this.positions.push(...corner);
        this.features.push(this.feature);
        this.semantics.push(semantic);
      }
  }

  surface(): Surface {
    const { positions, features, semantics } = this;
    return {
      positions: new Float32Array(positions),
      normals: null,
      uvs: null,
      index: Uint32Array.from({ length: positions.length / 3 }, (_, i) => i),
      features: new Float32Array(features),
      semantics: new Float32Array(semantics),
      colours: null,
      colour: [1, 1, 1, 1],
      image: -1,
      instances: null,
    };
  }
}

/** Twice the signed area: positive against the clock. */
const turn = (ring: Corner[]) =>
  ring.reduce((sum, [x, y], i) => {
    const [u, v] = ring[(i + 1) % ring.length]!;
    return sum + x * v - u * y;
  }, 0);
const oriented = (ring: Corner[], anticlockwise: boolean) =>
  turn(ring) > 0 === anticlockwise ? ring : ring.toReversed();

/** A level face over rings. */
function lid(heap: Heap, rings: Corner[][], height: number, semantic: number): void {
  const flat = rings.map((ring) => ring.map(([x, y]) => new Vector2(x, y)));
  const all = flat.flat();
  for (const triangle of ShapeUtils.triangulateShape(flat[0]!, flat.slice(1)))
    heap.face(semantic, ...triangle.map((i): Vertex => [all[i]!.x, all[i]!.y, height]));
}

function walls(heap: Heap, ring: Corner[], low: number, high: (corner: number) => number): void {
  ring.forEach(([x, y], i) => {
    const next = (i + 1) % ring.length;
    const [u, v] = ring[next]!;
    heap.face(WALL, [x, y, low], [u, v, low], [u, v, high(next)], [x, y, high(i)]);
  });
}

/** Whether a roof with a ridge can stand on an outline: four corners, no courtyard. */
export const ridged = ({ rings, roof }: Pick<Body, "rings" | "roof">) =>
  roof !== "flat" && rings.length === 1 && rings[0]!.length === 4;

const middle = (a: Corner, b: Corner): Corner => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
const apart = (a: Corner, b: Corner) => Math.hypot(a[0] - b[0], a[1] - b[1]);
const towards = (a: Corner, b: Corner, length: number): Corner => {
  const share = Math.min(0.5, length / (apart(a, b) || 1));
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
};

/** A roof on four corners of which the first two are a long side. */
function ridge(heap: Heap, ring: Corner[], { eaves, top, roof }: Body): void {
  const [a, b, c, d] = (
    apart(ring[0]!, ring[1]!) >= apart(ring[1]!, ring[2]!) ? ring : [ring[1], ring[2], ring[3], ring[0]]
  ) as [Corner, Corner, Corner, Corner];
  const at = ([x, y]: Corner, z: number): Vertex => [x, y, z];
  if (roof === "pent") {
    heap.face(ROOF, at(a, eaves), at(b, eaves), at(c, top), at(d, top));
    heap.face(WALL, at(c, eaves), at(d, eaves), at(d, top), at(c, top));
    heap.face(WALL, at(b, eaves), at(c, eaves), at(c, top));
    heap.face(WALL, at(d, eaves), at(a, eaves), at(d, top));
    return;
  }
  const [west, east] = [middle(d, a), middle(b, c)];
  const inset = roof === "hip" ? apart(b, c) / 2 : 0;
  const [p, q] = [towards(west, east, inset), towards(east, west, inset)];
  heap.face(ROOF, at(a, eaves), at(b, eaves), at(q, top), at(p, top));
  heap.face(ROOF, at(c, eaves), at(d, eaves), at(p, top), at(q, top));
  const end = roof === "hip" ? ROOF : WALL;
  heap.face(end, at(b, eaves), at(c, eaves), at(q, top));
  heap.face(end, at(d, eaves), at(a, eaves), at(p, top));
}

/** One surface of all bodies; each is the feature of its place in the list. */
export function bodiesSurface(bodies: { body: Body; low: number }[]): Surface {
  const heap = new Heap();
  bodies.forEach(({ body, low }, feature) => {
    heap.feature = feature;
    const rings = body.rings.map((ring, i) => oriented(ring, i === 0));
    const raised: Body = { ...body, eaves: low + body.eaves, top: low + body.top };
    for (const ring of rings) walls(heap, ring, low, () => raised.eaves);
    if (ridged(body)) ridge(heap, rings[0]!, raised);
    else lid(heap, rings, raised.eaves, ROOF);
  });
  return heap.surface();
}

/** Walls, lid and floor between two heights, as numbers of triangles. */
export function prism(rings: Corner[][], low: number, high: number): Float32Array {
  const heap = new Heap();
  for (const [i, ring] of rings.entries()) walls(heap, oriented(ring, i === 0), low, () => high);
  lid(heap, rings, high, ROOF);
  return new Float32Array(heap.positions);
}

export interface TreeBody {
  /** East, north and height of the foot. */
  place: [number, number, number];
  height: number;
  crown: number;
}

/** A crown on a trunk, one metre high and one metre wide, drawn once for each tree. */
export function treesSurface(trees: TreeBody[]): Surface {
  // Instances are drawn y-up, as in tiles; their matrices raise them.
  const crown = new IcosahedronGeometry(0.5, 2).scale(1, 0.7, 1).translate(0, 0.65, 0);
  const trunk = new CylinderGeometry(0.045, 0.06, 0.5, 8, 1, true).toNonIndexed().translate(0, 0.25, 0);
  const parts: [BufferGeometry, number[]][] = [
    [crown, [0, 1, 0, 1]],
    [trunk, [1, 0, 0, 1]],
  ];
  const gather = (name: string) => parts.flatMap(([part]) => [...part.getAttribute(name).array]);
  const positions = new Float32Array(gather("position"));
  const matrices = new Float32Array(trees.length * 16);
  trees.forEach(({ place: [x, y, z], height, crown: width }, i) =>
    matrices.set([width, 0, 0, 0, 0, 0, height, 0, 0, -width, 0, 0, x, y, z, 1], i * 16),
  );
  return {
    positions,
    normals: new Float32Array(gather("normal")),
    uvs: null,
    index: Uint16Array.from({ length: positions.length / 3 }, (_, i) => i),
    features: null,
    semantics: null,
    colours: new Float32Array(
      parts.flatMap(([part, colour]) =>
        Array.from({ length: part.getAttribute("position").count }, () => colour).flat(),
      ),
    ),
    colour: [1, 1, 1, 1],
    image: -1,
    instances: { count: trees.length, matrices, features: Float32Array.from(trees, (_, i) => i) },
  };
}
