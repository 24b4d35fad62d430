import { expect, test } from "vitest";
import type { FormField } from "../../api_corrections";
import { changed, stated } from "./values";

const field = (name: string, type: FormField["type"], value: unknown): FormField => ({
  name,
  type,
  value,
  label: { de: name, en: name },
  unit: "",
  extra: false,
  low: null,
  high: null,
  choices: [],
});
const FIELDS = [
  field("name", "text", "Alt"),
  field("storeysAboveGround", "integer", 2),
  field("address", "address", [
    { street: "Hauptstraße", number: "1" },
    { street: "Nebenweg", number: "9" },
  ]),
];

test("only what differs is sent, and what was emptied is taken away", () => {
  const start = stated(FIELDS);
  expect(changed(FIELDS, start, { ...start })).toEqual({});
  expect(changed(FIELDS, start, { ...start, name: "", storeysAboveGround: "3" })).toEqual({
    name: null,
    storeysAboveGround: "3",
  });
});

test("an address is sent as a whole, and further addresses stay", () => {
  const start = stated(FIELDS);
  const { address } = changed(FIELDS, start, { ...start, "address.number": "1a" });
  expect(address).toEqual([
    { street: "Hauptstraße", number: "1a", postcode: "", city: "" },
    { street: "Nebenweg", number: "9" },
  ]);
});

test("numbers are written with a comma and sent only when changed", () => {
  const height = [field("measuredHeight", "number", 23.23)];
  expect(stated(height)).toEqual({ measuredHeight: "23,23" });
  expect(changed(height, stated(height), { measuredHeight: "23,23" })).toEqual({});
});
