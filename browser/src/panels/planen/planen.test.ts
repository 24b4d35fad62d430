import { expect, test } from "vitest";
import { Problem } from "../../api";
import type { ProcessDetail, ResultDocument } from "../../api_processes";
import { NO_AREA } from "../../state/plan";
import { areaInput, boxOf, outlinesOf, placeOf, sideOf, sizeOf, squareOf } from "./area";
import { heightRange, linePath, sectionPath, seriesDrawing } from "./chart";
import { barsOf, marksOf, rainOf } from "./course";
import { faults, fieldsOf, fits, inputsOf, isAsked } from "./form";
import { rowsOf } from "./found";
import { entryOf, entryText, listsOf, pairsOf, placesOf, tableFault } from "./lists";
import { editOf, newId } from "./measures";

const BOX = [360000, 5721000, 361000, 5722000] as const;
const VIEW = { target: [360560, 5721500, 40] as [number, number, number], distance: 620 };

test("the square that is computed lies around the middle of the picture and in the twin", () => {
  expect(sideOf({ distance: 620 })).toBe(450);
  expect([sideOf({ distance: 20 }), sideOf({ distance: 9000 })]).toEqual([200, 1000]);
  const square = squareOf(VIEW, BOX);
  expect(square).toEqual([[360335, 5721275], [360785, 5721275], [360785, 5721725], [360335, 5721725]]); // prettier-ignore
  const atTheEdge = squareOf({ ...VIEW, target: [360010, 5721010, 40] }, BOX);
  expect(boxOf([atTheEdge])).toEqual([360000, 5721000, 360235, 5721235]);
});

test("an area is sent as the server reads it", () => {
  const square = squareOf(VIEW, BOX);
  expect(areaInput(NO_AREA, square, "EPSG:25832+7837")).toEqual({
    corners: "360335.000,5721275.000;360785.000,5721275.000;360785.000,5721725.000;360335.000,5721725.000",
  });
  expect(areaInput({ ...NO_AREA, way: "all" }, square, "")).toBeUndefined();
  const circle = { ...NO_AREA, way: "circle" as const, place: " Rathausplatz 1 ", radius: 300 };
  expect(areaInput(circle, square, "")).toEqual({ around: "Rathausplatz 1", radius: 300 });
  const given = { type: "Polygon", coordinates: [[[0, 0], [2, 0], [2, 3], [0, 3], [0, 0]]] }; // prettier-ignore
  expect(areaInput({ ...NO_AREA, way: "given", given }, square, "EPSG:25832+7837")).toEqual({
    ...given,
    coordRefSys: "http://www.opengis.net/def/crs/EPSG/0/25832",
  });
  expect(sizeOf(outlinesOf({ ...NO_AREA, way: "given", given }, square, BOX))).toBe(6);
  expect(sizeOf(outlinesOf({ ...circle, place: "360500, 5721500" }, square, BOX))).toBeCloseTo(281_932, -1);
  expect(outlinesOf(circle, square, BOX)).toEqual([]);
  expect([placeOf("360500, 5721500"), placeOf("Rathausplatz 1")]).toEqual([[360500, 5721500], null]);
});

const DETAIL = {
  inputs: {
    storm: { title: "Ereignis", schema: { type: "string", "x-choices": [{ value: "own", title: "Eigener" }] } },
    millimetres: {
      title: "Regen",
      schema: { type: "number", exclusiveMinimum: 0, maximum: 1000, "x-unit": "mm", "x-only-with": { storm: "own" } },
    },
    cell: { title: "Zelle", schema: { type: "integer", enum: [1, 2], "x-expert": true } },
    points: { title: "Orte", schema: { type: "array" } },
    area: { title: "Gebiet", schema: { type: "object" } },
  },
} as unknown as ProcessDetail;

test("a form is made of a description: what it can ask, for whom, within which bounds", () => {
  const fields = fieldsOf(DETAIL);
  expect(fields.map(({ name, kind, expert }) => [name, kind, expert])).toEqual([
    ["storm", "choice", false],
    ["millimetres", "number", false],
    ["cell", "choice", true],
  ]);
  const rain = fields[1]!;
  expect([0, 0.5, 1000, 1001].map((value) => fits(rain.schema, value))).toEqual([false, true, true, false]);
  expect([isAsked(rain, () => "own"), isAsked(rain, () => "extreme")]).toEqual([true, false]);
  expect(fits(fields[2]!.schema, 1.5)).toBe(false);
  const values: Record<string, string | number> = { storm: "own", cell: 2 };
  expect(inputsOf(fields, (name) => values[name])).toEqual({ storm: "own", cell: 2 });
});

test("what the server finds wrong lands at its field, everything else above the form", () => {
  const names = ["millimetres", "area", "edits"];
  const problem = (detail: string) => new Problem(400, "Die Anfrage ist nicht verständlich", detail);
  expect(faults(problem("millimetres: '-5' does not fit; give more; edits.0.basin.depth: too deep"), names)).toEqual({
    millimetres: "'-5' does not fit; give more",
    edits: "Too deep",
  });
  expect(faults(problem("rain: the area has 120.0 km². Choose a smaller area."), names)).toEqual({
    "": "Rain: the area has 120.0 km². Choose a smaller area.",
  });
  expect(faults(null, names)).toEqual({});
});

test("rain is drawn as it falls, the strongest step full", () => {
  const bars = barsOf([5, 10, 20], [2, 8, 4]);
  expect(bars.map(({ from, to, share }) => [from, to, share])).toEqual([
    [0, 300, 0.25],
    [300, 600, 1],
    [600, 900, 0.25],
    [900, 1200, 0.25],
  ]);
  expect(barsOf([60], [0])).toEqual([]);
  expect(marksOf(7200)).toEqual([0, 1800, 3600, 5400, 7200]);
});

test("the rain of one's own needs no table", async () => {
  const document = { inputs: { storm: "own", minutes: 30, millimetres: 40 } } as unknown as ResultDocument;
  expect(await rainOf("dorsten", document)).toHaveLength(6);
});

test("objects below the lowest class are no news", () => {
  const legend = [{ low: 0.05, high: null, colour: "#c6dff5", title: { de: "ab 5 cm", en: "from 5 cm" } }];
  const feature = (id: string, depth: number | null) => ({
    id,
    geometry: { type: "Point", coordinates: [0, 0] },
    properties: { house_depth: depth },
  });
  const info = { id: "house_depth", title: { de: "", en: "" }, unit: "m", href: "", count: 4, legend };
  const features = [feature("a", 0.01), feature("b", 0.2), feature("c", 1.24), feature("d", null)];
  const rows = rowsOf(info, { type: "FeatureCollection", features });
  expect(rows.map(({ id }) => id)).toEqual(["c", "b"]);
});

test("a drawing and its sizes make an edit", () => {
  const corners: [number, number][] = [[0, 0], [10, 0], [10, 10]]; // prettier-ignore
  expect(editOf("basin", corners, { depth: 1.5 }, "")).toEqual({ kind: "basin", outline: corners, depth: 1.5 });
  expect(editOf("demolish", [], {}, "house")).toEqual({ kind: "demolish", id: "house" });
  const building = editOf("add_building", corners, { height: 9 }, newId([]));
  expect(building).toEqual({ kind: "add_building", id: "neu-1", footprint: corners, height: 9 });
  expect(newId([building])).toBe("neu-2");
});

test("small drawings stay in their box", () => {
  expect(linePath([0, 60, 120], [0, 0.5, null], 0.5, 100, 50, false)).toBe("M0.0,50.0L50.0,6.0L100.0,50.0");
  const profile = { distance: [0, 5, 10], ground: [40, 39, null], values: [0, 1.5, 2], unit: "m" };
  const range = heightRange(profile)!;
  expect(range).toEqual([39, 40.5]);
  expect(sectionPath(profile, range, 100, 60, false)).toBe("M0.0,22.7L50.0,56.0");
  expect(heightRange({ ...profile, ground: [null, null, null] })).toBeNull();
});

test("a table comes from a spreadsheet or a file, with commas or points and a heading", () => {
  const rain = [[5, 2.5], [10, 8]]; // prettier-ignore
  expect(pairsOf("min;mm\r\n5;2,5\r\n10;8\r\n")).toEqual(rain);
  expect(pairsOf("5\t2,5\n10\t8,0")).toEqual(rain);
  expect(pairsOf("minute,mm\n5,2.5\n10,8")).toEqual(rain);
  expect(pairsOf("5 2.5\n\n10 8")).toEqual(rain);
  expect([pairsOf("5\n10"), pairsOf("5;2;1"), pairsOf("min;mm"), pairsOf("5;viel\n10;x")]).toEqual([
    null,
    null,
    null,
    null,
  ]);
  expect(tableFault([[5, 1], [5, 2]], 1)).toBe("planList.ascending"); // prettier-ignore
  expect(tableFault([[5, -1]], 1)).not.toBe("");
  expect([tableFault([[5, 1]], 1), tableFault([[5, 1]], 2) === ""]).toEqual(["", false]);
});

test("places, lines, inflows and pipes are asked for as the server reads them", () => {
  const schema = { type: "array", "x-form": "places" };
  const detail = {
    inputs: { points: { title: "Punkte", schema }, cell: DETAIL.inputs.cell },
  } as unknown as ProcessDetail;
  expect(listsOf(detail).map(({ name, kind }) => [name, kind])).toEqual([["points", "places"]]);
  const line: [number, number][] = [[0, 0], [30, 40], [60, 80]]; // prettier-ignore
  const size = { width: 2, height: 1.5 };
  expect(entryOf("places", line, size, [])).toEqual([0, 0]);
  expect(entryOf("lines", line, size, [])).toEqual(line);
  const pipe = entryOf("culverts", line, size, []);
  expect(pipe).toEqual({ start: [0, 0], end: [60, 80], width: 2, height: 1.5 });
  expect(placesOf("culverts", pipe)).toEqual([[0, 0], [60, 80]]); // prettier-ignore
  const brook = entryOf("inflows", line, size, [[0, 0], [60, 2.5]]); // prettier-ignore
  expect(brook).toEqual({ place: [0, 0], minutes: [0, 60], discharge: [0, 2.5] });
  expect([entryText("lines", line), entryText("places", [3.2, 4])]).toEqual(["100 m", "3 · 4"]);
});

test("what flows back is drawn below zero", () => {
  const { line, zero } = seriesDrawing([0, 60, 120], [0, 2, -2], 100, 86);
  expect([line, zero]).toEqual(["M0.0,43.0L50.0,3.0L100.0,83.0", 43]);
  expect(seriesDrawing([0, 60], [0, null], 100, 86).line).toBe("");
});
