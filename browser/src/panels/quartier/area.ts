/** The area of an analysis as it stands in the address: corners, `place~radius` in metres, or `object:id`. */
import type { AreaQuery } from "../../api";

export type Corner = [east: number, north: number];

export const circle = (place: string, radius: number) => `${place.trim()}~${radius}`;
export const written = (corners: Corner[]) => corners.map(([e, n]) => `${round(e)},${round(n)}`).join(";");
const round = (value: number) => Math.round(value * 100) / 100;

/** What to ask the server for. */
export function asked(area: string, rule: AreaQuery["rule"]): AreaQuery {
  if (area.startsWith("object:")) return { object: area.slice(7), rule };
  const [place, radius] = area.split("~");
  return radius === undefined ? { area, rule } : { around: place, radius: Number(radius), rule };
}

/** At least so many corners somebody typed, one per line or with semicolons, decimal commas allowed between blanks; null when unclear. */
export function typed(text: string, least = 3): Corner[] | null {
  const lines = text
    .split(/[\n;]+/)
    .map((line) => line.trim())
    .filter(Boolean);
  const corners = lines.map((line) => {
    const parts = /\s/.test(line)
      ? line
          .replaceAll(/,(?=\s)/g, " ")
          .replaceAll(",", ".")
          .split(/\s+/)
      : line.split(",");
    return parts.map(Number);
  });
  const clear = corners.every((corner) => corner.length === 2 && corner.every(Number.isFinite));
  return corners.length >= least && clear ? (corners as Corner[]) : null;
}

/** A GeoJSON outline as the path of an SVG, `toPixel` places a corner. */
export function pathOf(coordinates: unknown, toPixel: (corner: Corner) => [number, number]): string {
  if (!Array.isArray(coordinates) || coordinates.length === 0) return "";
  if (typeof (coordinates[0] as unknown[])[0] === "number") {
    const points = (coordinates as Corner[]).map((corner) =>
      toPixel(corner)
        .map((v) => v.toFixed(1))
        .join(","),
    );
    return `M${points.join("L")}Z`;
  }
  return coordinates.map((inner) => pathOf(inner, toPixel)).join("");
}
