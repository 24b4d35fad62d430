/** The 3D scene of a twin: a canvas that shows tiles, answers pointing and moves its camera. It knows no domain. */

import type { MapService, Place, TenantDetail, View } from "../api";
import { besides, framing, LENS, type Inset, type Limits, type Rig } from "./camera";
import type { Colouring } from "./features";
import { toMap, toScene, type Point } from "./frame";
import { SceneControl } from "./control";
import type { GridShown } from "./grid";
import type { GroundShape } from "./ground_paint";
import type { HandWishes } from "./hand";
import { tilesetOf } from "./layers";
import type { Planned } from "./planned";
import type { Corner } from "./right_angle";
import type { Drawing, DrawingWishes } from "./sketch";
import { graphics } from "./stage";
import { fetchAhead } from "./stream";
import type { Theme } from "./themes";

export type { Inset } from "./camera";
export type { Drawing, DrawingWishes } from "./sketch";
export type { Colouring } from "./features";
export type { GridShown } from "./grid";
export type { GroundShape } from "./ground_paint";
export type { HandWishes } from "./hand";
export type { Planned } from "./planned";
export { plainFrame, toMap, toScene } from "./frame";
export { sunPosition, sunTimes } from "./sun";
export type { Theme } from "./themes";

export interface SceneEvents {
  /** What was pointed at: an object, bare ground, or nothing. */
  pick(hit: { id: string; label: string; place: Place } | { ground: Place } | null): void;
  /** The camera has moved; called for each frame in which it did. */
  view(view: View): void;
  progress(p: { loaded: number; waiting: number; done: boolean }): void;
  /** Nothing can be shown: no layer could be loaded, or the graphics card is gone. Single tiles missing do not count. */
  failed(message: string): void;
  /** Whether a remote map service could show what it was asked for last. */
  service(id: string, well: boolean): void;
}

export interface SceneOptions {
  theme: Theme;
  reducedMotion: boolean;
  view?: View;
  on: SceneEvents;
}

export interface SceneHandle {
  /** The canvas, e.g. to name it for screen readers. */
  readonly canvas: HTMLCanvasElement;
  setView(view: View, animate?: boolean): void;
  view(): View;
  /** Frames a place; `box` is west, south, lowest, east, north, highest on the map. */
  flyTo(target: { place: Place; box?: number[] }): void;
  /** Page pixels at the picture's edges that panels cover: flights put their goal into the middle of the rest. */
  setInset(inset: Partial<Inset>): void;
  /** A factor below 1 comes nearer. */
  zoom(factor: number): void;
  rotate(degrees: number): void;
  lookNorth(): void;
  /** Looks from the height of somebody who walks on the ground, or no longer. Any other flight ends it. */
  walk(on: boolean): void;
  select(objectId: string | null, place?: Place): void;
  setHidden(ids: string[]): void;
  setLayer(id: string, visible: boolean): void;
  /** Lays remote map services over the terrain, the last on top. */
  setServices(services: MapService[]): void;
  /** Takes the tiles of some layers anew. */
  refresh(ids: string[]): void;
  colourBy(colouring: Colouring | null): void;
  /** Lays values over the ground; done once they are in the picture. What was shown stays until then. */
  showGrid(grid: GridShown | null): Promise<void>;
  /** The moment of the grid [s]; between two bands values are interpolated. */
  setGridTime(seconds: number): void;
  /** Colours "#rrggbb" of single objects by their id, over any other colouring. */
  paint(colours: ReadonlyMap<string, string> | null): void;
  setSun(time: Date): void;
  setShadows(on: boolean): void;
  setTheme(theme: Theme): void;
  /** In page pixels from the canvas' upper left; null behind the camera. */
  screenPosition(place: Place): { x: number; y: number; visible: boolean } | null;
  /** Called after each drawn frame; returns how to stop it. */
  onFrame(callback: () => void): () => void;
  /** Starts measuring by pointing, or ends it with null. Length in space [m], plan area [m²] once closed. */
  measure(callback: ((points: Place[], length: number, area: number | null) => void) | null): void;
  /** Draws what is being drawn by hand and says what the pointer asks for; null ends it. Corners on the map. */
  sketch(drawing: Drawing | null, wishes: DrawingWishes): void;
  /** Shows what is only planned; done once it is in the scene. Null for nothing. */
  showPlanned(planned: Planned | null): Promise<void>;
  /** Paints shapes of the map onto the ground, the last on top. */
  paintGround(shapes: readonly GroundShape[]): Promise<void>;
  /** Lets the pointer aim, put down and carry; null ends it. Places on the map. */
  hand(wishes: HandWishes | null): void;
  /** Direction of the nearest long wall [° from north, below 180]; null where no house is near. */
  bearingNear(east: number, north: number): number | null;
  /** Outline of an object in sight, and heights of its foot and top, on the map. */
  shapeOf(id: string): { outline: Corner[]; low: number; high: number } | null;
  /** The ground under a page pixel of the canvas. */
  placeAt(x: number, y: number): Place | null;
  /** Height of the ground at a place of the map [m]. */
  groundAt(east: number, north: number): number;
  toImage(width: number, height: number): Promise<Blob>;
  /** In the middle of the picture, per page pixel. */
  metresPerPixel(): number;
  dispose(): void;
}

/** How far the camera may go, by the extent of the twin. */
function limitsOf(tenant: TenantDetail): Limits {
  const [west, south, east, north] = tenant.box;
  const corners = (
    [
      [west, south],
      [east, south],
      [west, north],
      [east, north],
    ] as const
  ).map(([e, n]) => toScene(tenant.frame, [e, n, tenant.frame.origin[2]]));
  const size = Math.max(500, Math.hypot(east - west, north - south));
  const xs = corners.map((corner) => corner[0]);
  const ys = corners.map((corner) => corner[1]);
  const margin = size * 0.1 + 100;
  return {
    nearest: 12,
    farthest: Math.min(60_000, size * 3.2),
    flattest: 6,
    area: [Math.min(...xs) - margin, Math.min(...ys) - margin, Math.max(...xs) + margin, Math.max(...ys) + margin],
  };
}

let ahead: WebGL2RenderingContext | null = null;

/** Takes hold of the graphics card while the twin is still being asked for: that takes a while. */
export function prepare(): void {
  ahead ??= graphics(document.createElement("canvas"));
}

/** Null where this browser cannot draw a scene. */
export function createScene(container: HTMLElement, tenant: TenantDetail, options: SceneOptions): SceneHandle | null {
  // Setting up the graphics takes a while, in which the first answers arrive.
  fetchAhead(tenant.layers.filter((layer) => layer.visible).map((layer) => tilesetOf(layer)));
  prepare();
  const context = ahead;
  ahead = null;
  if (!context) return null;
  const { frame } = tenant;
  const place = (point: Point): Place => toMap(frame, point);
  const rigOf = (view: View): Rig => ({ ...view, target: toScene(frame, view.target) });
  const viewOf = ({ target, heading, pitch, distance }: Rig): View => ({ target: place(target), heading, pitch, distance }); // prettier-ignore
  const { on } = options;
  const control = new SceneControl(container, context, tenant.layers, {
    theme: options.theme,
    accent: tenant.accent,
    still: options.reducedMotion,
    start: rigOf(options.view ?? tenant.view),
    home: rigOf(tenant.view),
    limits: limitsOf(tenant),
    frame,
    on: {
      picked: (hit) => {
        if (!hit) on.pick(null);
        else if ("id" in hit) on.pick({ id: hit.id, label: hit.label, place: place(hit.at) });
        else on.pick({ ground: place(hit.at) });
      },
      // who walks comes back to the view they left, so theirs is none to be kept
      moved: (rig) => rig.lens === undefined && on.view(viewOf(rig)),
      progress: (progress) => on.progress(progress),
      failed: (message) => on.failed(message),
      service: (id, well) => on.service(id, well),
    },
  });
  const { navigation } = control;
  let inset: Inset = { left: 0, right: 0, top: 0, bottom: 0 };
  const flat = (corner: Corner): Corner => {
    const [east, north] = toScene(frame, [corner[0], corner[1], frame.origin[2]]);
    return [east, north];
  };
  const mapped = ([east, north]: Corner): [number, number] => {
    const [e, n] = place([east, north, 0]);
    return [e, n];
  };
  /** Hidden by hand, and because of what is planned. */
  const hidden = { byHand: [] as string[], byPlan: [] as string[] };
  const hide = () => control.wish({ hidden: new Set([...hidden.byHand, ...hidden.byPlan]) });
  return {
    canvas: control.canvas,
    setView: (view, animate = false) => (animate ? navigation.flyTo(rigOf(view)) : navigation.set(rigOf(view))),
    view: () => viewOf(navigation.rig),
    flyTo: ({ place: to, box }) => {
      const point = control.grounded(toScene(frame, to), to[2] === 0);
      const goal = framing(navigation.rig, box ? boxOf(tenant, box) : around(point));
      navigation.flyTo(besides(goal, inset, Math.max(1, container.clientHeight)));
    },
    setInset: (wanted) => {
      inset = { ...inset, ...wanted };
    },
    zoom: (factor) => navigation.flyTo({ ...navigation.rig, distance: navigation.rig.distance * factor }),
    rotate: (degrees) => navigation.flyTo({ ...navigation.rig, heading: navigation.rig.heading + degrees }),
    lookNorth: () => navigation.flyTo({ ...navigation.rig, heading: 0 }),
    walk: (on) => navigation.walkOn(on),
    select: (id) => control.select(id),
    setHidden: (ids) => {
      hidden.byHand = ids;
      hide();
    },
    showPlanned: (planned) => {
      const ids = planned?.hidden ?? [];
      if (ids.join() !== hidden.byPlan.join()) {
        hidden.byPlan = ids;
        hide();
      }
      return control.showPlanned(planned);
    },
    paintGround: (shapes) => control.paintGround(shapes),
    hand: (wishes) =>
      void control.toolbox.hand(
        wishes && {
          aim: (at) => wishes.aim(at && mapped(at)),
          place: (at, id) => wishes.place(mapped(at), id),
          take: (id, at) => wishes.take(id, mapped(at)),
          carry: (at) => wishes.carry(mapped(at)),
          letGo: () => wishes.letGo(),
        },
      ),
    bearingNear: (east, north) => control.bearingNear(...flat([east, north])),
    shapeOf: (id) => {
      const found = control.shapeOf(id);
      if (!found) return null;
      const [low, high] = [found.low, found.high].map((up) => place([0, 0, up])[2]) as [number, number];
      return { outline: found.outline.map(mapped), low, high };
    },
    placeAt: (x, y) => {
      const found = control.pointing.ground(x, y);
      return found && place(found);
    },
    refresh: (ids) => control.refresh(ids),
    setLayer: (id, visible) => control.setLayer(id, visible),
    setServices: (services) => control.setServices(services),
    colourBy: (colouring) => control.wish({ colouring }),
    showGrid: (grid) => control.showGrid(grid),
    setGridTime: (seconds) => control.setGridTime(seconds),
    paint: (paint) => control.wish({ paint }),
    setSun: (time) => control.setSun(time),
    setShadows: (visible) => control.setShadows(visible),
    setTheme: (theme) => control.setTheme(theme),
    screenPosition: (at) => control.project(toScene(frame, at)),
    onFrame: (callback) => control.onFrame(callback),
    measure: (callback) =>
      control.toolbox.measure(callback && (({ points, length, area }) => callback(points.map(place), length, area))),
    sketch: (drawing, wishes) => {
      const { corners = [], holes = [] } = drawing ?? {};
      /** The place on the map a corner was snapped to, so that it stays exact. */
      let exact: { flat: Corner; map: Corner } | null = null;
      const back = (at: Corner): Corner => (exact?.flat[0] === at[0] && exact.flat[1] === at[1] ? exact.map : mapped(at)); // prettier-ignore
      void control.toolbox.sketch(
        drawing && { ...drawing, corners: corners.map(flat), holes: holes.map((h) => h.map(flat)) },
        {
          ...wishes,
          add: (at) => wishes.add(back(at)),
          move: (index, at) => wishes.move(index, back(at)),
          preview: (at) => wishes.preview(at && back(at)),
          snap: (at, before, after, square) => {
            const found = wishes.snap?.(mapped(at), before.map(mapped), after.map(mapped), square);
            exact = found ? { flat: flat(found), map: found } : null;
            return exact?.flat ?? null;
          },
        },
      );
    },
    groundAt: (east, north) => {
      const [x, y] = toScene(frame, [east, north, frame.origin[2]]);
      return place([x, y, navigation.groundAt(x, y)])[2];
    },
    toImage: (width, height) => control.toImage(width, height),
    metresPerPixel: () =>
      (2 * Math.tan((LENS * Math.PI) / 360) * navigation.rig.distance) / Math.max(1, container.clientHeight),
    dispose: () => control.dispose(),
  };
}

function around([east, north, up]: Point): number[] {
  return [east - 12, north - 12, up - 4, east + 12, north + 12, up + 4];
}

function boxOf(tenant: TenantDetail, box: number[]): number[] {
  const [west = 0, south = 0, low = 0, east = 0, north = 0, high = 0] = box;
  return [...toScene(tenant.frame, [west, south, low]), ...toScene(tenant.frame, [east, north, high])];
}
