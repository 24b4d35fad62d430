import { expect, test } from "vitest";
import type { Corner } from "../outline";
import { around } from "./edits";
import { distances, edgesOf, snapped, snappedOutline, snappedTurn, type Guide } from "./snapping";

const PARCEL: Guide = { kind: "parcel", closed: true, line: [[0, 0], [40, 0], [40, 30], [0, 30]] }; // prettier-ignore
const STREET: Guide = { kind: "street", closed: false, line: [[-20, -6], [80, -6]] }; // prettier-ignore
const LIMIT: Guide = { kind: "limit", closed: false, line: [[20, -10], [20, 50]] }; // prettier-ignore
const EDGES = edgesOf([PARCEL, STREET, LIMIT]);
const at = (found: { at: Corner } | null, east: number, north: number) => {
  expect(found?.at[0]).toBeCloseTo(east, 6);
  expect(found?.at[1]).toBeCloseTo(north, 6);
};

test("a ring has a side more than an open line of as many corners", () => {
  expect(edgesOf([PARCEL])).toHaveLength(4);
  expect(edgesOf([STREET])).toHaveLength(1);
});

test("a corner of a parcel holds a place near it, before the lines that meet there", () => {
  const found = snapped({ at: [39.4, 0.5], reach: 1 }, EDGES);
  at(found, 40, 0);
  expect(found?.what).toBe("corner");
  expect(found?.edges[0]?.kind).toBe("parcel");
});

test("a place near a street's axis lies on it, one beyond the reach stays free", () => {
  const found = snapped({ at: [5, -5.4], reach: 1 }, EDGES);
  at(found, 5, -6);
  expect(found).toMatchObject({ what: "line", edges: [{ kind: "street" }] });
  expect(snapped({ at: [5, -3], reach: 1 }, EDGES)).toBeNull();
});

test("where a limit crosses a border both hold the place", () => {
  const found = snapped({ at: [20.6, 0.4], reach: 1 }, EDGES);
  at(found, 20, 0);
  expect(found?.edges.map(({ kind }) => kind).sort()).toEqual(["limit", "parcel"]);
});

test("a right angle ends on the border where it reaches it", () => {
  const found = snapped({ at: [10.5, 29.6], before: [[4, 4], [10, 4]], reach: 1 }, EDGES); // prettier-ignore
  at(found, 10, 30);
  expect(found?.what).toBe("crossing");
});

test("without right angles only the border holds the place", () => {
  const found = snapped({ at: [10.5, 29.6], before: [[4, 4], [10, 4]], reach: 1, square: false }, EDGES); // prettier-ignore
  at(found, 10.5, 30);
});

test("far from all lines a right angle alone holds", () => {
  const found = snapped({ at: [110.2, 120], before: [[100, 100], [110, 100]], reach: 1 }, EDGES); // prettier-ignore
  at(found, 110, 120);
  expect(found).toMatchObject({ what: "square", edges: [] });
});

test("an outline moves into the corner of a parcel with two of its sides on the border", () => {
  const house = around([28.5, 24.4], 16, 10, 90).map(([x, y]): Corner => [x + 3, y]);
  const { by, snap } = snappedOutline(house, edgesOf([PARCEL]), 1);
  const moved = house.map(([x, y]): Corner => [x + by[0], y + by[1]]);
  expect(Math.max(...moved.map(([x]) => x))).toBeCloseTo(40, 6);
  expect(Math.max(...moved.map(([, y]) => y))).toBeCloseTo(30, 6);
  expect(snap?.edges[0]?.kind).toBe("parcel");
});

test("an outline near one line slides to the next one it can reach", () => {
  const walls = edgesOf([{ ...STREET, line: [[-99, 0], [99, 0]] }, { ...LIMIT, line: [[0, 40], [0, -40]] }]); // prettier-ignore
  const { by } = snappedOutline([[0.7, 0.3], [8, 0.3], [8, 6], [0.7, 6]], walls, 1); // prettier-ignore
  expect(by[0]).toBeCloseTo(-0.7, 6);
  expect(by[1]).toBeCloseTo(-0.3, 6);
});

test("an outline far from everything stays", () => {
  expect(snappedOutline(around([200, 200], 16, 10, 0), EDGES, 2)).toEqual({ by: [0, 0], snap: null });
});

test("a turned house runs along a line near it, a far one turns freely", () => {
  expect(snappedTurn(around([20, 15], 16, 10, 92.5), EDGES)).toBeCloseTo(2.5, 2);
  expect(snappedTurn(around([20, 15], 16, 10, 120), EDGES)).toBe(0);
  expect(snappedTurn(around([900, 900], 16, 10, 92.5), EDGES)).toBe(0);
});

test("distances are measured wall to line, one for each kind, the nearest first", () => {
  const found = distances(around([20, 15], 16, 10, 90), EDGES);
  expect(found.map(({ kind }) => kind)).toEqual(["limit", "parcel", "street"]);
  expect(found[0]!.away).toBeCloseTo(0, 6);
  expect(found[1]!.away).toBeCloseTo(10, 6);
  expect(found[2]!.away).toBeCloseTo(16, 6);
});
