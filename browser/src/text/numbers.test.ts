import { beforeEach, expect, test } from "vitest";
import { counted, speak } from ".";
import { area, berlinMoment, day, distance, metres, moment, number } from "./numbers";

beforeEach(() => speak("de"));

test("numbers are written the German way", () => {
  expect(metres(23.24)).toBe("23,2 m");
  expect(metres(null)).toBe("–");
  expect(number(undefined)).toBe("–");
  expect(area(476.6)).toBe("477 m²");
  expect(area(25_300)).toBe("2,5 ha");
  expect(distance(12.34)).toBe("12,3 m");
  expect(distance(1234)).toBe("1.234 m");
  expect(distance(12_345)).toBe("12,3 km");
});

test("days and moments are those of clocks in Germany", () => {
  expect(day("2020-12-23")).toBe("23.12.2020");
  expect(day("1998")).toBe("1998");
  expect(day("")).toBe("–");
  expect(moment("2026-11-21T23:30:00Z")).toBe("22.11.2026, 00:30 Uhr");
  expect(moment("2020-12-23")).toBe("23.12.2020");
});

test("what a clock in Berlin shows is one moment in winter and in summer", () => {
  expect(berlinMoment("2026-12-02T10:00").toISOString()).toBe("2026-12-02T09:00:00.000Z");
  expect(berlinMoment("2026-07-02T10:00").toISOString()).toBe("2026-07-02T08:00:00.000Z");
});

test("one and many have their own words", () => {
  expect(counted("count.building", 1)).toBe("1 Gebäude");
  expect(counted("count.tree", 2210)).toBe("2.210 Bäume");
});
