"""Heavy rain on areas too large for one run: catchment by catchment, on the machines of a Dask cluster.

The area is divided into catchments, see :mod:`~kastor.simulations.catchments`. Each is a task of its own: the same
kernel on its box, with some overlap beyond the divide; where more ground lies above, what leaves there enters as a
hydrograph, so upper ones are computed first. A task that is done has a file, so a run that was stopped goes on where
it was. In the end the tasks' maxima are laid over each other into one raster, the greater value where they overlap.

Limits: backwater does not reach from one catchment up into the next, and water does not flow over a divide for good.
All machines need the same data directory and the same room for the files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import rasterio
import rasterio.shutil
import scipy
import shapely
from numpy.typing import NDArray
from rasterio.transform import from_origin
from rasterio.windows import Window

from kastor.city.site import Site
from kastor.city.terrain import known_box
from kastor.planning import orders
from kastor.planning.computing import data_of, site_of
from kastor.planning.orders import Order
from kastor.process import InvalidInput, MissingData, check_site
from kastor.simulations.catchments import Catchments, catchments
from kastor.simulations.flood import Section, flood
from kastor.simulations.grid import Grid, grid, open_border
from kastor.simulations.rain import Rain
from kastor.simulations.scene import Inflow, Roofs, Scene, SceneError
from kastor.simulations.storms import Storm, StormError, design_rain_near
from kastor.store import Tenant, open_tenant

COARSE = 10.0
"""Side of the cells catchments are found on. [m]"""

TILE = 16e6
"""Ground from which on a catchment is cut. [m²]"""

OVERLAP = 200.0
"""How far a task goes beyond its catchment. [m]"""

HERE = "127.0.0.1:0"
"""Where a cluster of its own shows how it is: any free port of this machine."""

PLAN, ACCOUNT = "plan.npz", "account.json"
LAYERS = ("depth", "speed")


@dataclass(frozen=True, eq=False)
class Plan:
    """
    How an area is divided.

    Parameters
    ----------
    key
        Id of the result the order would have, which tells one order from another.
    west, north, cell
        Of the cells of ``found``. [m]
    found
        The catchments.
    """

    key: str
    west: float
    north: float
    cell: float
    found: Catchments

    def box(self, one: int) -> tuple[float, float, float, float]:
        """The box of a catchment with its overlap. [m]"""
        row, col = np.nonzero(self.found.number == one)
        return (
            self.west + col.min() * self.cell - OVERLAP, self.north - (row.max() + 1) * self.cell - OVERLAP,
            self.west + (col.max() + 1) * self.cell + OVERLAP, self.north - row.min() * self.cell + OVERLAP,
        )  # fmt: skip

    def numbers(self, place: Grid) -> NDArray[np.int32]:
        """Catchment of each cell of a grid, shape (rows, cols)."""
        rows, cols = place.ground.heights.shape
        y = place.north - (np.arange(rows) + 0.5) * place.ground.cell
        x = place.west + (np.arange(cols) + 0.5) * place.ground.cell
        row = np.floor((self.north - y) / self.cell).astype(int)
        col = np.floor((x - self.west) / self.cell).astype(int)
        known = np.pad(self.found.number, 1, constant_values=-1)
        most = np.array(known.shape) - 1
        return known[np.ix_(np.clip(row + 1, 0, most[0]), np.clip(col + 1, 0, most[1]))]


def divide(tenant: Tenant, order: Order, room: Path, most: float = TILE) -> Plan:
    """
    Divide the area of an order, or go on with the division that is there.

    Raises
    ------
    InvalidInput
        When the order is not one of rain, has edits, or the room holds another order.
    MissingData
        When there is no ground.
    """
    rain = order.process
    if not isinstance(rain, Rain) or order.edits or rain.points or rain.sections or rain.inflows or rain.culverts:
        raise InvalidInput(
            "Only heavy rain can be computed on a cluster, without edits, points, sections, inflows and culverts. Run"
            " it without --cluster.",
            "Auf einem Cluster lässt sich nur Starkregen rechnen, ohne Maßnahmen, Punkte, Querschnitte, Zuflüsse und"
            " Durchlässe. Rechnen Sie ohne --cluster.",
        )
    key = f"{order.id(data_of(tenant, order)['hash'])}-{most:g}"
    if (room / PLAN).is_file():
        plan = read(room)
        if plan.key != key:
            raise InvalidInput(f"{room.name} holds the files of another run. Choose an empty directory.")
        return plan
    west, south, east, north = shapely.bounds(order.area).tolist()
    ground = tenant.terrain((west, south, east, north), COARSE)
    if ground is None:
        raise MissingData(
            "rain: the area has no terrain. Load such data or choose another area.",
            "Starkregen: Im Gebiet fehlt ein Geländemodell. Laden Sie eines oder wählen Sie ein anderes Gebiet.",
        )
    try:
        found = catchments(ground.heights, max(int(most / ground.cell**2), 1))
    except SceneError as error:
        raise MissingData(f"rain: {error}", f"Starkregen: {error.words['de']}") from error
    plan = Plan(key, ground.west, ground.north, ground.cell, found)
    room.mkdir(parents=True, exist_ok=True)
    _written(room / PLAN, key=np.array(key), frame=np.array([plan.west, plan.north, plan.cell]), number=found.number,
             outlet=found.outlet, entry=found.entry, below=found.below)  # fmt: skip
    return plan


def read(room: Path) -> Plan:
    """The division a room holds."""
    with np.load(room / PLAN, allow_pickle=False) as kept:
        west, north, cell = kept["frame"].tolist()
        found = Catchments(kept["number"], kept["outlet"], kept["entry"], kept["below"])
        return Plan(str(kept["key"]), west, north, cell, found)


def compute_tile(home: Path, tenant_id: str, inputs: dict[str, Any], room: Path, one: int, *above: Any) -> int:
    """
    Compute one catchment, unless its file is there; ``above`` are tasks that have to come first.

    Raises
    ------
    ProcessError
        When it cannot be computed.
    """
    target = room / f"tile-{one}.npz"
    if target.is_file():
        return one
    plan = read(room)
    with open_tenant(home, tenant_id) as tenant:
        order = orders.read(tenant, Rain.about.id, inputs)
        assert isinstance(order.process, Rain)
        box = plan.box(one)
        site = site_of(tenant, replace(order, area=shapely.box(*box)))
    check_site(order.process.about, replace(site, area=shapely.box(0, 0, 1, 1)))
    assert site.terrain is not None
    rain = order.process
    try:
        place = grid(site.terrain, site.city, _known(box, known_box(site.terrain)), float(rain.cell), sewer=rain.sewer,
                     infiltration=rain.infiltration)  # fmt: skip
        _flow(plan, one, place, rain, _storm(rain, site, box), room, target)
    except SceneError as error:
        raise MissingData(
            f"rain: catchment {one}: {error}", f"Starkregen: Einzugsgebiet {one}: {error.words['de']}"
        ) from error
    return one


def _flow(plan: Plan, one: int, place: Grid, rain: Rain, storm: Storm, room: Path, target: Path) -> None:
    numbers = plan.numbers(place)
    place = _without(place, np.isin(numbers, plan.found.above(one)))
    own = numbers == one
    inflows = tuple(
        _entering(plan, upper, place, own, room) for upper in np.flatnonzero(plan.found.below == one).tolist()
    )
    leaving = _border(numbers, one, int(plan.found.below[one]))
    scene = Scene(place.ground, storm.rain, place.roofs, inflows, edges=(open_border(place.ground),))
    seconds = float(storm.minutes[-1] + rain.after) * 60
    began = time.process_time()
    found = flood(scene, seconds, momentum=rain.scheme == "full", slices=1, sections=leaving, threads=1)
    near = scipy.ndimage.binary_dilation(own, iterations=max(round(OVERLAP / 2 / place.ground.cell), 1))
    free = near & (place.building < 0) & np.isfinite(place.ground.heights)
    discharge = np.maximum(found.section_discharges[0], 0.0) if leaving else np.zeros(len(found.times))
    balance = found.balance
    account = np.array([balance.missing, found.steps, place.ground.heights.size, float(own.sum())])
    _written(
        target, west=place.west, north=place.north, cell=place.ground.cell, times=found.times, discharge=discharge,
        account=account, seconds=time.process_time() - began,
        depth=np.where(free, found.depth, np.float32(np.nan)), speed=np.where(free, found.speed, np.float32(np.nan)),
    )  # fmt: skip


def _known(box: tuple[float, ...], known: tuple[float, ...]) -> tuple[float, float, float, float]:
    """The part of a box in which there is ground, so that water leaves where it ends."""
    return max(box[0], known[0]), max(box[1], known[1]), min(box[2], known[2]), min(box[3], known[3])


def _storm(rain: Rain, site: Site, box: tuple[float, float, float, float]) -> Storm:
    table = site.design_rain or design_rain_near(site.city.crs, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    try:
        return rain.event(table)
    except StormError as error:
        raise InvalidInput(f"storm: {error}", f"storm: {error.words['de']}") from error


def _without(place: Grid, gone: NDArray[np.bool_]) -> Grid:
    """The same without the ground of the catchments above, whose water comes as a hydrograph."""
    ground = replace(place.ground, heights=np.where(gone, np.nan, place.ground.heights))
    kept = ~gone[tuple(place.roofs.cells.T)]
    return replace(place, ground=ground, roofs=Roofs(place.roofs.cells[kept], place.roofs.areas[kept]))


def _entering(plan: Plan, upper: int, place: Grid, own: NDArray[np.bool_], room: Path) -> Inflow:
    """What a catchment above sends, into the free cells around the place where it enters."""
    row, col = plan.found.entry[upper].tolist()
    x, y = plan.west + (col + 0.5) * plan.cell, plan.north - (row + 0.5) * plan.cell
    cell = place.ground.cell
    free = np.argwhere(own & (place.building < 0) & np.isfinite(place.ground.heights))
    apart = np.hypot(place.west + (free[:, 1] + 0.5) * cell - x, place.north - (free[:, 0] + 0.5) * cell - y)
    near = free[apart <= max(plan.cell, float(apart.min()) + cell)]
    with np.load(room / f"tile-{upper}.npz", allow_pickle=False) as kept:
        times, discharge = kept["times"], kept["discharge"]
    return Inflow(near, np.concatenate([[0.0], times]), np.concatenate([[0.0], discharge]))


def _border(numbers: NDArray[np.int32], one: int, below: int) -> tuple[Section, ...]:
    """All faces from a catchment to the one below."""
    if below < 0:
        return ()
    cells, east, south = [], [], []
    for first, second, eastward in ((numbers[:, :-1], numbers[:, 1:], 1), (numbers[:-1], numbers[1:], 0)):
        for here, there, sign in ((one, below, 1), (below, one, -1)):
            at = np.argwhere((first == here) & (second == there))
            cells.append(at)
            east.append(np.full(len(at), sign * eastward))
            south.append(np.full(len(at), sign * (1 - eastward)))
    return (Section("out", np.concatenate(cells), np.concatenate(east).astype(np.int8),
                    np.concatenate(south).astype(np.int8)),)  # fmt: skip


def _written(file: Path, **arrays: Any) -> None:
    """Write arrays, whole or not at all."""
    young = file.with_name(f".{file.name}")
    with young.open("wb") as target:
        np.savez_compressed(target, **arrays)
    young.rename(file)


def compute_large(
    home: Path, tenant: Tenant, order: Order, room: Path, client: Any, progress: Callable[[float], None],
    most: float = TILE,
) -> dict[str, Any]:  # fmt: skip
    """
    Compute an order of heavy rain on a cluster; gives the account of the run.

    Parameters
    ----------
    room
        Directory for the files of the run and its result; one that was begun is gone on with.
    client
        A ``distributed.Client``.
    most
        Ground from which on a catchment is cut. [m²]

    Raises
    ------
    ProcessError
        When the order cannot be computed like this.
    """
    from distributed import as_completed

    plan = divide(tenant, order, room, most)
    tasks: dict[int, Any] = {}
    for one in plan.found.order():
        above = [tasks[upper] for upper in np.flatnonzero(plan.found.below == one).tolist()]
        tasks[one] = client.submit(compute_tile, home, tenant.id, order.inputs, room, one, *above, pure=False)
    for number, task in enumerate(as_completed(list(tasks.values())), 1):
        task.result()
        progress(number / len(tasks))
    for layer in LAYERS:
        mosaic(room, layer, list(tasks), tenant.crs)
    return _account(room, plan, list(tasks))


def mosaic(room: Path, layer: str, tiles: Sequence[int], crs: str) -> Path:
    """Lay the tiles of a layer over each other, the greater value where they overlap, into one GeoTIFF (COG)."""
    frames = {one: _frame(room, one, layer) for one in tiles}
    cell = frames[tiles[0]][2]
    west, north = min(f[0] for f in frames.values()), max(f[1] for f in frames.values())
    east = max(f[0] + f[4] * cell for f in frames.values())
    south = min(f[1] - f[3] * cell for f in frames.values())
    rows, cols = round((north - south) / cell), round((east - west) / cell)
    plain = room / f".{layer}.tif"
    profile: dict[str, Any] = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "height": rows, "width": cols, "nodata": float("nan"),
        "crs": crs, "transform": from_origin(west, north, cell, cell), "tiled": True, "BIGTIFF": "IF_SAFER",
        "blockxsize": 512, "blockysize": 512, "SPARSE_OK": True,
    }  # fmt: skip
    with rasterio.open(plain, "w+", **profile) as target:
        for one, frame in frames.items():
            window = Window(round((frame[0] - west) / cell), round((north - frame[1]) / cell), frame[4], frame[3])
            with np.load(room / f"tile-{one}.npz", allow_pickle=False) as kept:
                target.write(np.fmax(target.read(1, window=window), kept[layer]), 1, window=window)
    found = room / f"{layer}.tif"
    rasterio.shutil.copy(plain, found, driver="COG", compress="DEFLATE", predictor="YES", BIGTIFF="IF_SAFER")
    plain.unlink()
    return found


def _frame(room: Path, one: int, layer: str) -> tuple[float, float, float, int, int]:
    with np.load(room / f"tile-{one}.npz", allow_pickle=False) as kept:
        rows, cols = kept[layer].shape
        return float(kept["west"]), float(kept["north"]), float(kept["cell"]), rows, cols


def _account(room: Path, plan: Plan, tiles: Sequence[int]) -> dict[str, Any]:
    """What the run took: catchments, cells, steps, water missing, CPU seconds of computing."""
    missing, cells, own, cell_steps, seconds = 0, 0, 0.0, 0.0, 0.0
    for one in tiles:
        with np.load(room / f"tile-{one}.npz", allow_pickle=False) as kept:
            lost, steps, computed, inside = kept["account"].tolist()
            missing += abs(int(lost))
            cells += int(computed)
            cell_steps += steps * computed
            seconds += float(kept["seconds"])
            own += inside
    found = {
        "key": plan.key, "catchments": len(tiles), "water_missing": missing, "cells": cells,
        "overlap": round(cells / max(own, 1.0), 3), "cell_steps": cell_steps, "seconds": round(seconds, 3),
    }  # fmt: skip
    (room / ACCOUNT).write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    return found


@contextmanager
def cluster(address: str) -> Any:
    """
    A client of a Dask cluster.

    Parameters
    ----------
    address
        Of its scheduler, such as ``tcp://10.0.0.5:8786``; ``local`` for one on this machine that ends with the run.

    Raises
    ------
    InvalidInput
        When Dask is not installed, or nobody answers there.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InvalidInput("Dask is not installed. Install it with: pip install 'kastor[cluster]'") from error
    if address == "local":
        with LocalCluster(
            n_workers=os.cpu_count() or 1, threads_per_worker=1, processes=True, dashboard_address=HERE,
            worker_dashboard_address=HERE,
        ) as here, Client(here) as client:  # fmt: skip
            yield client
        return
    try:
        with Client(address, timeout=10) as client:
            yield client
    except (OSError, ValueError) as error:
        raise InvalidInput(f"No Dask scheduler answers at {address[:80]!r} ({error}).") from error
