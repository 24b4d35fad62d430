/** Sizes on paper: the picture's pixels and the scale it has. */
export const PAPERS = ["a4", "a3"] as const;
export type Paper = (typeof PAPERS)[number];
export type Orientation = "landscape" | "portrait";

/** Long and short side [mm]. */
const SIDES: Record<Paper, [number, number]> = { a4: [297, 210], a3: [420, 297] };
/** Edge of the paper that stays white on each side, and what title and foot take [mm], on A4. */
const MARGIN = 10;
const WORDS = 48;
const DOTS_PER_INCH = 150;

/** Width and height of a sheet [mm]. */
export function sheetSize(paper: Paper, orientation: Orientation): [width: number, height: number] {
  const [long, short] = SIDES[paper];
  return orientation === "landscape" ? [long, short] : [short, long];
}

/** The picture on a sheet: pixels, and its height on paper [mm]. */
export function pictureSize(paper: Paper, orientation: Orientation) {
  const [width, height] = sheetSize(paper, orientation);
  const unit = width / sheetSize("a4", orientation)[0];
  const millimetresWide = width - 2 * MARGIN * unit;
  const millimetresHigh = height - (2 * MARGIN + WORDS) * unit;
  const pixels = (millimetres: number) => Math.round((millimetres / 25.4) * DOTS_PER_INCH);
  return { width: pixels(millimetresWide), height: pixels(millimetresHigh), millimetresWide, millimetresHigh };
}

/** Scale in the middle of a picture that shows so many metres from top to bottom. */
export function scaleOf(metresHigh: number, millimetresHigh: number) {
  const ratio = (metresHigh * 1000) / millimetresHigh;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(ratio)) - 1);
  const rounded = Math.round(ratio / step) * step;
  const metres = niceLength((ratio * 40) / 1000);
  return { ratio: rounded, metres, millimetres: (metres * 1000) / ratio };
}

/** The round length nearest below: 1, 2 or 5 times a power of ten. */
function niceLength(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  return power * (metres / power >= 5 ? 5 : metres / power >= 2 ? 2 : 1);
}
