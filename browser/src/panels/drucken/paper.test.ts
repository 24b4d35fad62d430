// @vitest-environment node
import { expect, test } from "vitest";
import { pictureSize, scaleOf, sheetSize } from "./paper";

test("sheets have the sizes of DIN 476", () => {
  expect(sheetSize("a4", "landscape")).toEqual([297, 210]);
  expect(sheetSize("a3", "portrait")).toEqual([297, 420]);
});

test("the picture fits on the sheet and has 150 dots per inch", () => {
  const picture = pictureSize("a4", "landscape");
  expect(picture.millimetresWide).toBe(277);
  expect(picture.width).toBe(Math.round((277 / 25.4) * 150));
  expect(picture.millimetresHigh).toBeLessThan(210);
});

test("the scale is the ratio of nature to paper, and its bar is round and at most 4 cm long", () => {
  const scale = scaleOf(142, 142);
  expect(scale.ratio).toBe(1000);
  expect(scale.metres).toBe(20);
  expect(scale.millimetres).toBeCloseTo(20);
  for (const metres of [30, 77, 400, 2500, 40_000])
    expect(scaleOf(metres, 142).millimetres).toBeLessThanOrEqual(40.001);
});
