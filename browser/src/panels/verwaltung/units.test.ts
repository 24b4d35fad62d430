import { expect, test } from "vitest";
import { unitsOf } from "./units";

test("units are typed as output and unit, a line each", () => {
  expect(unitsOf("level=dB\n share = 1 ; flow=m3/s")).toEqual({ level: "dB", share: "1", flow: "m3/s" });
  expect(unitsOf("")).toEqual({});
  expect([unitsOf("level"), unitsOf("=dB"), unitsOf("a b=1")]).toEqual([null, null, null]);
});
