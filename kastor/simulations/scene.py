"""What a simulation of heavy rain computes with: ground, rain, and where water enters, leaves or goes underground.

Everything here is plain data in SI units. Cells are named by row and column, the first row in the north.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Ground:
    """
    What water runs over.

    Parameters
    ----------
    cell
        Side of a cell. [m]
    heights
        Height of each cell, NaN where the ground is unknown and nothing flows, shape (rows, cols). [m]
    surface
        Class of each cell, an index into the following; :data:`~kastor.simulations.faces.WALL` where water
        cannot enter; shape (rows, cols), uint8.
    manning
        Roughness of each class, shape (n,). [s/m^(1/3)]
    infiltration, sewer
        What each class takes where there is water, shape (n,). [m/s]
    """

    cell: float
    heights: NDArray[np.floating]
    surface: NDArray[np.uint8]
    manning: NDArray[np.float64]
    infiltration: NDArray[np.float64]
    sewer: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Roofs:
    """Where the rain of roofs goes: cells (row, column), shape (n, 2), and the roof area each gets, shape (n,). [m²]"""

    cells: NDArray[np.int64]
    areas: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Inflow:
    """
    Water that enters from outside, spread evenly over some cells.

    Parameters
    ----------
    cells
        Row and column, shape (n, 2).
    times, discharges
        Straight lines between points, shape (k,). [s], [m³/s]
    """

    cells: NDArray[np.int64]
    times: NDArray[np.float64]
    discharges: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Culvert:
    """
    A pipe or passage under an obstacle, one cell at each end; water goes either way.

    Parameters
    ----------
    ends
        Row and column of both ends, shape (2, 2).
    width, height
        Inside of the pipe. [m]
    loss
        Loss factor of entry, exit and friction together, of the velocity head.
    """

    ends: NDArray[np.int64]
    width: float
    height: float
    loss: float = 1.5


@dataclass(frozen=True, eq=False)
class Edge:
    """
    Cells at the border of the grid over whose outer side water leaves.

    Parameters
    ----------
    cells
        Row and column, in the first or last row or column, shape (n, 2).
    level
        Water level kept outside [m]; None lets all go, over ground that falls on as before.
    """

    cells: NDArray[np.int64]
    level: float | None = None


@dataclass(frozen=True, eq=False)
class Rain:
    """Cumulative rain, straight lines between points, shape (k,). [s], [m]"""

    times: NDArray[np.float64]
    depths: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a run computes with."""

    ground: Ground
    rain: Rain | None = None
    roofs: Roofs | None = None
    inflows: tuple[Inflow, ...] = ()
    culverts: tuple[Culvert, ...] = ()
    edges: tuple[Edge, ...] = ()


HIGHEST_STEP = 60.0
"""Greatest difference of height between neighbouring cells. [m]"""

MOST_CELLS = 60_000_000
"""Largest grid of one run."""


class SceneError(ValueError):
    """
    Something a simulation cannot compute with; the message names it and what to do.

    Parameters
    ----------
    en, de
        The same sentence; English where only a program can be wrong.
    """

    def __init__(self, en: str, de: str = "") -> None:
        super().__init__(en)
        self.words = {"de": de or en, "en": en}


def check(scene: Scene) -> None:
    """
    Refuse what would give no honest result.

    Raises
    ------
    SceneError
        Naming the value, what is allowed and the next step.
    """
    _check_ground(scene.ground)
    if scene.rain is not None:
        _check_curve("the rain", scene.rain.times, scene.rain.depths, rising=True)
        if scene.rain.depths[-1] - scene.rain.depths[0] > 5.0:
            fallen = scene.rain.depths[-1] - scene.rain.depths[0]
            raise SceneError(
                f"{fallen * 1000:.0f} mm of rain are more than 5000 mm; give depths in millimetres",
                f"{fallen * 1000:.0f} mm Regen sind mehr als 5000 mm; geben Sie Millimeter an",
            )
    if scene.roofs is not None:
        _check_cells("a roof drains to", scene.roofs.cells, scene.ground)
    for inflow in scene.inflows:
        _check_cells("an inflow is at", inflow.cells, scene.ground)
        _check_curve("an inflow", inflow.times, inflow.discharges, rising=False)
        if not len(inflow.cells):
            raise SceneError(
                "an inflow has no cell of the ground; place it inside the area",
                "ein Zufluss liegt auf keiner Zelle des Geländes; setzen Sie ihn in das Gebiet",
            )
    for culvert in scene.culverts:
        _check_cells("a culvert ends at", culvert.ends, scene.ground)
        if not (culvert.width > 0 and culvert.height > 0 and culvert.loss >= 0):
            raise SceneError(
                f"a culvert of {culvert.width} m x {culvert.height} m cannot be; give its inside in metres",
                f"ein Durchlass von {culvert.width} m x {culvert.height} m ist nicht möglich; geben Sie sein lichtes"
                " Maß in Metern an",
            )
    for edge in scene.edges:
        _check_edge(edge, scene.ground)


def _check_ground(ground: Ground) -> None:
    if ground.heights.ndim != 2 or min(ground.heights.shape) < 1:
        raise SceneError(f"the ground has the shape {ground.heights.shape}; rows and columns are needed")
    if ground.heights.size > MOST_CELLS:
        raise SceneError(
            f"{ground.heights.size} cells are more than {MOST_CELLS}; choose larger cells or a smaller area",
            f"{ground.heights.size} Zellen sind mehr als {MOST_CELLS}; wählen Sie größere Zellen oder ein kleineres"
            " Gebiet",
        )
    if not 0.001 <= ground.cell <= 100:
        raise SceneError(f"cells of {ground.cell} m cannot be computed; choose 0.001 to 100 m")
    if ground.surface.shape != ground.heights.shape:
        raise SceneError(f"surfaces of shape {ground.surface.shape} on heights of shape {ground.heights.shape}")
    known = np.isfinite(ground.heights)
    if not known.any():
        raise SceneError(
            "the ground is unknown everywhere in this area; load a terrain model of it first",
            "das Gelände ist in diesem Gebiet nirgends bekannt; laden Sie zuerst ein Geländemodell davon",
        )
    if np.abs(ground.heights[known]).max() > 9000:
        raise SceneError(
            "heights beyond 9000 m; check the unit of the terrain model, metres are needed",
            "Höhen über 9000 m; prüfen Sie die Einheit des Geländemodells, es müssen Meter sein",
        )
    steepest = max(
        (float(np.nanmax(np.abs(np.diff(ground.heights, axis=axis)), initial=0.0)) for axis in (0, 1)), default=0.0
    )
    if steepest > HIGHEST_STEP:
        raise SceneError(
            f"heights of neighbouring cells differ by {steepest:.0f} m, more than {HIGHEST_STEP:.0f} m; "
            "check the terrain model for outliers and for its unit, metres are needed",
            f"benachbarte Zellen liegen {steepest:.0f} m auseinander, mehr als {HIGHEST_STEP:.0f} m; prüfen Sie das"
            " Geländemodell auf Ausreißer und auf seine Einheit, es müssen Meter sein",
        )
    used = np.unique(ground.surface[ground.surface != 255])
    classes = len(ground.manning)
    if len(used) and used[-1] >= classes:
        raise SceneError(f"surface class {used[-1]} is unknown; there are {classes} classes")
    for name, values, most in (
        ("roughness", ground.manning, 1.0),
        ("infiltration", ground.infiltration, 0.01),
        ("sewer capacity", ground.sewer, 0.01),
    ):
        if len(values) != classes:
            raise SceneError(f"{len(values)} values of {name} for {classes} classes")
        if not (np.isfinite(values).all() and (values >= 0).all() and (values <= most).all()):
            raise SceneError(f"{name} from {np.min(values)} to {np.max(values)}; 0 to {most} is allowed")


def _check_cells(what: str, cells: NDArray[np.int64], ground: Ground) -> None:
    rows, cols = ground.heights.shape
    outside = (cells < 0).any(axis=1) | (cells[:, 0] >= rows) | (cells[:, 1] >= cols)
    if outside.any():
        raise SceneError(f"{what} cell {cells[outside][0].tolist()}, outside of {rows} x {cols} cells")
    inside = tuple(cells.T)
    wall = (ground.surface[inside] == 255) | ~np.isfinite(ground.heights[inside])
    if wall.any():
        raise SceneError(f"{what} cell {cells[wall][0].tolist()}, which is a building or unknown ground; move it")


def _check_curve(what: str, times: NDArray[np.float64], values: NDArray[np.float64], rising: bool) -> None:
    if len(times) < 2 or len(times) != len(values):
        raise SceneError(f"{what} has {len(times)} times and {len(values)} values; at least 2 pairs are needed")
    if not (np.isfinite(times).all() and np.isfinite(values).all()):
        raise SceneError(f"{what} has values that are no numbers")
    if (np.diff(times) <= 0).any():
        raise SceneError(f"the times of {what} do not ascend")
    if (rising and (np.diff(values) < 0).any()) or (values < 0).any():
        raise SceneError(f"{what} is negative at some time; water is only added")


def _check_edge(edge: Edge, ground: Ground) -> None:
    rows, cols = ground.heights.shape
    at_border = np.isin(edge.cells[:, 0], (0, rows - 1)) | np.isin(edge.cells[:, 1], (0, cols - 1))
    if not at_border.all():
        raise SceneError(f"cell {edge.cells[~at_border][0].tolist()} of an open edge is not at the border of the area")
