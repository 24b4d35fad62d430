/** Does an outline fit into another one, and what of it is inside? Plan coordinates in metres. */
import type { Corner } from "../outline";

/** The ray rule: how often does a line to the east cross the ring? */
function contains(ring: Corner[], [x, y]: Corner): boolean {
  let inside = false;
  ring.forEach(([ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

/** A place well inside a ring: the middle of its widest piece on a line to the east through its middle height. */
function inside(ring: Corner[]): Corner {
  const ys = ring.map(([, y]) => y);
  // not through a corner
  const y = (Math.min(...ys) + Math.max(...ys)) / 2 + 0.0137;
  const cuts = ring
    .flatMap(([ax, ay], i) => {
      const [bx, by] = ring[(i + 1) % ring.length]!;
      return ay > y !== by > y ? [((bx - ax) * (y - ay)) / (by - ay) + ax] : [];
    })
    .sort((a, b) => a - b);
  const pieces = cuts.flatMap((from, i): [number, number][] => (i % 2 ? [] : [[from, cuts[i + 1] ?? from]]));
  const [from, to] = pieces.reduce((wide, one) => (one[1] - one[0] > wide[1] - wide[0] ? one : wide), pieces[0] ?? [ring[0]![0], ring[0]![0]]); // prettier-ignore
  return [(from + to) / 2, y];
}

/** Direction of the longest side [° from north, below 180]. */
function longestSide(ring: Corner[]): number {
  const ways = ring.map(([x, y], i): [number, number] => {
    const [u, v] = ring[(i + 1) % ring.length]!;
    return [u - x, v - y];
  });
  const [east, north] = ways.reduce((best, way) => (Math.hypot(...way) > Math.hypot(...best) ? way : best));
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 180;
}

const twice = (ring: Corner[]) =>
  ring.reduce((sum, [x, y], i) => {
    const [u, v] = ring[(i + 1) % ring.length]!;
    return sum + x * v - u * y;
  }, 0);

const area = (ring: Corner[]) => Math.abs(twice(ring)) / 2;

/** Sides as lines with the inside at their left: how far a place lies beyond each [m]. */
function limits(ring: Corner[]) {
  const turned = twice(ring) > 0 ? ring : ring.toReversed();
  return turned.map((a, i) => {
    const b = turned[(i + 1) % turned.length]!;
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const out: Corner = [(b[1] - a[1]) / length, -(b[0] - a[0]) / length];
    return { out, beyond: ([x, y]: Corner) => (x - a[0]) * out[0] + (y - a[1]) * out[1] };
  });
}

const isConvex = (ring: Corner[]) => limits(ring).every(({ beyond }) => ring.every((corner) => beyond(corner) < 0.01));

/** An outline pushed into another one where it fits in as it is; otherwise as it was. */
function fitted(outline: Corner[], allowed: Corner[]): Corner[] {
  if (!isConvex(allowed)) return outline;
  let moved = outline;
  const lines = limits(allowed);
  for (let turn = 0; turn < 12; turn++) {
    const worst = lines
      .map(({ out, beyond }) => ({ out, by: Math.max(...moved.map(beyond)) }))
      .reduce((most, one) => (one.by > most.by ? one : most));
    if (worst.by < 0.001) return moved;
    moved = moved.map(([x, y]): Corner => [x - worst.out[0] * worst.by, y - worst.out[1] * worst.by]);
  }
  return outline;
}

/** What of an outline lies inside a convex one: Sutherland and Hodgman (1974); null where nothing does, or it bends in. */
function clipped(outline: Corner[], allowed: Corner[]): Corner[] | null {
  if (!isConvex(allowed)) return null;
  let kept = outline;
  for (const { beyond } of limits(allowed)) {
    kept = kept.flatMap((corner, i) => {
      const next = kept[(i + 1) % kept.length]!;
      const [a, b] = [beyond(corner), beyond(next)];
      const cross: Corner = [
        corner[0] + ((next[0] - corner[0]) * a) / (a - b),
        corner[1] + ((next[1] - corner[1]) * a) / (a - b),
      ];
      return [...(a <= 0 ? [corner] : []), ...(a <= 0 !== b <= 0 ? [cross] : [])];
    });
    if (kept.length < 3) return null;
  }
  return kept;
}

export const within = { area, contains, inside, longestSide, fitted, clipped };
