/**
 * To which line or corner nearby does a drawn corner belong? Pure plan geometry: coordinates of the map and lengths in
 * metres, angles in degrees.
 */
import type { Corner } from "../outline";

/** What a line is: border of a parcel, axis of a street, wall, limit or line of building of a plan. */
export type GuideKind = "parcel" | "street" | "building" | "limit" | "buildingLine";
export interface Guide {
  kind: GuideKind;
  /** Id of the object or the edit it belongs to. */
  object?: string;
  closed: boolean;
  line: Corner[];
}

/** A piece of a guide. */
export interface Edge {
  kind: GuideKind;
  object?: string;
  from: Corner;
  to: Corner;
}

export interface Snap {
  at: Corner;
  /** What was found: a corner or a place on the line of a guide, where two meet, or a right angle. */
  what: "corner" | "line" | "crossing" | "square";
  /** Guides it lies on; none for a right angle. */
  edges: Edge[];
}

interface Line {
  through: Corner;
  /** Of length 1. */
  along: Corner;
}

const minus = (a: Corner, b: Corner): Corner => [a[0] - b[0], a[1] - b[1]];
const apart = (a: Corner, b: Corner) => Math.hypot(a[0] - b[0], a[1] - b[1]);
/** Lines that differ by less are taken for parallel [sine]. */
const PARALLEL = 0.05;

export function edgesOf(guides: readonly Guide[]): Edge[] {
  return guides.flatMap(({ kind, object, closed, line }) =>
    line
      .map((from, i): Edge => ({ kind, object, from, to: line[(i + 1) % line.length]! }))
      .slice(0, closed ? line.length : -1)
      .filter(({ from, to }) => apart(from, to) > 1e-6),
  );
}

function lineOf({ from, to }: { from: Corner; to: Corner }): Line {
  const length = apart(from, to) || 1;
  const [east, north] = minus(to, from);
  return { through: from, along: [east / length, north / length] };
}

/** The place of an edge nearest to another place. */
export function nearestOn({ from, to }: { from: Corner; to: Corner }, place: Corner): Corner {
  const [east, north] = minus(to, from);
  const way = minus(place, from);
  const share = (way[0] * east + way[1] * north) / (east * east + north * north || 1);
  const bounded = Math.min(1, Math.max(0, share));
  return [from[0] + east * bounded, from[1] + north * bounded];
}

function crossing(a: Line, b: Line): Corner | null {
  const turn = a.along[0] * b.along[1] - a.along[1] * b.along[0];
  if (Math.abs(turn) < PARALLEL) return null;
  const way = minus(b.through, a.through);
  const share = (way[0] * b.along[1] - way[1] * b.along[0]) / turn;
  return [a.through[0] + share * a.along[0], a.through[1] + share * a.along[1]];
}

function foot({ through, along }: Line, place: Corner): Corner {
  const way = minus(place, through);
  const share = way[0] * along[0] + way[1] * along[1];
  return [through[0] + share * along[0], through[1] + share * along[1]];
}

/** The line straight on from a wall and the one at a right angle to it, both through its end. */
function squares(start: Corner | undefined, end: Corner | undefined): Line[] {
  if (!start || !end || apart(start, end) < 1e-6) return [];
  const { along } = lineOf({ from: start, to: end });
  return [
    { through: end, along: [-along[1], along[0]] },
    { through: end, along },
  ];
}

const nearest = (found: Snap[], wanted: Corner, reach: number): Snap | null => {
  const best = found.reduce<Snap | null>(
    (most, one) => (most && apart(most.at, wanted) <= apart(one.at, wanted) ? most : one),
    null,
  );
  return best && apart(best.at, wanted) <= reach ? best : null;
};

const pairs = <T>(list: T[]): [T, T][] => list.flatMap((a, i) => list.slice(i + 1).map((b): [T, T] => [a, b]));

export interface Wanted {
  at: Corner;
  /** The two corners before it, the nearer one last; those after it, the nearer one first. */
  before?: Corner[];
  after?: Corner[];
  /** How far away something may be [m]. */
  reach: number;
  /** Whether right angles count. */
  square?: boolean;
}

/**
 * Where a corner belongs: at a corner of a guide, where two lines meet, on one line; null where nothing is in reach.
 * A place that fits twice goes before a nearer one that fits once.
 */
export function snapped({ at, before = [], after = [], reach, square = true }: Wanted, edges: Edge[]): Snap | null {
  const near = edges.filter((edge) => apart(nearestOn(edge, at), at) <= reach);
  const right = square ? [...squares(before.at(-2), before.at(-1)), ...squares(after[1], after[0])] : [];
  const corners = near.flatMap((edge) => [edge.from, edge.to].map((end): Snap => ({ at: end, what: "corner", edges: [edge] }))); // prettier-ignore
  const lines = near.map(lineOf);
  const meets = pairs(near).flatMap(([a, b]): Snap[] => {
    const place = crossing(lineOf(a), lineOf(b));
    const on = place && [a, b].every((edge) => apart(nearestOn(edge, place), place) < 1e-3);
    return on ? [{ at: place, what: "crossing", edges: [a, b] }] : [];
  });
  const angled = lines.flatMap((line, i) =>
    right.flatMap((each): Snap[] => {
      const place = crossing(line, each);
      return place && apart(nearestOn(near[i]!, place), place) < 1e-3 ? [{ at: place, what: "crossing", edges: [near[i]!] }] : []; // prettier-ignore
    }),
  );
  const squared = pairs(right).flatMap(([a, b]): Snap[] => {
    const place = crossing(a, b);
    return place && apart(place, before.at(-1) ?? [Infinity, 0]) > 1e-3
      ? [{ at: place, what: "square", edges: [] }]
      : [];
  });
  const onLine = near.map((edge): Snap => ({ at: nearestOn(edge, at), what: "line", edges: [edge] }));
  const onRight = right.map((line): Snap => ({ at: foot(line, at), what: "square", edges: [] }));
  for (const found of [corners, [...meets, ...angled], squared, onLine, onRight]) {
    const best = nearest(found, at, reach);
    if (best) return best;
  }
  return null;
}

export interface Shift {
  by: Corner;
  snap: Snap | null;
}

/**
 * How far an outline moves so that a corner lies on a corner or a line of a guide, and then along that line onto
 * another; nowhere when nothing is in reach.
 */
export function snappedOutline(corners: Corner[], edges: Edge[], reach: number): Shift {
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [west, south, east, north] = [Math.min(...xs) - reach, Math.min(...ys) - reach, Math.max(...xs) + reach, Math.max(...ys) + reach]; // prettier-ignore
  const near = edges.filter(
    ({ from, to }) =>
      Math.max(from[0], to[0]) >= west &&
      Math.min(from[0], to[0]) <= east &&
      Math.max(from[1], to[1]) >= south &&
      Math.min(from[1], to[1]) <= north,
  );
  const found = corners.flatMap((corner) => {
    const snap = snapped({ at: corner, reach, square: false }, near);
    return snap ? [{ by: minus(snap.at, corner), snap }] : [];
  });
  const weight = ({ by, snap }: { by: Corner; snap: Snap }) => Math.hypot(...by) + (snap.what === "line" ? reach : 0);
  const [first] = found.toSorted((a, b) => weight(a) - weight(b));
  if (!first || first.snap.what !== "line") return first ?? { by: [0, 0], snap: null };
  return slid(corners, near, reach, first);
}

/** Moved along the line it lies on, until another corner meets another line too. */
function slid(corners: Corner[], edges: Edge[], reach: number, first: { by: Corner; snap: Snap }): Shift {
  const { along } = lineOf(first.snap.edges[0]!);
  const placed = corners.map(([x, y]): Corner => [x + first.by[0], y + first.by[1]]);
  const ways = placed.flatMap((corner) =>
    edges.flatMap((edge) => {
      const place = crossing({ through: corner, along }, lineOf(edge));
      if (!place || apart(nearestOn(edge, place), place) > 1e-3 || apart(place, corner) > reach) return [];
      return [{ by: minus(place, corner), edge, place }];
    }),
  );
  const [second] = ways.toSorted((a, b) => Math.hypot(...a.by) - Math.hypot(...b.by));
  if (!second) return first;
  return {
    by: [first.by[0] + second.by[0], first.by[1] + second.by[1]],
    snap: { at: second.place, what: "crossing", edges: [...first.snap.edges, second.edge] },
  };
}

const bearing = (a: Corner, b: Corner) => (Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI;

/** How much further an outline turns so that its longest side runs along or across a guide near it [°]; 0 for not. */
export function snappedTurn(corners: Corner[], edges: Edge[], within = 4, around = 30): number {
  const sides = corners.map((from, i) => ({ from, to: corners[(i + 1) % corners.length]! }));
  const [longest] = sides.toSorted((a, b) => apart(b.from, b.to) - apart(a.from, a.to));
  if (!longest) return 0;
  const middle: Corner = [0, 1].map((k) => corners.reduce((sum, one) => sum + one[k]!, 0) / corners.length) as Corner;
  const own = bearing(longest.from, longest.to);
  const found = edges
    .filter((edge) => apart(edge.from, edge.to) > 3 && apart(nearestOn(edge, middle), middle) <= around)
    .map((edge) => ((((bearing(edge.from, edge.to) - own + 45) % 90) + 90) % 90) - 45)
    .filter((turn) => Math.abs(turn) <= within);
  return found.reduce((least, turn) => (Math.abs(turn) < Math.abs(least) ? turn : least), found[0] ?? 0);
}

/** Least distance of an outline from the lines of each kind, and where it is measured [m]; 0 where they meet. */
export function distances(
  corners: Corner[],
  edges: Edge[],
  farthest = 60,
): { kind: GuideKind; away: number; from: Corner; to: Corner }[] {
  const sides = corners.map((from, i) => ({ from, to: corners[(i + 1) % corners.length]! }));
  const best = new Map<GuideKind, { kind: GuideKind; away: number; from: Corner; to: Corner }>();
  const offer = (kind: GuideKind, from: Corner, to: Corner) => {
    const away = apart(from, to);
    if (away <= farthest && away < (best.get(kind)?.away ?? Infinity)) best.set(kind, { kind, away, from, to });
  };
  for (const edge of edges) {
    for (const corner of corners) offer(edge.kind, corner, nearestOn(edge, corner));
    for (const side of sides) {
      for (const end of [edge.from, edge.to]) offer(edge.kind, nearestOn(side, end), end);
      const place = crossing(lineOf(side), lineOf(edge));
      if (place && [side, edge].every((one) => apart(nearestOn(one, place), place) < 1e-6)) offer(edge.kind, place, place); // prettier-ignore
    }
  }
  return [...best.values()].sort((a, b) => a.away - b.away);
}
