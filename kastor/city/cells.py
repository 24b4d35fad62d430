"""Cells: the 500 m squares a city is stored, tiled and changed by.

A cell is named by the whole number of squares east and north of the origin of the map
projection, so it never depends on what was loaded first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City, boxes, root

CELL = 500.0
"""Side of a cell. [m]"""

NOWHERE = (-(2**31), -(2**31))
"""Cell of objects without coordinates."""


def cell_of(city: City) -> NDArray[np.int64]:
    """
    Cell of each object: where the centre of its top-level object's box lies.

    Returns
    -------
    NDArray
        Column and row of the cell, shape (n_objects, 2); ``NOWHERE`` for objects without coordinates.
    """
    return cells_of(boxes(city)[root(city)])


def cells_of(box: NDArray[np.float64]) -> NDArray[np.int64]:
    """
    Cell of each box: where its centre lies.

    Parameters
    ----------
    box
        See :func:`kastor.city.model.boxes`, shape (n, 6). [m]

    Returns
    -------
    NDArray
        Column and row of the cell, shape (n, 2); ``NOWHERE`` for boxes of NaN.
    """
    centre = (box[:, :2] + box[:, 3:5]) / 2.0
    known = np.isfinite(centre).all(axis=1)
    cells = np.full((len(box), 2), NOWHERE, np.int64)
    cells[known] = np.floor(centre[known] / CELL)
    return cells


def cell_box(column: int, row: int) -> tuple[float, float, float, float]:
    """West, south, east and north edge of a cell. [m]"""
    return (column * CELL, row * CELL, (column + 1) * CELL, (row + 1) * CELL)
