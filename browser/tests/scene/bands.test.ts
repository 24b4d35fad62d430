import { describe, expect, it } from "vitest";
import { Bands, momentOf, orderOf } from "../../src/scene/bands";

const TIMES = [0, 60, 120, 180];

describe("a moment of a course of bands", () => {
  it("lies between two bands", () => {
    expect(momentOf(TIMES, 75)).toEqual({ before: 1, after: 2, share: 0.25 });
    expect(momentOf(TIMES, 60)).toEqual({ before: 1, after: 2, share: 0 });
  });

  it("is the first before all and the last after all", () => {
    expect(momentOf(TIMES, -5)).toEqual({ before: 0, after: 0, share: 0 });
    expect(momentOf(TIMES, 999)).toEqual({ before: 3, after: 3, share: 0 });
  });

  it("of a single band is that band", () => {
    expect(momentOf([], 50)).toEqual({ before: 0, after: 0, share: 0 });
  });
});

describe("the order of bands", () => {
  it("is those of the moment, what comes, what was", () => {
    expect(orderOf({ before: 1, after: 2, share: 0.5 }, 10, 5)).toEqual([1, 2, 3, 4, 0]);
  });

  it("ends with the last band", () => {
    expect(orderOf({ before: 3, after: 3, share: 0 }, 4, 6)).toEqual([3, 2]);
  });
});

/** Bands whose arrival is in the test's hand. */
function shelf() {
  const waiting = new Map<number, (ok: boolean) => void>();
  const asked: number[] = [];
  const discarded: string[] = [];
  const bands = new Bands<string>(
    (i) => {
      asked.push(i);
      return new Promise((resolve, reject) =>
        waiting.set(i, (ok) => (ok ? resolve(`band ${i}`) : reject(new Error("the server is away")))),
      );
    },
    (band) => discarded.push(band),
    () => undefined,
  );
  const answer = async (i: number, ok = true) => {
    waiting.get(i)?.(ok);
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { bands, asked, discarded, answer };
}

describe("bands", () => {
  it("are fetched two at a time, the most wanted first", async () => {
    const { bands, asked, answer } = shelf();
    bands.want([4, 5, 6, 3]);
    expect(asked).toEqual([4, 5]);
    await answer(5);
    expect(asked).toEqual([4, 5, 6]);
    expect(bands.get(5)).toBe("band 5");
  });

  it("are let go when they are no longer wanted, also if they come late", async () => {
    const { bands, discarded, answer } = shelf();
    bands.want([0, 1]);
    await answer(0);
    bands.want([7, 8]);
    await answer(1);
    expect(discarded).toEqual(["band 0", "band 1"]);
    expect(bands.size).toBe(0);
  });

  it("are asked for three times at most when they do not come", async () => {
    const { bands, asked, answer } = shelf();
    bands.want([2]);
    for (let i = 0; i < 5; i++) await answer(2, false);
    bands.want([2]);
    expect(asked).toEqual([2, 2, 2]);
  });

  it("are all let go at the end", async () => {
    const { bands, discarded, answer } = shelf();
    bands.want([0, 1]);
    await answer(0);
    bands.dispose();
    await answer(1);
    expect(discarded).toEqual(["band 0", "band 1"]);
  });
});
