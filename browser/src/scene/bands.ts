/** Pictures of a course of time: which two a moment lies between, and which are worth holding in memory. */

export interface Moment {
  before: number;
  after: number;
  /** How far from the one to the other, 0..1. */
  share: number;
}

/** @param times of the bands, rising [s]; none for a single band */
export function momentOf(times: readonly number[], seconds: number): Moment {
  const last = Math.max(0, times.length - 1);
  const next = times.findIndex((time) => time > seconds);
  if (next === 0 || times.length === 0) return { before: 0, after: 0, share: 0 };
  if (next < 0) return { before: last, after: last, share: 0 };
  const [from, to] = [times[next - 1] as number, times[next] as number];
  return { before: next - 1, after: next, share: (seconds - from) / (to - from) };
}

/** Bands in the order in which they will be looked at: those of the moment, what comes next, what was. */
export function orderOf({ before, after }: Moment, count: number, most: number): number[] {
  const ahead = Array.from({ length: Math.max(0, most - 3) }, (_, i) => after + 1 + i);
  const order = [before, after, ...ahead, before - 1].filter((i) => i >= 0 && i < count);
  return [...new Set(order)].slice(0, most);
}

/** How often a band is asked for that does not come. */
const TRIES = 3;
/** How many are on their way at once. */
const ABREAST = 2;

/** Fetches bands as they are wanted and lets go of those that no longer are. */
export class Bands<T> {
  private order: number[] = [];
  private readonly held = new Map<number, T>();
  private readonly coming = new Set<number>();
  private readonly tries = new Map<number, number>();
  private gone = false;

  constructor(
    private readonly fetch: (band: number) => Promise<T>,
    private readonly discard: (band: T) => void,
    /** Called when another band is there. */
    private readonly arrived: () => void,
  ) {}

  get(band: number): T | undefined {
    return this.held.get(band);
  }

  get size(): number {
    return this.held.size;
  }

  /** Fetches a band now. */
  async load(band: number): Promise<void> {
    if (!this.held.has(band)) this.keep(band, await this.fetch(band));
  }

  /** @param order bands that are wanted, the most wanted first; all others are let go */
  want(order: number[]): void {
    this.order = order;
    for (const [band, value] of this.held) {
      if (order.includes(band)) continue;
      this.held.delete(band);
      this.discard(value);
    }
    this.pump();
  }

  dispose(): void {
    this.gone = true;
    this.want([]);
  }

  private keep(band: number, value: T): void {
    const unwanted = this.gone || (this.order.length > 0 && !this.order.includes(band));
    if (unwanted || this.held.has(band)) this.discard(value);
    else this.held.set(band, value);
  }

  private pump(): void {
    for (const band of this.order) {
      if (this.coming.size >= ABREAST) return;
      const tries = this.tries.get(band) ?? 0;
      if (this.held.has(band) || this.coming.has(band) || tries >= TRIES) continue;
      this.tries.set(band, tries + 1);
      this.coming.add(band);
      void this.arrive(band);
    }
  }

  private async arrive(band: number): Promise<void> {
    try {
      this.keep(band, await this.fetch(band));
      this.tries.delete(band);
    } catch (error) {
      console.warn(`band ${band}: ${String(error)}`);
    }
    this.coming.delete(band);
    if (this.gone) return;
    this.pump();
    if (this.held.has(band)) this.arrived();
  }
}
