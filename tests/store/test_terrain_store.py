"""The ground: stored as it came, joined where parts meet, finest and measured first."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio

from kastor.city.sample import flat_ground
from kastor.city.terrain import Terrain
from kastor.store import Dataset, Tenant
from kastor.store.errors import DamagedFile, WrongReferenceSystem
from tests.store.houses import CRS

WEST, NORTH = 356000.0, 5656000.0


def slope(
    west: float, cols: int, cell: float = 1.0, rows: int = 60, north: float = NORTH, lift: float = 0.0
) -> Terrain:
    """Ground that rises by 1 % to the east."""
    east = west + (np.arange(cols) + 0.5) * cell
    heights = np.broadcast_to(lift + (east - WEST) / 100.0, (rows, cols)).astype(np.float32)
    return Terrain(CRS, west, north, cell, heights)


def put_ground(twin: Tenant, dataset: str = "dgm", **parts: Terrain) -> list[tuple[float, float, float, float]]:
    with twin.load(Dataset(dataset, dataset)) as load:
        for name, terrain in parts.items():
            load.put_terrain(name, terrain)
        return load.finish().terrain


def test_heights_come_back_as_they_were(twin: Tenant) -> None:
    rng = np.random.default_rng(7)
    given = Terrain(CRS, WEST, NORTH, 1.0, rng.normal(50, 5, (300, 200)).astype(np.float32))
    put_ground(twin, all=given)
    found = twin.terrain()
    assert found is not None
    assert (found.west, found.north, found.cell, found.distance) == (WEST, NORTH, 1.0, None)
    assert np.array_equal(found.heights, given.heights)


def test_a_twin_without_ground_has_none(twin: Tenant) -> None:
    assert twin.terrain() is None
    put_ground(twin, all=slope(WEST, 100))
    assert twin.terrain((0, 0, 10, 10)) is None


def test_a_window_is_the_same_heights(twin: Tenant) -> None:
    put_ground(twin, all=slope(WEST, 100))
    found = twin.terrain((WEST + 20, NORTH - 30, WEST + 45, NORTH - 10))
    assert found is not None
    assert found.box == (WEST + 20, NORTH - 30, WEST + 45, NORTH - 10)
    assert np.array_equal(found.heights, slope(WEST + 20, 25, rows=20).heights)


def test_parts_join_without_a_seam(twin: Tenant) -> None:
    put_ground(twin, west=slope(WEST, 100), east=slope(WEST + 100, 100))
    found = twin.terrain()
    assert found is not None
    assert np.array_equal(found.heights, slope(WEST, 200).heights)


def test_between_parts_nothing_is_known(twin: Tenant) -> None:
    put_ground(twin, west=slope(WEST, 100), east=slope(WEST + 120, 100))
    found = twin.terrain()
    assert found is not None
    assert np.isnan(found.heights[:, 100:120]).all()
    assert np.isfinite(found.heights[:, :100]).all()


def test_unknown_heights_stay_unknown(twin: Tenant) -> None:
    given = slope(WEST, 100)
    heights = given.heights.copy()
    heights[10:20, 30:40] = np.nan
    put_ground(twin, all=Terrain(CRS, WEST, NORTH, 1.0, heights))
    found = twin.terrain()
    assert found is not None
    assert np.array_equal(found.heights, heights, equal_nan=True)


def test_larger_cells_are_means(twin: Tenant) -> None:
    put_ground(twin, all=slope(WEST, 100))
    found = twin.terrain(cell=5.0)
    assert found is not None
    assert found.heights.shape == (12, 20)
    np.testing.assert_allclose(found.heights, slope(WEST, 20, 5.0, 12).heights, atol=0.005)


def test_measured_ground_lies_on_derived_ground(twin: Tenant) -> None:
    derived = slope(WEST, 100, lift=10.0)
    put_ground(
        twin, "derived", all=Terrain(CRS, WEST, NORTH, 1.0, derived.heights, np.full((60, 100), 7.0, np.float32))
    )
    put_ground(twin, "measured", all=slope(WEST, 40))
    put_ground(
        twin, "derived", all=Terrain(CRS, WEST, NORTH, 1.0, derived.heights, np.full((60, 100), 8.0, np.float32))
    )
    found = twin.terrain()
    assert found is not None
    assert found.distance is not None
    assert found.heights[0, 0] == pytest.approx(0.005)
    assert found.heights[0, 99] == pytest.approx(10.995)
    assert (found.distance[0, 0], found.distance[0, 99]) == (0.0, 8.0)


def test_the_same_ground_again_changes_nothing(twin: Tenant) -> None:
    assert put_ground(twin, all=flat_ground()) == [flat_ground().box]
    file = next((twin.directory / "terrain").iterdir())
    written = file.stat().st_mtime_ns
    assert put_ground(twin, all=flat_ground()) == []
    assert file.stat().st_mtime_ns == written
    assert twin.datasets()[0].kinds == {"terrain": 1}
    assert twin.counts() == {}


def test_new_ground_of_a_part_replaces_the_old_and_its_file(twin: Tenant) -> None:
    put_ground(twin, all=slope(WEST, 100))
    assert len(put_ground(twin, all=slope(WEST, 100, lift=5.0))) == 2
    found = twin.terrain()
    assert found is not None
    assert found.heights.min() > 5.0
    put_ground(twin, all=slope(WEST, 100, lift=5.0))
    assert len(list((twin.directory / "terrain").iterdir())) == 1


def test_an_ended_dataset_takes_its_ground_along(twin: Tenant) -> None:
    put_ground(twin, all=slope(WEST, 100))
    assert twin.end_dataset("dgm").terrain == [slope(WEST, 100).box]
    assert twin.terrain() is None


def test_the_files_are_what_other_programs_expect(twin: Tenant) -> None:
    put_ground(twin, all=slope(WEST, 100))
    (file,) = (twin.directory / "terrain").iterdir()
    with rasterio.open(file) as found:
        assert found.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert found.crs.to_dict(projjson=True)["type"] == "CompoundCRS"
        assert (found.res, found.descriptions) == ((1.0, 1.0), ("height",))


def test_a_damaged_file_is_named(twin: Tenant) -> None:
    put_ground(twin, all=slope(WEST, 100))
    (file,) = (twin.directory / "terrain").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DamagedFile, match=r"cannot be read.*backup"):
        twin.terrain()


def test_ground_in_another_reference_system_is_refused(twin: Tenant) -> None:
    ground = flat_ground()
    with pytest.raises(WrongReferenceSystem), twin.load(Dataset("dgm", "DGM")) as load:
        load.put_terrain("all", Terrain("EPSG:25833+7837", ground.west, ground.north, ground.cell, ground.heights))
