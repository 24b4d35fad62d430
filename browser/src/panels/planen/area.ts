/** The area a process is asked for: what is sent, its outline on the map, and how large it is. */
import type { Geometry, View } from "../../api";
import type { Area } from "../../state/plan";
import { areaOf, type Corner } from "../../state/outline";

/** Sides of the square around the middle of the picture [m]. */
const SMALLEST = 200;
const LARGEST = 1000;
const STEP = 50;
/** Corners of a drawn circle. */
const ROUND = 48;

/** Side of the square that is taken from what is seen [m]: a part of the sight, in steps people can say. */
export function sideOf({ distance }: Pick<View, "distance">): number {
  return Math.min(Math.max(Math.round((distance * 0.7) / STEP) * STEP, SMALLEST), LARGEST);
}

/** The square around what the camera looks at, its corners on whole metres, within a box. */
export function squareOf(view: Pick<View, "target" | "distance">, box: readonly number[]): Corner[] {
  const half = sideOf(view) / 2;
  const [west, south, east, north] = box as [number, number, number, number];
  const within = (value: number, low: number, high: number) => Math.round(Math.min(Math.max(value, low), high));
  const [x, y] = [view.target[0], view.target[1]];
  const [left, right] = [within(x - half, west, east), within(x + half, west, east)];
  const [low, high] = [within(y - half, south, north), within(y + half, south, north)];
  return [[left, low], [right, low], [right, high], [left, high]]; // prettier-ignore
}

/** Corners typed or drawn, as the server reads them. */
const written = (corners: Corner[]) => corners.map((corner) => corner.map((v) => v.toFixed(3)).join(",")).join(";");

/** What is sent as `area`; undefined for everything. */
export function areaInput(area: Area, square: Corner[], crs: string): object | undefined {
  if (area.way === "all") return undefined;
  if (area.way === "circle") return { around: area.place.trim(), radius: area.radius };
  if (area.way === "corners") return { corners: written(area.corners) };
  if (area.way === "given" && area.given) {
    const code = crs.split(":")[1]?.split("+")[0] ?? "";
    return { ...area.given, coordRefSys: `http://www.opengis.net/def/crs/EPSG/0/${code}` };
  }
  return { corners: written(square) };
}

/** Outer outlines of an area for the map; of a circle around an address nothing is known before. */
export function outlinesOf(area: Area, square: Corner[], box: readonly number[]): Corner[][] {
  const [west, south, east, north] = box as [number, number, number, number];
  if (area.way === "all") return [[[west, south], [east, south], [east, north], [west, north]]]; // prettier-ignore
  if (area.way === "corners") return area.corners.length > 2 ? [area.corners] : [];
  if (area.way === "given" && area.given) return ringsOf(area.given);
  if (area.way !== "circle") return [square];
  const middle = placeOf(area.place);
  return middle ? [circle(middle, area.radius)] : [];
}

/** East and north out of a text such as `360560,5721500`; null for an address. */
export function placeOf(text: string): Corner | null {
  const parts = text
    .trim()
    .split(/[,;\s]+/)
    .map(Number);
  return parts.length === 2 && parts.every((value) => Number.isFinite(value)) ? [parts[0]!, parts[1]!] : null;
}

function circle([east, north]: Corner, radius: number): Corner[] {
  return Array.from({ length: ROUND }, (_, i) => {
    const turn = (i / ROUND) * 2 * Math.PI;
    return [east + radius * Math.cos(turn), north + radius * Math.sin(turn)];
  });
}

/** Outer rings of a polygon or several, the last corner not repeated. */
export function ringsOf({ type, coordinates }: Geometry): Corner[][] {
  const polygons = (type === "MultiPolygon" ? coordinates : type === "Polygon" ? [coordinates] : []) as Corner[][][];
  return polygons.map(([outer = []]) => outer.slice(0, -1).map(([east, north]): Corner => [east, north]));
}

/** Plan area of some outlines [m²]. */
export const sizeOf = (outlines: Corner[][]) => outlines.reduce((sum, outline) => sum + areaOf(outline), 0);

/** West, south, east, north of some outlines; null for none. */
export function boxOf(outlines: Corner[][]): [number, number, number, number] | null {
  const corners = outlines.flat();
  if (!corners.length) return null;
  const [x, y] = [corners.map((corner) => corner[0]), corners.map((corner) => corner[1])];
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}
