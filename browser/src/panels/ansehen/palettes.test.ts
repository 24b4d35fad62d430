// @vitest-environment node
import { expect, test } from "vitest";
import { FUNCTION_GROUPS } from "../../api";
import { colourOf, COLOURINGS, PALETTES, paletteOf, UNKNOWN } from "./palettes";

/** Lightness L* of a colour, 0 to 100. */
function lightness(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const y = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}

test.each(COLOURINGS)("%s has three to six classes, with those who are unknown", (name) => {
  const { classes } = PALETTES[name];
  expect(classes.length + 1).toBeGreaterThanOrEqual(3);
  expect(classes.length + 1).toBeLessThanOrEqual(6);
  expect(new Set(classes.map((one) => one.colour)).size).toBe(classes.length);
});

test.each(["height", "storeys", "year"] as const)(
  "%s reads without colour: lightness rises or falls steadily",
  (name) => {
    const steps = PALETTES[name].classes.map((one) => lightness(one.colour));
    const rising = steps.at(-1)! > steps[0]!;
    const ways = steps.slice(1).map((value, i) => (rising ? value - steps[i]! : steps[i]! - value));
    expect(Math.min(...ways)).toBeGreaterThan(8);
  },
);

test("every value falls into exactly one class", () => {
  const values = { height: 0.5, storeys: 1, function: 1, roof: 1000, year: 1 };
  for (const name of COLOURINGS) {
    for (const value of [values[name], values[name] * 5, values[name] * 9]) {
      expect(PALETTES[name].classes.filter((one) => one.holds(value)).length, `${name} ${value}`).toBeLessThanOrEqual(
        1,
      );
    }
  }
  for (const height of [0, 5.99, 6, 14.9, 25, 155]) expect(colourOf(PALETTES.height, height)).not.toBe(UNKNOWN);
  for (let group = 1; group < FUNCTION_GROUPS.length; group++) {
    expect(colourOf(PALETTES.function, group), FUNCTION_GROUPS[group]).not.toBe(UNKNOWN);
  }
});

test("what is not known is grey", () => {
  expect(colourOf(PALETTES.height, null)).toBe(UNKNOWN);
  expect(colourOf(PALETTES.height, -1)).toBe(UNKNOWN);
  expect(colourOf(PALETTES.storeys, 0)).toBe(UNKNOWN);
  expect(colourOf(PALETTES.function, 0)).toBe(UNKNOWN);
  expect(colourOf(PALETTES.year, 0)).toBe(UNKNOWN);
});

test("a palette nobody knows is none", () => {
  expect(paletteOf("")).toBeNull();
  expect(paletteOf("mood")).toBeNull();
  expect(paletteOf("toString")).toBeNull();
});
