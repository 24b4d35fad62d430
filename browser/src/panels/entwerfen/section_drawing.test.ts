import { expect, test } from "vitest";
import type { Section } from "../../api_planning";
import { groundAt, groundPaths, heightsIn, ringPath, scaleOf, step } from "./section_drawing";

const SECTION: Section = {
  length: 100,
  ground: [[0, 40], [50, 42], [60, null], [70, 42], [100, 44]], // prettier-ignore
  ground_before: null,
  bodies: [{ id: "h", label: "H", state: "standing", rings: [[[10, 52], [20, 52], [20, 40], [10, 40]]] }], // prettier-ignore
  trees: [{ id: "b", state: "planned", at: 80, foot: 43, height: 8, crown: 6, half: 3 }],
};

test("steps are round and few", () => {
  expect([step(10, 5), step(12, 4), step(97, 8), step(0.9, 4)]).toEqual([2, 5, 20, 0.5]);
});

test("all that is drawn lies in the picture, and a metre is never flatter than long", () => {
  expect(heightsIn(SECTION)).toEqual([40, 52]);
  const scale = scaleOf(SECTION, 800, 240);
  expect(scale.y(52)).toBeGreaterThanOrEqual(15.9);
  expect(scale.x(100)).toBeLessThanOrEqual(784.1);
  expect(scale.exaggeration).toBeGreaterThanOrEqual(1);
  expect(scaleOf({ ...SECTION, length: 4000 }, 800, 240).exaggeration).toBeLessThanOrEqual(5.001);
});

test("ground that is not known parts its line", () => {
  expect(groundPaths(SECTION.ground, scaleOf(SECTION, 800, 240))).toHaveLength(2);
  expect(groundAt(SECTION.ground, 25)).toBe(41);
  expect(groundAt(SECTION.ground, 65)).toBeNull();
});

test("a house is a closed way of its corners", () => {
  expect(ringPath(SECTION.bodies[0]!.rings[0]!, scaleOf(SECTION, 800, 240))).toMatch(/^M(\d[\d.,]+L){3}\d[\d.,]+Z$/);
});
