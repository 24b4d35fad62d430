import { beforeEach, expect, test } from "vitest";
import { address } from "../../state/address";
import { speak, speakOfTasks } from "../../text";
import { chipsOf, columnsOf, kindsOf, setFilters, sortBy } from "./filters";

beforeEach(async () => {
  await speak("de");
  await speakOfTasks();
  Object.assign(address, { tenant: "koeln", page: "liste", filters: { kind: "building" } });
});

test("filters are words on chips, and removing a chip removes its filter", () => {
  setFilters({
    functionGroup: "residential",
    minStoreys: 3,
    minHeight: 2.5,
    maxHeight: 9,
    roof: "1000",
    findings: "yes",
  });
  const chips = chipsOf(address.filters);
  expect(chips.map((chip) => chip.text)).toEqual([
    "Funktion: Wohnen",
    "Geschosse: ab 3",
    "Höhe: 3 m bis 9 m",
    "Dachform: Flachdach",
    "mit Befund",
  ]);
  for (const chip of chips) setFilters(chip.remove);
  expect(address.filters).toEqual({ kind: "building" });
});

test("sorting begins with the greatest number and the first letter, and turns round", () => {
  sortBy("height");
  expect(address.filters).toMatchObject({ sort: "height", descending: true });
  sortBy("height");
  expect(address.filters.descending).toBeUndefined();
  sortBy("label");
  expect(address.filters).toEqual({ kind: "building", sort: "label" });
});

test("buildings come first among the kinds, parts do not stand alone", () => {
  expect(kindsOf({ tree: 600, building: 155, building_part: 41, street: 0 })).toEqual(["building", "tree"]);
});

test("each kind has columns that make sense for it", () => {
  expect(columnsOf("building").map((column) => column.id)).toContain("storeys");
  expect(columnsOf("tree").map((column) => column.id)).toContain("height");
  expect(columnsOf("street").map((column) => column.id)).not.toContain("height");
});
