// @vitest-environment node
import { expect, test } from "vitest";
import { commonText, objectCount } from "./common_text";

test("words that differ become an ellipsis", () => {
  expect(
    commonText(["Die Höhe 9,1 m passt nicht zu 2 Geschossen.", "Die Höhe 12,3 m passt nicht zu 3 Geschossen."]),
  ).toBe("Die Höhe … m passt nicht zu … Geschossen.");
  expect(commonText(["Keine Adresse.", "Keine Adresse."])).toBe("Keine Adresse.");
  expect(commonText(["Haus fehlt.", "Ein ganz anderer Satz."])).toBe("Haus fehlt.");
  expect(commonText([])).toBe("");
});

test("objects are counted without the surfaces they are made of", () => {
  expect(objectCount({ Building: 155, BuildingPart: 41, WallSurface: 1200, "terrain heights": 90000 })).toBe(196);
});
