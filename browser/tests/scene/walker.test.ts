import { expect, test } from "vitest";
import { eyeOf } from "../../src/scene/camera";
import { EYE, rigOf, stepped, turned, type Walker } from "../../src/scene/walker";

const here: Walker = { east: 100, north: 200, heading: 90, look: 0 };

test("the eyes are 1.65 m above the ground, whichever way somebody looks", () => {
  for (const look of [-40, 0, 25]) {
    const [east, north, up] = eyeOf(rigOf({ ...here, look }, 50));
    expect(east).toBeCloseTo(100, 6);
    expect(north).toBeCloseTo(200, 6);
    expect(up).toBeCloseTo(50 + EYE, 6);
  }
});

test("looking ahead is level", () => {
  expect(rigOf(here, 50).target[2]).toBeCloseTo(51.65, 6);
  expect(rigOf({ ...here, look: 30 }, 50).target[2]).toBeGreaterThan(55);
});

test("a step goes where one looks, a side step across", () => {
  const ahead = stepped(here, new Set(["forward"]), 1);
  expect([ahead.east, ahead.north].map((value) => Math.round(value * 10) / 10)).toEqual([103, 200]);
  const aside = stepped(here, new Set(["turnRight"]), 1);
  expect([aside.east, aside.north].map((value) => Math.round(value * 10) / 10)).toEqual([100, 198]);
});

test("arrows turn, and nobody looks further up than the neck allows", () => {
  expect(stepped(here, new Set(["left"]), 2).heading).toBeCloseTo(330, 6);
  expect(turned(here, 0, 500).look).toBe(60);
});
