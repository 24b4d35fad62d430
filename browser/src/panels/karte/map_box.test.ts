// @vitest-environment node
import { expect, test } from "vitest";
import { boxAround, roundLength, toPixel, toPlace } from "./map_box";

const box = boxAround(364000, 5650000, 0.5, 800, 600);

test("a box lies around its middle", () => {
  expect(box).toEqual([363800, 5649850, 364200, 5650150]);
});

test("places and pixels belong together, north is up", () => {
  expect(toPixel(box, 800, 600, 364000, 5650000)).toEqual([400, 300]);
  expect(toPlace(box, 800, 600, 0, 0)).toEqual([363800, 5650150]);
  expect(toPlace(box, 800, 600, ...toPixel(box, 800, 600, 363900.5, 5649900.25))).toEqual([363900.5, 5649900.25]);
});

test("scale bars have round lengths", () => {
  expect([7, 19, 49.9, 130, 999].map(roundLength)).toEqual([5, 10, 20, 100, 500]);
});
