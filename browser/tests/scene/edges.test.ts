import { describe, expect, it } from "vitest";
import { edgesOf } from "../../src/scene/edges";

/** A box of 8 corners repeated per face, as tiles have them. */
function box(shift: number): { positions: number[]; index: number[] } {
  const corner = (i: number) => [shift + (i & 1) * 10, ((i >> 1) & 1) * 8, ((i >> 2) & 1) * 6];
  const faces = [
    [0, 2, 3, 1],
    [4, 5, 7, 6],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 4, 6, 2],
    [1, 3, 7, 5],
  ];
  const positions = faces.flatMap((face) => face.flatMap(corner));
  const index = faces.flatMap((_, f) => [0, 1, 2, 0, 2, 3].map((k) => f * 4 + k));
  return { positions, index };
}

describe("the drawn edges", () => {
  it("of a box are its twelve, not the diagonals of its faces", () => {
    const { positions, index } = box(0);
    expect(edgesOf(new Float32Array(positions), index, null).positions.length / 6).toBe(12);
  });

  it("between two houses in a row are drawn for both", () => {
    const [a, b] = [box(0), box(10)];
    const positions = new Float32Array([...a.positions, ...b.positions]);
    const index = [...a.index, ...b.index.map((i) => i + 24)];
    const features = new Float32Array(48).fill(1, 24);
    const edges = edgesOf(positions, index, features);
    expect(edges.positions.length / 6).toBe(24);
    expect([...edges.features!].filter((feature) => feature === 1)).toHaveLength(24);
  });

  it("of one feature leave the others out", () => {
    const [a, b] = [box(0), box(40)];
    const positions = new Float32Array([...a.positions, ...b.positions]);
    const index = [...a.index, ...b.index.map((i) => i + 24)];
    const edges = edgesOf(positions, index, new Float32Array(48).fill(1, 24), 1);
    expect(edges.positions.length / 6).toBe(12);
    expect(Math.min(...edges.positions.filter((_, i) => i % 3 === 0))).toBe(40);
  });

  it("leave gentle creases smooth", () => {
    const positions = new Float32Array([0, 0, 0, 10, 0, 0, 0, 10, 0, 10, 10, 2]);
    const edges = edgesOf(positions, [0, 1, 2, 1, 3, 2], null);
    expect(edges.positions.length / 6).toBe(4);
  });
});
