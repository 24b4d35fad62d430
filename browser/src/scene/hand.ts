/** An open hand: it says where the pointer aims, puts down with a click, and carries what it has taken hold of. */

import { Group } from "three";

import type { Tool, Workplace } from "./tool";

type Spot = [east: number, north: number];

export interface HandWishes {
  /** Where the pointer aims at the ground, null for nowhere. */
  aim(at: Spot | null): void;
  /** A click, on an object or beside all of them. */
  place(at: Spot, id: string | null): void;
  /** A drag begins over an object; true when it shall be carried instead of moving the map. */
  take(id: string, at: Spot): boolean;
  carry(at: Spot): void;
  letGo(): void;
}

export class Hand implements Tool {
  readonly group = new Group();
  private carrying = false;

  constructor(
    private readonly at: Workplace,
    private readonly wishes: HandWishes,
  ) {}

  recolour(): void {
    // It draws nothing of its own.
  }

  grab(x: number, y: number): boolean {
    const id = this.at.objectAt(x, y);
    const place = this.place(x, y);
    this.carrying = id !== null && place !== null && this.wishes.take(id, place);
    return this.carrying;
  }

  drag(x: number, y: number): void {
    const place = this.place(x, y);
    if (this.carrying && place) this.wishes.carry(place);
  }

  release(): void {
    if (this.carrying) this.wishes.letGo();
    this.carrying = false;
  }

  tap(x: number, y: number): void {
    const place = this.place(x, y);
    if (place) this.wishes.place(place, this.at.objectAt(x, y));
  }

  doubleTap(): void {
    // A second click right after the first means nothing more.
  }

  hover(x: number, y: number): void {
    this.wishes.aim(this.place(x, y));
  }

  leave(): void {
    this.wishes.aim(null);
  }

  key(): boolean {
    return false;
  }

  dispose(): void {
    this.wishes.aim(null);
  }

  private place(x: number, y: number): Spot | null {
    const place = this.at.ground(x, y);
    return place && [place[0], place[1]];
  }
}
