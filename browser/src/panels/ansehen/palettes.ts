/**
 * How buildings are coloured by a property: classes with limits, words and colours, defined once for scene, legend
 * and print. The ordered palettes rise steadily in lightness, so they read without colour vision and in grey print; the
 * categories are those of Okabe and Ito (2008), made pale enough to keep the scene calm.
 */
import { FUNCTION_GROUPS, type FunctionGroup } from "../../api";
import type { TextKey } from "../../text";

export type ColouringName = "height" | "storeys" | "function" | "roof" | "year";

export interface Class {
  label: TextKey;
  colour: string;
  holds: (value: number) => boolean;
}

export interface Palette {
  /** Column of the tiles' property table. */
  property: string;
  title: TextKey;
  /** First the class drawn at the top of the legend. */
  classes: Class[];
}

type Colour = `#${string}`;
export const UNKNOWN: Colour = "#c9c9c4";

const between = (label: TextKey, colour: Colour, from: number, below: number): Class => ({
  label,
  colour,
  holds: (value) => value >= from && value < below,
});

const group = (label: TextKey, colour: Colour, ...groups: FunctionGroup[]): Class => ({
  label,
  colour,
  holds: (value) => groups.includes(FUNCTION_GROUPS[value] ?? "unknown"),
});

export const PALETTES: Record<ColouringName, Palette> = {
  height: {
    property: "height",
    title: "colour.height",
    classes: [
      between("height.5", "#552466", 25, Infinity),
      between("height.4", "#9c4079", 15, 25),
      between("height.3", "#d6716f", 10, 15),
      between("height.2", "#f1ad84", 6, 10),
      between("height.1", "#fbe6c5", 0, 6),
    ],
  },
  storeys: {
    property: "storeys",
    title: "colour.storeys",
    classes: [
      between("storeys.5", "#1d4877", 8, Infinity),
      between("storeys.4", "#2a7f95", 5, 8),
      between("storeys.3", "#5cb3a3", 3, 5),
      between("storeys.2", "#a5d8ae", 2, 3),
      between("storeys.1", "#e3f2cf", 1, 2),
    ],
  },
  function: {
    property: "functionGroup",
    title: "colour.function",
    classes: [
      group("function.living", "#eec46a", "residential"),
      group("function.business", "#d9774e", "commercial", "industrial"),
      group("function.public", "#4f8fc4", "public"),
      group("function.farming", "#52a88a", "agricultural"),
      group("function.other", "#c9a3c6", "outbuilding", "other"),
    ],
  },
  roof: {
    property: "roof",
    title: "colour.roof",
    classes: [
      between("roof.flat", "#4f8fc4", 1000, 2000),
      between("roof.lean", "#9fd0ea", 2000, 3000),
      between("roof.gable", "#d9774e", 3100, 3200),
      between("roof.hip", "#eec46a", 3200, 3500),
      between("roof.other", "#b58cb8", 3500, 9999),
    ],
  },
  year: {
    property: "year",
    title: "colour.year",
    classes: [
      between("year.5", "#fde9b0", 2002, Infinity),
      between("year.4", "#f0b76f", 1979, 2002),
      between("year.3", "#cf7d63", 1949, 1979),
      between("year.2", "#8f4f66", 1919, 1949),
      between("year.1", "#4a2b54", 1, 1919),
    ],
  },
};

export const COLOURINGS = Object.keys(PALETTES) as ColouringName[];

/** The palette of a name that came from an address; null for none or one nobody knows. */
export const paletteOf = (name: string): Palette | null =>
  Object.hasOwn(PALETTES, name) ? PALETTES[name as ColouringName] : null;

/** The colour of a value of the property table. */
export function colourOf(palette: Palette, value: number | string | null): string {
  const known = typeof value === "number" ? palette.classes.find((one) => one.holds(value)) : undefined;
  return known?.colour ?? UNKNOWN;
}
