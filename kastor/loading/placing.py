"""Terrain into the reference system of a tenant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kastor.city.report import Report
from kastor.city.terrain import Terrain
from kastor.formats.crs_names import DHHN2016, normalise
from kastor.formats.operations import middle, operation

ROUNDING = 10.0
"""Cells of a resampled terrain are multiples of this. [m]"""


def terrain_to_tenant(terrain: Terrain, target: str, report: Report) -> Terrain:
    """
    A terrain as it is stored: on a grid of the tenant's reference system.

    A terrain of the same plane system is taken over cell by cell; another one is resampled. Heights are taken
    over as DHHN2016, which the report says where the file did not.

    Raises
    ------
    UnknownCrs
        When its reference system is not known or no exact operation leads to the tenant's.
    """
    goal = normalise(target)
    if not terrain.crs:
        report.add("terrain_crs_assumed", "kept", crs=target)
        return replace(terrain, crs=target)
    source = normalise(terrain.crs)
    if source.horizontal == goal.horizontal:
        if source.vertical is None or source.vertical == goal.vertical:
            return replace(terrain, crs=target)
        report.add("terrain_heights_taken", "kept", source=terrain.crs, target=f"EPSG:{goal.vertical or DHHN2016}")
        return replace(terrain, crs=target)
    return _resampled(terrain, source.horizontal, goal.horizontal, target, report)


def _resampled(terrain: Terrain, source: int, goal: int, target: str, report: Report) -> Terrain:
    west, south, east, north = terrain.box
    corners = np.array([(x, y, 0.0) for x in (west, east) for y in (south, north)])
    step = operation(f"EPSG:{source}", f"EPSG:{goal}", middle(corners, f"EPSG:{source}"))
    there = step.apply(corners[:, :2])
    low, high = there.min(axis=0), there.max(axis=0)
    across = (high - low) / np.array([terrain.heights.shape[1], terrain.heights.shape[0]])
    cell = max(round(float(across.min()) / ROUNDING), 1) * ROUNDING if across.min() > ROUNDING else float(across.min())
    first = np.floor(low / cell) * cell
    last = np.ceil(high / cell) * cell
    shape = (round((last[1] - first[1]) / cell), round((last[0] - first[0]) / cell))

    def to_source(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return step.apply(points, inverse=True)

    # rasterio takes long to import, and most loads bring no ground
    from kastor.formats.dem import resample

    report.add("terrain_resampled", "repaired", source=terrain.crs, cell=cell)
    report.operation = report.operation or f"{step.title} ({step.accuracy} m)"
    return resample(terrain, to_source, target, float(first[0]), float(last[1]), cell, shape)
