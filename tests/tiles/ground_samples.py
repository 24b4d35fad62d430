"""Real and simple ground for the tests of tiles."""

from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from kastor.city.terrain import Terrain

DORSTEN = Path(__file__).parent.parent / "data" / "dgm1_dorsten.tif"
ORIGIN = np.array([360500.0, 5721600.0, 40.0])


def dorsten() -> Terrain:
    """500 m x 250 m of official ground heights."""
    with rasterio.open(DORSTEN) as raster:
        return Terrain("EPSG:25832+7837", raster.transform.c, raster.transform.f, 1.0, raster.read(1))


def to_local(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """A flat frame around ORIGIN, turned a little, as meridian convergence does."""
    turn = 0.02
    matrix = np.array([[np.cos(turn), np.sin(turn), 0.0], [-np.sin(turn), np.cos(turn), 0.0], [0.0, 0.0, 1.0]])
    return (xyz - ORIGIN) @ matrix


def from_local(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    turn = 0.02
    matrix = np.array([[np.cos(turn), np.sin(turn), 0.0], [-np.sin(turn), np.cos(turn), 0.0], [0.0, 0.0, 1.0]])
    return xyz @ matrix.T + ORIGIN


UNIT = [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]


def interpolated(
    vertices: NDArray[np.int32], triangles: NDArray[np.int32], values: NDArray[np.float32], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Heights of a mesh at all lattice points (row, column); NaN where no triangle lies."""
    found = np.full(shape, np.nan)
    for triangle in triangles:
        corners = vertices[triangle].astype(np.float64)
        low, high = corners.min(axis=0).astype(int), corners.max(axis=0).astype(int)
        r, c = np.mgrid[low[0] : high[0] + 1, low[1] : high[1] + 1]
        matrix = np.vstack([corners.T, np.ones(3)])
        share = np.linalg.solve(matrix, np.stack([r.ravel(), c.ravel(), np.ones(r.size)]))
        inside = (share >= -1e-9).all(axis=0)
        found[r.ravel()[inside], c.ravel()[inside]] = values[triangle].astype(np.float64) @ share[:, inside]
    return found
