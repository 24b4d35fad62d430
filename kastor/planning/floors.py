"""How much floor each part of a building has: the area it covers, its storeys, and what it is used for."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Kind, root
from kastor.city.outlines import Geometries
from kastor.planning.storeys import groups, storeys


def floor_sizes(
    city: City, shapes: Geometries
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    """
    Area each object covers [m²], its storeys, which of them are estimated, and its use (``FUNCTION_GROUPS``).

    A whole whose parts have outlines of their own covers nothing itself, or its floor would count twice; what is no
    building covers nothing. Arrays of shape (n_objects,).

    Parameters
    ----------
    shapes
        Own outline of each object, see ``outlines.own_outlines``.
    """
    top = root(city)
    own = np.arange(len(city))
    of_building = ((city.kind == Kind.BUILDING) & (city.parent < 0))[top]
    size = np.where(of_building, np.nan_to_num(shapely.area(shapes)), 0.0)
    with_parts = np.zeros(len(city), bool)
    with_parts[top[(top != own) & (size > 0)]] = True
    size = np.where(with_parts & (top == own), 0.0, size)
    levels, estimated = storeys(city)
    return size, levels, estimated, groups(city)
