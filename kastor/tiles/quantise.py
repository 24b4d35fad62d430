"""Positions as 16-bit numbers (KHR_mesh_quantization)."""

from __future__ import annotations

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


def precise(positions: NDArray[np.float64]) -> tuple[NDArray[np.uint16] | NDArray[np.float32], Triple, Triple]:
    """Positions right to 4 mm: 16-bit numbers where these are enough, else 32-bit ones without scale."""
    low = positions.min(axis=0)
    if np.linalg.norm(positions.max(axis=0) - low) <= RESOLVED:
        return quantised(positions)
    return (positions - low).astype(np.float32), _triple(low), (1.0, 1.0, 1.0)


def _triple(values: NDArray[np.float64]) -> Triple:
    x, y, z = values.tolist()
    return x, y, z
