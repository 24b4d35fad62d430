// @vitest-environment node
import { expect, test } from "vitest";
import { gridPixels, valueAt } from "./grid_picture";

const grid = {
  west: 100,
  north: 220,
  cell: 10,
  rows: 2,
  cols: 2,
  range: [0, 2] as [number, number],
  times: [],
  classes: [
    { low: 0.5, high: 1, colour: "#8cc0ee" },
    { low: 1, high: null, colour: "#0d2d6e" },
  ],
  moving: true,
  band: () => Promise.resolve(new Uint16Array()),
};
const half = 32767;
const band = Uint16Array.from([0, 65534, 65535, 65534]);
const still = { before: band, after: band, share: 0 };

test("a value is that of the cell in its middle and between cells in between", () => {
  expect(valueAt(grid, still, 0.5, 0.5)).toBe(0);
  expect(valueAt(grid, still, 1, 0.5)).toBe(half);
});

test("unknown cells do not count, and give no value alone", () => {
  expect(valueAt(grid, still, 0.5, 0.9)).toBe(0);
  expect(valueAt(grid, still, 0.5, 1.5)).toBeNaN();
});

test("between two moments the value lies between theirs", () => {
  const after = Uint16Array.from([half, 65534, 65535, 65534]);
  expect(valueAt(grid, { before: band, after, share: 0.5 }, 0.5, 0.5)).toBe(half / 2);
});

test("a pixel has the colour of its class, none below the lowest and none outside", () => {
  const pixels = gridPixels(grid, still, [90, 210, 120, 220], 6, 2);
  const at = (i: number) => [...pixels.subarray(i * 4, i * 4 + 4)];
  expect(at(0)).toEqual([0, 0, 0, 0]);
  expect(at(2)).toEqual([0, 0, 0, 0]);
  expect(at(3)).toEqual([0x8c, 0xc0, 0xee, 235]);
  expect(at(4)).toEqual([0x0d, 0x2d, 0x6e, 235]);
});
