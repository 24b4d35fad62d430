/**
 * Which tiles are needed for the present view? The traversal, queues and cache are those of 3d-tiles-renderer; this file
 * tells it how the camera sees a tile and turns content into drawn tiles.
 */

import { TilesRendererBase, type LRUCache, type Tile } from "3d-tiles-renderer/core";
import { Frustum, Matrix4, Vector3, type PerspectiveCamera } from "three";

import { readContent, type Content } from "./glb";
import { distanceTo, inView, volumeOf, type BoundingVolume, type Volume } from "./volume";

/** What a loaded tile is to the scene; made and thrown away by the layer. */
export interface DrawnTile {
  content: Content;
  volume: Volume;
  bytes: number;
  show(visible: boolean): void;
  dispose(): void;
}

export interface Eye {
  camera: PerspectiveCamera;
  /** Height of the picture [px]. */
  height: number;
}

interface Engine {
  scene: object | null;
  toScene: Matrix4;
  volume: Volume;
  drawn: DrawnTile | null;
}

type SceneTile = Omit<Tile, "boundingVolume"> & { engineData: Engine; boundingVolume: BoundingVolume };

interface ViewError {
  inView: boolean;
  error: number;
  distanceFromCamera: number;
}

interface Statistics {
  queued: number;
  downloading: number;
  parsing: number;
  loaded: number;
  failed: number;
}

/** From earth-centred coordinates to the scene: taken from the first tileset, shared by all of a twin. */
export interface Earth {
  toScene: Matrix4 | null;
}

/** Metres outside the view in which tiles are kept, so that shadows do not pop in. */
const MARGIN = 40;

/** The state enumeration of 3d-tiles-renderer: a root or tile that could not be loaded. */
const FAILED = -1;

export interface StreamEvents {
  /** Build the drawn tile; may take its time. */
  draw(content: Content, volume: Volume, baseUrl: string): Promise<DrawnTile>;
  changed(): void;
  failed(url: string, error: Error): void;
}

export class Stream extends TilesRendererBase {
  private readonly frustum = new Frustum();
  private readonly position = new Vector3();
  private pixel = 1;
  private readonly listeners = new Map<string, Set<(event: never) => void>>();

  constructor(
    readonly url: string,
    private readonly eye: Eye,
    private readonly earth: Earth,
    private readonly on: StreamEvents,
    cache: LRUCache,
    errorTarget: number,
  ) {
    super(url);
    this.lruCache = cache;
    this.errorTarget = errorTarget;
    this.registerPlugin(this.plugin());
    this.addEventListener("needs-update", () => on.changed());
    this.addEventListener("load-error", (event: { error: Error; url: string | URL }) =>
      on.failed(String(event.url), event.error),
    );
  }

  get statistics(): Statistics {
    return (this as unknown as { stats: Statistics }).stats;
  }

  private get state(): { rootLoadingState: number; isLoading: boolean } {
    return this as unknown as { rootLoadingState: number; isLoading: boolean };
  }

  /** The tileset itself could not be loaded. */
  get lost(): boolean {
    return this.state.rootLoadingState === FAILED;
  }

  /** True while the tileset or a tile is on its way. */
  get busy(): boolean {
    if (this.root === null) return !this.lost;
    const { queued, downloading, parsing } = this.statistics;
    return queued + downloading + parsing > 0 || this.state.isLoading;
  }

  *visible(): Generator<DrawnTile> {
    for (const tile of this.visibleTiles as Set<unknown>) {
      const drawn = (tile as SceneTile).engineData.drawn;
      if (drawn) yield drawn;
    }
  }

  *loaded(): Generator<DrawnTile> {
    const tiles: DrawnTile[] = [];
    this.traverse((tile) => {
      const drawn = (tile as SceneTile).engineData?.drawn;
      if (drawn) tiles.push(drawn);
      return false;
    }, null);
    yield* tiles;
  }

  get rootVolume(): Volume | null {
    return (this.root as unknown as SceneTile | null)?.engineData.volume ?? null;
  }

  override addEventListener(name: string, callback: (event: never) => void): void {
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set.add(callback));
  }

  override removeEventListener(name: string, callback: (event: never) => void): void {
    this.listeners.get(name)?.delete(callback);
  }

  override dispatchEvent(event: { type: string }): void {
    for (const callback of this.listeners.get(event.type) ?? []) callback(event as never);
  }

  /** Called by the base class before each traversal. */
  prepareForTraversal(): void {
    const { camera, height } = this.eye;
    this.frustum.setFromProjectionMatrix(
      new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse),
    );
    this.position.setFromMatrixPosition(camera.matrixWorld);
    this.pixel = 2 / (camera.projectionMatrix.elements[5] as number) / height;
  }

  /** Called by the base class for each tile it visits. */
  calculateTileViewError(tile: SceneTile, target: ViewError): void {
    const distance = distanceTo(tile.engineData.volume, this.position);
    target.inView = inView(tile.engineData.volume, this.frustum, MARGIN);
    target.error = distance === 0 ? Infinity : tile.geometricError / (distance * this.pixel);
    target.distanceFromCamera = distance;
  }

  private plugin(): object {
    return {
      fetchData: (url: string, options: RequestInit) => fetchTiles(url, options),
      preprocessNode: (tile: SceneTile, _folder: string, parent: SceneTile | null) => this.place(tile, parent),
      parseTile: async (buffer: ArrayBuffer, tile: SceneTile, _extension: string, url: string, signal: AbortSignal) => {
        const content = readContent(buffer, tile.engineData.toScene.elements);
        const drawn = await this.on.draw(content, tile.engineData.volume, url);
        if (signal.aborted) return drawn.dispose();
        tile.engineData.drawn = drawn;
        tile.engineData.scene = drawn;
      },
      setTileVisible: (tile: SceneTile, visible: boolean) => {
        tile.engineData.drawn?.show(visible);
        this.on.changed();
      },
      disposeTile: (tile: SceneTile) => {
        tile.engineData.drawn?.dispose();
        tile.engineData.drawn = tile.engineData.scene = null;
      },
      calculateBytesUsed: (tile: SceneTile) => tile.engineData.drawn?.bytes ?? 0,
    };
  }

  private place(tile: SceneTile, parent: SceneTile | null): void {
    const toScene = tile.transform ? new Matrix4().fromArray(tile.transform) : new Matrix4();
    if (!parent) {
      // A root without a transform is taken to lie in the scene's own frame already.
      if (tile.transform) {
        this.earth.toScene ??= toScene.clone().invert();
        toScene.premultiply(this.earth.toScene);
      }
    } else {
      toScene.premultiply(parent.engineData.toScene);
    }
    const volume = volumeOf(tile.boundingVolume, toScene, this.earth.toScene ?? new Matrix4());
    Object.assign(tile.engineData, { toScene, volume, drawn: null });
  }
}

const ahead = new Map<string, Promise<Response>>();

/** Asks for tilesets while the picture is still being set up. */
export function fetchAhead(urls: string[]): void {
  for (const url of urls) {
    const answer = fetch(url);
    // Who asks for it later is told when it fails.
    answer.catch(() => undefined);
    ahead.set(url, answer);
  }
}

async function fetchTiles(url: string, options: RequestInit): Promise<Response | object> {
  const early = ahead.get(url);
  ahead.delete(url);
  const response = await (early ?? fetch(url, options));
  if (!response.ok || !/\.json(\?|$)/.test(url)) return response;
  const tileset = (await response.json()) as { asset: { version: string } };
  // The library warns about every tileset of 3D Tiles 1.1; what it lacks of 1.1, content and metadata, is read here.
  tileset.asset.version = "1.0";
  return tileset;
}
