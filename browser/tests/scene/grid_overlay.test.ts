import { describe, expect, it, vi } from "vitest";
import { plainFrame } from "../../src/scene/frame";
import { GridOverlay, type GridShown } from "../../src/scene/grid";

const grid = (band: GridShown["band"]): GridShown => ({
  west: 0,
  north: 10,
  cell: 5,
  rows: 2,
  cols: 2,
  range: [0, 1],
  times: [],
  classes: [{ low: 0.1, high: null, colour: "#0d2d6e" }],
  moving: false,
  band,
});
const away = () => Promise.reject(new Error("the server is away"));
const there = () => Promise.resolve(new Uint16Array(4));

describe("a grid over the ground", () => {
  const overlay = (changed: () => void = () => undefined) =>
    new GridOverlay(plainFrame([0, 0, 0], 7, 51), false, changed);

  it("is there once its first values have come", async () => {
    const changed = vi.fn();
    await overlay(changed).show(grid(there));
    expect(changed).toHaveBeenCalledOnce();
  });

  it("says when its values do not come", async () => {
    await expect(overlay().show(grid(away))).rejects.toThrow("the server is away");
  });

  it("keeps quiet about values nobody waits for any more", async () => {
    const shown = overlay();
    const first = shown.show(grid(away));
    await shown.show(null);
    await expect(first).resolves.toBeUndefined();
  });
});
