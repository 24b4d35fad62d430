import { expect, test } from "vitest";
import { contrastToWhite, paintAccent } from "./accent";

const painted = () => document.documentElement.style.getPropertyValue("--accent");

test("contrast is that of WCAG", () => {
  expect(contrastToWhite("#000000")).toBeCloseTo(21, 5);
  expect(contrastToWhite("#2044aa")).toBeGreaterThan(8);
});

test("a tenant's accent is taken only where white text on it stays readable", () => {
  paintAccent("#006b3f", false);
  expect(painted()).toBe("#006b3f");
  paintAccent("#ffcc00", false);
  expect(painted()).toBe("");
  paintAccent("#006b3f", true);
  expect(painted()).toBe("");
  paintAccent("red; background: url(x)", false);
  expect(painted()).toBe("");
});
