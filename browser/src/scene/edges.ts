/**
 * Which lines of a tile's triangles does an eye expect to see drawn? Borders of a feature and creases sharper than a
 * limit. Vertices are joined by position first (1 cm), since tiles repeat them per surface.
 */

export interface Edges {
  /** Pairs of end points, east, north, up. */
  positions: Float32Array;
  /** Feature per end point; null when the triangles have none. */
  features: Float32Array | null;
}

/** Cosine of 22°. */
const CREASE = 0.927;
const GRID = 100;

function capacity(items: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, items * 2)));
}

/** For each vertex the number of the first vertex at the same place. */
function joined(positions: Float32Array): Int32Array {
  const count = positions.length / 3;
  const mask = capacity(count) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);
  const first = new Int32Array(count);
  const rounded = new Int32Array(positions.length);
  for (let i = 0; i < positions.length; i++) rounded[i] = Math.round((positions[i] as number) * GRID);
  for (let i = 0; i < count; i++) {
    const x = rounded[i * 3] as number;
    const y = rounded[i * 3 + 1] as number;
    const z = rounded[i * 3 + 2] as number;
    let slot = (Math.imul(x, 73856093) ^ Math.imul(y, 19349663) ^ Math.imul(z, 83492791)) & mask;
    let other = slots[slot] as number;
    while (other >= 0 && !(rounded[other * 3] === x && rounded[other * 3 + 1] === y && rounded[other * 3 + 2] === z)) {
      slot = (slot + 1) & mask;
      other = slots[slot] as number;
    }
    if (other < 0) slots[slot] = other = i;
    first[i] = other;
  }
  return first;
}

function normals(positions: Float32Array, index: ArrayLike<number>): Float32Array {
  const out = new Float32Array(index.length);
  const p = (i: number, c: number) => positions[(index[i] as number) * 3 + c] as number;
  for (let t = 0; t < index.length; t += 3) {
    const [ax, ay, az] = [p(t + 1, 0) - p(t, 0), p(t + 1, 1) - p(t, 1), p(t + 1, 2) - p(t, 2)];
    const [bx, by, bz] = [p(t + 2, 0) - p(t, 0), p(t + 2, 1) - p(t, 1), p(t + 2, 2) - p(t, 2)];
    const [x, y, z] = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    const length = Math.hypot(x, y, z) || 1;
    out[t] = x / length;
    out[t + 1] = y / length;
    out[t + 2] = z / length;
  }
  return out;
}

/** Sides found so far: ends, the triangle that brought them, and whether they are drawn (1) or smooth (0). */
interface Sides {
  slots: Int32Array;
  from: Int32Array;
  to: Int32Array;
  triangle: Int32Array;
  drawn: Uint8Array;
  count: number;
}

function addSide(
  sides: Sides,
  a: number,
  b: number,
  triangle: number,
  owner: number,
  ownerOf: (t: number) => number,
  smooth: (s: number, t: number) => boolean,
): void {
  const mask = sides.slots.length - 1;
  const [low, high] = a < b ? [a, b] : [b, a];
  let slot = (Math.imul(low, 73856093) ^ Math.imul(high, 19349663) ^ Math.imul(owner + 1, 83492791)) & mask;
  let side = sides.slots[slot] as number;
  while (side >= 0) {
    const same = sides.from[side] === low && sides.to[side] === high;
    if (same && ownerOf(sides.triangle[side] as number) === owner) break;
    slot = (slot + 1) & mask;
    side = sides.slots[slot] as number;
  }
  if (side >= 0) {
    sides.drawn[side] = smooth(sides.triangle[side] as number, triangle) ? 0 : 1;
    return;
  }
  side = sides.count++;
  sides.slots[slot] = side;
  sides.from[side] = low;
  sides.to[side] = high;
  sides.triangle[side] = triangle;
  sides.drawn[side] = 1;
}

/**
 * @param only when given, only triangles of this feature are looked at
 */
export function edgesOf(
  positions: Float32Array,
  index: ArrayLike<number>,
  features: Float32Array | null,
  only: number | null = null,
): Edges {
  const first = joined(positions);
  const facing = normals(positions, index);
  const ownerOf = (t: number) => (features ? (features[index[t] as number] as number) : 0);
  const smooth = (s: number, t: number) => {
    let dot = 0;
    for (let c = 0; c < 3; c++) dot += (facing[s + c] as number) * (facing[t + c] as number);
    return Math.abs(dot) > CREASE;
  };
  const size = index.length;
  const sides: Sides = {
    slots: new Int32Array(capacity(size)).fill(-1),
    from: new Int32Array(size),
    to: new Int32Array(size),
    triangle: new Int32Array(size),
    drawn: new Uint8Array(size),
    count: 0,
  };
  for (let t = 0; t < size; t += 3) {
    const owner = ownerOf(t);
    if (only !== null && owner !== only) continue;
    const corner = [0, 1, 2].map((k) => first[index[t + k] as number] as number) as [number, number, number];
    for (let k = 0; k < 3; k++) {
      const a = corner[k] as number;
      const b = corner[(k + 1) % 3] as number;
      if (a !== b) addSide(sides, a, b, t, owner, ownerOf, smooth);
    }
  }
  return collected(sides, positions, features ? ownerOf : null);
}

function collected(sides: Sides, positions: Float32Array, ownerOf: ((t: number) => number) | null): Edges {
  let drawn = 0;
  for (let side = 0; side < sides.count; side++) drawn += sides.drawn[side] as number;
  const ends = new Float32Array(drawn * 6);
  const owners = ownerOf ? new Float32Array(drawn * 2) : null;
  let at = 0;
  for (let side = 0; side < sides.count; side++) {
    if (!sides.drawn[side]) continue;
    const [a, b] = [(sides.from[side] as number) * 3, (sides.to[side] as number) * 3];
    ends.set(positions.subarray(a, a + 3), at * 6);
    ends.set(positions.subarray(b, b + 3), at * 6 + 3);
    if (owners && ownerOf) owners.fill(ownerOf(sides.triangle[side] as number), at * 2, at * 2 + 2);
    at++;
  }
  return { positions: ends, features: owners };
}
