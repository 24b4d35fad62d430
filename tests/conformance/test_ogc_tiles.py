"""Abstract tests of OGC API - Tiles Part 1 (20-057); tiles are judged by the decoder of another project."""

from __future__ import annotations

import math
from itertools import pairwise, product

import mapbox_vector_tile
import pytest

SETS = ("WebMercatorQuad", "EuropeanETRS89_LAEAQuad")


def tileset(api, grid="WebMercatorQuad", below="collections/buildings/"):
    answer = api.get(f"{below}tiles/{grid}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def place(api, grid, level):
    limits = {one["tileMatrix"]: one for one in tileset(api, grid)["tileMatrixSetLimits"]}[str(level)]
    return level, limits["minTileRow"], limits["minTileCol"]


def test_conf_tilesets_list(api):
    for below in ("", "collections/buildings/"):
        listed = api.get(f"{below}tiles").json()["tilesets"]
        assert [one["tileMatrixSetURI"].rpartition("/")[2] for one in listed] == list(SETS)
        assert all(one["dataType"] == "vector" and one["links"] for one in listed)


@pytest.mark.parametrize("grid", SETS)
def test_conf_tileset(api, grid):
    found = tileset(api, grid)
    assert found["crs"].startswith("http://www.opengis.net/def/crs/EPSG/0/")
    (template,) = [link for link in found["links"] if link["rel"] == "item"]
    assert template["templated"] is True
    assert all(part in template["href"] for part in ("{tileMatrix}", "{tileRow}", "{tileCol}"))


@pytest.mark.parametrize("grid", SETS)
def test_conf_tms_tilematrixset(api, grid):
    found = api.get(f"tileMatrixSets/{grid}").json()
    matrices = found["tileMatrices"]
    assert found["id"] == grid
    for before, after in pairwise(matrices):
        assert after["cellSize"] == before["cellSize"] / 2
        assert after["scaleDenominator"] == pytest.approx(after["cellSize"] / 0.00028)
    registered = {"WebMercatorQuad": 559082264.0287178, "EuropeanETRS89_LAEAQuad": 62779017.857142866}
    assert matrices[0]["scaleDenominator"] == pytest.approx(registered[grid])


@pytest.mark.parametrize("grid", SETS)
def test_conf_core_tc_success_and_mvt(api, grid):
    (limits,) = [one for one in tileset(api, grid)["tileMatrixSetLimits"] if one["tileMatrix"] == "16"]
    rows = range(limits["minTileRow"], limits["maxTileRow"] + 1)
    columns = range(limits["minTileCol"], limits["maxTileCol"] + 1)
    found = set()
    for row, column in product(rows, columns):
        answer = api.get(f"collections/buildings/tiles/{grid}/16/{row}/{column}")
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        layers = mapbox_vector_tile.decode(answer.content)
        assert layers["buildings"]["extent"] == 4096
        found |= {f["properties"]["id"] for f in layers["buildings"]["features"]}
    assert found == {"flat", "gable", "pair", "courtyard"}


def test_a_building_lies_in_the_tile_where_it_lies_on_the_map(api):
    level, row, column = place(api, "WebMercatorQuad", 18)
    answer = api.get(f"collections/buildings/tiles/WebMercatorQuad/{level}/{row}/{column}")
    decoded = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})
    (flat,) = [f for f in decoded["buildings"]["features"] if f["properties"]["id"] == "flat"]
    ring = api.get("collections/buildings/items/flat").json()["geometry"]["coordinates"][0]
    expected = {mercator(longitude, latitude, level, row, column) for longitude, latitude in ring}
    found = {tuple(point) for point in flat["geometry"]["coordinates"][0]}
    assert len(found) == len(expected) == 4
    for x, y in found:
        assert min(math.hypot(x - a, y - b) for a, b in expected) <= 1.0


def mercator(longitude, latitude, level, row, column):
    x = (longitude + 180) / 360 * 2**level - column
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**level - row
    return x * 4096, y * 4096


def test_conf_core_tc_error(api):
    for wrong in ("x/1/1", "16/99999999/1", "16/-1/1", "99/0/0", "1/0/0"):
        assert api.get(f"collections/buildings/tiles/WebMercatorQuad/{wrong}").status_code == 404
    assert api.get("collections/buildings/tiles/Nothing/16/1/1").status_code == 404


def test_where_nothing_is_there_is_no_content(api):
    assert api.get("tiles/WebMercatorQuad/16/1/1").status_code == 204


def test_tiles_are_not_sent_twice(api):
    level, row, column = place(api, "WebMercatorQuad", 16)
    address = f"tiles/WebMercatorQuad/{level}/{row}/{column}"
    tag = api.get(address).headers["etag"]
    assert api.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_tilejson_names_the_tiles(api):
    found = api.get("tiles/WebMercatorQuad/tilejson").json()
    assert found["tiles"][0].endswith("/tiles/WebMercatorQuad/{z}/{y}/{x}")
    assert {layer["id"] for layer in found["vector_layers"]} >= {"buildings", "trees"}
