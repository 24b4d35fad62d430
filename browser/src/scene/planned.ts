/**
 * What is only planned, beside what stands: new bodies and trees at once from their sizes, objects that stand elsewhere
 * or are of another height, glass that says how much may be built, and what the server has drawn of it all. It throws
 * shadows and is picked as the tiles are.
 */

import { BufferAttribute, BufferGeometry, DoubleSide, Group, Matrix4, Mesh, MeshBasicMaterial, Vector3 } from "three";

import type { Frame } from "../api";
import { edgesOf } from "./edges";
import type { Wishes } from "./features";
import { toScene, type Point } from "./frame";
import { readContent, type Content, type Surface } from "./glb";
import { pen, throwAway, wideLines, type Pen } from "./lines";
import type { Shared } from "./materials";
import type { Corner } from "./right_angle";
import { bodiesSurface, prism, treesSurface, type Roof } from "./solids";
import { bearingNear, shapeOf, surfaceOf } from "./standing";
import { drawTile, EYE_ONLY, type Drawn } from "./tile";
import type { Volume } from "./volume";

/** A body on the map; its foot stands on the lowest ground at its corners unless `base` says otherwise. */
export interface Solid {
  id: string;
  label: string;
  rings: Corner[][];
  /** Height of the foot on the map [m]. */
  base?: number;
  /** Above the foot [m]. */
  eaves: number;
  top: number;
  roof: Roof;
  /** "#rrggbb". */
  colour: string;
}

export interface PlannedTree {
  id: string;
  label: string;
  place: Corner;
  height: number;
  crown: number;
}

/** An object of the tiles that stands elsewhere or is of another height. */
export interface Shifted {
  id: string;
  east: number;
  north: number;
  /** Clockwise [°]. */
  turn: number;
  /** New height above the ground [m]; null for the one it has. */
  height: number | null;
  colour: string;
}

/** A body that can be looked through. */
export interface Glass {
  rings: Corner[][];
  /** Heights on the map [m]; the ground where the base is not known. */
  base: number | null;
  top: number;
  colour: string;
}

export interface Planned {
  solids: Solid[];
  trees: PlannedTree[];
  shifted: Shifted[];
  /** Objects of the tiles that are not there. */
  hidden: string[];
  glass: Glass[];
  /** What the server has drawn, as a tile, and in which colour its bodies are shown. */
  drawn: ArrayBuffer | null;
  colour: string;
}

interface Site {
  frame: Frame;
  shared: Shared;
  quick: boolean;
  parent: Group;
  /** Height of the ground in the scene [m]. */
  groundAt(east: number, north: number): number;
  /** The tiles of buildings that are in sight. */
  tiles(): Iterable<Drawn>;
}

interface Row {
  id: string;
  label: string;
  colour: string;
}

/** What cuts through a body is drawn so much outside of it [m], so that both do not flicker. */
const OUTSIDE = 0.04;

export class PlannedLayer {
  private tiles: Drawn[] = [];
  private glass: Mesh[] = [];
  private wish = 0;
  private planned: Planned | null = null;
  private grounds = "";
  private readonly ink: Pen = pen("#2044aa", 1.5);

  constructor(
    private readonly site: Site,
    size: Pen["size"],
  ) {
    this.ink.size = size;
  }

  /** Shows it; done when it is in the scene. */
  async show(planned: Planned | null): Promise<void> {
    const wish = ++this.wish;
    this.planned = planned;
    const next = planned ? await this.made(planned) : [];
    if (wish !== this.wish) return next.forEach((tile) => tile.dispose());
    for (const tile of this.tiles) tile.dispose();
    this.tiles = next;
    for (const tile of next) {
      tile.show(true);
      tile.outline();
    }
    this.layGlass(planned?.glass ?? []);
    this.grounds = planned ? this.groundsOf(planned) : "";
  }

  /** Puts everything on the ground anew once finer ground has come; true when something moved. */
  settle(): boolean {
    if (!this.planned || this.groundsOf(this.planned) === this.grounds) return false;
    void this.show(this.planned);
    return true;
  }

  *visible(ids: readonly string[]): Generator<Drawn> {
    for (const tile of this.tiles) if (ids.includes(tile.layer)) yield tile;
  }

  /** Direction of the nearest long wall of the town [° from north], null where none is near. */
  bearingNear(east: number, north: number): number | null {
    return bearingNear(this.site.tiles(), [east, north]);
  }

  /** Outline and heights of an object of the town or of what is planned, while it is in sight. */
  shapeOf(id: string): ReturnType<typeof shapeOf> | null {
    const found = surfaceOf(this.visible(["buildings"]), id) ?? surfaceOf(this.site.tiles(), id);
    return found && shapeOf(found.positions);
  }

  recolour(density: number): void {
    this.ink.width.value = 1.5 * density;
  }

  dispose(): void {
    void this.show(null);
  }

  private at([east, north]: Corner): Corner {
    const [x, y] = toScene(this.site.frame, [east, north, this.site.frame.origin[2]]);
    return [x, y];
  }

  private up(corner: Corner, height: number): number {
    return toScene(this.site.frame, [corner[0], corner[1], height])[2];
  }

  private lowest(ring: Corner[]): number {
    return Math.min(...ring.map((corner) => this.site.groundAt(...this.at(corner))));
  }

  private groundsOf({ solids, trees }: Planned): string {
    const rough = (value: number) => value.toFixed(1);
    return [...solids.map(({ rings }) => this.lowest(rings[0]!)), ...trees.map(({ place }) => this.lowest([place]))]
      .map(rough)
      .join();
  }

  private async made(planned: Planned): Promise<Drawn[]> {
    const { solids, trees, shifted } = planned;
    const drawn = this.serverDrawn(planned.drawn, planned.colour);
    const parts = [
      ...(solids.length ? [this.solidTile(solids)] : []),
      ...this.shiftedTiles(shifted),
      ...(trees.length ? [this.treeTile(trees)] : []),
      ...drawn,
    ];
    return Promise.all(parts);
  }

  private solidTile(solids: Solid[]): Promise<Drawn> {
    const centre = this.centreOf(solids[0]!.rings[0]!);
    const bodies = solids.map((solid) => {
      const foot = solid.base === undefined ? this.lowest(solid.rings[0]!) : this.up(solid.rings[0]![0]!, solid.base);
      const rings = solid.rings.map((ring) => ring.map((corner) => this.at(corner)).map(([x, y]): Corner => [x - centre[0], y - centre[1]])); // prettier-ignore
      const over = solid.base === undefined ? 0 : OUTSIDE;
      return {
        body: { rings: over ? rings.map((ring) => swollen(ring, over)) : rings, eaves: solid.eaves + over, top: solid.top + over, roof: solid.roof },
        low: foot - centre[2],
      }; // prettier-ignore
    });
    return this.tile("buildings", [bodiesSurface(bodies)], solids, centre);
  }

  private treeTile(trees: PlannedTree[]): Promise<Drawn> {
    const centre = this.centreOf([trees[0]!.place]);
    const bodies = trees.map(({ place, height, crown }) => {
      const [x, y] = this.at(place);
      const foot: Point = [x - centre[0], y - centre[1], this.site.groundAt(x, y) - centre[2]];
      return { place: foot, height, crown };
    });
    const rows = trees.map(({ id, label }) => ({ id, label, colour: "" }));
    return this.tile("trees", [treesSurface(bodies)], rows, centre);
  }

  private shiftedTiles(shifted: Shifted[]): Promise<Drawn>[] {
    return shifted.flatMap((one) => {
      const found = surfaceOf(this.site.tiles(), one.id);
      if (!found) return [];
      const row = { id: one.id, label: "", colour: one.colour };
      const { positions, centre } = moved(found.positions, one);
      return [this.tile("buildings", [bareSurface(positions, found.semantics)], [row], centre)];
    });
  }

  private serverDrawn(buffer: ArrayBuffer | null, colour: string): Promise<Drawn>[] {
    if (!buffer) return [];
    // The scene is the frame of the tiles.
    const content = readContent(buffer, new Matrix4().elements);
    const trees = content.surfaces.filter(({ instances }) => instances);
    const others = content.surfaces.filter(({ instances }) => !instances);
    const { table } = content;
    const rows = Array.from({ length: table?.count ?? 0 }, (_, i): Row => ({ id: String(table?.value("id", i) ?? ""), label: "", colour })); // prettier-ignore
    return [
      ...(others.length ? [this.drawn("buildings", { ...content, surfaces: others }, rows)] : []),
      ...(trees.length ? [this.drawn("trees", { ...content, surfaces: trees })] : []),
    ];
  }

  private centreOf(ring: Corner[]): Point {
    const [x, y] = this.at(ring[0]!);
    return [x, y, this.site.groundAt(x, y)];
  }

  private tile(layer: "buildings" | "trees", surfaces: Surface[], rows: Row[], centre: Point): Promise<Drawn> {
    const table = {
      count: rows.length,
      columns: ["id", "label"],
      value: (column: string, row: number) => (column === "id" ? rows[row]?.id : rows[row]?.label) ?? null,
      // Several bodies may be parts of one object, each in its own colour.
      rowOf: (id: string) => (id.startsWith("#") ? Number(id.slice(1)) : rows.findIndex((row) => row.id === id)),
    };
    const painted = rows.map((row, i) => ({ ...row, id: `#${i}` }));
    return this.drawn(layer, { centre, surfaces, images: [], table }, painted);
  }

  private async drawn(layer: "buildings" | "trees", content: Content, rows: Row[] = []): Promise<Drawn> {
    const { shared, quick, parent } = this.site;
    const paint = new Map(rows.filter(({ colour }) => colour).map(({ id, colour }) => [id, colour]));
    const wishes: Wishes = { selected: null, hidden: new Set(), colouring: null, paint: paint.size ? paint : null };
    return drawTile(content, volumeAround(content), "", { layer, shared, wishes, parent, sharpness: 1, quick });
  }

  private layGlass(glass: Glass[]): void {
    for (const mesh of this.glass) throwAway(mesh);
    this.glass = glass.flatMap((one) => this.glassOf(one));
    for (const mesh of this.glass) {
      this.site.parent.add(mesh);
      mesh.updateMatrixWorld(true);
    }
  }

  private glassOf({ rings, base, top, colour }: Glass): Mesh[] {
    const centre = this.centreOf(rings[0]!);
    const near = rings.map((ring) => ring.map((corner) => this.at(corner)).map(([x, y]): Corner => [x - centre[0], y - centre[1]])); // prettier-ignore
    const low = (base === null ? this.lowest(rings[0]!) : this.up(rings[0]![0]!, base)) - centre[2];
    const high = this.up(rings[0]![0]!, top) - centre[2];
    if (high <= low) return [];
    const positions = prism(near, low, high);
    const geometry = new BufferGeometry().setAttribute("position", new BufferAttribute(positions, 3));
    const material = new MeshBasicMaterial({
      color: colour,
      transparent: true,
      opacity: 0.2,
      side: DoubleSide,
      depthWrite: false,
    });
    const body = new Mesh(geometry, material);
    body.layers.set(EYE_ONLY);
    body.renderOrder = 2;
    this.ink.colour.value.set(colour);
    const index = Uint32Array.from({ length: positions.length / 3 }, (_, i) => i);
    const edges = wideLines(edgesOf(positions, index, null).positions, this.ink, false);
    for (const mesh of [body, edges]) mesh.position.fromArray(centre);
    return [body, edges];
  }
}

/** A ring that is a little larger on all sides. */
function swollen(ring: Corner[], by: number): Corner[] {
  const [x, y] = [0, 1].map((k) => ring.reduce((sum, corner) => sum + corner[k]!, 0) / ring.length) as [number, number];
  return ring.map(([u, v]) => {
    const far = Math.hypot(u - x, v - y) || 1;
    return [u + ((u - x) / far) * by, v + ((v - y) / far) * by];
  });
}

function bareSurface(positions: Float32Array, semantics: Float32Array): Surface {
  const count = positions.length / 3;
  const index = Uint32Array.from({ length: count }, (_, i) => i);
  const plain = { normals: null, uvs: null, colours: null, image: -1, instances: null };
  return { ...plain, positions, semantics, index, features: new Float32Array(count), colour: [1, 1, 1, 1] };
}

/** Turned about its middle, shifted, and stretched to its new height; around a centre of its own. */
function moved(positions: Float32Array, { east, north, turn, height }: Shifted) {
  const low = new Vector3(Infinity, Infinity, Infinity);
  const high = low.clone().negate();
  const point = new Vector3();
  for (let i = 0; i < positions.length; i += 3) {
    point.fromArray(positions, i);
    low.min(point);
    high.max(point);
  }
  const [x, y] = [(low.x + high.x) / 2, (low.y + high.y) / 2];
  const [sin, cos] = [Math.sin((-turn * Math.PI) / 180), Math.cos((-turn * Math.PI) / 180)];
  const stretch = height === null ? 1 : height / Math.max(0.1, high.z - low.z);
  const out = new Float32Array(positions.length);
  for (let i = 0; i < positions.length; i += 3) {
    const [u, v] = [positions[i]! - x, positions[i + 1]! - y];
    out.set([u * cos - v * sin, u * sin + v * cos, (positions[i + 2]! - low.z) * stretch], i);
  }
  const centre: Point = [x + east, y + north, low.z];
  return { positions: out, centre };
}

/** The box around a content, in the scene. */
function volumeAround({ surfaces, centre }: Content): Volume {
  const low = new Vector3(Infinity, Infinity, Infinity);
  const high = low.clone().negate();
  const point = new Vector3();
  const matrix = new Matrix4();
  for (const { positions, instances } of surfaces)
    for (let n = 0; n < (instances?.count ?? 1); n++)
      for (let i = 0; i < positions.length; i += 3) {
        point.fromArray(positions, i);
        if (instances) point.applyMatrix4(matrix.fromArray(instances.matrices, n * 16));
        low.min(point);
        high.max(point);
      }
  const half = high.clone().sub(low).multiplyScalar(0.5);
  return {
    centre: low.add(half).add(new Vector3(...centre)),
    axes: [new Vector3(half.x, 0, 0), new Vector3(0, half.y, 0), new Vector3(0, 0, half.z)],
  };
}
