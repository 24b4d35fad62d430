// @vitest-environment node
import { expect, test } from "vitest";
import { clock, momentOf, readWallTime, wallTime } from "./clock";

test("Berlin is one hour ahead of UTC in winter and two in summer", () => {
  expect(momentOf({ day: "2026-12-21", minutes: 14 * 60 }).toISOString()).toBe("2026-12-21T13:00:00.000Z");
  expect(momentOf({ day: "2026-06-21", minutes: 14 * 60 }).toISOString()).toBe("2026-06-21T12:00:00.000Z");
});

test("a moment and its wall time belong together all year round", () => {
  for (let day = 0; day < 365; day += 7) {
    const moment = new Date(Date.UTC(2026, 0, 1 + day, 11, 25));
    expect(momentOf(wallTime(moment))).toEqual(moment);
  }
});

test("the hour that spring skips gives the hour after", () => {
  const skipped = momentOf({ day: "2026-03-29", minutes: 2 * 60 + 30 });
  expect([1 * 60 + 30, 3 * 60 + 30]).toContain(wallTime(skipped).minutes);
});

test("times are written with two digits and read back", () => {
  expect(clock(65)).toBe("01:05");
  expect(readWallTime("2026-03-21T14:05")).toEqual({ day: "2026-03-21", minutes: 845 });
  expect(readWallTime("2026-03-21T29:05")).toBeNull();
  expect(readWallTime("2026-13-45T10:00")).toBeNull();
});
