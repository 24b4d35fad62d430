"""The city around an area, some cells at a time, so that the memory stays small whatever the area."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import shapely

from kastor.city.model import City, Kind
from kastor.store import Tenant

TOGETHER = 24
"""Cells that are read at once."""


def cities(tenant: Tenant, area: shapely.Geometry, kinds: Iterable[Kind]) -> Iterator[City]:
    """The objects whose box meets that of the area, some cells at a time; ids of several datasets once."""
    west, south, east, north = shapely.bounds(area)
    near = [
        (c.column, c.row)
        for c in tenant.cells()
        if c.box and c.box[0] <= east and c.box[3] >= west and c.box[1] <= north and c.box[4] >= south
    ]
    wanted = list(kinds)
    for first in range(0, len(near), TOGETHER):
        city = tenant.city(near[first : first + TOGETHER], (west, south, east, north), wanted)
        if len(city):
            yield city
