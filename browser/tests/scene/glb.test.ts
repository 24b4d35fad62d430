import { describe, expect, it } from "vitest";
import { multiply, readContent, TileError } from "../../src/scene/glb";
import { riseOf } from "../../src/scene/tile";
import { bytes } from "./data";

const SAME = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** One triangle, drawn as two instances. */
function instanced(extra: object = {}): ArrayBuffer {
  const numbers = new Float32Array([0, 0, 0, 1, 0, 0, 0, 2, 0, /* places */ 10, 3, -20, 30, 3, -40]);
  const json = {
    asset: { version: "2.0" },
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, extensions: { EXT_mesh_gpu_instancing: { attributes: { TRANSLATION: 1 } } } }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 } }] }],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 3, type: "VEC3", min: [0, 0, 0], max: [1, 2, 0] },
      { bufferView: 0, byteOffset: 36, componentType: 5126, count: 2, type: "VEC3" },
    ],
    bufferViews: [{ byteLength: 60 }],
    ...extra,
  };
  const text = new TextEncoder().encode(JSON.stringify(json).padEnd(Math.ceil(JSON.stringify(json).length / 4) * 4));
  const out = new ArrayBuffer(20 + text.length + 8 + 60);
  const view = new DataView(out);
  [0x46546c67, 2, out.byteLength, text.length, 0x4e4f534a].forEach((value, i) => view.setUint32(i * 4, value, true));
  new Uint8Array(out, 20).set(text);
  view.setUint32(20 + text.length, 60, true);
  view.setUint32(24 + text.length, 0x004e4942, true);
  new Uint8Array(out, 28 + text.length).set(new Uint8Array(numbers.buffer));
  return out;
}

describe("a building tile", () => {
  const content = readContent(bytes("dellbrueck.glb"), SAME);

  it("stands upright in metres around its centre", () => {
    for (const { positions } of content.surfaces) {
      const heights = [...positions].filter((_, i) => i % 3 === 2).map((up) => up + content.centre[2]);
      expect(Math.min(...heights)).toBeGreaterThan(-20);
      expect(Math.max(...heights)).toBeLessThan(60);
    }
  });

  it("knows the surface and the building of each corner", () => {
    for (const surface of content.surfaces) {
      expect(surface.features).toHaveLength(surface.positions.length / 3);
      expect(new Set(surface.semantics)).toContain(3);
      expect(Math.max(...surface.features!)).toBeLessThan(content.table!.count);
    }
  });

  it("finds a building by its id and knows what it is called", () => {
    const table = content.table!;
    for (let row = 0; row < table.count; row++) {
      expect(table.rowOf(String(table.value("id", row)))).toBe(row);
      expect(table.value("height", row)).not.toBe(-1);
      expect(table.value("storeys", row)).not.toBe(0);
    }
    expect(table.rowOf("nobody")).toBe(-1);
    expect(table.value("colour of the door", 0)).toBeNull();
  });

  it("measures how high corners are above their own building's foot", () => {
    for (const surface of content.surfaces) {
      const rise = riseOf(surface, false);
      expect(Math.min(...rise)).toBe(0);
      expect(Math.max(...rise)).toBeLessThan(80);
    }
  });
});

describe("a tile of instances", () => {
  it("keeps the thing small and places it often, upright", () => {
    const [surface] = readContent(instanced(), SAME).surfaces;
    expect(surface!.instances!.count).toBe(2);
    const [x, y, z] = surface!.instances!.matrices.slice(12, 15);
    const { centre } = readContent(instanced(), SAME);
    expect([x! + centre[0], y! + centre[1], z! + centre[2]]).toEqual([10, 20, 3]);
  });
});

describe("a broken tile", () => {
  it("is refused with what is wrong", () => {
    expect(() => readContent(new ArrayBuffer(40), SAME)).toThrow(TileError);
    expect(() => readContent(instanced({ extensionsRequired: ["KHR_draco_mesh_compression"] }), SAME)).toThrow(/draco/);
    expect(() => readContent(instanced({ bufferViews: [{ byteLength: 6000 }] }), SAME)).toThrow(/ends after/);
    expect(() => readContent(instanced({ nodes: [{ children: [0] }] }), SAME)).toThrow(/broken/);
  });
});

describe("matrices", () => {
  it("apply the right one first", () => {
    const shift = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1];
    const double = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1];
    expect(multiply(double, shift)[12]).toBe(10);
    expect(multiply(shift, double)[12]).toBe(5);
  });
});
