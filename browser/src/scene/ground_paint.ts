/** Paints outlines and lines onto the picture of a piece of ground: plan areas, new surfaces, hollows. */

import type { Box } from "../map_services";
import type { Corner } from "./right_angle";

/** On the map; widths and dashes in metres. */
export interface GroundShape {
  /** Outline and rings within it, or a line, or single places. */
  rings: Corner[][];
  closed: boolean;
  fill?: string;
  /** 0..1. */
  opacity?: number;
  stroke?: string;
  width?: number;
  dash?: number[];
  pattern?: "lines" | "cross" | "dots";
}

/** A line thinner than so many pixels is not seen. */
const THINNEST = 1.5;
/** Between two lines of a pattern [m]. */
const PATTERN = 3;

const boxOf = (shape: GroundShape): Box => {
  const corners = shape.rings.flat();
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const room = shape.width ?? 0;
  return [Math.min(...xs) - room, Math.min(...ys) - room, Math.max(...xs) + room, Math.max(...ys) + room];
};

/** The shapes that touch a piece of the map. */
export const touching = (shapes: readonly GroundShape[], [west, south, east, north]: Box) =>
  shapes.filter((shape) => {
    const [w, s, e, n] = boxOf(shape);
    return w < east && e > west && s < north && n > south;
  });

function hatch(pen: CanvasRenderingContext2D, shape: GroundShape, scale: number): void {
  const step = PATTERN * scale;
  const { width, height } = pen.canvas;
  pen.save();
  pen.clip("evenodd");
  pen.beginPath();
  for (let at = -height; at < width + height; at += step) {
    if (shape.pattern === "dots") for (let y = 0; y < height; y += step) pen.rect(at, y, scale * 0.7, scale * 0.7);
    else {
      pen.moveTo(at, 0);
      pen.lineTo(at + height, height);
    }
    if (shape.pattern !== "cross") continue;
    pen.moveTo(at, height);
    pen.lineTo(at + height, 0);
  }
  pen.lineWidth = Math.max(1, 0.3 * scale);
  pen.setLineDash([]);
  pen.strokeStyle = shape.stroke ?? shape.fill ?? "#000000";
  pen.stroke();
  pen.restore();
}

/** @param box of the map that the picture shows */
export function paintGround(pen: CanvasRenderingContext2D, shapes: readonly GroundShape[], box: Box): void {
  const [west, , east, north] = box;
  const scale = pen.canvas.width / (east - west);
  for (const shape of shapes) {
    pen.beginPath();
    for (const ring of shape.rings) {
      ring.forEach(([x, y], i) => pen[i ? "lineTo" : "moveTo"]((x - west) * scale, (north - y) * scale));
      if (shape.closed) pen.closePath();
    }
    if (shape.fill && shape.closed) {
      pen.globalAlpha = shape.opacity ?? 1;
      pen.fillStyle = shape.fill;
      pen.fill("evenodd");
      pen.globalAlpha = 1;
    }
    if (shape.pattern && shape.closed) hatch(pen, shape, scale);
    if (!shape.stroke) continue;
    pen.lineJoin = "round";
    pen.setLineDash((shape.dash ?? []).map((length) => length * scale));
    pen.lineWidth = Math.max(THINNEST, (shape.width ?? 0.4) * scale);
    pen.strokeStyle = shape.stroke;
    pen.stroke();
  }
}
