// @vitest-environment node
import { expect, test } from "vitest";
import { ringsOf } from "./result_picture";

const ring = [
  [0, 0],
  [4, 0],
  [4, 3],
  [0, 0],
];

test("areas give all their rings, lines themselves, points nothing", () => {
  expect(ringsOf({ type: "Polygon", coordinates: [ring, ring] })).toHaveLength(2);
  expect(ringsOf({ type: "MultiPolygon", coordinates: [[ring], [ring, ring]] })).toHaveLength(3);
  expect(ringsOf({ type: "LineString", coordinates: ring })).toEqual([ring]);
  expect(ringsOf({ type: "Point", coordinates: [1, 2] })).toEqual([]);
});
