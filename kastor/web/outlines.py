"""Plan geometry as GeoJSON in the tenant's own reference system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import shapely

ROUNDED = 0.001
"""Coordinates are given to the millimetre. [m]"""


def as_geojson(shapes: Sequence[Any]) -> dict[str, Any]:
    """
    One GeoJSON geometry for some shapes: their union where they are several.

    A shape of one polygon or line in it is given as such, so that it can be drawn on.
    """
    whole = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
    if shapely.get_num_geometries(whole) == 1:
        whole = shapely.get_geometry(whole, 0)
    rounded = shapely.set_precision(whole, ROUNDED, mode="pointwise")
    found: dict[str, Any] = orjson.loads(shapely.to_geojson(rounded))
    return found
