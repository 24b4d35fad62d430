/**
 * The picture itself: renderer, light and haze, drawn only when something has changed. While things move and the
 * machine is slow, the picture is drawn smaller and without ambient occlusion; at rest always in full.
 */

import {
  Color,
  Group,
  Matrix4,
  Mesh,
  PerspectiveCamera,
  PlaneGeometry,
  Scene,
  Vector2,
  Vector3,
  WebGLRenderer,
  type ShaderMaterial,
} from "three";

import { axes, eyeOf, LENS, type Rig } from "./camera";
import { footprint, SunLight } from "./light";
import { applyLook, sharedUniforms, surfaceMaterial } from "./materials";
import { Occlusion } from "./occlusion";
import { samples } from "./rehearsal";
import { sunDirection, type SunPosition } from "./sun";
import { daylight, lookOf, type Look, type Theme } from "./themes";
import { EYE_ONLY } from "./tile";

/** Device pixels per page pixel at most: more is not seen and slow. */
const FINEST = 2;
/** Pixels in which ambient occlusion is computed at most, with and without a graphics card. */
const OCCLUSION_PIXELS = { card: 4e6, none: 0.3e6 };
/** Names under which browsers draw without a graphics card. */
const NO_CARD = /swiftshader|llvmpipe|software|basic render/i;
/** Time per frame [ms] above which the moving picture is simplified, and below which it is refined again. */
const SLOW = 45;
const FAST = 22;

/** Between two pictures while tiles arrive, without a graphics card [ms]: each delays the finished one. */
const WHILE_LOADING = 2500;

/** Side of the corner in which the programs are tried [px]. */
const CORNER = 8;

/** Steps of the moving picture, from full to simple. */
const STEPS = [
  { scale: 1, occlusion: true },
  { scale: 1, occlusion: false },
  { scale: 0.75, occlusion: false },
  { scale: 0.5, occlusion: false },
];

/** What the picture is drawn with; null where this browser cannot. */
export function graphics(canvas: HTMLCanvasElement): WebGL2RenderingContext | null {
  return canvas.getContext("webgl2", {
    alpha: false,
    antialias: true,
    depth: true,
    stencil: false,
    powerPreference: "high-performance",
  });
}

export class Stage {
  readonly canvas: HTMLCanvasElement;
  readonly renderer: WebGLRenderer;
  readonly scene = new Scene();
  /** Where things hang that are no tiles. */
  readonly beside = new Group();
  readonly camera = new PerspectiveCamera(LENS, 1, 1, 10_000);
  readonly shared = sharedUniforms();
  readonly size = new Vector2(1, 1);
  /** Size in device pixels, for lines. */
  readonly pixels = { value: new Vector2(1, 1) };
  look: Look = lookOf("light", "");
  readonly light: SunLight;
  private readonly occlusion: Occlusion;
  private readonly floor: Mesh;
  private sun: SunPosition = { azimuth: 200, altitude: 38, apparentAltitude: 38 };
  private shadows = true;
  /** No graphics card: the processor draws, slowly. */
  readonly quick: boolean;
  private step: number;
  private drawn = performance.now();
  private pace = { last: 0, slow: 0, fast: 0 };
  private ratio = 0;
  private readonly samples: Group;

  constructor(
    gl: WebGL2RenderingContext,
    private readonly accent: string,
  ) {
    this.canvas = gl.canvas as HTMLCanvasElement;
    this.renderer = new WebGLRenderer({ canvas: this.canvas, context: gl });
    const names = gl.getExtension("WEBGL_debug_renderer_info");
    this.quick = names !== null && NO_CARD.test(String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL)));
    this.occlusion = new Occlusion(this.quick);
    this.step = this.quick ? STEPS.length - 1 : 1;
    this.renderer.autoClear = false;
    this.renderer.shadowMap.enabled = false;
    this.camera.layers.enable(EYE_ONLY);
    this.camera.matrixAutoUpdate = false;
    this.scene.matrixWorldAutoUpdate = true;
    this.scene.background = new Color();
    this.light = new SunLight(this.shared, this.small || this.quick ? 1536 : 2560);
    const material = surfaceMaterial(this.shared, {
      kind: "floor",
      normals: true,
      colours: false,
      picture: null,
      states: null,
      base: [1, 1, 1, 1],
      quick: this.quick,
    });
    this.floor = new Mesh(new PlaneGeometry(60_000, 60_000), material);
    this.floor.frustumCulled = false;
    // Last, so that what the terrain hides of it costs nothing.
    this.floor.renderOrder = 1;
    this.scene.add(this.floor);
    this.scene.add(this.beside);
    this.samples = samples(this.shared, this.quick);
    this.renderer.compile(this.samples, this.camera, this.scene);
  }

  /** Draws one of each into a corner, so that the graphics card knows all programs when the first tile arrives. */
  rehearse(rig: Rig): void {
    this.scaleTo(1);
    this.scene.add(this.samples);
    this.renderer.setViewport(0, 0, CORNER, CORNER);
    this.light.update(this.renderer, this.scene, footprint(rig, this.camera.aspect, rig.target[2]), 1);
    this.paint(this.dusk(rig, this.pixelsSeen, this.quick) && new Vector2(CORNER, CORNER));
    this.renderer.setViewport(0, 0, this.size.x, this.size.y);
    this.samples.removeFromParent();
    this.light.touch();
  }

  private get small(): boolean {
    return matchMedia("(pointer: coarse)").matches;
  }

  get sharpness(): number {
    return this.quick ? 1 : Math.min(4, this.renderer.capabilities.getMaxAnisotropy());
  }

  resize(width: number, height: number): void {
    this.size.set(Math.max(1, width), Math.max(1, height));
    this.camera.aspect = this.size.x / this.size.y;
    this.ratio = 0;
  }

  theme(theme: Theme): void {
    this.look = lookOf(theme, this.accent);
    this.relight();
  }

  sunAt(sun: SunPosition): void {
    this.sun = sun;
    this.relight();
  }

  shade(on: boolean): void {
    this.shadows = on;
    this.relight();
  }

  /** Where the twin lies: middle and radius [m]. */
  surround(east: number, north: number, radius: number): void {
    this.shared.island.value.set(east, north, radius);
  }

  /**
   * Lays the endless ground around the twin.
   *
   * @param level height [m]
   * @param bare nothing lies on it, so it has to show the shadows
   */
  lay(level: number, bare: boolean): void {
    this.floor.position.z = level;
    this.floorUniforms.receives!.value = Number(bare);
  }

  private get floorUniforms(): Record<string, { value: unknown }> {
    return (this.floor.material as ShaderMaterial).uniforms;
  }

  get level(): number {
    return this.floor.position.z;
  }

  private relight(): void {
    const altitude = this.sun.apparentAltitude;
    const day = Math.min(1, Math.max(0, (altitude + 0.8) / 6));
    applyLook(this.shared, this.look, { sun: day, sky: daylight(altitude) });
    const dusk = new Color(this.look.horizon).multiplyScalar(0.5 + 0.5 * daylight(altitude));
    this.shared.horizon.value.copy(dusk);
    (this.scene.background as Color).copy(dusk);
    (this.floorUniforms.base!.value as Color).set(this.look.ground);
    const direction = new Vector3(...sunDirection({ ...this.sun, altitude: Math.max(0.5, altitude) }));
    this.shared.sunDirection.value.copy(direction);
    this.light.aim(direction);
    this.light.strength = this.shadows && day > 0 ? 1 : 0;
  }

  /** Sets the camera, its reach and the haze by the rig. */
  look3d(rig: Rig): void {
    const { forward, right, up } = axes(rig);
    const eye = eyeOf(rig);
    const haze = new Vector2(1.3 * rig.distance + 500, 4.5 * rig.distance + 3500);
    this.shared.haze.value.copy(haze);
    this.shared.edgeReach.value = 1.6 * rig.distance + 250;
    this.camera.matrix.makeBasis(new Vector3(...right), new Vector3(...up), new Vector3(...forward).negate());
    this.camera.matrix.setPosition(...eye);
    this.camera.matrix.decompose(this.camera.position, this.camera.quaternion, this.camera.scale);
    this.camera.near = Math.max(0.5, Math.min(60, rig.distance * 0.04));
    this.camera.far = haze.y * 1.05;
    this.camera.fov = rig.lens ?? LENS;
    this.camera.updateProjectionMatrix();
    this.camera.updateMatrixWorld(true);
    this.floor.position.x = rig.target[0];
    this.floor.position.y = rig.target[1];
  }

  /** Notes how fast the moving picture goes, and makes it simpler or finer. */
  private watch(now: number, moving: boolean): void {
    const took = now - this.pace.last;
    this.pace.last = now;
    if (!moving || took > 1500) return;
    this.pace.slow = took > SLOW ? this.pace.slow + 1 : 0;
    this.pace.fast = took < FAST ? this.pace.fast + 1 : 0;
    if (this.pace.slow > 3 && this.step < STEPS.length - 1) {
      this.step++;
      this.pace.slow = 0;
    } else if (this.pace.fast > 40 && this.step > 0) {
      this.step--;
      this.pace.fast = 0;
    }
  }

  private scaleTo(scale: number): void {
    const ratio = Math.min(FINEST, window.devicePixelRatio || 1) * scale;
    if (ratio === this.ratio) return;
    this.ratio = ratio;
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(this.size.x, this.size.y, false);
    this.pixels.value.copy(this.size).multiplyScalar(ratio);
  }

  /** Device pixels per page pixel of the picture now. */
  get density(): number {
    return this.ratio || 1;
  }

  /** Whether a picture of tiles that are still arriving is worth its time. */
  due(now: number): boolean {
    return !this.quick || now - this.drawn > WHILE_LOADING;
  }

  /** @param prepare called once it is known how fine the picture will be */
  draw(rig: Rig, now: number, state: { moving: boolean; loading: boolean }, prepare: () => void): void {
    this.watch(now, state.moving);
    const draft = state.moving || (state.loading && this.quick);
    const step = STEPS[draft ? this.step : 0]!;
    this.scaleTo(step.scale);
    prepare();
    const shaded = this.light.strength;
    if (state.loading && this.quick) this.light.strength = 0;
    const corners = footprint(rig, this.camera.aspect, rig.target[2]);
    this.light.update(this.renderer, this.scene, corners, state.moving ? 1.5 : 1.06);
    this.light.strength = shaded;
    this.paint(step.occlusion && !state.loading ? this.dusk(rig, this.pixelsSeen, this.quick) : null);
    this.drawn = performance.now();
  }

  private get pixelsSeen(): Vector2 {
    return this.size.clone().multiplyScalar(this.ratio);
  }

  /** In how many pixels ambient occlusion is computed for a picture; null where it could not be seen. */
  private dusk(rig: Rig, picture: Vector2, quick: boolean): Vector2 | null {
    const most = quick ? OCCLUSION_PIXELS.none : OCCLUSION_PIXELS.card;
    const size = picture.clone().multiplyScalar(Math.min(1, Math.sqrt(most / (picture.x * picture.y))));
    return this.occlusion.isSeen(this.camera, size.y, rig.distance) ? size : null;
  }

  private paint(dusk: Vector2 | null): void {
    this.renderer.setRenderTarget(null);
    this.renderer.clear();
    this.renderer.render(this.scene, this.camera);
    if (!dusk) return;
    const { camera, scene, look, shared } = this;
    this.occlusion.apply(this.renderer, scene, camera, dusk.x, dusk.y, look.occlusion, shared.haze.value.x * 1.6);
  }

  /** The present view as a PNG of any size, e.g. for print. */
  async image(rig: Rig, width: number, height: number, prepare: (density: number) => void): Promise<Blob> {
    const most = this.renderer.capabilities.maxTextureSize;
    const fit = Math.min(1, most / width, most / height);
    const [w, h] = [Math.round(width * fit), Math.round(height * fit)];
    const aspect = this.camera.aspect;
    this.camera.aspect = w / h;
    this.renderer.setPixelRatio(1);
    this.renderer.setSize(w, h, false);
    this.pixels.value.set(w, h);
    prepare(h / this.size.y);
    this.look3d(rig);
    this.light.update(this.renderer, this.scene, footprint(rig, w / h, rig.target[2]), 1.02);
    this.paint(this.dusk(rig, new Vector2(w, h), false));
    const blob = new Promise<Blob | null>((resolve) => this.canvas.toBlob(resolve, "image/png"));
    this.camera.aspect = aspect;
    this.ratio = 0;
    this.look3d(rig);
    const made = await blob;
    if (!made) throw new Error(`an image of ${w} x ${h} pixels could not be made; try a smaller one`);
    return made;
  }

  /** Where a point of the scene stands in the picture, in page pixels; null behind the camera. */
  project(point: Vector3): { x: number; y: number; visible: boolean } | null {
    const clip = point.clone().applyMatrix4(this.camera.matrixWorldInverse);
    if (clip.z > -this.camera.near) return null;
    clip.applyMatrix4(this.camera.projectionMatrix as Matrix4);
    const visible = Math.abs(clip.x) <= 1 && Math.abs(clip.y) <= 1;
    return { x: ((clip.x + 1) / 2) * this.size.x, y: ((1 - clip.y) / 2) * this.size.y, visible };
  }

  dispose(): void {
    this.light.dispose();
    this.occlusion.dispose();
    this.floor.geometry.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}
