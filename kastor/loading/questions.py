"""What only a person knows: the reference system of files that name none, with what speaks for each answer.

Points of the files are put into every system used in Germany; where they then lie, and whether the town lies there,
makes the choice easy. Nothing is chosen silently.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor import formats
from kastor.city.model import City
from kastor.city.report import Report
from kastor.city.statistics import Sheet
from kastor.city.terrain import Terrain
from kastor.formats.crs_names import normalise
from kastor.formats.errors import FormatError
from kastor.formats.operations import operation
from kastor.formats.xplanung.model import PlanFile
from kastor.loading.uploads import main_files
from kastor.store import Tenant
from kastor.store.jobs import Job

CANDIDATES = (25832, 25833, 25831, 31467, 31466, 31468, 31469, 5678, 4326, 4258, 3857, 3068, 2398, 2399, 3397, 3398)
"""EPSG codes of the plane systems German files come in, the usual ones first."""

POINTS = 40
"""Points shown on the map."""

NEAR = 30_000.0
"""Data this close to the town may belong to it. [m]"""

GERMANY = (5.5, 47.0, 15.5, 55.3)
"""West, south, east, north. [degrees]"""


def sample_points(tenant: Tenant, job: Job) -> NDArray[np.float64]:
    """Some coordinates of an upload as they stand in its files, shape (n, 2)."""
    columns = job.options.get("columns") or None
    for path in main_files(tenant, job):
        parts = formats.read(path, Report(path.name), columns=columns, work_dir=tenant.uploads)
        for part in islice(parts, 3):
            xy = _places(part.content)
            if len(xy):
                return xy[np.linspace(0, len(xy) - 1, min(POINTS, len(xy))).astype(np.int64)]
    return np.zeros((0, 2))


def _places(content: City | Terrain | Sheet | PlanFile) -> NDArray[np.float64]:
    if isinstance(content, City):
        return content.xyz[:, :2]
    shapes = [o.geometry for o in content.objects] if isinstance(content, PlanFile) else []
    return shapely.get_coordinates([shape for shape in shapes if shape is not None])


def reference_systems(tenant: Tenant, job: Job) -> list[dict[str, Any]]:
    """
    Reference systems an upload may be in, the likeliest first.

    Returns
    -------
    list
        Each with ``code``, ``title``, ``fits`` (whether the points lie in or near the town), ``distance`` to it
        [m, None for an empty twin] and ``points`` in the system of the tenant.
    """
    try:
        points = sample_points(tenant, job)
    except FormatError:
        return []
    box = tenant.box()
    found = [_candidate(code, points, tenant.crs, box) for code in CANDIDATES] if len(points) else []
    known = [one for one in found if one is not None]
    return sorted(known, key=lambda one: (not one["fits"], one["distance"] is None, one["distance"] or 0.0))


def _candidate(
    code: int, points: NDArray[np.float64], target: str, box: tuple[float, ...] | None
) -> dict[str, Any] | None:
    """How the points lie in one system; None when they cannot."""
    goal = f"EPSG:{normalise(target).horizontal}"
    for order in ((0, 1), (1, 0)):
        try:
            degrees = operation(f"EPSG:{code}", "EPSG:4258", (10.0, 51.0)).apply(points[:, order])
            middle = np.median(degrees, axis=0)
            if not (GERMANY[0] <= middle[0] <= GERMANY[2] and GERMANY[1] <= middle[1] <= GERMANY[3]):
                continue
            near = (round(float(middle[0]), 1), round(float(middle[1]), 1))
            placed = operation("EPSG:4258", goal, near).apply(degrees)
        except FormatError:
            continue
        distance = _distance(np.median(placed, axis=0), box)
        return {
            "code": f"EPSG:{code}",
            "title": normalise(f"EPSG:{code}").title,
            "fits": distance is None or distance <= NEAR,
            "distance": distance,
            "points": np.round(placed, 1).tolist(),
        }
    return None


def _distance(place: NDArray[np.float64], box: tuple[float, ...] | None) -> float | None:
    """From a place to the box of a town, 0 within. [m]"""
    if box is None:
        return None
    across = max(box[0] - place[0], 0.0, place[0] - box[3])
    up = max(box[1] - place[1], 0.0, place[1] - box[4])
    return round(float(np.hypot(across, up)))
