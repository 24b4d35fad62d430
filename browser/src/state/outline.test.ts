import { describe, expect, it } from "vitest";
import { areaOf, cornersOf, rectangleOf, sides, withSide, type Corner } from "./outline";

const square: Corner[] = [
  [364_000, 5_650_000],
  [364_010, 5_650_000],
  [364_010, 5_650_008],
  [364_000, 5_650_008],
];

describe("a drawn outline", () => {
  it("has sides and an area, far from the origin too", () => {
    expect(sides(square, true)).toEqual([10, 8, 10, 8]);
    expect(sides(square, false)).toEqual([10, 8, 10]);
    expect(areaOf(square)).toBe(80);
    expect(areaOf([...square].reverse())).toBe(80);
    expect(areaOf([])).toBe(0);
  });

  it("keeps its right angles when a side is given its length", () => {
    const longer = withSide(square, 0, 12, true);
    expect(sides(longer, true)).toEqual([12, 8, 12, 8]);
    expect(longer[0]).toEqual(square[0]);
    expect(sides(withSide(square, 3, 5, true), true)).toEqual([10, 5, 10, 5]);
  });

  it("takes what comes after along while it is open", () => {
    const line: Corner[] = [[0, 0], [10, 0], [10, 5]]; // prettier-ignore
    expect(withSide(line, 0, 12, false)).toEqual([[0, 0], [12, 0], [12, 5]]); // prettier-ignore
  });

  it("is a rectangle of typed sizes and says them again", () => {
    const wanted = { corner: [364_000, 5_650_000] as Corner, length: 12, width: 9.5, bearing: 37 };
    const found = rectangleOf(cornersOf(wanted))!;
    expect(found.corner).toEqual(wanted.corner);
    expect(found.length).toBeCloseTo(12, 2);
    expect(found.width).toBeCloseTo(9.5, 2);
    expect(found.bearing).toBeCloseTo(37, 1);
  });

  it("is the same rectangle walked the other way", () => {
    const { corner, length, width, bearing } = rectangleOf(square)!;
    expect([corner, length, width, bearing]).toEqual([square[0], 8, 10, 0]);
    expect(rectangleOf([square[0]!, square[3]!, square[2]!, square[1]!])).toEqual(rectangleOf(square));
  });

  it("is no rectangle when it is crooked or has other corners", () => {
    expect(rectangleOf(square.slice(0, 3))).toBeNull();
    expect(rectangleOf([square[0]!, square[1]!, [364_011, 5_650_008], square[3]!])).toBeNull();
  });
});
