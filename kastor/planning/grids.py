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
from numpy.typing import NDArray

from kastor.store.geotiff import layers
from kastor.store.results import UnknownResult

STEPS = 65534
"""Whole numbers between the least and the greatest value."""

UNKNOWN = 65535
"""Stands for no value."""

REMEMBERED = 32 * 2**20
"""Larger rasters are read band by band instead of being kept in memory. [bytes of whole numbers]"""

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
    count = max(len(raster["times"]), 1)
    if not 0 <= number < count:
        raise UnknownResult(f"The raster {raster['id']!r} has no band {number}; bands are 0 to {count - 1}.")
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
