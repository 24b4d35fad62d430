"""Positions as 16-bit numbers (KHR_mesh_quantization)."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RESOLVED = 520.0
"""Diagonal of a box in which 16-bit positions are right to 4 mm. [m]"""

Triple: TypeAlias = tuple[float, float, float]


def quantised(positions: NDArray[np.float64]) -> tuple[NDArray[np.uint16], Triple, Triple]:
    """
    Positions as 16-bit numbers, with the translation and scale of the node that undo it.

    The error along each axis is at most the extent / 131070.
    """
    low = positions.min(axis=0)
    scale = np.maximum(positions.max(axis=0) - low, 1e-3) / 65535.0
    return np.rint((positions - low) / scale).astype(np.uint16), _triple(low), _triple(scale)


def precise(
    positions: NDArray[np.float64], offsets: NDArray[np.int64]
) -> list[tuple[NDArray[np.uint16] | NDArray[np.float32], Triple, Triple]]:
    """
    Positions of each run right to 4 mm: 16-bit numbers where these are enough, else 32-bit ones without scale.

    Parameters
    ----------
    offsets
        Run ``i`` is ``positions[offsets[i]:offsets[i + 1]]``; none is empty.
    """
    starts, counts = offsets[:-1], np.diff(offsets)
    # by column: along rows of three numpy takes several times as long
    columns = [np.ascontiguousarray(positions[:, axis]) for axis in range(3)]
    low, high = (
        np.column_stack([choose.reduceat(column, starts) for column in columns]) for choose in (np.minimum, np.maximum)
    )
    scale = np.maximum(high - low, 1e-3) / 65535.0
    local = positions - np.repeat(low, counts, axis=0)
    whole = np.rint(local / np.repeat(scale, counts, axis=0)).astype(np.uint16)
    fits = np.linalg.norm(high - low, axis=1) <= RESOLVED
    runs: list[tuple[NDArray[np.uint16] | NDArray[np.float32], Triple, Triple]] = []
    for i, (start, stop) in enumerate(pairwise(offsets.tolist())):
        if fits[i]:
            runs.append((whole[start:stop], _triple(low[i]), _triple(scale[i])))
        else:
            runs.append((local[start:stop].astype(np.float32), _triple(low[i]), (1.0, 1.0, 1.0)))
    return runs


def _triple(values: NDArray[np.float64]) -> Triple:
    x, y, z = values.tolist()
    return x, y, z
