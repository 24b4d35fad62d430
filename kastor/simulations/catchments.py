"""Which ground drains together: catchments of about one size, each computed by itself, the upper ones first.

Every cell drains to one of its neighbours, over the lowest way out (see ``ponds``). Where enough ground has come
together along the way it is cut: what lies above is a catchment with one outlet, and what leaves there enters the
catchment below. What drains over the border of the area is grouped by place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kastor.city.kernels import compiled
from kastor.simulations.ponds import drainage

I4 = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Catchments:
    """
    A division of some ground into catchments.

    Parameters
    ----------
    number
        Catchment of each cell, -1 where the ground is unknown or nothing gets out, shape (rows, cols).
    outlet
        Row and column of the last cell before the next catchment, -1 where it drains over the border, shape (n, 2).
    entry
        The first cell beyond it, shape (n, 2).
    below
        The catchment that cell belongs to, -1 without, shape (n,).
    """

    number: I4
    outlet: NDArray[np.int64]
    entry: NDArray[np.int64]
    below: NDArray[np.int64]

    def above(self, one: int) -> NDArray[np.int64]:
        """The catchments that drain into one, directly or by way of others."""
        found = np.zeros(len(self.below), bool)
        found[one] = True
        while True:
            more = found | ((self.below >= 0) & found[self.below])
            if np.array_equal(more, found):
                break
            found = more
        found[one] = False
        return np.flatnonzero(found)

    def order(self) -> list[int]:
        """All catchments, each after those that drain into it."""
        depth = np.zeros(len(self.below), np.int64)
        for one in range(len(self.below)):
            at = int(self.below[one])
            steps = 1
            while at >= 0:
                depth[at] = max(depth[at], steps)
                at, steps = int(self.below[at]), steps + 1
        found: list[int] = np.argsort(depth, kind="stable").tolist()
        return found


def catchments(heights: NDArray[np.floating], most: int) -> Catchments:
    """
    Divide some ground.

    Parameters
    ----------
    heights
        NaN where unknown, shape (rows, cols). [m]
    most
        Cells from which on a catchment is cut.

    Raises
    ------
    SceneError
        When there is no ground.
    """
    order, parent = drainage(heights)
    cut = _cuts(order, parent, most)
    rows, cols = heights.shape
    number, ends = _numbered(order, parent, cut, rows * cols)
    side = max(int(np.sqrt(most)), 1)
    closed = cut[ends]
    place = np.stack([ends // cols // side, ends % cols // side], axis=1)
    keys = np.column_stack([np.where(closed, np.arange(len(ends)), -1), np.where(closed[:, None], -1, place)])
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    group = group.ravel()
    found = np.where(number >= 0, group[np.maximum(number, 0)], -1).astype(np.int32).reshape(rows, cols)
    last = np.where(closed[first], ends[first], -1)
    beyond = np.where(last >= 0, parent[np.maximum(last, 0)], -1)
    below = np.where(beyond >= 0, found.ravel()[np.maximum(beyond, 0)], -1)
    return Catchments(found, _places(last, cols), _places(beyond, cols), below.astype(np.int64))


def _places(cells: NDArray[np.integer], cols: int) -> NDArray[np.int64]:
    return np.where(cells[:, None] >= 0, np.stack([cells // cols, cells % cols], axis=1), -1).astype(np.int64)


@compiled(nogil=True)
def _cuts(order: I4, parent: I4, most: int) -> NDArray[np.bool_]:
    """Cells at which enough ground has come together, flat."""
    size = np.zeros(len(parent), np.int64)
    cut = np.zeros(len(parent), np.bool_)
    for n in range(len(order) - 1, -1, -1):
        k = order[n]
        size[k] += 1
        if parent[k] < 0:
            continue
        if size[k] >= most:
            cut[k] = True
        else:
            size[parent[k]] += size[k]
    return cut


@compiled(nogil=True)
def _numbered(order: I4, parent: I4, cut: NDArray[np.bool_], cells: int) -> tuple[I4, I4]:
    """Number of the piece each cell drains through, -1 where nothing gets out, flat; and the last cell of each."""
    number = np.full(cells, -1, np.int32)
    ends = np.empty(len(order), np.int32)
    count = 0
    for k in order:
        if parent[k] < 0 or cut[k]:
            number[k] = count
            ends[count] = k
            count += 1
        else:
            number[k] = number[parent[k]]
    return number, ends[:count]
