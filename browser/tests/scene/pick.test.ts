import { Matrix4, Ray, Vector3 } from "three";
import { describe, expect, it } from "vitest";
import { stateTexture, writeStates } from "../../src/scene/features";
import { readContent } from "../../src/scene/glb";
import { cornersOf, firstHit } from "../../src/scene/pick";
import type { Drawn } from "../../src/scene/tile";
import { distanceTo, rayEntry, volumeOf } from "../../src/scene/volume";
import { bytes } from "./data";

const ONE = new Matrix4();
const PLAIN = { selected: null, hidden: new Set<string>(), colouring: null, paint: null };

function tile(): Drawn {
  const content = readContent(bytes("dellbrueck.glb"), ONE.elements);
  const low = new Vector3(Infinity, Infinity, Infinity);
  const high = low.clone().negate();
  for (const { positions } of content.surfaces) {
    for (let i = 0; i < positions.length; i += 3) {
      const point = new Vector3().fromArray(positions, i).add(new Vector3(...content.centre));
      low.min(point);
      high.max(point);
    }
  }
  const middle = low.clone().add(high).multiplyScalar(0.5);
  const half = high.clone().sub(low).multiplyScalar(0.5);
  const box = [...middle.toArray(), half.x, 0, 0, 0, half.y, 0, 0, 0, half.z];
  const states = stateTexture(content.table!.count);
  return { content, states, volume: volumeOf({ box }, ONE, ONE) } as unknown as Drawn;
}

/** From above onto the middle of a roof triangle of this building. */
function onto(drawn: Drawn, row: number): Ray {
  for (const surface of drawn.content.surfaces) {
    for (let t = 0; t < surface.index.length; t += 3) {
      const corners = [0, 1, 2].map((k) => surface.index[t + k]!);
      if (surface.features![corners[0]!] !== row || surface.semantics![corners[0]!] !== 3) continue;
      const middle = new Vector3(...drawn.content.centre);
      for (const corner of corners)
        middle.addScaledVector(new Vector3().fromArray(surface.positions, corner * 3), 1 / 3);
      return new Ray(middle.setZ(500), new Vector3(0, 0, -1));
    }
  }
  throw new Error(`no roof for row ${row}`);
}

describe("pointing", () => {
  it("finds the building under the pointer and where it was hit", () => {
    const drawn = tile();
    for (let row = 0; row < drawn.content.table!.count; row++) {
      const hit = firstHit([drawn], onto(drawn, row))!;
      expect(hit.row).toBe(row);
      expect(hit.distance).toBeCloseTo(500 - hit.point.z, 3);
      expect(cornersOf(hit).length).toBeGreaterThan(7);
    }
  });

  it("looks through hidden buildings", () => {
    const drawn = tile();
    const id = String(drawn.content.table!.value("id", 4));
    writeStates(drawn.states!, drawn.content.table!, { ...PLAIN, hidden: new Set([id]) });
    expect(firstHit([drawn], onto(drawn, 4))?.row).not.toBe(4);
  });

  it("finds nothing beside the tile", () => {
    expect(firstHit([tile()], new Ray(new Vector3(9000, 0, 500), new Vector3(0, 0, -1)))).toBeNull();
  });
});

describe("the box of a tile", () => {
  const volume = volumeOf({ box: [0, 0, 0, 10, 0, 0, 0, 20, 0, 0, 0, 5] }, ONE, ONE);

  it("is entered where the ray meets it", () => {
    expect(rayEntry(volume, new Ray(new Vector3(-30, 0, 0), new Vector3(1, 0, 0)))).toBeCloseTo(20);
    expect(rayEntry(volume, new Ray(new Vector3(0, 0, 0), new Vector3(1, 0, 0)))).toBe(0);
    expect(rayEntry(volume, new Ray(new Vector3(-30, 0, 9), new Vector3(1, 0, 0)))).toBeNull();
    expect(rayEntry(volume, new Ray(new Vector3(-30, 0, 0), new Vector3(-1, 0, 0)))).toBeNull();
  });

  it("is as far as its nearest point", () => {
    expect(distanceTo(volume, new Vector3(0, 0, 2))).toBe(0);
    expect(distanceTo(volume, new Vector3(13, 24, 0))).toBe(5);
  });
});
