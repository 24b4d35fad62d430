import { describe, expect, it } from "vitest";
import type { Frame, Place } from "../../src/api";
import { plainFrame, toMap, toScene } from "../../src/scene/frame";

/** Turned by the meridian convergence and scaled like UTM a degree west of its middle, with a touch of curvature. */
function turned(): Frame {
  const angle = (-1.05 * Math.PI) / 180;
  const scale = 1 / 0.9996;
  const [c, s] = [Math.cos(angle) * scale * 1000, Math.sin(angle) * scale * 1000];
  const [back, aside] = [(Math.cos(angle) / scale) * 1000, (Math.sin(angle) / scale) * 1000];
  const zeros = new Array<number>(6).fill(0);
  return {
    origin: [364_500, 5_650_500, 60],
    longitude: 7.0693,
    latitude: 50.989,
    toScene: [
      [0, c, -s, 0, 0, 0, ...new Array<number>(4).fill(0), 0, 0, 0],
      [0, s, c, 0, 0, 0, ...new Array<number>(4).fill(0), 0, 0, 0],
      [0, 0, 0, -0.0785, 0, -0.0785, ...new Array<number>(4).fill(0), 1, 0, 0],
    ],
    toMap: [
      [0, back, aside, 0, 0, 0, ...zeros, 0],
      [0, -aside, back, 0, 0, 0, ...zeros, 0],
      [0, 0, 0, 0.0785 / scale ** 2, 0, 0.0785 / scale ** 2, 0, 0, 0, 0, 1, 0, 0],
    ],
  };
}

describe("the frame of the scene", () => {
  it("puts the origin at the middle", () => {
    const frame = turned();
    expect(toScene(frame, frame.origin)).toEqual([0, 0, 0]);
    expect(toMap(frame, [0, 0, 0])).toEqual(frame.origin);
  });

  it("turns by the meridian convergence, so that north is true north", () => {
    const [east, north] = toScene(turned(), [364_500, 5_651_500, 60]);
    expect(east).toBeGreaterThan(18);
    expect(Math.hypot(east, north)).toBeCloseTo(1000.4, 1);
  });

  it("comes back to the same place", () => {
    const frame = turned();
    const place: Place = [364_932.4, 5_650_011.7, 87.25];
    const back = toMap(frame, toScene(frame, place));
    back.forEach((value, i) => expect(value).toBeCloseTo(place[i]!, 3));
  });

  it("is a mere shift without a projection", () => {
    const frame = plainFrame([100, 200, 50], 7, 51);
    expect(toScene(frame, [110, 195, 53])).toEqual([10, -5, 3]);
    expect(toMap(frame, [10, -5, 3])).toEqual([110, 195, 53]);
  });
});
