/** A grid as the drawn map shows it: the same classes and the same interpolation as in the scene, pixel by pixel. */
import type { GridShown } from "../../scene";
import type { Box } from "./map_box";

const UNKNOWN = 65535;
/** Water in the picture lets the map shine through a little. */
const OPAQUE = 235;

/** Values of one moment: those of two bands and how far from the one to the other. */
export interface Values {
  before: Uint16Array;
  after: Uint16Array;
  share: number;
}

/** Red, green and blue of "#rrggbb". */
export function bytesOf(colour: string): [number, number, number] {
  const value = parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The value between four cells, of those that are known; NaN where none is. Counted in cells from the corner. */
export function valueAt(
  { rows, cols }: Pick<GridShown, "rows" | "cols">,
  { before, after, share }: Values,
  x: number,
  y: number,
): number {
  const [column, row] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [right, down] = [x - 0.5 - column, y - 0.5 - row];
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < 4; i++) {
    const [dx, dy] = [i & 1, i >> 1];
    const at = Math.min(Math.max(row + dy, 0), rows - 1) * cols + Math.min(Math.max(column + dx, 0), cols - 1);
    const [a, b] = [before[at]!, after[at]!];
    if (a === UNKNOWN || b === UNKNOWN) continue;
    const part = (dx ? right : 1 - right) * (dy ? down : 1 - down);
    sum += part * (a + (b - a) * share);
    weight += part;
  }
  return weight > 0 ? sum / weight : NaN;
}

/** Red, green, blue and opacity of each pixel of a piece of the map. */
export function gridPixels(grid: GridShown, values: Values, box: Box, width: number, height: number) {
  const [low, high] = grid.range;
  const classes = grid.classes.map((one) => ({
    low: one.low === null ? -Infinity : ((one.low - low) / (high - low || 1)) * 65534,
    high: one.high === null ? Infinity : ((one.high - low) / (high - low || 1)) * 65534,
    rgb: bytesOf(one.colour),
  }));
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let j = 0; j < height; j++) {
    const y = (grid.north - box[3] + ((j + 0.5) / height) * (box[3] - box[1])) / grid.cell;
    if (y < 0 || y > grid.rows) continue;
    for (let i = 0; i < width; i++) {
      const x = (box[0] - grid.west + ((i + 0.5) / width) * (box[2] - box[0])) / grid.cell;
      if (x < 0 || x > grid.cols) continue;
      const value = valueAt(grid, values, x, y);
      const found = classes.find((one) => value >= one.low && value < one.high);
      if (!found) continue;
      pixels.set(found.rgb, (j * width + i) * 4);
      pixels[(j * width + i) * 4 + 3] = OPAQUE;
    }
  }
  return pixels;
}
