/**
 * Lays remote map services and painted shapes over the ground: for each tile of the terrain one picture, composed of
 * theirs.
 */

import { LinearMipmapLinearFilter, Matrix3, Texture } from "three";

import type { Frame, MapService } from "../api";
import { piecesOf, type Box } from "../map_services";
import { toMap, type Point } from "./frame";
import type { GroundShape, paintGround, touching } from "./ground_paint";
import type { Drawn } from "./tile";

/** Between two pictures while maps arrive [ms]. */
const ARRIVING = 700;
/** Pixels along the longer side of a tile's picture, with shapes painted and without. */
const PIXELS = { painted: 1024, plain: 512 };

export interface DrapeEvents {
  /** A picture has arrived or gone. */
  changed(): void;
  /** Whether a service could show what it was asked for last. */
  answered(id: string, well: boolean): void;
}

export class Drapes {
  private services: MapService[] = [];
  private shapes: readonly GroundShape[] = [];
  /** Most scenes paint nothing, so how it is done comes when it is asked for. */
  private brush: { paintGround: typeof paintGround; touching: typeof touching } | null = null;
  /** Counts the wishes; what was asked for an older one comes too late. */
  private wish = 0;
  private turn = 0;
  private readonly done = new WeakMap<Drawn, { wish: number; turn: number; painted: string }>();
  private waiting = 0;
  private told = 0;

  constructor(
    private readonly frame: Frame,
    private readonly sharpness: number,
    private readonly on: DrapeEvents,
  ) {}

  /** Shows these services, the last on top. */
  show(services: MapService[]): void {
    if (services.map(({ id }) => id).join() === this.services.map(({ id }) => id).join()) return;
    this.services = services;
    this.wish++;
    this.on.changed();
  }

  /** Paints these shapes over them. */
  async paint(shapes: readonly GroundShape[]): Promise<void> {
    if (!this.brush && shapes.length === 0) return;
    this.brush ??= await import("./ground_paint");
    this.shapes = shapes;
    this.turn++;
    this.on.changed();
  }

  /** Sees to it that tiles of the ground carry what is wished. */
  cover(tiles: Iterable<Drawn>): void {
    if (this.wish === 0 && !this.brush) return;
    for (const tile of tiles) {
      const { wish, turn } = this;
      const done = this.done.get(tile) ?? { wish: 0, turn: 0, painted: "[]" };
      if (done.wish === wish && done.turn === turn) continue;
      const shapes = this.brush?.touching(this.shapes, mapBox(tile, this.frame)) ?? [];
      const painted = JSON.stringify(shapes);
      this.done.set(tile, { wish, turn, painted });
      if (done.wish === wish && done.painted === painted) continue;
      if (this.services.length === 0 && shapes.length === 0) tile.drape(null, new Matrix3());
      else void this.arrive(tile, shapes);
    }
  }

  /** Each picture of the scene takes its time, so not every map asks for one. */
  private async arrive(tile: Drawn, shapes: readonly GroundShape[]): Promise<void> {
    this.waiting++;
    await this.compose(tile, this.services, shapes, this.wish);
    this.waiting--;
    const now = performance.now();
    if (this.waiting > 0 && now - this.told < ARRIVING) return;
    this.told = now;
    this.on.changed();
  }

  private async compose(
    tile: Drawn,
    services: MapService[],
    shapes: readonly GroundShape[],
    wish: number,
  ): Promise<void> {
    const box = mapBox(tile, this.frame);
    const [west, south, east, north] = box;
    const pixel = Math.max(east - west, north - south) / PIXELS[shapes.length ? "painted" : "plain"];
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.ceil((east - west) / pixel));
    canvas.height = Math.max(1, Math.ceil((north - south) / pixel));
    const pen = canvas.getContext("2d");
    for (const service of services) {
      const pieces = piecesOf(service, box, canvas.width, canvas.height);
      const pictures = await Promise.allSettled(pieces.map(({ url }) => loaded(url)));
      if (wish !== this.wish) return;
      pictures.forEach((picture, i) => {
        const { left, top, width, height } = pieces[i]!;
        if (picture.status === "fulfilled") pen?.drawImage(picture.value, left, top, width, height);
      });
      this.on.answered(
        service.id,
        pictures.every(({ status }) => status === "fulfilled"),
      );
    }
    if (pen && shapes.length) this.brush?.paintGround(pen, shapes, box);
    if (this.done.get(tile)?.painted !== JSON.stringify(shapes)) return;
    const texture = new Texture(canvas);
    texture.flipY = false;
    texture.minFilter = LinearMipmapLinearFilter;
    texture.anisotropy = this.sharpness;
    texture.needsUpdate = true;
    tile.drape(texture, toPicture(tile, this.frame, box));
  }
}

async function loaded(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.crossOrigin = "anonymous";
  image.referrerPolicy = "no-referrer";
  image.src = url;
  await image.decode();
  return image;
}

function corners(tile: Drawn, frame: Frame): [Point, Point, Point, Point] {
  const [west, south, east, north] = tile.extent;
  const up = tile.content.centre[2];
  const at = (x: number, y: number) => toMap(frame, [x, y, up]) as Point;
  return [at(west, south), at(east, south), at(west, north), at(east, north)];
}

/** The box of the map a tile lies in. */
function mapBox(tile: Drawn, frame: Frame): Box {
  const places = corners(tile, frame);
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** From scene metres east and north to shares of the picture; over one tile the projection is as good as straight. */
export function toPicture(tile: Drawn, frame: Frame, box: Box): Matrix3 {
  const [west, south, east, north] = tile.extent;
  const [sw, se, nw] = corners(tile, frame).map(([x, y]) => [
    (x - box[0]) / (box[2] - box[0]),
    (box[3] - y) / (box[3] - box[1]),
  ]) as [[number, number], [number, number], [number, number], [number, number]];
  const rows = [0, 1].map((i) => {
    const perEast = (se[i]! - sw[i]!) / (east - west || 1);
    const perNorth = (nw[i]! - sw[i]!) / (north - south || 1);
    return [perEast, perNorth, sw[i]! - perEast * west - perNorth * south] as const;
  });
  const [u, v] = rows as [readonly [number, number, number], readonly [number, number, number]];
  return new Matrix3().set(u[0], u[1], u[2], v[0], v[1], v[2], 0, 0, 1);
}
