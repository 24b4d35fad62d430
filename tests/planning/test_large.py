"""Heavy rain catchment by catchment on a cluster: the ground of Dorsten, against the same in one run."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from typer.testing import CliRunner

from kastor.city.terrain import Terrain
from kastor.cli import app as cli
from kastor.planning import computing, large, orders
from kastor.process import InvalidInput, Quiet
from kastor.store import Dataset, Tenant, create_tenant, results

GROUND = Path(__file__).parent.parent / "data" / "dgm1_dorsten.tif"
RAIN = {"storm": "own", "millimetres": 60.0, "minutes": 30, "after": 30, "cell": 2, "scheme": "preview"}
AREA = {"type": "Polygon", "coordinates": [[[360350, 5721600], [360650, 5721600], [360650, 5721650], [360350, 5721650],
                                            [360350, 5721600]]]}  # fmt: skip


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with rasterio.open(GROUND) as file:
        ground = Terrain("EPSG:25832+7837", file.transform.c, file.transform.f, 1.0, file.read(1))
    with create_tenant(tmp_path_factory.mktemp("dorsten") / "home", "dorsten", "Dorsten", "EPSG:25832+7837") as twin:
        with twin.load(Dataset("dgm1", "DGM1")) as loading:
            loading.put_terrain("ground", ground)
            loading.finish({"source": "dgm1", "findings": []})
        yield twin


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from distributed import Client, LocalCluster

        with (
            LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=large.HERE) as here,
            Client(here) as client,
        ):
            yield client


def home(twin: Tenant) -> Path:
    return twin.directory.parent.parent


def whole() -> dict[str, Any]:
    west, south, east, north = 360250, 5721500, 360750, 5721750
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def depth(file: Path) -> np.ndarray:
    with rasterio.open(file) as raster:
        found: np.ndarray = raster.read(1)
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    return found


@pytest.fixture(scope="module")
def untiled(twin: Tenant) -> np.ndarray:
    order = orders.read(twin, "rain", {"area": whole(), **RAIN})
    return depth(results.file_of(twin, computing.compute(twin, order, Quiet()), "depth.tif"))


def test_one_catchment_gives_the_bits_of_the_ordinary_run(
    twin: Tenant, client: Any, untiled: np.ndarray, tmp_path: Path
) -> None:
    order = orders.read(twin, "rain", {"area": whole(), **RAIN})
    account = large.compute_large(home(twin), twin, order, tmp_path, client, lambda _: None, most=1e12)
    assert (account["catchments"], account["water_missing"]) == (1, 0)
    assert np.array_equal(depth(tmp_path / "depth.tif"), untiled, equal_nan=True)


def test_catchments_together_give_nearly_what_one_run_gives(
    twin: Tenant, client: Any, untiled: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "OVERLAP", 30.0)
    order = orders.read(twin, "rain", {"area": whole(), **RAIN})
    told: list[float] = []
    account = large.compute_large(home(twin), twin, order, tmp_path, client, told.append, most=15_000)
    assert account["water_missing"] == 0
    assert account["catchments"] >= 5
    assert told[-1] == 1.0
    plan = large.read(tmp_path)
    assert (plan.found.below >= 0).sum() >= 2
    found = depth(tmp_path / "depth.tif")
    assert found.shape == untiled.shape
    apart = np.abs(found - untiled)[np.isfinite(found) & np.isfinite(untiled)]
    assert len(apart) > 0.99 * np.isfinite(untiled).sum()
    print({q: float(np.quantile(apart, q)) for q in (0.5, 0.9, 0.95, 0.99, 1.0)})
    assert np.quantile(apart, 0.9) < 0.02
    assert (apart > 0.1).mean() < 0.03


def test_a_run_that_was_stopped_goes_on_where_it_was(twin: Tenant, client: Any, tmp_path: Path) -> None:
    order = orders.read(twin, "rain", {"area": AREA, **RAIN, "cell": 4})
    first = large.compute_large(home(twin), twin, order, tmp_path, client, lambda _: None, most=5_000)
    tiles = {file.name: file.stat().st_mtime_ns for file in tmp_path.glob("tile-*.npz")}
    assert len(tiles) == first["catchments"]
    before = depth(tmp_path / "depth.tif")
    (tmp_path / "tile-0.npz").unlink()
    (tmp_path / "depth.tif").unlink()
    large.compute_large(home(twin), twin, order, tmp_path, client, lambda _: None, most=5_000)
    again = {file.name: file.stat().st_mtime_ns for file in tmp_path.glob("tile-*.npz")}
    assert {name for name in again if again[name] != tiles[name]} == {"tile-0.npz"}
    assert np.array_equal(depth(tmp_path / "depth.tif"), before, equal_nan=True)
    other = orders.read(twin, "rain", {"area": AREA, **RAIN, "cell": 8})
    with pytest.raises(InvalidInput, match="another run"):
        large.divide(twin, other, tmp_path)


@pytest.mark.parametrize(("process", "inputs"), [
    ("slope", {}), ("rain", {"edits": [{"kind": "basin", "outline": [[360400, 5721600], [360420, 5721600],
                                                                     [360420, 5721620]], "depth": 1.0}]}),
])  # fmt: skip
def test_what_a_cluster_cannot_do_is_refused(twin: Tenant, tmp_path: Path, process: str, inputs: Any) -> None:
    with pytest.raises(InvalidInput, match="without --cluster"):
        large.divide(twin, orders.read(twin, process, {"area": AREA, **inputs}), tmp_path)


def test_nobody_at_the_address_is_told() -> None:
    with pytest.raises(InvalidInput, match="No Dask scheduler"), large.cluster("nowhere"):
        raise AssertionError("nobody is there")


def test_the_command_runs_a_cluster_of_its_own(twin: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(home(twin)))
    command = ["run", "rain", "dorsten", "--corners", "360350,5721600;360650,5721600;360650,5721650;360350,5721650",
               "--storm", "own", "--minutes", "10", "--after", "0", "--cell", "8", "--scheme", "preview",
               "--cluster", "local"]  # fmt: skip
    found = CliRunner().invoke(cli, [*command, "--output", str(tmp_path / "run")])
    assert found.exit_code == 0, found.output
    assert json.loads(found.output[found.output.index("{") :])["water_missing"] == 0
    assert np.nanmax(depth(tmp_path / "run" / "depth.tif")) > 0.05
    assert "--output" in CliRunner().invoke(cli, command).output
