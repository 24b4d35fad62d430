/** Which pictures of a remote map service cover a piece of the map, the same for the scene and the drawn map. */
import type { MapService } from "./api";

/** West, south, east, north in map metres. */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** A picture and where it lies, in pixels from the upper left corner. */
export interface Piece {
  url: string;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** More tiles for one picture ask too much of a service. */
const MOST = 64;
/** How much coarser than the picture a tile may be. */
const COARSER = 1.5;

export function piecesOf(service: MapService, box: Box, width: number, height: number): Piece[] {
  return service.type === "wms" ? [whole(service, box, width, height)] : tiles(service, box, width);
}

function whole(service: MapService, box: Box, width: number, height: number): Piece {
  const url = new URL(service.url);
  const asked = {
    SERVICE: "WMS",
    VERSION: "1.1.1",
    REQUEST: "GetMap",
    LAYERS: service.layer,
    STYLES: service.style,
    SRS: service.crs,
    BBOX: box.map((value) => value.toFixed(3)).join(","),
    WIDTH: String(Math.round(width)),
    HEIGHT: String(Math.round(height)),
    FORMAT: "image/png",
    TRANSPARENT: "TRUE",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return { url: url.href, left: 0, top: 0, width, height };
}

function tiles(service: MapService, box: Box, width: number): Piece[] {
  const [west, south, east, north] = box;
  const pixel = (east - west) / width;
  // From coarse to fine: the first that is fine enough, unless it takes too many.
  const fine = service.levels.findIndex((level) => level.resolution <= pixel * COARSER);
  for (let i = fine < 0 ? service.levels.length - 1 : fine; i >= 0; i--) {
    const level = service.levels[i]!;
    const [across, along] = [level.resolution * level.tile[0], level.resolution * level.tile[1]];
    const first = Math.max(0, Math.floor((west - level.west) / across));
    const last = Math.min(level.tiles[0] - 1, Math.ceil((east - level.west) / across) - 1);
    const top = Math.max(0, Math.floor((level.north - north) / along));
    const bottom = Math.min(level.tiles[1] - 1, Math.ceil((level.north - south) / along) - 1);
    if ((last - first + 1) * (bottom - top + 1) > MOST && i > 0) continue;
    const pieces: Piece[] = [];
    for (let row = top; row <= bottom; row++) {
      for (let column = first; column <= last; column++) {
        pieces.push({
          url: service.url
            .replace("{TileMatrix}", encodeURIComponent(level.id))
            .replace("{TileRow}", String(row))
            .replace("{TileCol}", String(column)),
          left: (level.west + column * across - west) / pixel,
          top: (north - level.north + row * along) / pixel,
          width: across / pixel,
          height: along / pixel,
        });
      }
    }
    return pieces;
  }
  return [];
}
