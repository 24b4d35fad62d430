import { expect, test } from "vitest";
import { bodiesSurface } from "../../scene/solids";
import type { AddBuilding, PlanObject } from "../../api_planning";
import { areaOf, type Corner } from "../outline";
import { around, carried, heightsOf, hiddenBy, middleOf } from "./edits";
import { planLabels, planPaint } from "./plan_paint";
import { beyond, COLOURS } from "./shown";
import { within } from "./within";

const ALLOWED: Corner[] = [[0, 0], [40, 0], [40, 30], [0, 30]]; // prettier-ignore
const house = (more: Partial<AddBuilding> = {}): AddBuilding => ({
  kind: "add_building",
  id: "geb-1",
  footprint: around([20, 15], 16, 10, 90),
  storeys: 3,
  storey_height: 3,
  ...more,
});

test("a building that fits in is pushed inside, a larger one stays where it was put", () => {
  const pushed = within.fitted(around([38, 15], 16, 10, 0), ALLOWED);
  expect(Math.max(...pushed.map(([x]) => x))).toBeCloseTo(40, 2);
  expect(areaOf(pushed)).toBeCloseTo(160, 2);
  const large = around([20, 15], 60, 10, 90);
  expect(within.fitted(large, ALLOWED)).toEqual(large);
});

test("what sticks out is cut away, and nothing is left of what lies outside", () => {
  expect(areaOf(within.clipped(around([40, 15], 20, 10, 90), ALLOWED)!)).toBeCloseTo(100, 2);
  expect(within.clipped(around([90, 90], 10, 10, 0), ALLOWED)).toBeNull();
});

test("storeys say the height; a gable rises above them by its pitch", () => {
  expect(heightsOf(house())).toEqual({ eaves: 9, top: 9 });
  const { eaves, top } = heightsOf(house({ roof: "gable", pitch: 45 }));
  expect(eaves).toBe(9);
  expect(top).toBeCloseTo(9 + 5, 2);
});

test("a body is as high as it says, with walls and roof told apart", () => {
  const ring = house().footprint;
  const { positions, semantics } = bodiesSurface([
    { body: { rings: [ring], eaves: 9, top: 14, roof: "gable" }, low: 2 },
  ]);
  const heights = [...positions].filter((_, i) => i % 3 === 2);
  expect([Math.min(...heights), Math.max(...heights)]).toEqual([2, 16]);
  expect(new Set(semantics)).toEqual(new Set([2, 3]));
});

test("turning and shifting keep size and shape", () => {
  const turned = carried(house().footprint, [5, -3], 30);
  expect(areaOf(turned)).toBeCloseTo(160, 2);
  expect(middleOf(turned)[0]).toBeCloseTo(25, 0);
});

test("only heights and lines paint red pieces, from the height that is allowed", () => {
  const edit = house({ storeys: 5 });
  const rest = { object: "geb-1", value: null, limit: null, difference: 4.5, source: { plan: "p", object: "o", paragraph: "" }, title: { de: "", en: "" }, text: { de: "", en: "" } }; // prettier-ignore
  const whole = { type: "Polygon", coordinates: [[...edit.footprint, edit.footprint[0]]] };
  const high = { ...rest, rule: "height", verdict: "broken" as const, unit: "m", beyond: whole, top: 50.5 };
  const storeys = { ...rest, rule: "storeys", verdict: "broken" as const, unit: "", beyond: whole, top: null };
  const [piece, ...others] = beyond([edit], [high, storeys], COLOURS.light, () => 40);
  expect(others).toEqual([]);
  expect([piece?.base, piece?.top]).toEqual([50.5, 4.5]);
});

test("what is moved, raised, felled or pulled down hides the object of the town", () => {
  expect(
    hiddenBy([
      { kind: "demolish", id: "a" },
      { kind: "raise", id: "e1", object: "b", height: 12 },
      { kind: "move", id: "e2", object: "b", east: 1, north: 0, turn: 0 },
      { kind: "close_street", id: "e3", object: "c" },
    ]),
  ).toEqual(["a", "b"]);
});

test("words stand inside an area that bends in", () => {
  const bent: Corner[] = [[0, 0], [10, 0], [10, 30], [30, 30], [30, 0], [70, 0], [70, 40], [0, 40]]; // prettier-ignore
  const at = within.inside(bent);
  expect(within.contains(bent, at)).toBe(true);
  expect(at[0]).toBeCloseTo(50, 6);
});

test("a place of the plan has its mark, and its name only where the mark says nothing", () => {
  const place = (id: string, style: PlanObject["style"]): PlanObject => ({
    id,
    class: "",
    title: { de: id, en: id },
    geometry: { type: "Point", coordinates: [10, 20] },
    style,
  });
  const objects = [
    place("Höhenmaß", { stroke: "#333333", mark: "height", radius: 2.5, label: "8,75 m ü. NHN" }),
    place("Altlast", { stroke: "#7a3b12", mark: "cross" }),
    place("Wasserschutzgebiet", { stroke: "#2b6cb0", mark: "ring", label: "W I" }),
    place("Zentraler Ort", { stroke: "#7a7a7a", mark: "square", radius: 12 }),
  ];
  expect(planLabels(objects).map(({ text }) => text)).toEqual(["8,75 m ü. NHN", "W I", "Zentraler Ort"]);
  expect(planLabels(objects).map(({ at }) => at[1] === 20)).toEqual([false, true, false]);
  const [triangle, ...rest] = planPaint(objects);
  expect(triangle).toMatchObject({ closed: true, fill: "#333333", opacity: 1 });
  expect(triangle?.rings[0]?.[0], "its tip is the place").toEqual([10, 20]);
  expect(rest.map(({ closed }) => closed)).toEqual([false, false, true, true]);
});
