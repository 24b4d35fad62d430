/** Numbers by area in classes of the same size, with colours that rise steadily in lightness, for map and legend. */

export const COLOURS = ["#e3f2cf", "#a5d8ae", "#5cb3a3", "#2a7f95", "#1d4877"];
/** Where there is no number. */
export const NO_NUMBER = "#c9c9c4";

export interface NumberClass {
  from: number;
  to: number;
  colour: string;
}

/** Classes that hold about as many areas each, from the lowest; equal numbers are never parted. */
export function classes(values: number[]): NumberClass[] {
  const sorted = [...values].sort((a, b) => a - b);
  const distinct = [...new Set(sorted)];
  const count = Math.min(COLOURS.length, distinct.length);
  const starts = [
    ...new Set(Array.from({ length: count }, (_, i) => sorted[Math.floor((i * sorted.length) / count)]!)),
  ];
  return starts.map((from, i) => {
    const next = starts[i + 1];
    const to = next === undefined ? sorted[sorted.length - 1]! : Math.max(...distinct.filter((value) => value < next));
    const step = starts.length === 1 ? 2 : Math.round((i * (COLOURS.length - 1)) / (starts.length - 1));
    return { from, to, colour: COLOURS[step]! };
  });
}

/** The colour of a number. */
export function colourOf(found: NumberClass[], value: number | null | undefined): string {
  if (value === null || value === undefined) return NO_NUMBER;
  return found.findLast((one) => value >= one.from)?.colour ?? NO_NUMBER;
}

/** The first names of a list, and a sign that there are more. */
export const shortened = (names: string[], most = 8) =>
  names.slice(0, most).join(", ") + (names.length > most ? " …" : "");

/** Decimals that tell the numbers of a column apart, at most two. */
export const decimalsOf = (values: number[]) =>
  Math.max(0, ...values.map((value) => Math.min(2, (String(value).split(".")[1] ?? "").length)));
