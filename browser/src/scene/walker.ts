/** Where somebody stands who walks through the scene, and what they see. Pure geometry; metres and degrees. */

import { axes, type Rig } from "./camera";
import type { Hold } from "./gestures";

/** Height of the eyes above the ground [m]. */
export const EYE = 1.65;
/** Field of view of somebody who looks ahead, from top to bottom [°]. */
const SIGHT = 55;
/** Per second: metres ahead and aside, degrees round and up. */
const SPEED = { ahead: 3, aside: 2, turn: 60, look: 30 };
const HIGHEST_LOOK = 60;
/** Distance of what is looked at [m]; the haze begins by it. */
const AHEAD = 12;

export interface Walker {
  east: number;
  north: number;
  /** Clockwise from north. */
  heading: number;
  /** Above the horizon. */
  look: number;
}

/** Somebody who stands where a view looks at, or before it, and looks the same way. */
export const standing = ({ target, heading }: Rig): Walker => ({ east: target[0], north: target[1], heading, look: 0 });

export function turned(walker: Walker, turn: number, look: number): Walker {
  return {
    ...walker,
    heading: (((walker.heading + turn) % 360) + 360) % 360,
    look: Math.min(HIGHEST_LOOK, Math.max(-HIGHEST_LOOK, walker.look + look)),
  };
}

/** After some seconds with keys held down. */
export function stepped(walker: Walker, held: ReadonlySet<Hold>, seconds: number): Walker {
  const axis = (plus: Hold, minus: Hold) => Number(held.has(plus)) - Number(held.has(minus));
  const to = turned(walker, axis("right", "left") * SPEED.turn * seconds, axis("up", "down") * SPEED.look * seconds);
  const ahead = axis("forward", "back") * SPEED.ahead * seconds;
  const aside = axis("turnRight", "turnLeft") * SPEED.aside * seconds;
  const [sin, cos] = [Math.sin((to.heading * Math.PI) / 180), Math.cos((to.heading * Math.PI) / 180)];
  return { ...to, east: to.east + sin * ahead + cos * aside, north: to.north + cos * ahead - sin * aside };
}

/** The camera in the eyes of somebody on ground of some height. */
export function rigOf({ east, north, heading, look }: Walker, ground: number): Rig {
  const rig: Rig = { target: [east, north, ground + EYE], heading, pitch: -look, distance: AHEAD, lens: SIGHT };
  const { forward } = axes(rig);
  return { ...rig, target: rig.target.map((value, i) => value + forward[i]! * AHEAD) as Rig["target"] };
}
