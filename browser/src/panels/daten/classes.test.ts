import { expect, test } from "vitest";
import { classes, COLOURS, colourOf, decimalsOf, NO_NUMBER } from "./classes";

test("classes hold about as many numbers each and leave none out", () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const found = classes(values);
  expect(found.map(({ from, to }) => [from, to])).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
    [9, 10],
  ]);
  expect(values.every((value) => colourOf(found, value) !== NO_NUMBER)).toBe(true);
  expect(found.map((one) => one.colour)).toEqual(COLOURS);
});

test("equal numbers have one colour", () => {
  const found = classes([0, 0, 0, 0, 0, 0, 5, 9]);
  expect(new Set([0, 0, 0].map((value) => colourOf(found, value))).size).toBe(1);
  expect(found.every((one, i) => i === 0 || one.from > found[i - 1]!.to)).toBe(true);
});

test("one number, few numbers and none make classes, too", () => {
  expect(classes([7])).toEqual([{ from: 7, to: 7, colour: COLOURS[2] }]);
  expect(classes([3, 1]).map((one) => one.colour)).toEqual([COLOURS[0], COLOURS[4]]);
  expect(classes([])).toEqual([]);
  expect(colourOf([], 1)).toBe(NO_NUMBER);
  expect(colourOf(classes([1, 2]), null)).toBe(NO_NUMBER);
});

test("decimals are those the numbers have", () => {
  expect(decimalsOf([1, 2])).toBe(0);
  expect(decimalsOf([17.5, 20, 3.25])).toBe(2);
  expect(decimalsOf([])).toBe(0);
});
