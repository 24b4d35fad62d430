"""Positions as 16-bit numbers (KHR_mesh_quantization)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quantised(
    positions: NDArray[np.float64],
) -> tuple[NDArray[np.uint16], tuple[float, float, float], tuple[float, float, float]]:
    """
    Positions as 16-bit numbers, with the translation and scale of the node that undo it.

    The error along each axis is at most the extent / 131070.
    """
    low = positions.min(axis=0)
    scale = np.maximum(positions.max(axis=0) - low, 1e-3) / 65535.0
    x, y, z = low.tolist()
    a, b, c = scale.tolist()
    return np.rint((positions - low) / scale).astype(np.uint16), (x, y, z), (a, b, c)
