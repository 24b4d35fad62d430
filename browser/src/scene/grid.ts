/**
 * Values on square cells, laid over the ground in the colours of their classes: water that rises, heat, noise. Between
 * cells and between two moments values are interpolated before they are put into classes, so borders run smoothly.
 */

import {
  Color,
  DataTexture,
  DataUtils,
  HalfFloatType,
  LinearFilter,
  Matrix3,
  Mesh,
  RGFormat,
  type IUniform,
  type ShaderMaterial,
} from "three";

import type { Frame } from "../api";
import { Bands, momentOf, orderOf } from "./bands";
import { toPicture } from "./drape";
import { layOver, type Overlaid } from "./materials";
import type { Drawn } from "./tile";

export interface GridShown {
  /** Outer corner of the first cell on the map [m]. */
  west: number;
  north: number;
  /** Side of a cell [m]. */
  cell: number;
  rows: number;
  cols: number;
  /** Values of 0 and of 65534. */
  range: [number, number];
  /** Of the bands, rising [s]; empty for a single band. */
  times: number[];
  /** From `low` up to below `high`; null for no limit. What is in no class is not drawn. */
  classes: { low: number | null; high: number | null; colour: string }[];
  /** Whether it shall look like water. */
  moving: boolean;
  /** Cell by cell, the first row in the north; 65535 for unknown. */
  band(i: number): Promise<Uint16Array>;
}

/** Memory for bands on the graphics card [bytes]. */
const MEMORY = 96e6;
/** The longest time between two pictures that counts as movement [s]. */
const LONGEST_STEP = 0.1;
/** Far beyond all values, which lie in 0..1. */
const ENDLESS = 1e6;
/** Half precision's 1, in the upper half of a texel. */
const KNOWN = 0x3c000000;

const DECLARED = /* glsl */ `
uniform sampler2D gridBefore;
uniform sampler2D gridAfter;
uniform float gridShare;
uniform float gridPhase;
uniform mat3 toGrid;
uniform vec2 gridLimits[CLASSES];
uniform vec3 gridColours[CLASSES];
`;

/** Light is taken in proportion to that on open flat ground, so that there colours are exactly those of the legend. */
const COLOURED = /* glsl */ `
  vec2 place = (toGrid * vec3(world.xy, 1.0)).xy;
  vec2 cell = texture2D(gridBefore, place).rg;
  if (gridShare > 0.0) cell = mix(cell, texture2D(gridAfter, place).rg, gridShare);
  float value = cell.r / max(cell.g, 1e-4);
  float soft = clamp(fwidth(value), 1e-6, 0.25);
  vec2 within = step(vec2(0.0), place) * step(place, vec2(1.0)) * step(1e-3, cell.g);
  vec4 laid = vec4(0.0);
  for (int i = 0; i < CLASSES; i++) {
    vec2 over = clamp((value - gridLimits[i]) / soft + 0.5, 0.0, 1.0);
    laid += vec4(gridColours[i], 1.0) * (over.x - over.y);
  }
  if (laid.a > 0.001 && within.x * within.y > 0.0) {
    vec3 sunny = sunLight * max(sunDirection.z, 0.0);
    vec3 day = skyLight + sunny;
    // In dark themes and at night a little darker, so that shallow water does not dazzle.
    vec3 light = (skyLight + sunny * open) / day * mix(1.0, min(1.0, dot(day, vec3(0.3333))), 0.4);
    vec3 water = laid.rgb / laid.a;
    #if defined(MOVING) && !defined(QUICK)
      vec2 q = world.xy * 0.9;
      vec2 drift = vec2(sin(q.y * 0.35 + gridPhase * 0.5), cos(q.x * 0.31 - gridPhase * 0.4));
      float swell = sin(q.x * 0.8 + drift.x * 2.1 + gridPhase) * sin(q.y * 0.9 + drift.y * 1.8 - gridPhase * 0.8);
      float near = 1.0 - smoothstep(300.0, 1200.0, length(toEye));
      water *= 1.0 + 0.035 * swell * near;
      water += 0.03 * near * smoothstep(0.6, 1.0, swell);
    #endif
    seen = mix(seen, water * light, laid.a * 0.96);
    albedo.a = max(albedo.a, laid.a);
  }
`;

/** Value and certainty of a cell in one texel, by the value as it was sent. */
function texels(): Uint32Array {
  const table = new Uint32Array(65536);
  for (let q = 0; q < 65535; q++) table[q] = DataUtils.toHalfFloat(q / 65534) | KNOWN;
  return table;
}

let table: Uint32Array | null = null;

/**
 * Unknown cells have neither value nor weight: the graphics card's own interpolation leaves them out when the one is
 * divided by the other.
 */
export function gridTexture(values: Uint16Array, cols: number, rows: number): DataTexture {
  if (values.length !== cols * rows) {
    throw new RangeError(`a band has ${values.length} values; a grid of ${cols} x ${rows} needs ${cols * rows}`);
  }
  table ??= texels();
  const data = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) data[i] = table[values[i] as number] as number;
  const texture = new DataTexture(new Uint16Array(data.buffer), cols, rows, RGFormat, HalfFloatType);
  texture.minFilter = texture.magFilter = LinearFilter;
  texture.needsUpdate = true;
  return texture;
}

/** Limits of classes as shares of the range. */
export function limitsOf({ range: [low, high], classes }: Pick<GridShown, "range" | "classes">): [number, number][] {
  const share = (value: number) => (value - low) / (high - low || 1);
  return classes.map((one) => [
    one.low === null ? -ENDLESS / 2 : share(one.low),
    one.high === null ? ENDLESS : share(one.high),
  ]);
}

interface Shown {
  grid: GridShown;
  bands: Bands<DataTexture>;
  most: number;
}

export class GridOverlay {
  private shown: Shown | null = null;
  private over: Overlaid | null = null;
  /** Counts what was wished; what was asked for an older one comes too late. */
  private wish = 0;
  private laid = 0;
  private readonly done = new WeakMap<Drawn, number>();
  private seconds = 0;
  private last = 0;
  private readonly uniforms = {
    gridBefore: { value: null as DataTexture | null },
    gridAfter: { value: null as DataTexture | null },
    gridShare: { value: 0 },
    gridPhase: { value: 0 },
  };

  /** @param still no movement besides that of the values */
  constructor(
    private readonly frame: Frame,
    private readonly still: boolean,
    private readonly changed: () => void,
  ) {}

  /** Shows a grid as soon as its first picture is there; until then what was shown stays. */
  async show(grid: GridShown | null): Promise<void> {
    const wish = ++this.wish;
    const next = grid && this.prepare(grid);
    try {
      if (next) await this.first(next);
    } catch (problem) {
      next?.bands.dispose();
      // What nobody waits for any more need not come.
      if (wish === this.wish) throw problem;
      return;
    }
    if (wish !== this.wish) return next?.bands.dispose();
    const old = this.shown;
    this.shown = next;
    this.over = next?.grid.classes.length ? this.overlaid(next.grid) : null;
    this.laid++;
    this.apply();
    old?.bands.dispose();
    this.changed();
  }

  /** Shows another moment, at once if it is there. */
  at(seconds: number): void {
    if (seconds === this.seconds) return;
    this.seconds = seconds;
    const now = performance.now();
    if (!this.still) this.uniforms.gridPhase.value += Math.min(LONGEST_STEP, (now - this.last) / 1000);
    this.last = now;
    if (this.shown && this.apply()) this.changed();
  }

  /** Sees to it that tiles of the ground carry what is shown. */
  cover(tiles: Iterable<Drawn>): void {
    if (this.laid === 0) return;
    for (const tile of tiles) {
      if (this.done.get(tile) === this.laid) continue;
      this.done.set(tile, this.laid);
      const toGrid = this.shown ? toPicture(tile, this.frame, boxOf(this.shown.grid)) : new Matrix3();
      for (const mesh of tile.group.children) {
        if (mesh instanceof Mesh) layOver(mesh.material as ShaderMaterial, this.over, { toGrid: { value: toGrid } });
      }
    }
  }

  dispose(): void {
    this.wish++;
    this.shown?.bands.dispose();
    this.shown = null;
  }

  private async first({ grid, bands }: Shown): Promise<void> {
    const { before, after } = momentOf(grid.times, this.seconds);
    await Promise.all([bands.load(before), bands.load(after)]);
  }

  private prepare(grid: GridShown): Shown {
    const { cols, rows } = grid;
    const bands: Bands<DataTexture> = new Bands(
      async (i) => gridTexture(await grid.band(i), cols, rows),
      (texture) => texture.dispose(),
      () => {
        if (this.shown?.bands === bands && this.apply()) this.changed();
      },
    );
    return { grid, bands, most: Math.max(4, Math.min(16, Math.floor(MEMORY / (4 * cols * rows)))) };
  }

  private overlaid(grid: GridShown): Overlaid {
    const limits = limitsOf(grid);
    const uniforms: Record<string, IUniform> = {
      ...this.uniforms,
      gridLimits: { value: limits.flat() },
      gridColours: { value: grid.classes.map(({ colour }) => new Color(colour)) },
    };
    const defines: Record<string, number> = { CLASSES: limits.length, ...(grid.moving ? { MOVING: 1 } : {}) };
    return { defines, declared: DECLARED, coloured: COLOURED, uniforms };
  }

  /** Takes the pictures of the moment if they are there, and sees to those that come next. */
  private apply(): boolean {
    if (!this.shown) return false;
    const { grid, bands, most } = this.shown;
    const moment = momentOf(grid.times, this.seconds);
    const [before, after] = [bands.get(moment.before), bands.get(moment.after)];
    const there = before !== undefined && after !== undefined;
    if (there) {
      this.uniforms.gridBefore.value = before;
      this.uniforms.gridAfter.value = after;
      this.uniforms.gridShare.value = moment.share;
    }
    bands.want(orderOf(moment, Math.max(1, grid.times.length), most));
    return there;
  }
}

function boxOf({ west, north, cell, rows, cols }: GridShown): [number, number, number, number] {
  return [west, north - rows * cell, west + cols * cell, north];
}
