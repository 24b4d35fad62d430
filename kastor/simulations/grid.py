"""From a city to the ground water runs over: cells, houses and surfaces.

Houses are walls: water cannot enter them, and the rain on their roofs goes to the cells around
them. What is narrower than a cell, such as an alley or a kerb, is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kastor.city.model import City, Kind
from kastor.city.outlines import outlines
from kastor.city.terrain import Terrain, height_at
from kastor.simulations.faces import WALL
from kastor.simulations.scene import MOST_CELLS, Edge, Ground, Roofs, SceneError
from kastor.simulations.surfaces import OPEN, classes_of, covers_of, street_widths, surfaces

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north. [m]"""


@dataclass(frozen=True, eq=False)
class Grid:
    """
    A piece of a city on a grid.

    Parameters
    ----------
    crs
        As that of the terrain.
    west, north
        Outer corner of the first cell. [m]
    ground
        What water runs over.
    roofs
        Where the rain of roofs goes.
    building
        Index of the city's object that stands on each cell, -1 where none does, shape (rows, cols), int32.
    too_small
        Buildings that cover no centre of a cell; water runs through them.
    """

    crs: str
    west: float
    north: float
    ground: Ground
    roofs: Roofs
    building: NDArray[np.int32]
    too_small: NDArray[np.int64]


def grid(terrain: Terrain, city: City, box: Box, cell: float, sewer: float = 0.0, infiltration: bool = True) -> Grid:
    """
    The ground of a piece of a city.

    Parameters
    ----------
    terrain, city
        In the same plane system.
    box
        What to cut out; widened to whole cells, which lie on those of the terrain.
    cell
        Side of a cell. [m]
    sewer
        What the sewer takes from streets. [l/(s ha)]
    infiltration
        Whether the ground takes water.

    Raises
    ------
    SceneError
        When the box encloses nothing or has too many cells.
    """
    west = terrain.west + np.floor((box[0] - terrain.west) / cell) * cell
    north = terrain.north - np.floor((terrain.north - box[3]) / cell) * cell
    cols, rows = round(np.ceil((box[2] - west) / cell)), round(np.ceil((north - box[1]) / cell))
    if not (box[0] < box[2] and box[1] < box[3] and cell > 0):
        raise SceneError(
            f"the box {box} with cells of {cell} m encloses nothing; west, south, east, north are needed",
            "im Gebiet liegt kein Gelände, das bekannt ist; wählen Sie ein anderes Gebiet",
        )
    if rows * cols > MOST_CELLS:
        raise SceneError(
            f"{rows} x {cols} cells are more than {MOST_CELLS}; choose larger cells or a smaller area",
            f"{rows} x {cols} Zellen sind mehr als {MOST_CELLS}; wählen Sie größere Zellen oder ein kleineres Gebiet",
        )
    frame = _Frame(float(west), float(north), float(cell), rows, cols)
    heights = _heights(terrain, frame)
    places = outlines(city)
    surface = _surface(city, places, frame)
    building, too_small = _buildings(city, places, frame)
    surface[building >= 0] = WALL
    known = surfaces()
    ground = Ground(
        cell=float(cell),
        heights=heights,
        surface=surface,
        manning=known.manning,
        infiltration=known.infiltration if infiltration else np.zeros_like(known.infiltration),
        sewer=known.sewer(sewer),
    )
    return Grid(terrain.crs, frame.west, frame.north, ground, _roofs(building, heights, cell), building, too_small)


def open_border(ground: Ground) -> Edge:
    """All cells at the border over which water leaves: where the ground is known and no house stands."""
    border = np.zeros(ground.heights.shape, bool)
    border[[0, -1]] = border[:, [0, -1]] = True
    return Edge(np.argwhere(border & np.isfinite(ground.heights) & (ground.surface != WALL)))


def cells_of(where: Grid, geometry: BaseGeometry) -> NDArray[np.int64]:
    """Row and column of the cells a point, line or area covers, houses and unknown ground left out, shape (n, 2)."""
    rows, cols = where.ground.heights.shape
    frame = _Frame(where.west, where.north, where.ground.cell, rows, cols)
    found = frame.covered(geometry if geometry.area > 0 else geometry.buffer(0.71 * frame.cell))
    free = (where.ground.surface[tuple(found.T)] != WALL) & np.isfinite(where.ground.heights[tuple(found.T)])
    return np.asarray(found[free])


@dataclass(frozen=True)
class _Frame:
    west: float
    north: float
    cell: float
    rows: int
    cols: int

    def covered(self, area: BaseGeometry) -> NDArray[np.int64]:
        """Row and column of the cells whose centre lies in an area, shape (n, 2)."""
        left, low, right, high = area.bounds if not area.is_empty else (0.0, 0.0, -1.0, -1.0)
        first_col, last_col = self._span((left - self.west) / self.cell, (right - self.west) / self.cell, self.cols)
        first_row, last_row = self._span((self.north - high) / self.cell, (self.north - low) / self.cell, self.rows)
        if first_col >= last_col or first_row >= last_row:
            return np.zeros((0, 2), np.int64)
        row, col = np.mgrid[first_row:last_row, first_col:last_col]
        # a hair off the centre: a wall right through the centres of cells leaves out those on one of its sides only
        x, y = self.west + (col + 0.5001) * self.cell, self.north - (row + 0.5001) * self.cell
        inside = shapely.contains_xy(area, x, y)
        return np.asarray(np.stack([row[inside], col[inside]], axis=1), np.int64)

    @property
    def box(self) -> BaseGeometry:
        """The whole grid."""
        return shapely.box(self.west, self.north - self.rows * self.cell, self.west + self.cols * self.cell, self.north)

    @staticmethod
    def _span(low: float, high: float, most: int) -> tuple[int, int]:
        if not low < high:
            return 0, 0
        return max(int(np.floor(low)), 0), min(int(np.ceil(high)), most)


def _heights(terrain: Terrain, frame: _Frame) -> NDArray[np.float64]:
    """Mean height of each cell, unknown where any part is."""
    fine = max(1, round(frame.cell / terrain.cell))
    shift = (np.arange(fine) + 0.5) / fine
    total = np.zeros((frame.rows, frame.cols))
    for down in shift:
        north = frame.north - (np.arange(frame.rows) + down) * frame.cell
        for right in shift:
            east = frame.west + (np.arange(frame.cols) + right) * frame.cell
            x, y = np.meshgrid(east, north)
            total += height_at(terrain, x.ravel(), y.ravel()).reshape(total.shape)
    return total / fine**2


def _surface(city: City, places: NDArray[np.object_], frame: _Frame) -> NDArray[np.uint8]:
    """Class of each cell: large areas first, small ones over them, then streets, and what is planned last."""
    surface = np.full((frame.rows, frame.cols), OPEN, np.uint8)
    classes, widths = classes_of(city), street_widths(city)
    streets = (city.kind == Kind.STREET) & (widths > 0)
    areas = np.flatnonzero((classes >= 0) & ~shapely.is_missing(places) & (city.kind != Kind.STREET))
    areas = areas[np.argsort(-shapely.area(places[areas]), kind="stable")]
    for k in areas.tolist():
        surface[tuple(frame.covered(places[k]).T)] = classes[k]
    whole = frame.box
    for k in np.flatnonzero(streets & ~shapely.is_missing(places)).tolist():
        if shapely.intersects(places[k], whole):
            wide = places[k] if shapely.area(places[k]) > 0 else shapely.buffer(places[k], widths[k] / 2, quad_segs=2)
            surface[tuple(frame.covered(wide).T)] = classes[k]
    planned = covers_of(city)
    for k in np.flatnonzero((planned >= 0) & ~shapely.is_missing(places)).tolist():
        surface[tuple(frame.covered(places[k]).T)] = planned[k]
    return surface


def _buildings(city: City, places: NDArray[np.object_], frame: _Frame) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The building on each cell, and those in the area that cover none."""
    building = np.full((frame.rows, frame.cols), -1, np.int32)
    whole = frame.box
    standing = (city.kind == Kind.BUILDING) & ~shapely.is_missing(places)
    inside = np.flatnonzero(standing)[shapely.intersects(places[standing], whole)]
    small = []
    for k in inside.tolist():
        cells = frame.covered(places[k])
        building[tuple(cells.T)] = k
        if not len(cells):
            small.append(k)
    return building, np.array(small, np.int64)


def _roofs(building: NDArray[np.int32], heights: NDArray[np.float64], cell: float) -> Roofs:
    """The roof area of each block of adjoining buildings shared evenly by the cells around it."""
    blocks, count = scipy.ndimage.label(building >= 0)
    side = np.pad(blocks, 1)
    free = (building < 0) & np.isfinite(heights)
    touching = []
    for rows, cols in ((slice(0, -2), slice(1, -1)), (slice(2, None), slice(1, -1)),
                       (slice(1, -1), slice(0, -2)), (slice(1, -1), slice(2, None))):  # fmt: skip
        beside = side[rows, cols]
        at = np.argwhere(free & (beside > 0))
        touching.append(np.column_stack([at, beside[tuple(at.T)]]))
    pairs = np.unique(np.concatenate(touching), axis=0)
    cells = np.bincount(blocks.ravel(), minlength=count + 1)
    around = np.bincount(pairs[:, 2], minlength=count + 1)
    share = cells[pairs[:, 2]] / np.maximum(around[pairs[:, 2]], 1) * cell**2
    # one entry for each cell, whatever number of blocks it touches
    places, number = np.unique(pairs[:, :2], axis=0, return_inverse=True)
    areas = np.bincount(number.ravel(), share, len(places)).astype(np.float64)
    return Roofs(places.astype(np.int64), areas)
