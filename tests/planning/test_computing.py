"""From an order to a kept result: the same answer for the same question, and told when it is out of date."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import rasterio
import shapely

from kastor.city.model import with_coordinates
from kastor.city.sample import ORIGIN, flat_ground, four_houses
from kastor.city.terrain import Terrain
from kastor.planning import computing, orders
from kastor.planning.orders import Order
from kastor.process import InvalidInput, MissingData, Quiet
from kastor.store import Dataset, Tenant, open_tenant, results
from kastor.store.backup import restore, save
from kastor.store.visibility import State

E, N, _ = ORIGIN
AREA = {"type": "Polygon", "coordinates": [[[E, N], [E + 40, N], [E + 40, N + 40], [E, N + 40], [E, N]]]}
BASIN = {"kind": "basin", "outline": [[E + 15, N + 15], [E + 25, N + 15], [E + 25, N + 25]], "depth": 2.0}


def order(twin: Tenant, **inputs: Any) -> Order:
    return orders.read(twin, "slope", {"area": AREA, **inputs})


def compute(twin: Tenant, **inputs: Any) -> str:
    return computing.compute(twin, order(twin, **inputs), Quiet(), "7")


def document(twin: Tenant, result_id: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(results.file_of(twin, result_id, results.DOCUMENT).read_bytes())
    return found


def test_the_same_question_has_one_answer(small_twin: Tenant) -> None:
    one = compute(small_twin)
    assert compute(small_twin) == one
    # corners in another order, and numbers written in another way, ask the same
    turned = {"type": "Polygon", "coordinates": [AREA["coordinates"][0][::-1]]}
    assert compute(small_twin, area=turned, limit=6) == one
    assert compute(small_twin, edits=[]) == one
    assert len(results.results_of(small_twin.database)) == 1


def test_another_question_has_another_answer(small_twin: Tenant) -> None:
    answers = {compute(small_twin), compute(small_twin, limit=8.0), compute(small_twin, edits=[BASIN]),
               compute(small_twin, area={"around": f"{E + 20},{N + 20}", "radius": 15})}  # fmt: skip
    assert len(answers) == 4


def test_a_result_is_open_formats_that_say_where_they_come_from(small_twin: Tenant) -> None:
    result_id = compute(small_twin, edits=[BASIN])
    found = document(small_twin, result_id)
    assert found["profile"] == "kastor-result-1"
    assert found["process"]["id"] == "slope"
    assert [s["id"] for s in found["attribution"]] == ["houses"]
    assert {i["unit"] for i in found["indicators"]} == {"%", "m"}
    with rasterio.open(results.file_of(small_twin, result_id, "slope.tif")) as raster:
        assert raster.crs.to_epsg() in (25832, None) or "25832" in raster.crs.to_wkt()
        assert (raster.width, raster.height) == (found["rasters"][0]["cols"], found["rasters"][0]["rows"])
        assert np.nanmax(raster.read(1)) > 50
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    streets = orjson.loads(results.file_of(small_twin, result_id, "street_slope.geojson").read_bytes())
    assert {f["id"] for f in streets["features"]} == {"way/1", "way/2"}


def test_an_order_written_down_is_read_as_the_same_order(small_twin: Tenant) -> None:
    first = order(small_twin, edits=[BASIN, {"kind": "demolish", "id": "gable"}], limit=9.0)
    again = orders.read(small_twin, "slope", orjson.loads(orjson.dumps(first.inputs)))
    assert again.id("data") == first.id("data")
    assert again.edits == first.edits
    assert shapely.equals_exact(again.area, first.area)


def test_a_result_is_out_of_date_when_its_data_or_its_model_changed(small_twin: Tenant) -> None:
    kept = results.result(small_twin.database, compute(small_twin))
    assert computing.stale(small_twin, kept) == []
    ground = flat_ground()
    with small_twin.load(Dataset("survey", "Neue Vermessung")) as loading:
        loading.put_terrain("ground", Terrain(ground.crs, ground.west, ground.north, 1.0, ground.heights + 1))
        loading.finish({"source": "survey", "findings": []})
    assert [reason["de"] for reason in computing.stale(small_twin, kept)] == ["Die Daten haben sich geändert."]
    older = replace(kept, version="0")
    assert "neue Fassung" in computing.stale(small_twin, older)[0]["de"]
    gone = replace(kept, process="wind")
    assert "gibt es hier nicht" in computing.stale(small_twin, gone)[0]["de"]


def test_what_happens_elsewhere_does_not_make_a_result_old(small_twin: Tenant) -> None:
    kept = results.result(small_twin.database, compute(small_twin))
    far = four_houses()
    moved = with_coordinates(far, far.xyz + np.array([5000.0, 5000.0, 0.0]), far.crs)
    with small_twin.load(Dataset("far", "Weit weg")) as loading:
        loading.put("far", moved)
        loading.finish({"source": "far", "findings": []})
    assert computing.stale(small_twin, kept) == []


def test_drafts_do_not_count(small_twin: Tenant) -> None:
    first = compute(small_twin)
    small_twin.set_state("houses", State.DRAFT)
    with pytest.raises(MissingData):
        compute(small_twin)
    small_twin.set_state("houses", State.INTERNAL)
    assert compute(small_twin) == first


def test_results_come_back_from_a_backup(small_twin: Tenant, tmp_path: Path) -> None:
    result_id = compute(small_twin)
    (small_twin.directory / "runs" / "half").mkdir(parents=True)
    (small_twin.directory / "runs" / "half" / "result.json").write_text("{")
    save(small_twin, tmp_path / "backup")
    restore(tmp_path / "other", tmp_path / "backup", "musterstadt")
    with open_tenant(tmp_path / "other", "musterstadt") as back:
        assert document(back, result_id) == document(small_twin, result_id)
        assert computing.is_kept(back, result_id)
        assert not (back.directory / "runs").exists()


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({"area": {"type": "Point", "coordinates": [1, 2]}}, "'Point' is no area"),
        ({"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}}, "cross itself"),
        ({"area": {"type": "Polygon", "coordinates": "x"}}, "area"),
        ({"area": {"type": "Polygon", "coordinates": []}}, "area"),
        ({"area": {"around": "Nirgendwo 5", "radius": 10}}, "not found"),
        ({"area": {"around": "Hauptstraße 1", "radius": "far"}}, "radius"),
        ({"area": {"planet": "Mars"}}, "corners, around"),
        ({"area": 7}, "corners, around"),
        ({"edits": [{"kind": "explode"}]}, "edits"),
        ({"edits": [{**BASIN, "depth": "deep"}]}, "depth"),
        ({"edits": [{**BASIN, "depth": None}]}, "depth"),
        ({"edits": "all"}, "edits"),
        ({"edits": [BASIN] * 2001}, "2000"),
        ({"limit": 500}, "limit"),
        ({"volume": 11}, "no such parameter"),
    ],
)  # fmt: skip
def test_an_order_that_makes_no_sense_names_what_is_wrong(small_twin: Tenant, inputs: Any, named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        order(small_twin, **inputs)


def test_an_edit_that_cannot_be_is_told_before_anything_is_computed(small_twin: Tenant) -> None:
    with pytest.raises(InvalidInput, match="there is no 'castle' here"):
        compute(small_twin, edits=[{"kind": "demolish", "id": "castle"}])
    assert results.results_of(small_twin.database) == []
