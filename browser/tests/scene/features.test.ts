import { describe, expect, it } from "vitest";
import { isHidden, stateTexture, writeStates } from "../../src/scene/features";
import { readTable, type Table } from "../../src/scene/table";

/** Three houses of 4, 9 and unknown height. */
function houses(): Table {
  const ids = new TextEncoder().encode("abc");
  const views = [
    ids,
    new Uint8Array(new Uint32Array([0, 1, 2, 3]).buffer),
    new Uint8Array(new Float32Array([4, 9, -1]).buffer),
  ];
  return readTable(
    {
      classes: {
        building: {
          properties: { id: { type: "STRING" }, height: { type: "SCALAR", componentType: "FLOAT32", noData: -1 } },
        },
      },
    },
    { class: "building", count: 3, properties: { id: { values: 0, stringOffsets: 1 }, height: { values: 2 } } },
    (view) => views[view]!,
  );
}

const PLAIN = { selected: null, hidden: new Set<string>(), colouring: null, paint: null };

describe("the state of features", () => {
  it("is plain at first", () => {
    const texture = stateTexture(3);
    writeStates(texture, houses(), PLAIN);
    expect(isHidden(texture, 0)).toBe(false);
  });

  it("hides, selects and colours by value", () => {
    const texture = stateTexture(3);
    const seen: unknown[] = [];
    const colour = (value: number | string | null) => {
      seen.push(value);
      return value === null ? "#d9d8d6" : "#ff0000";
    };
    writeStates(texture, houses(), {
      selected: "b",
      hidden: new Set(["a"]),
      colouring: { property: "height", colour },
      paint: null,
    });
    const data = texture.image.data as Uint8Array;
    expect(isHidden(texture, 0)).toBe(true);
    expect(data[7]).toBe(255);
    expect([...data.subarray(8, 12)]).toEqual([0xd9, 0xd8, 0xd6, 170]);
    expect(seen).toEqual([4, 9, null]);
  });

  it("paints single objects over any other colour, but not those selected or hidden", () => {
    const texture = stateTexture(3);
    const paint = new Map(["a", "b", "c", "nobody"].map((id) => [id, "#0044ff"]));
    const colouring = { property: "height", colour: () => "#ff0000" };
    writeStates(texture, houses(), { selected: "a", hidden: new Set(["b"]), colouring, paint });
    const data = texture.image.data as Uint8Array;
    expect([...data.subarray(8, 12)]).toEqual([0, 0x44, 0xff, 170]);
    expect(data[3]).toBe(255);
    expect(isHidden(texture, 1)).toBe(true);
  });

  it("forgets what is no longer wished", () => {
    const texture = stateTexture(3);
    writeStates(texture, houses(), { ...PLAIN, hidden: new Set(["c"]) });
    writeStates(texture, houses(), PLAIN);
    expect(isHidden(texture, 2)).toBe(false);
  });
});
