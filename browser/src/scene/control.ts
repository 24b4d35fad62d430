/** Joins picture, layers, camera and hands of one scene, and decides when a frame is drawn. */

import { Vector3 } from "three";

import type { Frame, Layer, MapService } from "../api";
import { LENS, type Limits, type Rig } from "./camera";
import { watchContext } from "./context";
import { Drapes } from "./drape";
import type { Wishes } from "./features";
import type { Point } from "./frame";
import { watchGestures, type Moves } from "./gestures";
import type { GridOverlay, GridShown } from "./grid";
import type { GroundShape } from "./ground_paint";
import { Layers, type Progress } from "./layers";
import { pen, throwAway, type Pen } from "./lines";
import { edgesOfObject } from "./marks";
import { Navigation } from "./navigation";
import type { Planned, PlannedLayer } from "./planned";
import { Pointing, valueOf } from "./pointing";
import type { Corner } from "./right_angle";
import { Stage } from "./stage";
import { sunPosition } from "./sun";
import type { Theme } from "./themes";
import type { Drawn } from "./tile";
import type { Tool, Workplace } from "./tool";
import { Toolbox } from "./toolbox";
import type { Mesh } from "three";

export interface ControlEvents {
  picked(hit: { id: string; label: string; at: Point } | { at: Point } | null): void;
  moved(rig: Rig): void;
  progress(progress: Progress): void;
  failed(message: string): void;
  service(id: string, well: boolean): void;
}

export interface ControlOptions {
  /** Colour of what is selected. */
  accent: string;
  theme: Theme;
  still: boolean;
  start: Rig;
  home: Rig;
  limits: Limits;
  frame: Frame;
  on: ControlEvents;
}

/** After the last movement [ms]: the picture is drawn in full. */
const REST = 140;
/** Between two moments of a grid that belong to one movement [ms]. */
const RUNNING = 400;
/** Between two looks at what is under the pointer [ms]. */
const HOVER = 90;
/** Between two looks for tiles while some are missing [ms]. */
const LOADING = 25;
/** Between two words about how much is there [ms]. */
const TELLING = 300;
/** Time for edges before a picture [ms]. */
const OUTLINING = 12;

export class SceneControl {
  readonly canvas: HTMLCanvasElement;
  readonly navigation: Navigation;
  readonly pointing: Pointing;
  private readonly stage: Stage;
  private readonly layers: Layers;
  private readonly drapes: Drapes;
  private grid: Promise<GridOverlay> | null = null;
  private gridded: GridOverlay | null = null;
  private seconds = 0;
  private planned: PlannedLayer | null = null;
  private planning: Promise<PlannedLayer> | null = null;
  private readonly stop: (() => void)[] = [];
  private readonly callbacks = new Set<() => void>();
  private readonly ink: Pen;
  private marked: Mesh[] = [];
  private selected: string | null = null;
  readonly toolbox: Toolbox;
  private working = false;
  private frame = 0;
  private lastMove = -Infinity;
  private lastHover = 0;
  private lastMoment = -Infinity;
  private dragging = false;
  private tilesStale = true;
  private resting = 0;
  private reported = "";
  private told = "";
  private toldAt = -Infinity;
  private disposed = false;
  private rehearsed = false;

  constructor(
    private readonly container: HTMLElement,
    context: WebGL2RenderingContext,
    layers: Layer[],
    private readonly options: ControlOptions,
  ) {
    this.canvas = context.canvas as HTMLCanvasElement;
    this.canvas.tabIndex = 0;
    this.canvas.className = "scene";
    Object.assign(this.canvas.style, { display: "block", width: "100%", height: "100%", touchAction: "none" });
    container.append(this.canvas);
    this.stage = new Stage(context, options.accent);
    this.stage.theme(options.theme);
    this.ink = pen(this.stage.look.selectedEdge, 2);
    this.ink.size.value = this.stage.pixels.value;
    const { camera, shared, size, sharpness, quick } = this.stage;
    const eye = { camera, get height() { return size.y; } }; // prettier-ignore
    this.layers = new Layers(
      layers,
      eye,
      shared,
      { sharpness, quick },
      {
        changed: () => this.tilesChanged(),
        failed: (message) => options.on.failed(message),
      },
    );
    this.stage.scene.add(this.layers.group);
    this.drapes = new Drapes(options.frame, sharpness, {
      changed: () => this.invalidate(),
      answered: (id, well) => options.on.service(id, well),
    });
    this.navigation = new Navigation(
      options.start,
      options.home,
      options.limits,
      { hit: (ray, ground) => this.pointing.first(ray, ground), level: () => this.stage.level },
      options.still,
      () => this.moved(),
    );
    this.pointing = new Pointing(
      this.stage,
      () => this.navigation.rig,
      (ids) => this.seen(ids),
    );
    this.toolbox = new Toolbox(this.workplace(), (tool) => this.taken(tool));
    const [west, south, east, north] = options.limits.area;
    this.stage.surround((west + east) / 2, (south + north) / 2, Math.hypot(east - west, north - south) / 2);
    this.stage.lay(options.home.target[2] - 0.3, true);
    this.setSun(new Date());
    const watcher = new ResizeObserver(() => this.resize());
    watcher.observe(container);
    const back = () => {
      this.stage.light.touch();
      this.invalidate();
    };
    this.stop.push(
      () => watcher.disconnect(),
      watchGestures(this.canvas, this.moves()),
      watchContext(this.canvas, () => options.on.failed("the graphics card was lost"), back),
    );
    this.resize();
    this.load();
  }

  private resize(): void {
    this.stage.resize(this.container.clientWidth, this.container.clientHeight);
    this.tilesStale = true;
    this.invalidate();
  }

  /** Asks for a new picture. */
  invalidate(): void {
    if (this.frame === 0 && !this.disposed) this.frame = requestAnimationFrame((now) => this.draw(now));
  }

  private moved(): void {
    this.lastMove = performance.now();
    this.invalidate();
  }

  private tilesChanged(): void {
    this.tilesStale = true;
    this.invalidate();
  }

  private draw(now: number): void {
    const { stage, navigation, layers } = this;
    if (navigation.advance(now)) this.lastMove = now;
    const moving = this.dragging || navigation.moving || now - this.lastMove < REST;
    stage.look3d(navigation.rig);
    const before = this.signature();
    // Tiles that come or go here are in this picture already, so they ask for no further one.
    layers.update();
    this.frame = 0;
    if (this.tilesStale || before !== this.signature()) this.tilesArrived();
    this.drapes.cover(layers.visible(["terrain"]));
    this.gridded?.cover(layers.visible(["terrain", "confidence"]));
    const progress = layers.progress;
    const unlined = progress.done && !moving && this.outlining();
    if (moving || stage.due(now) || (progress.done && !unlined)) {
      stage.draw(navigation.rig, now, { moving, loading: !progress.done }, () => this.pens());
      for (const callback of this.callbacks) callback();
    }
    this.report({ ...progress, done: progress.done && !unlined });
    this.after(moving, progress);
  }

  /** Draws edges for a moment; true while some are still missing. */
  private outlining(): boolean {
    const end = performance.now() + OUTLINING;
    while (this.layers.unlined && performance.now() < end) this.layers.outlineNext();
    return this.layers.unlined;
  }

  /** Fetches tiles between pictures. */
  private load(): void {
    this.stage.look3d(this.navigation.rig);
    this.layers.update();
    const { progress } = this.layers;
    if (!this.rehearsed && this.layers.asked) {
      this.rehearsed = true;
      this.stage.rehearse(this.navigation.rig);
    }
    this.report({ ...progress, done: false });
    if (progress.done || this.stage.due(performance.now())) this.invalidate();
    else this.resting = window.setTimeout(() => this.load(), LOADING);
  }

  private signature(): number {
    let count = 0;
    for (const tile of this.layers.visible()) count += tile.group.id;
    return count;
  }

  private tilesArrived(): void {
    this.tilesStale = false;
    const ground = this.layers.lowest("terrain");
    const level = ground ?? this.layers.lowest("buildings");
    if (level !== null) this.stage.lay(level - 0.5, ground === null);
    this.stage.light.touch();
    if (this.planned?.settle()) this.invalidate();
    this.mark();
  }

  /** Sees to what is still to be done: the next frame of a movement, the full picture after it, edges, tiles. */
  private after(moving: boolean, progress: Progress): void {
    window.clearTimeout(this.resting);
    if (this.navigation.moving) this.invalidate();
    else if (moving) this.resting = window.setTimeout(() => this.invalidate(), REST);
    else if (progress.done && this.layers.unlined) this.invalidate();
    else if (!progress.done) this.resting = window.setTimeout(() => this.load(), LOADING);
  }

  private report(progress: Progress): void {
    const { rig } = this.navigation;
    const view = JSON.stringify(rig);
    if (view !== this.reported) {
      if (this.reported) this.options.on.moved(rig);
      this.reported = view;
    }
    const state = `${progress.loaded} ${progress.waiting} ${progress.done}`;
    const now = performance.now();
    if (state !== this.told && (progress.done || now - this.toldAt > TELLING)) {
      this.told = state;
      this.toldAt = now;
      this.options.on.progress(progress);
    }
  }

  private pens(): void {
    const { density, look } = this.stage;
    this.ink.width.value = look.selectedEdgeWidth * density;
    this.planned?.recolour(density);
    this.tool?.recolour(look, density);
  }

  /** Everything in sight of some layers, of the tiles and of what is planned. */
  private *seen(ids: Layer["id"][]): Generator<Drawn> {
    yield* this.layers.visible(ids);
    if (this.planned) yield* this.planned.visible(ids);
  }

  // Pointing

  private pick(x: number, y: number): void {
    const { hit, at } = this.pointing.at(x, y);
    const id = valueOf(hit, "id");
    if (id && at) this.options.on.picked({ id, label: valueOf(hit, "label"), at });
    else this.options.on.picked(at ? { at } : null);
  }

  private hover(x: number, y: number): void {
    const now = performance.now();
    if (now - this.lastHover < HOVER || this.navigation.moving) return;
    this.lastHover = now;
    if (this.tool) {
      this.canvas.style.cursor = "crosshair";
      return this.tool.hover(x, y);
    }
    const { hit } = this.pointing.at(x, y);
    this.canvas.style.cursor = hit && hit.row >= 0 ? "pointer" : "";
  }

  private moves(): Moves {
    const { navigation, pointing } = this;
    const aspect = () => this.stage.camera.aspect;
    return {
      grab: (x, y) => {
        this.working = this.tool?.grab(x, y) ?? false;
        if (!this.working) navigation.grab(...pointing.normal(x, y), aspect());
      },
      drag: (x, y) => {
        if (this.working) return this.tool?.drag(x, y);
        this.dragging = true;
        this.canvas.style.cursor = "grabbing";
        navigation.drag(...pointing.normal(x, y), aspect());
      },
      orbit: (turn, tilt) => {
        this.dragging = true;
        navigation.orbit(turn, tilt);
      },
      zoom: (factor, x, y, smooth) => navigation.zoom(factor, ...pointing.normal(x, y), aspect(), smooth),
      release: () => {
        this.dragging = false;
        this.canvas.style.cursor = this.tool ? "crosshair" : "";
        this.tool?.release();
        this.working = false;
        navigation.release();
        this.invalidate();
      },
      tap: (x, y) => (this.tool ? this.tool.tap(x, y) : this.pick(x, y)),
      doubleTap: (x, y) => {
        if (this.tool) this.tool.doubleTap();
        else navigation.zoom(0.5, ...pointing.normal(x, y), aspect(), true);
        this.invalidate();
      },
      hover: (x, y) => this.hover(x, y),
      leave: () => this.tool?.leave(),
      keys: (held) => navigation.hold(held),
      north: () => navigation.flyTo({ ...navigation.rig, heading: 0 }),
      home: () => navigation.flyTo(navigation.home),
      key: (key) => this.tool?.key(key) ?? false,
    };
  }

  // Tools

  private get tool(): Tool | null {
    return this.toolbox.tool;
  }

  private taken(tool: Tool | null): void {
    this.canvas.style.cursor = tool ? "crosshair" : "";
    if (tool) this.stage.scene.add(tool.group);
    this.pens();
    this.invalidate();
  }

  private workplace(): Workplace {
    const { navigation, pointing, stage } = this;
    return {
      pixels: stage.pixels.value,
      snapped: (x, y) => pointing.snapped(x, y),
      ground: (x, y) => pointing.ground(x, y),
      objectAt: (x, y) => valueOf(pointing.at(x, y).hit, "id") || null,
      groundAt: (east, north) => navigation.groundAt(east, north),
      away: (place, x, y) => {
        const seen = stage.project(new Vector3(...place));
        return seen ? Math.hypot(seen.x - x, seen.y - y) : Infinity;
      },
      metresPerPixel: (place) => {
        const far = stage.camera.position.distanceTo(new Vector3(...place));
        return (2 * Math.tan((LENS * Math.PI) / 360) * far) / Math.max(1, stage.size.y);
      },
      redraw: () => this.invalidate(),
    };
  }

  // What the page wishes

  select(id: string | null): void {
    this.selected = id;
    this.layers.wish({ selected: id });
    this.mark();
    this.invalidate();
  }

  wish(change: Partial<Wishes>): void {
    this.layers.wish(change);
    if (change.hidden) this.stage.light.touch();
    this.mark();
    this.invalidate();
  }

  /** Draws the edges of the selected object thick, on the tiles that show it now. */
  private mark(): void {
    for (const mesh of this.marked) throwAway(mesh);
    this.marked = [];
    if (this.selected === null) return;
    this.ink.colour.value.set(this.stage.look.selectedEdge);
    this.marked = edgesOfObject(this.seen(["buildings"]), this.selected, this.ink);
    for (const mesh of this.marked) {
      this.stage.scene.add(mesh);
      mesh.updateMatrixWorld(true);
    }
  }

  refresh(ids: string[]): void {
    this.layers.refresh(ids);
    this.invalidate();
  }

  setLayer(id: string, visible: boolean): void {
    this.layers.show(id, visible);
    this.tilesChanged();
  }

  setServices(services: MapService[]): void {
    this.drapes.show(services);
  }

  /** Values over the ground; most scenes never show any, so their program comes when it is asked for. */
  async showGrid(grid: GridShown | null): Promise<void> {
    if (!grid && !this.grid) return;
    const { frame, still } = this.options;
    this.grid ??= import("./grid").then(({ GridOverlay }) => {
      this.gridded = new GridOverlay(frame, still, () => this.invalidate());
      return this.gridded;
    });
    const overlay = await this.grid;
    overlay.at(this.seconds);
    await overlay.show(grid);
    if (this.disposed) overlay.dispose();
  }

  setGridTime(seconds: number): void {
    if (seconds === this.seconds) return;
    this.seconds = seconds;
    const now = performance.now();
    // While time runs the picture moves as it does under a hand: simpler where the machine is slow.
    if (now - this.lastMoment < RUNNING) this.lastMove = now;
    this.lastMoment = now;
    this.gridded?.at(seconds);
  }

  /** What is planned; most scenes never show any, so its program comes when it is asked for. */
  async showPlanned(planned: Planned | null): Promise<void> {
    if (!planned && !this.planning) return;
    this.planning ??= import("./planned").then(({ PlannedLayer }) => {
      const { stage, layers, navigation } = this;
      this.planned = new PlannedLayer(
        {
          frame: this.options.frame,
          shared: stage.shared,
          quick: stage.quick,
          parent: stage.beside,
          groundAt: (east, north) => navigation.groundAt(east, north),
          tiles: () => layers.visible(["buildings"]),
        },
        stage.pixels,
      );
      return this.planned;
    });
    await (await this.planning).show(planned);
    if (this.disposed) this.planned?.dispose();
    this.stage.light.touch();
    this.mark();
    this.invalidate();
  }

  paintGround = (shapes: readonly GroundShape[]): Promise<void> => this.drapes.paint(shapes);

  /** Direction of the nearest long wall [° from north], null where none is near. */
  bearingNear(east: number, north: number): number | null {
    return this.planned?.bearingNear(east, north) ?? null;
  }

  /** Outline and lowest and highest point of an object that is in sight. */
  shapeOf(id: string): { outline: Corner[]; low: number; high: number } | null {
    return this.planned?.shapeOf(id) ?? null;
  }

  setSun(time: Date): void {
    const { latitude, longitude } = this.options.frame;
    this.stage.sunAt(sunPosition(time, latitude, longitude));
    this.invalidate();
  }

  setShadows(on: boolean): void {
    this.stage.shade(on);
    this.invalidate();
  }

  setTheme(theme: Theme): void {
    this.stage.theme(theme);
    this.mark();
    this.invalidate();
  }

  project(point: Point): { x: number; y: number; visible: boolean } | null {
    return this.stage.project(new Vector3(...point));
  }

  /** The point, put on the ground when its height is not known. */
  grounded(point: Point, unknown: boolean): Point {
    return unknown ? [point[0], point[1], this.navigation.groundAt(point[0], point[1])] : point;
  }

  onFrame(callback: () => void): () => void {
    this.callbacks.add(callback);
    return () => this.callbacks.delete(callback);
  }

  async toImage(width: number, height: number): Promise<Blob> {
    const blob = this.stage.image(this.navigation.rig, width, height, (density) => {
      this.ink.width.value = this.stage.look.selectedEdgeWidth * density;
      this.tool?.recolour(this.stage.look, density);
    });
    this.invalidate();
    return blob;
  }

  dispose(): void {
    this.disposed = true;
    cancelAnimationFrame(this.frame);
    window.clearTimeout(this.resting);
    for (const stop of this.stop) stop();
    this.toolbox.dispose();
    for (const mesh of this.marked) throwAway(mesh);
    this.gridded?.dispose();
    this.planned?.dispose();
    this.layers.dispose();
    this.stage.dispose();
    this.canvas.remove();
  }
}
