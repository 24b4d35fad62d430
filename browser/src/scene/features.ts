/** What state is each feature of a tile in: hidden, plain, coloured, selected? One texel each, read by the shaders. */

import { Color, DataTexture, NearestFilter, RGBAFormat, UnsignedByteType } from "three";

import type { Table } from "./table";

export interface Colouring {
  property: string;
  colour(value: number | string | null): string;
}

/** The wishes of the page that every tile has to follow, now and when it is loaded later. */
export interface Wishes {
  selected: string | null;
  hidden: ReadonlySet<string>;
  colouring: Colouring | null;
  /** Colours of single objects by their id, over any other. */
  paint: ReadonlyMap<string, string> | null;
}

const WIDTH = 256;
const HIDDEN = 0;
const PLAIN = 85;
const COLOURED = 170;
const SELECTED = 255;

export function stateTexture(features: number): DataTexture {
  const height = Math.max(1, Math.ceil(features / WIDTH));
  const width = features < WIDTH ? Math.max(1, features) : WIDTH;
  const data = new Uint8Array(width * height * 4).fill(PLAIN);
  const texture = new DataTexture(data, width, height, RGBAFormat, UnsignedByteType);
  texture.minFilter = texture.magFilter = NearestFilter;
  texture.needsUpdate = true;
  return texture;
}

/** Writes the states of all rows; colours are asked once per value. */
export function writeStates(texture: DataTexture, table: Table, wishes: Wishes): void {
  const data = texture.image.data as Uint8Array;
  const known = new Map<number | string | null, [number, number, number]>();
  const paint = new Color();
  const bytesOf = (colour: string): [number, number, number] => {
    const hex = paint.set(colour).getHex();
    return [hex >> 16, (hex >> 8) & 255, hex & 255];
  };
  const colourOf = (value: number | string | null, colouring: Colouring) => {
    const rgb = known.get(value) ?? bytesOf(colouring.colour(value));
    known.set(value, rgb);
    return rgb;
  };
  for (let row = 0; row < table.count; row++) {
    data[row * 4 + 3] = wishes.colouring ? COLOURED : PLAIN;
    if (wishes.colouring) data.set(colourOf(table.value(wishes.colouring.property, row), wishes.colouring), row * 4);
  }
  for (const [id, colour] of wishes.paint ?? []) {
    const row = table.rowOf(id);
    if (row >= 0) data.set([...bytesOf(colour), COLOURED], row * 4);
  }
  for (const id of wishes.hidden) {
    const row = table.rowOf(id);
    if (row >= 0) data[row * 4 + 3] = HIDDEN;
  }
  const row = wishes.selected === null ? -1 : table.rowOf(wishes.selected);
  if (row >= 0 && data[row * 4 + 3] !== HIDDEN) data[row * 4 + 3] = SELECTED;
  texture.needsUpdate = true;
}

export function isHidden(texture: DataTexture, row: number): boolean {
  return (texture.image.data as Uint8Array)[row * 4 + 3] === HIDDEN;
}
