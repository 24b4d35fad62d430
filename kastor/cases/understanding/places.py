"""What a place says about a report: in which part of town it lies, and on what kind of way or ground.

A report "here is a hole" is about the cycle path when it lies on one. The terms join the words of the text in the same
linear model; nothing about single earlier reports is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, floor, radians

from kastor.cases.knowledge import plane
from kastor.cases.understanding.examples import Example
from kastor.city.model import Kind
from kastor.store import Tenant

CELLS = (60.0, 250.0, 1000.0)
"""Sides of the squares of the town. [m]"""
DEGREE = 111_320.0
"""Length of a degree of latitude. [m]"""
NEAR = 12.0
"""A report lies on a way that is so near. [m]"""
MOST = 8
"""Ways and areas looked at."""


def cells(place: tuple[float, float]) -> tuple[str, ...]:
    """
    Squares of the town a place (longitude, latitude) [degree] lies in.

    Examples
    --------
    >>> cells((9.0, 48.0))[2]
    'g:1000:670:5343'
    """
    lon, lat = place
    east, north = lon * DEGREE * cos(radians(round(lat))), lat * DEGREE
    return tuple(f"g:{side:.0f}:{floor(east / side)}:{floor(north / side)}" for side in CELLS)


def surroundings(tenant: Tenant, place: tuple[float, float]) -> tuple[str, ...]:
    """Ways within ``NEAR`` and the ground at a place, as the twin has them; nothing where it has none."""
    spot = plane(tenant.crs, place)
    if spot is None:
        return ()
    found = []
    for i, (row, _) in enumerate(tenant.nearest(*spot, NEAR, [Kind.STREET], MOST)):
        found += [f"way:{row.detail}"] + ([f"way0:{row.detail}"] if i == 0 else [])
    for row, _ in tenant.nearest(*spot, 1.0, [Kind.LAND_USE, Kind.WATER, Kind.PARKING, Kind.VEGETATION], MOST):
        found.append(f"ground:{row.detail or row.kind.name.lower()}")
    return tuple(found)


def terms(examples: Sequence[Example], tenant: Tenant | None = None) -> list[tuple[str, ...]]:
    """Terms about the place of each text; of those without a place none. Empty when no text has a place."""
    if not any(example.place for example in examples):
        return []
    return [
        (*cells(example.place), *(surroundings(tenant, example.place) if tenant else ())) if example.place else ()
        for example in examples
    ]
