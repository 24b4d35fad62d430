/** The colours and the light of the scene in each theme; tokens of the design's "Scene" table. */

import { Color, SRGBColorSpace } from "three";

export type Theme = "light" | "dark" | "contrast";

export interface Look {
  /** Background and the colour the horizon fades to. */
  horizon: string;
  wall: string;
  roof: string;
  /** Buildings' surfaces without a meaning, e.g. of block models. */
  other: string;
  /** Ground where there is no terrain. */
  ground: string;
  /** Multiplies the ground's own picture. */
  groundTint: string;
  tree: string;
  trunk: string;
  edge: string;
  edgeOpacity: number;
  selected: string;
  selectedEdge: string;
  /** Share of {@link selected} in the colour of a selected wall; roofs have all of it. */
  selectedShare: number;
  /** Brightness of what is selected beyond its colour. */
  selectedGlow: number;
  /** Pixels. */
  selectedEdgeWidth: number;
  /** Buildings without a value when coloured by one. */
  noValue: string;
  sun: string;
  sunStrength: number;
  /** Light from above and reflected from the ground. */
  sky: string;
  skyStrength: number;
  reflected: string;
  /** How dark ambient occlusion gets, 0..1. */
  occlusion: number;
  /** How much light walls lose at their foot, 0..1. */
  foot: number;
  measure: string;
}

const LIGHT: Look = {
  horizon: "#e9edf0",
  wall: "#efece6",
  roof: "#e8cdb9",
  other: "#ebe6dd",
  ground: "#cdd0c2",
  groundTint: "#ffffff",
  tree: "#c8d5b6",
  trunk: "#b3a894",
  edge: "#23232b",
  edgeOpacity: 0.35,
  selected: "#6f97f0",
  selectedEdge: "#1f3fae",
  selectedShare: 0.72,
  selectedGlow: 1,
  selectedEdgeWidth: 2,
  noValue: "#d9d8d6",
  sun: "#fff6e8",
  sunStrength: 0.58,
  sky: "#f3f6ff",
  skyStrength: 0.62,
  reflected: "#b9b2a6",
  occlusion: 0.42,
  foot: 0.16,
  measure: "#2044aa",
};

const DARK: Look = {
  ...LIGHT,
  horizon: "#1d2430",
  wall: "#989fae",
  roof: "#b5aeac",
  other: "#989fae",
  ground: "#a9ada6",
  groundTint: "#7d878d",
  tree: "#6f8272",
  trunk: "#5d5a58",
  edge: "#14161f",
  edgeOpacity: 0.5,
  selected: "#a3bdf5",
  selectedEdge: "#dfe9ff",
  selectedShare: 0.85,
  selectedGlow: 1.5,
  noValue: "#7b808a",
  sun: "#ffeedd",
  sunStrength: 0.33,
  sky: "#cfdcff",
  skyStrength: 0.36,
  reflected: "#5a6274",
  occlusion: 0.5,
  foot: 0.25,
  measure: "#97afe1",
};

const CONTRAST: Look = {
  ...LIGHT,
  horizon: "#ffffff",
  wall: "#ffffff",
  roof: "#f0c9a4",
  edge: "#000000",
  edgeOpacity: 1,
  selected: "#1746d1",
  selectedEdge: "#000000",
  selectedShare: 0.95,
  selectedEdgeWidth: 3,
  sunStrength: 0.7,
  foot: 0.1,
  measure: "#000000",
};

const LOOKS: Record<Theme, Look> = { light: LIGHT, dark: DARK, contrast: CONTRAST };

/** Lightness of a selected surface and of its edges in each theme. */
const SELECTED: Record<Theme, [number, number]> = { light: [0.67, 0.4], dark: [0.76, 0.93], contrast: [0.45, 0] };

/** @param accent the tenant's colour for what is selected; empty for Kastor's own */
export function lookOf(theme: Theme, accent: string): Look {
  const look = LOOKS[theme];
  if (!/^#[0-9a-f]{6}$/i.test(accent)) return look;
  const hue = new Color(accent).getHSL({ h: 0, s: 0, l: 0 }, SRGBColorSpace);
  const [surface, edge] = SELECTED[theme];
  const tone = (lightness: number) => `#${new Color().setHSL(hue.h, hue.s, lightness, SRGBColorSpace).getHexString()}`;
  return { ...look, selected: tone(surface), selectedEdge: tone(edge) };
}

/** Below the horizon the sun gives way to dusk: how much of the ambient light is left, 0.35..1. */
export function daylight(altitude: number): number {
  return Math.min(1, Math.max(0.35, 0.35 + (0.65 * (altitude + 8)) / 14));
}
