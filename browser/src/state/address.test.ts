import { expect, test } from "vitest";
import { href, parse, type Address } from "./address";

const at = (path: string) => parse(new URL(path, "http://kastor.example"));
const plain: Address = {
  tenant: "koeln",
  page: "ansehen",
  view: null,
  layers: null,
  object: "",
  colour: "",
  sun: "",
  language: "",
  filters: { kind: "building" },
  report: "",
  source: "",
  upload: "",
  area: "",
  beside: "",
  rule: "centroid",
  process: "",
  job: "",
  result: "",
  raster: "",
  time: "",
  variant: "",
  edit: "",
  variants: "",
  way: "",
  indicator: "",
  radius: "",
  decision: "",
  case: "",
};

test("the opening address is just the tenant", () => {
  expect(href(plain)).toBe("/koeln");
  expect(at("/koeln")).toEqual(plain);
  expect(href({ ...plain, tenant: "" })).toBe("/");
});

test("everything that is seen survives a round trip through the link", () => {
  const state: Address = {
    ...plain,
    view: { target: [364395.2, 5650120.1, 52.5], heading: 340, pitch: 36.5, distance: 420 },
    layers: ["buildings", "terrain"],
    object: "DENW37AL1000vEnZ",
    colour: "height",
    sun: "2026-12-21T09:05",
    language: "en",
  };
  expect(at(href(state))).toEqual(state);
});

test("the result that is looked at, and which second of it, survive", () => {
  const state: Address = {
    ...plain,
    page: "planen",
    process: "rain",
    job: "468551342a26",
    result: "0f3a",
    raster: "course",
    time: "1830.5",
  };
  expect(at(href(state))).toEqual(state);
  expect(href({ ...state, page: "ansehen" })).toBe("/koeln");
  expect(at("/koeln/planen?time=soon").time).toBe("");
});

test("the filters of the list survive too", () => {
  const filters = {
    kind: "building",
    q: "Kalkweg & Söhne",
    functionGroup: "residential",
    roof: "1000",
    findings: "yes",
    dataset: "lod2",
    minHeight: 2.5,
    maxStoreys: 7,
    sort: "height",
    descending: true,
  } as const;
  const state: Address = { ...plain, page: "liste", filters };
  expect(at(href(state))).toEqual(state);
});

test("odd names of tenants and objects are kept", () => {
  const state = { ...plain, tenant: "bad hersfeld/ä", object: "way/12?&=#ü" };
  expect(at(href(state))).toEqual(state);
});

test("nonsense in a link is left out instead of breaking the page", () => {
  const state = at("/koeln/nowhere?view=1,2,x&sun=never&lang=fr&minHeight=tall&layers=");
  expect(state).toEqual({ ...plain, layers: [] });
  expect(at("/koeln?view=1,2,3,4,5,6,7").view).toBeNull();
  expect(at("/koeln?view=1,2,3,4,5,Infinity").view).toBeNull();
});
