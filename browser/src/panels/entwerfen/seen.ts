/** Where lines on the ground are seen in the picture. */
import type { Place } from "../../api";
import type { SceneHandle } from "../../scene";
import type { Corner } from "../../state/outline";

export interface Spot {
  x: number;
  y: number;
}

/** Longer lines are followed over the ground in so many pieces. */
const PIECES = 8;

/** A line over the ground in page pixels; pieces behind the camera are left out. */
export function seenLine(handle: SceneHandle, from: Corner, to: Corner): [Spot, Spot][] {
  const spots = Array.from({ length: PIECES + 1 }, (_, i) => {
    const [x, y] = [0, 1].map((k) => from[k]! + ((to[k]! - from[k]!) * i) / PIECES) as Corner;
    const place: Place = [x, y, handle.groundAt(x, y)];
    return handle.screenPosition(place);
  });
  return spots.slice(1).flatMap((spot, i): [Spot, Spot][] => {
    const before = spots[i];
    return before && spot ? [[before, spot]] : [];
  });
}
