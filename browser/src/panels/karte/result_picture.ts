/** What a result lays over the drawn map: its raster and the objects it colours. */
import type { Geometry } from "../../api";
import type { Found } from "../../api_processes";
import type { GridShown } from "../../scene";
import { gridPixels, type Values } from "./grid_picture";
import { toPixel, type Box } from "./map_box";

type Ring = [number, number][];

/** Outer and inner rings of areas, or the line of a line. */
export function ringsOf({ type, coordinates }: Geometry): Ring[] {
  if (type === "LineString") return [coordinates as Ring];
  if (type === "Polygon" || type === "MultiLineString") return coordinates as Ring[];
  return type === "MultiPolygon" ? (coordinates as Ring[][]).flat() : [];
}

/** Paints a piece of the map; the pen's canvas is that piece. */
export function paintResult(
  pen: CanvasRenderingContext2D,
  box: Box,
  raster: { grid: GridShown; values: Values } | null,
  objects: { features: Found["features"]; colours: ReadonlyMap<string, string> } | null,
): void {
  const { width, height } = pen.canvas;
  pen.clearRect(0, 0, width, height);
  if (raster) pen.putImageData(new ImageData(gridPixels(raster.grid, raster.values, box, width, height), width), 0, 0);
  for (const { id, geometry } of objects?.features ?? []) {
    const colour = objects?.colours.get(id);
    if (!colour) continue;
    const path = new Path2D();
    for (const ring of ringsOf(geometry)) {
      ring.forEach(([east, north], i) => {
        const [x, y] = toPixel(box, width, height, east, north);
        if (i === 0) path.moveTo(x, y);
        else path.lineTo(x, y);
      });
    }
    pen.lineJoin = "round";
    if (geometry.type.endsWith("Polygon")) {
      pen.fillStyle = colour;
      pen.fill(path, "evenodd");
      pen.strokeStyle = "#23232b";
      pen.lineWidth = 1;
    } else {
      pen.strokeStyle = colour;
      pen.lineWidth = 5;
    }
    pen.stroke(path);
  }
}
