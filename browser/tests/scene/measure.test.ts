import { describe, expect, it } from "vitest";
import { lengthOf, planArea } from "../../src/scene/measure";
import type { Point } from "../../src/scene/frame";

describe("measuring", () => {
  it("adds lengths in space, slopes included", () => {
    expect(
      lengthOf([
        [0, 0, 0],
        [3, 4, 0],
        [3, 4, 12],
      ]),
    ).toBe(17);
    expect(
      lengthOf([
        [0, 0, 0],
        [30, 40, 120],
      ]),
    ).toBeCloseTo(130);
  });

  it("gives no length to nothing and to one point", () => {
    expect(lengthOf([])).toBe(0);
    expect(lengthOf([[5, 5, 5]])).toBe(0);
  });

  it("gives the plan area, whatever the direction and the heights", () => {
    const ring: Point[] = [
      [0, 0, 3],
      [20, 0, 9],
      [20, 10, 1],
      [0, 10, 0],
    ];
    expect(planArea(ring)).toBe(200);
    expect(planArea([...ring].reverse())).toBe(200);
  });

  it("loses nothing far from the origin", () => {
    const far: Point[] = [
      [364_500, 5_650_500, 0],
      [364_510, 5_650_500, 0],
      [364_510, 5_650_507, 0],
    ];
    expect(planArea(far)).toBeCloseTo(35, 9);
  });
});
