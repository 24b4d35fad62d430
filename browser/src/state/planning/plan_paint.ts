/** How a development plan is laid on the ground: areas, lines and signs by the ordinance on plan symbols (PlanZV). */
import type { Geometry } from "../../api";
import type { PlanObject } from "../../api_planning";
import type { GroundShape } from "../../scene";
import { word } from "../../text";
import type { Corner } from "../outline";
import { MARKS } from "./marks";
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

function placesOf({ type, coordinates }: Geometry): Corner[] {
  return type === "Point" ? [coordinates as Corner] : (coordinates as Corner[]);
}

/** A place of the plan with the mark of what it is. */
function sign([x, y]: Corner, { fill, stroke, mark = "square", radius = 2.5 }: PlanObject["style"]): GroundShape[] {
  const colour = stroke || fill || "#1d2140";
  return MARKS[mark].map(({ corners, closed = false, filled, light }) => ({
    rings: [corners.map(([u, v]): Corner => [x + u * radius, y + v * radius])],
    closed,
    fill: filled ? colour : light ? fill || "#ffffff" : undefined,
    opacity: filled ? 1 : 0.6,
    stroke: colour,
    width: 0.14 * radius,
  }));
}

/** How many radii from its place a word stands that must not cover the mark. */
const BESIDE = 1.7;

/**
 * What is written into the areas of the plan, such as "WA II 0,4", each at a place inside; and at its places, where
 * those without a mark of their own are called by their name.
 */
export function planLabels(objects: PlanObject[]): { key: string; text: string; at: Corner }[] {
  return objects.flatMap(({ id, geometry, style, title }) => {
    const text = style.label || (style.mark === "square" ? word(title) : "");
    if (!text) return [];
    const inside = ringsOf(geometry).flatMap(([ring]) => (ring ? [within.inside(ring)] : []));
    const north = style.mark === "ring" ? 0 : BESIDE * (style.radius ?? 0);
    const places = style.mark ? placesOf(geometry).map(([x, y]): Corner => [x, y + north]) : [];
    return [...inside, ...places].map((at, i) => ({ key: `${id} ${i}`, text, at }));
  });
}

function linesOf({ type, coordinates }: Geometry): Corner[][] {
  if (type === "LineString") return [coordinates as Corner[]];
  return type === "MultiLineString" ? (coordinates as Corner[][]) : [];
}
