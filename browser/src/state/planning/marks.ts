/** What stands on the map and in the legend for something a plan fixes at a place. */
import type { Mark } from "../../api_planning";
import type { Corner } from "../outline";

type Line = { corners: Corner[]; closed?: boolean; filled?: boolean; light?: boolean };
const circle = (radius: number): Corner[] =>
  Array.from({ length: 24 }, (_, i): Corner => {
    const turn = (i * Math.PI) / 12;
    return [Math.sin(turn) * radius, Math.cos(turn) * radius];
  });
const square = (half: number): Corner[] => [[-half, -half], [half, -half], [half, half], [-half, half]]; // prettier-ignore

/** Lines of the marks around their place, for a radius of 1: closed ones are areas. */
export const MARKS: Record<Mark, Line[]> = {
  kept_tree: [{ corners: circle(1), closed: true, light: true }, { corners: circle(1 / 6), closed: true, filled: true }], // prettier-ignore
  new_tree: [
    { corners: circle(1), closed: true, light: true },
    { corners: circle(1 / 4), closed: true },
  ],
  height: [{ corners: [[0, 0], [0.7, 1], [-0.7, 1]], closed: true, filled: true }], // prettier-ignore
  cross: [{ corners: [[-0.7, -0.7], [0.7, 0.7]] }, { corners: [[-0.7, 0.7], [0.7, -0.7]] }], // prettier-ignore
  ring: [{ corners: circle(1), closed: true, light: true }],
  square: [{ corners: square(0.7), closed: true, light: true }],
};
