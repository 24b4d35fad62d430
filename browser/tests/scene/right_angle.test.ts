import { describe, expect, it } from "vitest";
import { squared, type Corner } from "../../src/scene/right_angle";

const near = (found: Corner, east: number, north: number) => {
  expect(found[0]).toBeCloseTo(east, 6);
  expect(found[1]).toBeCloseTo(north, 6);
};

describe("right angles", () => {
  it("leave a first wall as it is drawn", () => {
    expect(squared([3, 1], [[0, 0]], [], 5)).toEqual([3, 1]);
  });

  it("stand on the end of the wall before", () => {
    const corners: Corner[] = [
      [0, 0],
      [10, 0],
    ];
    near(squared([10.4, 8], corners, [], 1), 10, 8);
    near(squared([14, 0.3], corners, [], 1), 14, 0);
  });

  it("close a rectangle with its fourth corner", () => {
    const corners: Corner[] = [
      [0, 0],
      [10, 0],
      [10, 8],
    ];
    near(squared([0.6, 7.5], corners.slice(1), corners.slice(0, 2), 1), 0, 8);
  });

  it("hold in any direction", () => {
    const turn = ([x, y]: Corner): Corner => [x * 0.8 - y * 0.6 + 364_000, x * 0.6 + y * 0.8 + 5_650_000];
    const corners = ([[0, 0], [10, 0], [10, 8]] as Corner[]).map(turn); // prettier-ignore
    near(squared(turn([0.4, 7.7]), corners.slice(1), corners.slice(0, 2), 1), ...turn([0, 8]));
  });

  it("do not pull what is out of reach", () => {
    const corners: Corner[] = [
      [0, 0],
      [10, 0],
    ];
    expect(squared([15, 8], corners, [], 1)).toEqual([15, 8]);
  });

  it("are not sought between walls that run side by side", () => {
    const before: Corner[] = [
      [0, 0],
      [10, 0],
    ];
    const after: Corner[] = [
      [10, 20],
      [0, 20],
    ];
    near(squared([10.3, 12], before, after, 1), 10, 12);
  });
});
