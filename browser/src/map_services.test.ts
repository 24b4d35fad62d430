import { expect, it } from "vitest";
import type { MapService } from "./api";
import { piecesOf } from "./map_services";

const service: MapService = {
  id: "luft",
  title: "Luftbild",
  type: "wms",
  url: "https://maps.example/wms?map=dop",
  layer: "dop,names",
  style: "",
  attribution: "Amt",
  crs: "EPSG:25832",
  levels: [],
};
const tiled: MapService = {
  ...service,
  type: "wmts",
  url: "https://maps.example/{TileMatrix}/{TileRow}/{TileCol}.png",
  levels: [
    { id: "0", resolution: 4, west: 1000, north: 9000, tile: [256, 256], tiles: [8, 8] },
    { id: "1", resolution: 1, west: 1000, north: 9000, tile: [256, 256], tiles: [32, 32] },
  ],
};

it("asks a WMS for one picture of the box and keeps the parameters of its address", () => {
  const [piece, ...rest] = piecesOf(service, [1000, 2000, 1400, 2200], 800, 400);
  const asked = new URL(piece!.url).searchParams;
  expect(rest).toEqual([]);
  expect([asked.get("map"), asked.get("BBOX"), asked.get("WIDTH"), asked.get("HEIGHT")]).toEqual([
    "dop",
    "1000.000,2000.000,1400.000,2200.000",
    "800",
    "400",
  ]);
  expect([asked.get("SRS"), asked.get("LAYERS")]).toEqual(["EPSG:25832", "dop,names"]);
});

it("lays the tiles of a WMTS edge to edge over the box", () => {
  const pieces = piecesOf(tiled, [1256, 8232, 1768, 8744], 512, 512);
  expect(pieces.map(({ url }) => url.slice(20))).toEqual(["/1/1/1.png", "/1/1/2.png", "/1/2/1.png", "/1/2/2.png"]);
  expect(pieces[0]).toMatchObject({ left: 0, top: 0, width: 256, height: 256 });
  expect(pieces[3]).toMatchObject({ left: 256, top: 256 });
});

it("takes a coarser level for a large box and nothing outside the matrix", () => {
  expect(piecesOf(tiled, [1000, 5000, 5000, 9000], 1000, 1000)[0]!.url).toContain("/0/0/0.png");
  expect(piecesOf(tiled, [-9000, -9000, -8000, -8000], 100, 100)).toEqual([]);
});
