"""What else may be said about a cloudburst: places that are watched, water from outside, and pipes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from kastor.process import InvalidInput, Series
from kastor.simulations import scene
from kastor.simulations.faces import WALL
from kastor.simulations.flood import Flood, Section, section
from kastor.simulations.grid import Grid
from kastor.simulations.scene import SceneError

Place = tuple[float, float]
"""East and north in the plane system of the site. [m]"""

Line = Annotated[tuple[Place, ...], Field(min_length=2, max_length=100)]

REACH = 3
"""How far from its place a point, an inflow or the end of a culvert may move to free ground. [cells]"""


class Given(BaseModel):
    """Part of the parameters of a process: nothing but what is named."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Inflow(Given):
    """Water that enters at a place: ``discharge`` [m³/s] at ``minutes`` since the beginning, straight lines between."""

    place: Place
    minutes: Annotated[tuple[float, ...], Field(min_length=2, max_length=500)]
    discharge: Annotated[tuple[Annotated[float, Field(ge=0, le=5000)], ...], Field(min_length=2, max_length=500)]


class Culvert(Given):
    """A pipe or passage between two places; inside ``width`` and ``height``. [m]"""

    start: Place
    end: Place
    width: Annotated[float, Field(gt=0, le=50)]
    height: Annotated[float, Field(gt=0, le=20)]


def free_cell(where: Grid, place: Place) -> tuple[int, int] | None:
    """Row and column of the nearest free ground to a place, None when there is none near it."""
    rows, cols = where.ground.heights.shape
    cell = where.ground.cell
    row, col = int((where.north - place[1]) // cell), int((place[0] - where.west) // cell)
    near = [
        (abs(down) + abs(right), row + down, col + right)
        for down in range(-REACH, REACH + 1)
        for right in range(-REACH, REACH + 1)
        if 0 <= row + down < rows and 0 <= col + right < cols and _is_free(where, row + down, col + right)
    ]
    return min(near)[1:] if near else None


def _is_free(where: Grid, row: int, col: int) -> bool:
    ground = where.ground
    return bool(ground.surface[row, col] != WALL and np.isfinite(ground.heights[row, col]))


def placed(where: Grid, place: Place, name: str) -> tuple[int, int]:
    """
    As :func:`free_cell`.

    Raises
    ------
    InvalidInput
        When there is none near the place.
    """
    found = free_cell(where, place)
    if found is None:
        raise InvalidInput(
            f"{name}: {place[0]:.1f}, {place[1]:.1f} lies in a building or outside of the known ground; choose a place"
            " on open ground of the area.",
            f"{name}: {place[0]:.1f}, {place[1]:.1f} liegt in einem Gebäude oder außerhalb des bekannten Geländes;"
            " wählen Sie einen Ort auf freiem Gelände im Gebiet.",
        )
    return found


def cells_of(where: Grid, points: Sequence[Place]) -> NDArray[np.int64]:
    """Row and column of each point, shape (n, 2)."""
    found = [placed(where, point, f"points.{k}") for k, point in enumerate(points)]
    return np.array(found, np.int64).reshape(-1, 2)


def sections_of(where: Grid, lines: Sequence[Line]) -> list[Section]:
    """Faces along each line; what flows to the right of who walks along it counts positive."""
    corner = np.array([where.north, where.west])
    found = []
    for k, line in enumerate(lines):
        east, north = np.array(line).T
        cells = (np.column_stack([north, east]) - corner) * np.array([-1, 1]) / where.ground.cell
        try:
            found.append(section(f"{k + 1}", cells, where.ground.heights.shape))
        except SceneError as error:
            raise InvalidInput(
                f"sections.{k}: {error}; draw it inside of the area.",
                f"sections.{k}: {error.words['de']}; zeichnen Sie ihn ins Gebiet.",
            ) from error
    return found


def inflows_of(where: Grid, inflows: Sequence[Inflow]) -> tuple[scene.Inflow, ...]:
    """Inflows on cells."""
    return tuple(_inflow(where, inflow, f"inflows.{k}") for k, inflow in enumerate(inflows))


def _inflow(where: Grid, inflow: Inflow, name: str) -> scene.Inflow:
    minutes, discharge = np.array(inflow.minutes), np.array(inflow.discharge)
    if len(minutes) != len(discharge) or (np.diff(minutes) <= 0).any() or minutes[0] < 0:
        raise InvalidInput(
            f"{name}: {len(minutes)} minutes and {len(discharge)} discharges; give one discharge for each minute, the"
            " minutes ascending from 0 or later.",
            f"{name}: {len(minutes)} Minuten und {len(discharge)} Durchflüsse; geben Sie zu jeder Minute einen an, die"
            " Minuten von 0 an oder später steigend.",
        )
    cell = np.array([placed(where, inflow.place, f"{name}.place")], np.int64)
    return scene.Inflow(cell, minutes * 60, discharge)


def culverts_of(where: Grid, culverts: Sequence[Culvert]) -> tuple[scene.Culvert, ...]:
    """
    Culverts between cells.

    Raises
    ------
    InvalidInput
        Naming the culvert, when an end lies where no water can be or both ends lie in one cell.
    """
    found = []
    for k, culvert in enumerate(culverts):
        ends = [placed(where, place, f"culverts.{k}") for place in (culvert.start, culvert.end)]
        if ends[0] == ends[1]:
            raise InvalidInput(
                f"culverts.{k}: both ends lie in one cell; draw them apart or choose smaller cells.",
                f"culverts.{k}: beide Enden liegen in einer Zelle; zeichnen Sie sie auseinander, oder wählen Sie"
                " kleinere Zellen.",
            )
        found.append(scene.Culvert(np.array(ends, np.int64), culvert.width, culvert.height))
    return tuple(found)


def series_of(found: Flood, points: Sequence[Place], lines: Sequence[Line]) -> tuple[Series, ...]:
    """Depth at points and discharge through sections over time."""
    times = found.times
    depths = zip(points, found.point_depths, strict=True)
    flows = zip(lines, found.section_discharges, strict=True)
    return (
        *(Series("point_depth", "m", f"{k}", times, values, point) for k, (point, values) in enumerate(depths, 1)),
        *(Series("section_discharge", "m3/s", f"{k}", times, values, line[0])
          for k, (line, values) in enumerate(flows, 1)),
    )  # fmt: skip
