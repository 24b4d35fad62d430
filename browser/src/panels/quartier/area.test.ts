import { expect, test } from "vitest";
import { asked, circle, pathOf, typed, written } from "./area";

test("corners are typed one per line, with comma, blank or semicolon", () => {
  const wanted = [
    [364100, 5649800],
    [364700, 5649800.5],
    [364700, 5650400],
  ];
  expect(typed("364100,5649800;364700,5649800.5;364700,5650400")).toEqual(wanted);
  expect(typed("364100 5649800\n364700 5649800,5\n364700 5650400\n")).toEqual(wanted);
  expect(typed("364100, 5649800\n364700, 5649800.5\n364700, 5650400")).toEqual(wanted);
});

test("too few corners and words are no area", () => {
  expect(typed("1,2;3,4")).toBeNull();
  expect(typed("1,2;3,4;fünf,6")).toBeNull();
  expect(typed("")).toBeNull();
});

test("the address of an area tells corners, circle and object apart", () => {
  expect(asked("1,2;3,4;5,6", "share")).toEqual({ area: "1,2;3,4;5,6", rule: "share" });
  expect(asked(circle("Hauptstraße 1", 300), "centroid")).toEqual({
    around: "Hauptstraße 1",
    radius: 300,
    rule: "centroid",
  });
  expect(asked("object:way/7", "centroid")).toEqual({ object: "way/7", rule: "centroid" });
  expect(written([[1.239, 2]])).toBe("1.24,2");
});

test("an outline with a hole is one path", () => {
  const ring = [
    [0, 0],
    [1, 0],
    [1, 1],
  ];
  expect(pathOf([ring, ring], ([x, y]) => [x, y])).toBe("M0.0,0.0L1.0,0.0L1.0,1.0ZM0.0,0.0L1.0,0.0L1.0,1.0Z");
});
