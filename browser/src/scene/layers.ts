/** The layers of a twin: one stream of tiles each, and the wishes of the page that all tiles follow. */

import { DEFAULT_LRU_CACHE, DEFAULT_PARSE_QUEUE, Scheduler } from "3d-tiles-renderer/core";
import { Group } from "three";

import type { Layer } from "../api";
import type { Wishes } from "./features";
import type { Shared } from "./materials";
import { Stream, type Earth, type Eye } from "./stream";
import { drawTile, type Drawn } from "./tile";

/** How many pixels a coarse tile may be wrong before it is refined. */
const ERROR_TARGET: Record<Layer["id"], number> = { buildings: 14, terrain: 5, trees: 6, woodland: 6, confidence: 8 };
/** How much coarser trees may be without a graphics card: they are most of the triangles. */
const COARSER_TREES = 2.5;

/** Memory for tiles [bytes]: what phones can give, and others. */
const MEMORY = { small: 160e6, large: 600e6 };

export interface LayerEvents {
  /** Tiles have come or gone: the picture is out of date. */
  changed(): void;
  /** No layer could be loaded. */
  failed(message: string): void;
}

export interface Progress {
  loaded: number;
  waiting: number;
  done: boolean;
}

interface Shelf {
  layer: Layer;
  group: Group;
  stream: Stream;
}

export function tilesetOf(layer: Layer): string {
  return new URL(layer.tileset, window.location.href).href;
}

export class Layers {
  readonly group = new Group();
  private shelves: Shelf[];
  /** Streams that stay in sight until the ones that take their place are drawn. */
  private leaving: { old: Shelf; next: Shelf }[] = [];
  private readonly wishes: Wishes = { selected: null, hidden: new Set(), colouring: null, paint: null };
  private readonly toOutline: Drawn[] = [];
  private readonly earth: Earth = { toScene: null };

  constructor(
    layers: Layer[],
    private readonly eye: Eye,
    private readonly shared: Shared,
    private readonly power: { sharpness: number; quick: boolean },
    private readonly on: LayerEvents,
  ) {
    const small = matchMedia("(pointer: coarse)").matches;
    DEFAULT_LRU_CACHE.maxBytesSize = small ? MEMORY.small : MEMORY.large;
    DEFAULT_LRU_CACHE.minBytesSize = DEFAULT_LRU_CACHE.maxBytesSize * 0.7;
    DEFAULT_PARSE_QUEUE.maxJobs = 12;
    this.shelves = layers.map((layer) => this.shelf(layer));
  }

  private shelf(layer: Layer): Shelf {
    const { eye, earth } = this;
    const group = new Group();
    group.visible = layer.visible;
    this.group.add(group);
    const url = tilesetOf(layer);
    const stream = new Stream(
      url,
      eye,
      earth,
      {
        draw: async (content, volume, baseUrl) => {
          const { shared, wishes, power } = this;
          const tile = await drawTile(content, volume, baseUrl, {
            layer: layer.id,
            shared,
            wishes,
            parent: group,
            ...power,
          });
          if (layer.id === "buildings") this.toOutline.push(tile);
          return tile;
        },
        changed: () => this.on.changed(),
        failed: (where, error) => this.missing(`${new URL(where, url).pathname}: ${error.message}`),
      },
      DEFAULT_LRU_CACHE,
      ERROR_TARGET[layer.id] * (this.power.quick && /trees|woodland/.test(layer.id) ? COARSER_TREES : 1),
    );
    return { layer, group, stream };
  }

  private missing(message: string): void {
    console.warn(message);
    if (this.shelves.every(({ stream }) => stream.lost)) this.on.failed(message);
    this.on.changed();
  }

  /** Asks for the tiles the camera needs now. */
  update(): void {
    for (const { group, stream } of this.shelves) if (group.visible) stream.update();
    if (this.leaving.length) this.clear();
    // The library does its work with the next picture; without a graphics card that comes late.
    Scheduler.flushPending();
  }

  get progress(): Progress {
    const shown = this.shelves.filter(({ group }) => group.visible).map(({ stream }) => stream);
    const count = (stream: Stream) =>
      stream.statistics.queued + stream.statistics.downloading + stream.statistics.parsing;
    return {
      loaded: shown.reduce((sum, stream) => sum + stream.statistics.loaded, 0),
      waiting: shown.reduce((sum, stream) => sum + (stream.root ? count(stream) : Number(stream.busy)), 0),
      done: shown.every((stream) => !stream.busy),
    };
  }

  /** Whether the first tiles of all layers in sight are on their way. */
  get asked(): boolean {
    return this.shelves.every(({ group, stream }) => !group.visible || stream.root !== null || stream.lost);
  }

  /** Takes the tiles of some layers anew, because what they show has changed. */
  refresh(ids: string[]): void {
    this.shelves = this.shelves.map((old) => {
      if (!ids.includes(old.layer.id)) return old;
      const next = this.shelf(old.layer);
      next.group.visible = old.group.visible;
      this.leaving.push({ old, next });
      return next;
    });
    this.on.changed();
  }

  private clear(): void {
    const done = this.leaving.filter(({ next }) => !next.group.visible || (next.stream.root && !next.stream.busy));
    for (const { old } of done) {
      old.stream.dispose();
      old.group.removeFromParent();
    }
    if (done.length) this.leaving = this.leaving.filter((pair) => !done.includes(pair));
  }

  show(id: string, visible: boolean): void {
    for (const { layer, group } of this.shelves) if (layer.id === id) group.visible = visible;
  }

  /** Tiles on the screen, of these layers or of all. */
  *visible(ids?: Layer["id"][]): Generator<Drawn> {
    for (const { layer, group, stream } of this.shelves) {
      if (group.visible && (!ids || ids.includes(layer.id))) yield* stream.visible() as Generator<Drawn>;
    }
  }

  /** The lowest point of a layer [m], null before its tileset is there. */
  lowest(id: Layer["id"]): number | null {
    const volume = this.shelves.find(({ layer, group }) => layer.id === id && group.visible)?.stream.rootVolume;
    if (!volume) return null;
    return volume.centre.z - volume.axes.reduce((sum, axis) => sum + Math.abs(axis.z), 0);
  }

  wish(change: Partial<Wishes>): void {
    Object.assign(this.wishes, change);
    for (const { stream } of this.shelves) for (const tile of stream.loaded()) (tile as Drawn).restate(this.wishes);
  }

  /** Whether tiles still lack their edges. */
  get unlined(): boolean {
    return this.toOutline.length > 0;
  }

  /** Draws the edges of one more tile. */
  outlineNext(): void {
    this.toOutline.shift()?.outline();
  }

  dispose(): void {
    for (const { stream } of [...this.shelves, ...this.leaving.map(({ old }) => old)]) stream.dispose();
    this.group.removeFromParent();
  }
}
