import { describe, expect, it } from "vitest";
import { sunDirection, sunPosition, sunTimes } from "../../src/scene/sun";
import { rows } from "./data";

/** The method's own accuracy is 0.01°; shadows need 0.1°. */
const ANGLE = 0.012;

describe("the sun's position", () => {
  it("agrees with the worked example of NREL's algorithm", () => {
    const wanted = Object.fromEntries(rows("nrel_spa_example.csv").map((row) => [row.quantity, Number(row.value)]));
    const sun = sunPosition(new Date("2003-10-17T12:30:30-07:00"), 39.742476, -105.1786);
    expect(Math.abs(sun.azimuth - wanted.azimuth_from_north!)).toBeLessThan(ANGLE);
    expect(Math.abs(sun.altitude - wanted.elevation_without_refraction!)).toBeLessThan(ANGLE);
    expect(Math.abs(sun.apparentAltitude - wanted.elevation!)).toBeLessThan(ANGLE);
  });

  it("agrees with a second day and with the Naval Observatory", () => {
    const quantities = {
      elevation_without_refraction: "altitude",
      azimuth_from_north: "azimuth",
      elevation: "apparentAltitude",
    };
    for (const row of rows("other.csv")) {
      const name = quantities[row.quantity as keyof typeof quantities];
      if (!name) continue;
      const sun = sunPosition(new Date(row.time_utc!), Number(row.latitude), Number(row.longitude));
      const tolerance = Math.max(ANGLE, Number(row.tolerance));
      expect(Math.abs(sun[name as keyof typeof sun] - Number(row.value)), row.quantity).toBeLessThan(tolerance);
    }
  });

  it("stands at about 90° less the latitude at noon of an equinox", () => {
    const { noon } = sunTimes("2026-03-20", 50.99, 7.07);
    const sun = sunPosition(noon, 50.99, 7.07);
    expect(sun.altitude).toBeCloseTo(90 - 50.99, 0);
    expect(sun.azimuth).toBeCloseTo(180, 0);
  });

  it("points a unit vector east in the morning", () => {
    const [east, north, up] = sunDirection({ azimuth: 90, altitude: 30 });
    expect([east, north, up].map((v) => v.toFixed(3))).toEqual(["0.866", "0.000", "0.500"]);
  });
});

/** Seconds by which a clock time differs from hh:mm:ss of that place. */
function off(time: Date, day: string, clock: string, offset: string): number {
  const wanted = Date.parse(`${day}T${clock}Z`) - Number(offset) * 3_600_000;
  return Math.abs(time.getTime() - wanted) / 1000;
}

describe("sunrise, noon and sunset", () => {
  it.each(rows("sunrise_sunset.csv"))("of $place on $date agree with $source", (row) => {
    const { date = "", sunrise = "", sunset = "", transit = "", utc_offset_h: offset = "" } = row;
    const times = sunTimes(date, Number(row.latitude), Number(row.longitude));
    // The low-accuracy chain is good for 5 s; the published minutes are rounded to 60 or 120 s.
    const tolerance = Math.max(5, Number(row.tolerance_s));
    expect(off(times.sunrise!, date, sunrise, offset)).toBeLessThanOrEqual(tolerance);
    if (transit) expect(off(times.noon, date, transit, offset)).toBeLessThanOrEqual(tolerance);
    if (sunset === "19:13:58") return;
    expect(off(times.sunset!, date, sunset, offset)).toBeLessThanOrEqual(tolerance);
  });

  it("are those of the day at the place, where NREL's calculator gives the sunset of the evening before", () => {
    // SPA counts in universal days: 19:13:58 in Golden is 02:13:58 UT of 2 August, the evening of 1 August.
    const { sunset } = sunTimes("2015-08-01", 39.742476, -105.1786);
    expect(off(sunset!, "2015-08-01", "19:13:58", "-7")).toBeLessThanOrEqual(5);
  });

  it("are missing where the sun does not set, or does not rise", () => {
    expect(sunTimes("2026-06-21", 80, 15).sunset).toBeNull();
    expect(sunTimes("2026-12-21", 80, 15).sunrise).toBeNull();
  });

  it("refuse a day that is none, and say how to write one", () => {
    expect(() => sunTimes("tomorrow", 50, 7)).toThrow(/2026-03-21/);
  });
});
