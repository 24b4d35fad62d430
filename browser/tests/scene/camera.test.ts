import { describe, expect, it } from "vitest";
import {
  axes,
  besides,
  between,
  eyeOf,
  flightTime,
  framing,
  LENS,
  onLevel,
  orbit,
  pan,
  sight,
  withinLimits,
  zoomAt,
  type Rig,
} from "../../src/scene/camera";
import type { Point } from "../../src/scene/frame";

const RIG: Rig = { target: [100, 200, 5], heading: 30, pitch: 40, distance: 400 };
const LIMITS = {
  nearest: 12,
  farthest: 3000,
  flattest: 6,
  area: [-500, -500, 500, 500] as [number, number, number, number],
};

/** Where a point stands in the picture, as x and y over depth. */
function seen(rig: Rig, point: Point): [number, number] {
  const { forward, right, up } = axes(rig);
  const eye = eyeOf(rig);
  const offset = point.map((value, i) => value - eye[i]!);
  const along = (axis: Point) => offset.reduce((sum, value, i) => sum + value * axis[i]!, 0);
  return [along(right) / along(forward), along(up) / along(forward)];
}

const close = (a: number[], b: number[]) => a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 6));

describe("the camera", () => {
  it("looks north and down from the south", () => {
    const [east, north, up] = eyeOf({ target: [0, 0, 0], heading: 0, pitch: 45, distance: 100 });
    close([east, north, up], [0, -70.710678, 70.710678]);
  });

  it("sees its target in the middle of the picture", () => {
    const ray = sight(RIG, 0, 0, 1.6);
    close(onLevel(ray, 5, 1e4)!, RIG.target);
  });

  it("does not find the ground above the horizon", () => {
    expect(onLevel(sight({ ...RIG, pitch: 8 }, 0, 1, 1.6), 5, 1e6)).toBeNull();
  });

  it("keeps the grabbed place under the hand while it is dragged", () => {
    const from = onLevel(sight(RIG, -0.4, 0.2, 1.6), 5, 1e4)!;
    const to = onLevel(sight(RIG, 0.3, -0.5, 1.6), 5, 1e4)!;
    const after = onLevel(sight(pan(RIG, from, to), 0.3, -0.5, 1.6), 5, 1e4)!;
    close(after, from);
  });

  it("keeps the place under the pointer while zooming", () => {
    const fixed: Point = [160, 260, 12];
    const after = zoomAt(RIG, fixed, 0.5);
    expect(after.distance).toBe(200);
    close(seen(after, fixed), seen(RIG, fixed));
  });

  it("keeps the anchor in the picture while turning and tilting", () => {
    const anchor: Point = [60, 300, 0];
    const after = orbit(RIG, anchor, 75, 12);
    expect(after.heading).toBeCloseTo(105);
    expect(after.pitch).toBeCloseTo(52);
    close(seen(after, anchor), seen(RIG, anchor));
  });

  it("stays within its limits", () => {
    const wild = withinLimits({ target: [9e9, -9e9, 3], heading: -90, pitch: 120, distance: 1 }, LIMITS);
    expect(wild).toEqual({ target: [500, -500, 3], heading: 270, pitch: 90, distance: 12 });
  });

  it("flies from start to goal the short way round, and higher when it goes far", () => {
    const from: Rig = { target: [0, 0, 0], heading: 350, pitch: 40, distance: 200 };
    const to: Rig = { target: [3000, 0, 0], heading: 20, pitch: 40, distance: 200 };
    close(between(from, to, 0).target, from.target);
    close(between(from, to, 1).target, to.target);
    expect(between(from, to, 0.5).heading).toBeCloseTo(5);
    expect(between(from, to, 0.5).distance).toBeGreaterThan(1000);
    expect(flightTime(from, to)).toBeLessThanOrEqual(1800);
  });

  it("frames a box with its middle in the middle", () => {
    const rig = framing(RIG, [0, 0, 0, 20, 30, 10]);
    expect(rig.target).toEqual([10, 15, 5]);
    expect(rig.distance).toBeGreaterThan(2 * Math.hypot(20, 30, 10));
  });
});

describe("a flight beside a panel", () => {
  it("puts its goal into the middle of what the panel leaves free", () => {
    const goal: Rig = { target: [0, 0, 0], heading: 0, pitch: 45, distance: 300 };
    const aside = besides(goal, { left: 0, right: 400, top: 0, bottom: 0 }, 1000);
    const [x, y] = seen(aside, goal.target);
    // A pixel is 2 tan(12°) / 1000 of the depth; the goal moves left by half the panel.
    expect(x / ((2 * Math.tan((12 * Math.PI) / 180)) / 1000)).toBeCloseTo(-200, 0);
    expect(y).toBeCloseTo(0, 6);
  });
});

describe("framing", () => {
  const rig: Rig = { target: [0, 0, 0], heading: 10, pitch: 40, distance: 300 };
  /** Share of the picture's height that lies across the box. */
  const filled = (size: number) => {
    const { distance } = framing(rig, [-size / 2, 0, 0, size / 2, 0, 0]);
    return size / (2 * Math.tan((LENS * Math.PI) / 360) * distance);
  };

  it("leaves a house its surroundings and fills the picture with a district", () => {
    expect(filled(40)).toBeCloseTo(0.45, 2);
    expect(filled(1000)).toBeGreaterThan(0.8);
    expect(filled(1000)).toBeLessThan(1);
  });

  it("comes no nearer and goes no farther away with the size of what is framed", () => {
    const far = [20, 90, 110, 300, 1500].map((size) => framing(rig, [0, 0, 0, size, 0, 0]).distance);
    expect(far).toEqual([...far].sort((a, b) => a - b));
  });
});
