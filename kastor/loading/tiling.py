"""The tiles of a tenant, brought up to date with what is stored: only what changed is made anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from kastor.city.cells import CELL
from kastor.city.drape import drape
from kastor.city.extrude import extrude
from kastor.city.model import City
from kastor.formats.crs_names import normalise
from kastor.formats.frame import frame_at
from kastor.formats.operations import area_of_use
from kastor.loading import layers as drawing
from kastor.loading.files import Progress, quiet
from kastor.loading.stand import Stand
from kastor.loading.words import word
from kastor.store import Tenant
from kastor.store.visibility import PUBLIC, STAFF, State
from kastor.tiles.tileset import TilingResult, write_root

LAYERS = tuple(drawing.LAYERS)
"""Layers of a tenant, in the order they are listed."""

TOGETHER = ("terrain", "buildings", "trees", "woodland")
"""Layers other viewers see in one tileset."""

GERMANY_NORTH = 5_650_000.0
"""Northing of the middle of Germany in the plane systems used there. [m]"""


def tile(tenant: Tenant, progress: Progress = quiet, layers: Sequence[str] = LAYERS) -> dict[str, TilingResult]:
    """
    Bring layers up to date with the public datasets, and those of the staff with the internal ones too.

    Parameters
    ----------
    layers
        Names of ``LAYERS``; the others stay as they are.

    Returns
    -------
    dict
        What was done for everybody, by layer; layers with nothing to show are left out.
    """
    if tenant.info.origin is None and tenant.cells():
        tenant.update(origin=origin_of(tenant))
    internal = any(one.state is State.INTERNAL and not one.ended for one in tenant.datasets())
    _tile(tenant.showing(STAFF) if internal else None, _staff_tiles(tenant), progress, layers)
    return _tile(tenant.showing(PUBLIC), tenant.tiles, progress, layers)


def _tile(tenant: Tenant | None, directory: Path, progress: Progress, layers: Sequence[str]) -> dict[str, TilingResult]:
    """Bring the layers below a directory up to date with what is in sight of a tenant."""
    stand = Stand.of(tenant) if tenant is not None else None
    if tenant is None or stand is None:
        # what is no longer for these eyes must not be left lying there
        for left in directory.glob("*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        return {}
    frame = frame_at(tenant.crs, origin_of(tenant))
    done: dict[str, TilingResult] = {}
    for name, draw in drawing.LAYERS.items():
        result = draw(stand, frame, directory, _watch(progress, name)) if name in layers else None
        if result is not None and result.bytes:
            done[name] = result
    write_root(directory, TOGETHER)
    return done


def tiles_of(tenant: Tenant) -> Path:
    """Directory of the tiles of what is in sight of a tenant: the staff's where it sees internal datasets."""
    staff = _staff_tiles(tenant)
    if State.INTERNAL in tenant.database.states and (staff / "tileset.json").is_file():
        return staff
    return tenant.tiles


def _staff_tiles(tenant: Tenant) -> Path:
    # not below the public ones, whose files anybody may fetch
    return tenant.directory / "tiles-staff"


def layers_of(tenant: Tenant) -> list[str]:
    """Layers that have something to show."""
    return [layer for layer in LAYERS if any((tiles_of(tenant) / layer).glob("*.glb"))]


def origin_of(tenant: Tenant) -> tuple[float, float, float]:
    """Where the local frame of a tenant stands: its own, or the middle of what is loaded. [m]"""
    if tenant.info.origin is not None:
        return tenant.info.origin
    box = tenant.box()
    if box is None:
        # nothing is in sight: the middle of the zone, where Germany is
        west, _, east, _ = area_of_use(f"EPSG:{normalise(tenant.crs).horizontal}", 0.0)
        return (round((west + east) / 2), GERMANY_NORTH, 0.0)
    return (round((box[0] + box[3]) / 2), round((box[1] + box[4]) / 2), round(box[2]))


def standing(tenant: Tenant, city: City) -> City:
    """A cut of a tenant's city with its plan data laid on the ground."""
    if not len(city.xyz):
        return city
    low, high = city.xyz[:, :2].min(axis=0), city.xyz[:, :2].max(axis=0)
    terrain = tenant.terrain((low[0] - CELL, low[1] - CELL, high[0] + CELL, high[1] + CELL))
    return extrude(city) if terrain is None else drape(city, terrain)


def _watch(progress: Progress, layer: str) -> Callable[[int, int], None]:
    words = f"{word('tiles')}: {word(layer)}"
    return lambda done, total: progress(words, done / max(total, 1))
