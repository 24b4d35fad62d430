/**
 * Where does the sun stand, and when does it rise, culminate and set?
 *
 * Method: J. Meeus, Astronomical Algorithms, 2nd ed. 1998, chapters 12 (sidereal time), 22 (obliquity), 25 (low accuracy
 * solar coordinates, 0.01°) and 40 (parallax); refraction after G. G. Bennett, J. Navigation 35 (1982) 255. The same
 * chain is published by NOAA's Global Monitoring Laboratory as its solar calculator. Valid for years 1900 to 2100;
 * agrees with NREL's SPA (I. Reda, A. Andreas, NREL/TP-560-34302) within 0.01° and, for rise and set, within 5 s.
 */

const RADIANS = Math.PI / 180;
const DAY = 86_400_000;
/** Altitude of the sun's centre when its upper edge touches an even horizon, refraction included [deg]. */
const HORIZON = -0.8333;
/** Terrestrial time minus universal time [s]: 64 s in 2000, 69 s in 2020; the sun moves 0.0002° in 5 s. */
const DELTA_T = 68;

export interface SunPosition {
  /** Compass direction to the sun [deg], 0 north, 90 east. */
  azimuth: number;
  /** Geometric altitude of the sun's centre above the horizon [deg]. */
  altitude: number;
  /** The altitude as seen through a standard atmosphere (1010 hPa, 10 °C) [deg]. */
  apparentAltitude: number;
}

export interface SunTimes {
  /** Null when the sun stays above or below the horizon all day. */
  sunrise: Date | null;
  noon: Date;
  sunset: Date | null;
}

const sin = (degrees: number) => Math.sin(degrees * RADIANS);
const cos = (degrees: number) => Math.cos(degrees * RADIANS);
const turn = (degrees: number) => ((degrees % 360) + 360) % 360;

/** Right ascension, declination and apparent sidereal time at Greenwich [deg]. */
function equatorial(time: number): { ascension: number; declination: number; sidereal: number } {
  const day = time / DAY + 2_440_587.5;
  const t = (day + DELTA_T / 86_400 - 2_451_545) / 36_525;
  const anomaly = 357.52911 + t * (35_999.05029 - 0.0001537 * t);
  const centre =
    (1.914602 - t * (0.004817 + 0.000014 * t)) * sin(anomaly) +
    (0.019993 - 0.000101 * t) * sin(2 * anomaly) +
    0.000289 * sin(3 * anomaly);
  const longitude = 280.46646 + t * (36_000.76983 + 0.0003032 * t) + centre;
  const node = 125.04 - 1934.136 * t;
  const apparent = longitude - 0.00569 - 0.00478 * sin(node);
  const mean = 23.4392911 - t * (0.0130042 + t * (0.00000016 - 0.000000504 * t));
  const obliquity = mean + 0.00256 * cos(node);
  const universal = (day - 2_451_545) / 36_525;
  const sidereal =
    280.46061837 + 360.98564736629 * (day - 2_451_545) + 0.000387933 * universal ** 2 - 0.00478 * sin(node) * cos(mean);
  return {
    ascension: turn(Math.atan2(cos(obliquity) * sin(apparent), cos(apparent)) / RADIANS),
    declination: Math.asin(sin(obliquity) * sin(apparent)) / RADIANS,
    sidereal: turn(sidereal),
  };
}

function refraction(altitude: number): number {
  if (altitude < -1) return 0;
  return 1.02 / Math.tan((altitude + 10.3 / (altitude + 5.11)) * RADIANS) / 60;
}

/** The sun over `latitude`, `longitude` [deg, east positive] at `time`. */
export function sunPosition(time: Date, latitude: number, longitude: number): SunPosition {
  const { ascension, declination, sidereal } = equatorial(time.getTime());
  const hour = sidereal + longitude - ascension;
  const altitude = Math.asin(sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hour)) / RADIANS;
  const azimuth = Math.atan2(
    sin(hour) * cos(declination),
    cos(hour) * cos(declination) * sin(latitude) - sin(declination) * cos(latitude),
  );
  const topocentric = altitude - 0.00244 * cos(altitude);
  return {
    azimuth: turn(azimuth / RADIANS + 180),
    altitude: topocentric,
    apparentAltitude: topocentric + refraction(topocentric),
  };
}

/** The sun's direction as a unit vector east, north, up. */
export function sunDirection(sun: { azimuth: number; altitude: number }): [number, number, number] {
  return [sin(sun.azimuth) * cos(sun.altitude), cos(sun.azimuth) * cos(sun.altitude), sin(sun.altitude)];
}

/** Hour angle [deg] in -180..180. */
function hourAngle(time: number, longitude: number): number {
  const { ascension, sidereal } = equatorial(time);
  return turn(sidereal + longitude - ascension + 180) - 180;
}

function crossing(noon: number, sign: number, latitude: number, longitude: number): Date | null {
  let time = noon;
  for (let step = 0; step < 6; step++) {
    const { declination } = equatorial(time);
    const cosine = (sin(HORIZON) - sin(latitude) * sin(declination)) / (cos(latitude) * cos(declination));
    if (Math.abs(cosine) > 1) return null;
    const wanted = (sign * Math.acos(cosine)) / RADIANS;
    const missing = turn(wanted - hourAngle(time, longitude) + 180) - 180;
    time += (missing / 360) * DAY;
  }
  return new Date(time);
}

/**
 * Sunrise, noon and sunset of a calendar day at a place.
 *
 * @param day the day on the calendar of the place, "2026-03-21" (a longer ISO 8601 text is cut to it)
 */
export function sunTimes(day: string, latitude: number, longitude: number): SunTimes {
  let noon = Date.parse(`${day.slice(0, 10)}T12:00:00Z`) - (longitude / 360) * DAY;
  if (Number.isNaN(noon)) throw new RangeError(`"${day}" is not a day; write it as year-month-day, e.g. 2026-03-21`);
  for (let step = 0; step < 3; step++) noon -= (hourAngle(noon, longitude) / 360) * DAY;
  return {
    sunrise: crossing(noon, -1, latitude, longitude),
    noon: new Date(noon),
    sunset: crossing(noon, 1, latitude, longitude),
  };
}
