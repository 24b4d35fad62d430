import { afterEach, expect, test, vi } from "vitest";
import * as api from "../../api_planning";
import type { PlanEdit, PlantTree } from "../../api_planning";
import { grown, growthOf, inYears, laterSize, loadGrowth, yearsAhead } from "./growth";

const flat = (value: number) => [value, value, value, value];
const TABLE: api.GrowthTable = {
  most_years: 60,
  species: [
    {
      latin: "Tilia cordata",
      german: "Winterlinde",
      region: "NoEast",
      oldest: 3,
      height: [2, 4, 6, 7],
      crown: [1, 2, 4, 5],
      trunk: [3, 5, 8, 9],
      height_deviation: flat(1),
      crown_deviation: flat(0.5),
    },
  ],
  stand_ins: { tilia: "Tilia cordata" },
};
const LIME: PlantTree = { kind: "plant_tree", id: "a", place: [0, 0], species: "Winterlinde", height: 3, crown: 2 };

afterEach(() => vi.restoreAllMocks());

test("before the table is there trees stay as they are planted", () => {
  expect(laterSize(LIME, 2)).toBeNull();
  expect(grown([LIME, { kind: "later", id: "y", years: 2 }])[0]).toBe(LIME);
});

test("a tree gains what its species gains from the age of its height, as on the server", async () => {
  vi.spyOn(api, "growth").mockResolvedValue(TABLE);
  await loadGrowth("musterstadt");
  // 3 m are half a year old; a year later it is 5 m and has gained 1.5 m of crown
  expect(laterSize(LIME, 1)).toMatchObject({ height: 5, crown: 3.5, heightMore: 1, measured: true });
  expect(laterSize(LIME, 0)).toMatchObject({ height: 3, crown: 2, heightMore: 0 });
  expect(laterSize(LIME, 40)).toMatchObject({ height: 7, measured: false });
  expect(laterSize({ ...LIME, grows: false }, 1)).toBeNull();
  expect(growthOf("Tilia × europaea")?.german).toBe("Winterlinde");
  expect(growthOf("Palme")).toBeNull();
});

test("a variant looks at one year, and today needs no edit", () => {
  const later = inYears([LIME], 20);
  expect(yearsAhead(later)).toBe(20);
  expect(yearsAhead(inYears(later, 40))).toBe(40);
  expect(inYears(later, 0)).toEqual([LIME]);
  expect((grown(later)[0] as PlantTree).height).toBe(7);
  expect(grown([LIME] as PlanEdit[])).toEqual([LIME]);
});
