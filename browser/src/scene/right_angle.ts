/** Where does a corner belong, so that walls stand at right angles or go straight on? Plan geometry in metres. */

export type Corner = readonly [east: number, north: number];

interface Line {
  through: Corner;
  /** Of length 1. */
  along: Corner;
}

const minus = (a: Corner, b: Corner): Corner => [a[0] - b[0], a[1] - b[1]];
const apart = (a: Corner, b: Corner) => Math.hypot(a[0] - b[0], a[1] - b[1]);

function direction(from: Corner, to: Corner): Corner | null {
  const [east, north] = minus(to, from);
  const length = Math.hypot(east, north);
  return length > 1e-6 ? [east / length, north / length] : null;
}

/** The line straight on from a wall and the one at a right angle to it, both through its end. */
function lines(start: Corner | undefined, end: Corner | undefined): Line[] {
  const along = start && end ? direction(start, end) : null;
  if (!along || !end) return [];
  return [
    { through: end, along: [-along[1], along[0]] },
    { through: end, along },
  ];
}

function foot({ through, along }: Line, point: Corner): Corner {
  const way = minus(point, through);
  const share = way[0] * along[0] + way[1] * along[1];
  return [through[0] + share * along[0], through[1] + share * along[1]];
}

function crossing(a: Line, b: Line): Corner | null {
  const turn = a.along[0] * b.along[1] - a.along[1] * b.along[0];
  if (Math.abs(turn) < 0.05) return null;
  const way = minus(b.through, a.through);
  const share = (way[0] * b.along[1] - way[1] * b.along[0]) / turn;
  return [a.through[0] + share * a.along[0], a.through[1] + share * a.along[1]];
}

/**
 * The place near `wanted` where the corner makes right angles with the walls before and after it; `wanted` itself where
 * there is none within reach.
 *
 * @param before the two corners before it, the nearer one last
 * @param after the two corners after it, the nearer one first; those of the start while the outline is still open
 */
export function squared(wanted: Corner, before: Corner[], after: Corner[], reach: number): Corner {
  const ahead = lines(before.at(-2), before.at(-1));
  const behind = lines(after[1], after[0]);
  const both = ahead.flatMap((a) => behind.map((b) => crossing(a, b))).filter((place) => place !== null);
  for (const places of [both, [...ahead, ...behind].map((line) => foot(line, wanted))]) {
    const [nearest] = [...places].sort((a, b) => apart(a, wanted) - apart(b, wanted));
    if (nearest && apart(nearest, wanted) <= reach) return nearest;
  }
  return wanted;
}
