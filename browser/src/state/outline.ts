/** Sizes of a drawn outline, and outlines of a given size. Plan coordinates of the map in metres, angles in degrees. */

export type Corner = [east: number, north: number];

/** A rectangle by its first corner, its long side (length and compass direction) and its width to the right of it. */
export interface Rectangle {
  corner: Corner;
  length: number;
  width: number;
  bearing: number;
}

/** Coordinates are kept to the millimetre, so that typed centimetres stay what they are. */
export const rounded = (corner: readonly [number, number]): Corner => [mm(corner[0]), mm(corner[1])];
const mm = (value: number) => Math.round(value * 1000) / 1000;

/** Lengths of the sides in order; the last one closes the ring. */
export function sides(corners: Corner[], closed: boolean): number[] {
  const ends = closed ? [...corners.slice(1), ...corners.slice(0, 1)] : corners.slice(1);
  return ends.map((end, i) => Math.hypot(end[0] - corners[i]![0], end[1] - corners[i]![1]));
}

/** Area of a ring by the shoelace formula. */
export function areaOf(corners: Corner[]): number {
  const [east, north] = corners[0] ?? [0, 0];
  const twice = corners.reduce((sum, [x, y], i) => {
    const next = corners[(i + 1) % corners.length]!;
    return sum + (x - east) * (next[1] - north) - (next[0] - east) * (y - north);
  }, 0);
  return Math.abs(twice) / 2;
}

/**
 * The outline with one side as long as wanted. The wall at its end moves along with both its corners, so that right
 * angles stay; of an open line everything behind the side moves.
 */
export function withSide(corners: Corner[], side: number, length: number, closed: boolean): Corner[] {
  const start = corners[side]!;
  const end = corners[(side + 1) % corners.length]!;
  const now = Math.hypot(end[0] - start[0], end[1] - start[1]);
  if (now < 1e-6) return corners;
  const [east, north] = [0, 1].map((k) => ((end[k]! - start[k]!) / now) * (length - now)) as Corner;
  const moving = closed
    ? [(side + 1) % corners.length, (side + 2) % corners.length].filter((i) => i !== side)
    : corners.map((_, i) => i).filter((i) => i > side);
  return corners.map(([x, y], i) => (moving.includes(i) ? rounded([x + east, y + north]) : [x, y]));
}

export function cornersOf({ corner, length, width, bearing }: Rectangle): Corner[] {
  const turn = (bearing * Math.PI) / 180;
  const along: Corner = [Math.sin(turn) * length, Math.cos(turn) * length];
  const aside: Corner = [Math.cos(turn) * width, -Math.sin(turn) * width];
  const [east, north] = corner;
  return (
    [
      [east, north],
      [east + along[0], north + along[1]],
      [east + along[0] + aside[0], north + along[1] + aside[1]],
      [east + aside[0], north + aside[1]],
    ] as Corner[]
  ).map(rounded);
}

/** The rectangle that an outline is, walked either way; null for any other shape. */
export function rectangleOf(corners: Corner[]): Rectangle | null {
  if (corners.length !== 4) return null;
  const [a, b, c, d] = corners as [Corner, Corner, Corner, Corner];
  const [length, width] = [Math.hypot(b[0] - a[0], b[1] - a[1]), Math.hypot(d[0] - a[0], d[1] - a[1])];
  const tolerance = 0.03;
  const fourth = Math.hypot(a[0] + c[0] - b[0] - d[0], a[1] + c[1] - b[1] - d[1]);
  const across = (b[0] - a[0]) * (d[0] - a[0]) + (b[1] - a[1]) * (d[1] - a[1]);
  if (Math.min(length, width) < tolerance || fourth > tolerance) return null;
  if (Math.abs(across) / Math.max(length, width) > tolerance) return null;
  const toTheRight = (b[0] - a[0]) * (d[1] - a[1]) - (b[1] - a[1]) * (d[0] - a[0]) < 0;
  if (!toTheRight) return rectangleOf([a, d, c, b]);
  const bearing = (Math.atan2(b[0] - a[0], b[1] - a[1]) * 180) / Math.PI;
  return { corner: a, length: mm(length), width: mm(width), bearing: (Math.round(bearing * 100) / 100 + 360) % 360 };
}
