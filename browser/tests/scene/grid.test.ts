import { DataUtils } from "three";
import { describe, expect, it } from "vitest";
import { gridTexture, limitsOf } from "../../src/scene/grid";

describe("a grid on the graphics card", () => {
  it("holds value and certainty of each cell, nothing where nothing is known", () => {
    const texels = gridTexture(Uint16Array.from([0, 32767, 65534, 65535]), 2, 2).image.data as Uint16Array;
    const numbers = Array.from(texels, (half) => DataUtils.fromHalfFloat(half));
    [0, 1, 0.5, 1, 1, 1, 0, 0].forEach((wanted, i) => expect(numbers[i]).toBeCloseTo(wanted, 3));
  });

  it("is refused when values are missing, saying how many", () => {
    expect(() => gridTexture(new Uint16Array(5), 2, 3)).toThrow(/5 values.*2 x 3 needs 6/);
  });

  it("has the limits of its classes as shares of its range", () => {
    const classes = [
      { low: null, high: 1, colour: "#fff" },
      { low: 1, high: 3, colour: "#000" },
      { low: 3, high: null, colour: "#00f" },
    ];
    const [first, second, third] = limitsOf({ range: [-1, 3], classes });
    expect(second).toEqual([0.5, 1]);
    expect(first![0]).toBeLessThan(-1000);
    expect(third![1]).toBeGreaterThan(1000);
  });
});
