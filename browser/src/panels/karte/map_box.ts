/** The piece of land a drawn map shows, and where a place lies in it. */
export type Box = [west: number, south: number, east: number, north: number];

/** A box around a place with so many metres for each pixel. */
export function boxAround(east: number, north: number, metresPerPixel: number, width: number, height: number): Box {
  const [across, along] = [(width * metresPerPixel) / 2, (height * metresPerPixel) / 2];
  return [east - across, north - along, east + across, north + along];
}

/** Place to pixels from the upper left corner. */
export function toPixel(box: Box, width: number, height: number, east: number, north: number): [x: number, y: number] {
  return [((east - box[0]) / (box[2] - box[0])) * width, ((box[3] - north) / (box[3] - box[1])) * height];
}

/** Pixels from the upper left corner to a place. */
export function toPlace(box: Box, width: number, height: number, x: number, y: number): [east: number, north: number] {
  return [box[0] + (x / width) * (box[2] - box[0]), box[3] - (y / height) * (box[3] - box[1])];
}

/** Metres that a scale bar of at most `pixels` shows: 1, 2 or 5 times a power of ten. */
export function roundLength(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  const first = metres / power;
  return power * (first >= 5 ? 5 : first >= 2 ? 2 : 1);
}
