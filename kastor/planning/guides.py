"""Which lines may a planner's corner lie on? Parcels, axes of streets and outlines of houses near a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kastor.city.model import Kind
from kastor.city.outlines import outlines
from kastor.process import InvalidInput
from kastor.store import Tenant

Box = tuple[float, float, float, float]

GUIDES = {Kind.PARCEL: "parcel", Kind.STREET: "street", Kind.BUILDING: "building"}
"""What a line is called, by the kind of object it belongs to."""

WIDEST = 1500.0
"""Longest side of the box of one question. [m]"""

MOST_LINES = 20_000


def guides(tenant: Tenant, box: Box) -> list[dict[str, Any]]:
    """
    Lines in a box to which a drawing may snap.

    Parameters
    ----------
    tenant
        As far as who asks may see it.
    box
        West, south, east, north. [m]

    Returns
    -------
    list
        Each with ``kind`` (``parcel``, ``street``, ``building``), ``object``, ``closed`` and ``line``, places of the
        plane to the millimetre; the first place of a closed one is not repeated. Parcels first, then streets, then
        houses.

    Raises
    ------
    InvalidInput
        When the box has no area or is wider than :data:`WIDEST`.
    """
    west, south, east, north = box
    if not (0 < east - west <= WIDEST and 0 < north - south <= WIDEST):
        raise InvalidInput(
            f"box: {east - west:.0f} m by {north - south:.0f} m; give WEST,SOUTH,EAST,NORTH, at most {WIDEST:.0f} m"
            " wide and high.",
            f"box: {east - west:.0f} m mal {north - south:.0f} m; geben Sie WEST,SÜD,OST,NORD an, höchstens"
            f" {WIDEST:.0f} m breit und hoch.",
        )
    found = [
        {"kind": name, "object": identifier, "closed": closed, "line": np.round(xy, 3).tolist()}
        for kind, name in GUIDES.items()
        for identifier, closed, xy in _lines_of(tenant, box, kind)
    ]
    return found[:MOST_LINES]


def _lines_of(tenant: Tenant, box: Box, kind: Kind) -> Iterator[tuple[str, bool, Any]]:
    kinds = [kind, Kind.BUILDING_PART] if kind == Kind.BUILDING else [kind]
    city = tenant.city(box=box, kinds=kinds)
    window = shapely.box(*box)
    for identifier, shape, at, parent in zip(city.ids, outlines(city), city.kind, city.parent, strict=True):
        if shape is None or at != kind or parent >= 0 or not shapely.intersects(shape, window):
            continue
        for closed, xy in _rings(shape):
            yield str(identifier), closed, xy


def _rings(shape: BaseGeometry) -> Iterator[tuple[bool, Any]]:
    """Lines of a shape: rings without their last place, and open lines; points have none."""
    for part in shapely.get_parts(shape):
        if shapely.get_dimensions(part) == 2:
            for ring in (part.exterior, *part.interiors):
                yield True, shapely.get_coordinates(ring)[:-1]
        elif shapely.get_dimensions(part) == 1:
            yield False, shapely.get_coordinates(part)
