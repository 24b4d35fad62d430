/** How a development plan is laid on the ground: areas, lines and signs by the ordinance on plan symbols (PlanZV). */
import type { Geometry } from "../../api";
import type { PlanObject } from "../../api_planning";
import type { GroundShape } from "../../scene";
import type { Corner } from "../outline";
import { ringsOf } from "./shown";
import { within } from "./within";

/** A picture point of the ordinance on plan symbols, on the ground [m]. */
const POINT = 0.22;

/** The areas and lines of the plan on the ground. */
export function planPaint(objects: PlanObject[]): GroundShape[] {
  return objects.flatMap(({ geometry, style }): GroundShape[] => {
    const pattern = style.pattern ? ("lines" as const) : undefined;
    const dash = style.dash?.map((length) => length * POINT);
    const pen = { stroke: style.stroke, width: (style.width ?? 1) * POINT, dash };
    const areas = ringsOf(geometry);
    if (areas.length)
      return areas.map((rings) => ({ rings, closed: true, fill: style.fill, opacity: 0.4, pattern, ...pen }));
    if (geometry.type === "Point" || geometry.type === "MultiPoint")
      return placesOf(geometry).flatMap((at) => sign(at, style));
    return linesOf(geometry).map((line) => ({ rings: [line], closed: false, ...pen }));
  });
}

/** Where what a plan fixes lies: outlines of areas, lines, and places as lines of one corner. */
export function placesOn(objects: PlanObject[]): { object: PlanObject; rings: Corner[][]; closed: boolean }[] {
  return objects.flatMap((object): ReturnType<typeof placesOn> => {
    const { geometry } = object;
    const areas = ringsOf(geometry);
    if (areas.length) return areas.map((rings) => ({ object, rings, closed: true }));
    const places = geometry.type === "Point" || geometry.type === "MultiPoint" ? placesOf(geometry) : [];
    return [...places.map((at) => [at]), ...linesOf(geometry)].map((line) => ({
      object,
      rings: [line],
      closed: false,
    }));
  });
}

/** Radius of a sign at a place on the ground [m]. */
const SIGN = 2.5;

function placesOf({ type, coordinates }: Geometry): Corner[] {
  return type === "Point" ? [coordinates as Corner] : (coordinates as Corner[]);
}

/** A place of the plan: a circle around its middle, as the ordinance draws trees. */
function sign([x, y]: Corner, { fill, stroke }: PlanObject["style"]): GroundShape[] {
  const ring = (radius: number) =>
    Array.from({ length: 24 }, (_, i): Corner => {
      const turn = (i * Math.PI) / 12;
      return [x + Math.sin(turn) * radius, y + Math.cos(turn) * radius];
    });
  const colour = stroke || fill || "#1d2140";
  return [
    { rings: [ring(SIGN)], closed: true, fill, opacity: 0.5, stroke: colour, width: 0.35 },
    { rings: [ring(SIGN / 6)], closed: true, fill: colour, stroke: colour, width: 0.1 },
  ];
}

/** What is written into the areas of the plan, such as "WA II 0,4", each at a place inside. */
export function planLabels(objects: PlanObject[]): { key: string; text: string; at: Corner }[] {
  return objects.flatMap(({ id, geometry, style }) => {
    if (!style.label) return [];
    return ringsOf(geometry).flatMap(([ring], i) =>
      ring ? [{ key: `${id} ${i}`, text: style.label!, at: within.inside(ring) }] : [],
    );
  });
}

function linesOf({ type, coordinates }: Geometry): Corner[][] {
  if (type === "LineString") return [coordinates as Corner[]];
  return type === "MultiLineString" ? (coordinates as Corner[][]) : [];
}
