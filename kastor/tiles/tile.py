"""What a builder of tiles hands over: the bytes to draw, the box they fill and what coarser tiles are made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

ToLocal: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From map coordinates to the local frame (east, north, up), both of shape (n, 3). [m]"""


@dataclass(frozen=True, eq=False)
class Tile:
    """
    One tile.

    Parameters
    ----------
    content
        A GLB file.
    box
        Least and greatest east, north, up in the local frame, shape (6,). [m]
    coarse
        What the tile above is made from, in whatever form its layer packs it; empty when nothing.
    """

    content: bytes
    box: NDArray[np.float64]
    coarse: bytes = b""


def box_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least and greatest coordinates of some points, shape (6,). [m]"""
    return np.concatenate([points.min(axis=0), points.max(axis=0)])
