"""Storeys and floor area of buildings, from the source where it says so, else estimated from heights.

Floor area is storeys times footprint, outer edge to outer edge, attics and basements left out. Where the source
states no storeys they are estimated: the height of the walls (ground to eaves; the whole height where no roof is
known) over the usual height of a storey, at least one. Halls, barns and garages count as one storey.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from kastor.city.codelists import FUNCTION_GROUPS, function_group
from kastor.city.model import City, Semantic, boxes, owner, root

STOREY_HEIGHTS: Mapping[str, float] = {
    "unknown": 3.0, "residential": 3.0, "commercial": 3.5, "public": 3.5, "other": 3.5,
}  # fmt: skip
"""Usual height of a storey by function group; groups not named have one storey. [m]"""


def groups(city: City) -> NDArray[np.int64]:
    """Function group of each object's building, index into ``FUNCTION_GROUPS``, shape (n_objects,)."""
    column = city.attributes.get("function")
    if column is None:
        return np.zeros(len(city), np.int64)
    table = np.array([*(function_group(str(v)) for v in column.values), 0], np.int64)
    return table[column.codes][root(city)]


def heights(city: City) -> NDArray[np.float64]:
    """Height of each object: as stated, else from its lowest to its highest point; shape (n_objects,). [m]"""
    box = boxes(city)
    built = box[:, 5] - box[:, 2]
    column = city.attributes.get("measuredHeight")
    stated = column.numbers() if column is not None else np.full(len(city), np.nan)
    found = np.where(np.isfinite(stated) & (stated > 0), stated, built)
    return np.where(found > 0, found, np.nan)


def eaves(city: City) -> NDArray[np.float64]:
    """Height of each object's eaves above its lowest point, NaN where no roof is known; shape (n_objects,). [m]"""
    surface = owner(city.polygon_offsets)[owner(city.ring_offsets)[owner(city.vertex_offsets)]]
    roof = city.semantic[surface] == Semantic.ROOF
    of = owner(city.surface_offsets)[surface]
    lowest_roof = np.full(len(city), np.inf)
    np.minimum.at(lowest_roof, of[roof], city.xyz[roof, 2])
    lowest = np.full(len(city), np.inf)
    np.minimum.at(lowest, of, city.xyz[:, 2])
    with np.errstate(invalid="ignore"):
        above = lowest_roof - lowest
    return np.where(np.isfinite(above) & (above > 0), above, np.nan)


def storeys(city: City) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """
    Storeys above ground of each object, and which of them are estimated; shapes (n_objects,).

    A part without a number of its own takes that of its building only where the building states one and the part's
    height is not known.
    """
    column = city.attributes.get("storeysAboveGround")
    stated = column.numbers() if column is not None else np.full(len(city), np.nan)
    stated = np.where(stated > 0, stated, np.nan)
    wall, height = eaves(city), heights(city)
    wall = np.where(np.isfinite(wall), wall, height)
    per_storey = np.array([STOREY_HEIGHTS.get(name, np.inf) for name in FUNCTION_GROUPS])[groups(city)]
    top = root(city)
    alone = np.bincount(top, minlength=len(city))[top] == 1
    inherited = np.where(~alone & ~np.isfinite(stated) & ~np.isfinite(wall), stated[top], np.nan)
    known = np.where(np.isfinite(stated), stated, inherited)
    guess = np.maximum(np.rint(np.nan_to_num(wall, nan=0.0) / per_storey), 1.0)
    estimated = ~np.isfinite(known)
    return np.where(estimated, guess, known), estimated
