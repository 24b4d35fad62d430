"""Values of the rasters of a result, as screens draw them and as people ask for them at a place or along a line.

For a screen a value is a whole number of 16 bits: ``value = low + number * (high - low) / 65534`` with the ``range``
the document names, and 65535 where nothing is known: finer than any class of a legend, in half of the bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.edits import Basin, GroundWork, Levee, apply
from kastor.city.model import empty_city
from kastor.city.site import Site
from kastor.city.terrain import height_at
from kastor.planning.orders import edits
from kastor.store import Tenant
from kastor.store.geotiff import cells, layers
from kastor.store.results import UnknownResult

STEPS = 65534
"""Whole numbers between the least and the greatest value."""

UNKNOWN = 65535
"""Stands for no value."""

REMEMBERED = 32 * 2**20
"""Larger rasters are read band by band instead of being kept in memory. [bytes of whole numbers]"""

MOST_SAMPLES = 2000
"""Places along a line at which values are read."""

U2 = NDArray[np.uint16]


def raster_of(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """
    What the document of a result says about one of its rasters.

    Raises
    ------
    UnknownResult
        When there is none of this name.
    """
    for raster in document["rasters"]:
        if raster["id"] == name:
            found: dict[str, Any] = raster
            return found
    known = ", ".join(raster["id"] for raster in document["rasters"]) or "none"
    raise UnknownResult(f"The result has no raster {name[:60]!r}; it has {known}.")


def check_band(raster: Mapping[str, Any], number: int) -> int:
    """
    How many bands a raster has.

    Raises
    ------
    UnknownResult
        When it has none of this number.
    """
    count = max(len(raster["times"]), 1)
    if not 0 <= number < count:
        raise UnknownResult(f"The raster {raster['id']!r} has no band {number}; bands are 0 to {count - 1}.")
    return count


def band(file: Path, raster: Mapping[str, Any], number: int) -> bytes:
    """
    A band of a raster for a screen: little-endian, rows x cols, first row in the north.

    Parameters
    ----------
    file
        The raster.
    raster
        What the document says about it.
    number
        0 for the first one.

    Raises
    ------
    UnknownResult
        When there is no such band.
    """
    count = check_band(raster, number)
    low, high = raster["range"] or (0.0, 0.0)
    if count * raster["rows"] * raster["cols"] * 2 > REMEMBERED:
        found = whole_numbers(layers(file, [number])[0], low, high)
    else:
        # all bands of a raster lie together in its file: reading one costs as much as reading all
        found = _all_bands(file, file.stat().st_mtime_ns, low, high)[number]
    return found.astype("<u2", copy=False).tobytes()


@lru_cache(maxsize=4)
def _all_bands(file: Path, changed: int, low: float, high: float) -> U2:
    return np.stack([whole_numbers(layer, low, high) for layer in layers(file)])


def whole_numbers(values: NDArray[np.float32], low: float, high: float) -> U2:
    """
    Values as whole numbers.

    Examples
    --------
    >>> whole_numbers(np.array([0.0, 0.5, 1.0, np.nan], np.float32), 0.0, 1.0).tolist()
    [0, 32767, 65534, 65535]
    """
    known = np.isfinite(values)
    span = high - low
    share = (np.where(known, values, low) - low) / (span if span > 0 else 1.0)
    return np.where(known, np.rint(np.clip(share, 0.0, 1.0) * STEPS), UNKNOWN).astype(np.uint16)


def over_time(file: Path, raster: Mapping[str, Any], place: tuple[float, float]) -> dict[str, Any]:
    """Values of the cell at a place over time: ``times`` [s], ``values`` (None where unknown) and ``unit``."""
    row, col = _cells_at(raster, np.array([place]))
    return {"times": raster["times"] or [0.0], "values": _plain(cells(file, row, col)[:, 0]), "unit": raster["unit"]}


def along(
    tenant: Tenant, inputs: Mapping[str, Any], file: Path, raster: Mapping[str, Any], line: NDArray[np.float64],
    band: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """
    Values along a line and the ground below it.

    Parameters
    ----------
    inputs
        Of the result: what its edits did to the ground counts.
    line
        Corners, shape (n, 2). [m]
    band
        Of the raster.

    Returns
    -------
        ``distance`` from the beginning [m], ``values``, ``ground`` [m], both None where unknown, and ``unit``.
    """
    axis = shapely.LineString(line)
    count = min(int(axis.length / (raster["cell"] / 2)) + 2, MOST_SAMPLES)
    distance = np.linspace(0.0, axis.length, count)
    places = shapely.get_coordinates(shapely.line_interpolate_point(axis, distance))
    row, col = _cells_at(raster, places)
    return {
        "distance": np.round(distance, 2).tolist(),
        "values": _plain(cells(file, row, col, [band])[0]),
        "ground": _plain(_ground(tenant, inputs, axis, places, raster["cell"])),
        "unit": raster["unit"],
    }


def _cells_at(raster: Mapping[str, Any], places: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    row = np.floor((raster["north"] - places[:, 1]) / raster["cell"])
    col = np.floor((places[:, 0] - raster["west"]) / raster["cell"])
    return row.astype(np.int64), col.astype(np.int64)


def _ground(
    tenant: Tenant, inputs: Mapping[str, Any], axis: shapely.LineString, places: NDArray[np.float64], cell: float
) -> NDArray[np.float64]:
    """Heights with the basins and levees of a result, NaN where unknown."""
    box = shapely.bounds(shapely.buffer(axis, 4 * cell)).tolist()
    terrain = tenant.terrain(tuple(box), cell)
    if terrain is None:
        return np.full(len(places), np.nan)
    changes = [edit for edit in edits(inputs.get("edits") or ()) if isinstance(edit, Basin | Levee | GroundWork)]
    changed = apply(Site(shapely.box(*box), empty_city(terrain.crs), terrain), changes).terrain
    assert changed is not None
    return height_at(changed, places[:, 0], places[:, 1])


def _plain(values: NDArray[np.floating]) -> list[float | None]:
    return [round(value, 4) if np.isfinite(value) else None for value in values.tolist()]
