"""From files to tiles: transactional, idempotent, only what changed is made anew, and out again."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest

from kastor.city.model import Kind, Semantic, take
from kastor.city.report import Report
from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.city.strings import Strings
from kastor.city.terrain import Terrain
from kastor.demo.towns import HERE
from kastor.formats.errors import FormatError
from kastor.loading import LoadingError, derive_terrain, export, find_trees, layers_of, load, tile, tiles_of
from kastor.loading.placing import terrain_to_tenant
from kastor.store import Dataset, create_tenant
from kastor.store.errors import UnknownDataset
from kastor.store.visibility import PUBLIC, STAFF, State

DORSTEN = HERE / "dorsten" / "LoD2_32_360_5721_1_NW.gml.gz"
GROUND = HERE / "dorsten" / "dgm1_32_360_5721_1_nw.tif"
SURFACE = HERE / "dorsten" / "dom1_32_360_5721_1_nw.tif"
LOD2 = Dataset("lod2", "LoD2", owner="Geobasis NRW", attribution="Geobasis NRW, dl-de/zero-2-0")


@pytest.fixture
def empty(tmp_path, store):
    with create_tenant(tmp_path / "home", "dorsten", "Dorsten", CRS) as tenant:
        yield tenant


def test_an_official_tile_is_loaded_checked_and_reported(empty):
    loaded = load(empty, [DORSTEN], LOD2)
    assert loaded.result.new == 38
    assert empty.counts() == {"building": 30, "building_part": 8}
    assert loaded.report["kept"]["Building"] == 30
    assert "EPSG:25832+7837" in loaded.report["operation"]
    assert empty.report(loaded.result.report)["source"] == DORSTEN.name


def test_the_same_file_twice_changes_nothing(empty):
    load(empty, [DORSTEN], LOD2)
    cells = empty.cells()
    again = load(empty, [DORSTEN], LOD2)
    assert (again.result.new, again.result.changed, again.result.unchanged) == (0, 0, 38)
    assert [c.hash for c in empty.cells()] == [c.hash for c in cells]


def test_a_file_that_breaks_off_leaves_the_twin_as_it_was(empty, tmp_path):
    load(empty, [DORSTEN], LOD2)
    revision = empty.revision
    broken = tmp_path / "LoD2_32_360_5721_1_NW.gml"
    broken.write_bytes(gzip.decompress(DORSTEN.read_bytes())[:600_000])
    with pytest.raises(FormatError, match="cut off or damaged"):
        load(empty, [broken], LOD2)
    assert empty.revision == revision
    assert empty.counts()["building"] == 30


def test_terrain_comes_from_the_buildings_where_there_is_none(empty):
    load(empty, [DORSTEN], LOD2)
    assert derive_terrain(empty) is not None
    terrain = empty.terrain()
    assert terrain.distance is not None
    known = np.isfinite(terrain.heights)
    assert 20 < float(np.median(terrain.heights[known])) < 80
    assert derive_terrain(empty) is not None, "it is derived anew when buildings changed"


def test_a_measured_terrain_is_not_replaced_by_a_derived_one(empty):
    load(empty, [GROUND], Dataset("dgm1", "DGM1"))
    load(empty, [DORSTEN], LOD2)
    assert derive_terrain(empty) is None
    assert empty.terrain().distance is None or not np.nanmax(empty.terrain().distance) > 0


def test_trees_are_found_between_surface_and_ground(empty):
    with pytest.raises(LoadingError, match="no terrain"):
        find_trees(empty, SURFACE, LOD2)
    load(empty, [GROUND], Dataset("dgm1", "DGM1"))
    find_trees(empty, SURFACE, LOD2)
    assert empty.counts()["tree"] > 1000


def test_only_changed_cells_are_tiled_anew(small_twin):
    first = tile(small_twin)
    assert first["buildings"].built >= 1
    assert set(layers_of(small_twin)) >= {"terrain", "buildings", "trees"}
    again = tile(small_twin)
    assert again["buildings"].built == 0
    assert again["terrain"].built == 0
    small_twin.edit_object("flat", {"measuredHeight": 7.5}, who="clerk")
    third = tile(small_twin)
    assert third["buildings"].built == 1
    assert third["terrain"].built == 0


def test_internal_datasets_are_in_the_tiles_of_the_staff_only(small_twin):
    tile(small_twin)
    assert not (small_twin.directory / "tiles-staff" / "tileset.json").exists()
    hall = replace(take(four_houses(), np.array([0])), ids=Strings.of(["secret-hall"]))
    with small_twin.load(Dataset("secret", "Nur für das Amt", state=State.INTERNAL)) as loading:
        loading.put("hall", hall)
        loading.finish()
    tile(small_twin)
    secret = b"secret-hall"

    def drawn(states):
        return b"".join(file.read_bytes() for file in tiles_of(small_twin.showing(states)).rglob("*.glb"))

    assert secret in drawn(STAFF)
    assert secret not in drawn(PUBLIC)
    assert b"flat" in drawn(PUBLIC)
    assert b"flat" in drawn(STAFF)
    small_twin.set_state("secret", State.PUBLIC)
    tile(small_twin)
    assert secret in drawn(PUBLIC)
    assert tiles_of(small_twin.showing(STAFF)) == small_twin.tiles


def test_the_root_tileset_shows_the_layers_together(tiled_twin):
    root = json.loads((tiled_twin.tiles / "tileset.json").read_text())
    uris = [child["content"]["uri"] for child in root["root"]["children"]]
    assert "buildings/tileset.json" in uris
    assert "terrain/tileset.json" in uris


@pytest.mark.parametrize("format", ["cityjson", "cityjsonseq", "geopackage", "geojson", "geoparquet", "gltf"])
def test_everything_can_be_taken_out_again(tiled_twin, tmp_path, format):
    file = tmp_path / "out"
    assert export(tiled_twin, format, file) == 10
    assert file.stat().st_size > 500
    assert not file.with_name("out.part").exists()


def test_what_is_taken_out_says_which_dataset_it_is_from(small_twin, tmp_path):
    with small_twin.load(Dataset("newer", "Newer")) as loading:
        loading.put("newer", take(four_houses(), np.array([0])))
        loading.finish({"source": "newer", "findings": []})
    export(small_twin, "geojson", tmp_path / "all.geojson")
    features = json.loads((tmp_path / "all.geojson").read_text())["features"]
    assert {"id", "kind", "dataset"} <= set.intersection(*(set(f["properties"]) for f in features))
    assert len({f["id"] for f in features}) == len(features)
    twice = four_houses().ids.tolist()[0]
    assert {f["id"]: f["properties"]["dataset"] for f in features}[twice] == "newer", "the one loaded last counts"
    assert export(small_twin, "geojson", tmp_path / "one.geojson", "newer") == 1
    with pytest.raises(UnknownDataset, match="houses"):
        export(small_twin, "geojson", tmp_path / "none.geojson", "nowhere")


def test_an_unknown_format_is_refused_by_name(small_twin, tmp_path):
    with pytest.raises(FormatError, match="'dwg'"):
        export(small_twin, "dwg", tmp_path / "out")


def test_a_terrain_in_degrees_is_put_on_the_towns_grid():
    heights = np.full((40, 40), 55.0, np.float32)
    degrees = Terrain("EPSG:4326", 6.9, 51.05, 0.001, heights)
    report = Report("srtm")
    metres = terrain_to_tenant(degrees, CRS, report)
    assert metres.crs == CRS
    assert metres.cell >= 10.0
    assert np.nanmax(metres.heights) == 55.0
    assert [f.code for f in report.findings] == ["terrain_resampled"]


def test_a_terrain_without_a_system_is_taken_for_the_towns_and_says_so():
    ground = flat_ground()
    report = Report("dgm")
    placed = terrain_to_tenant(Terrain("", ground.west, ground.north, 1.0, ground.heights), CRS, report)
    assert placed.crs == CRS
    assert [f.code for f in report.findings] == ["terrain_crs_assumed"]


def test_the_sample_stands_on_its_ground(small_twin):
    city = small_twin.city(kinds=[Kind.STREET])
    assert set(city.semantic.tolist()) == {Semantic.AXIS}
    assert city.xyz[0, 2] == ORIGIN[2] == four_houses().xyz[0, 2]
