"""What stands up into the light: ground, roofs and crowns of a piece of a city as heights on a grid.

Roofs come from the surfaces of the model, so a gable is a gable. Crowns are half ellipsoids on a trunk a quarter of the
tree's height (F. Lindberg, C. Grimmond 2011, doi:10.1007/s00704-010-0382-8), which let some of the light through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.geometry import triangulate
from kastor.city.ground import fill_triangles, terrain_from_intersections
from kastor.city.model import City, Kind, Semantic, owner, root, take
from kastor.city.outlines import outlines
from kastor.city.site import Site
from kastor.city.terrain import Terrain, height_at, known_box
from kastor.process import MissingData, TooMuch
from kastor.simulations.rays import F4, NOWHERE

TRUNK = 0.25
"""Share of a tree's height below its crown."""

USUAL_TREE = (10.0, 6.0)
"""Height and width of the crown of a tree nothing is said of. [m]"""

DERIVED_CELL = 10.0
"""Side of a cell of ground that is derived from buildings. [m]"""

MOST_CELLS = 60_000_000
"""Largest grid of one run."""

CASTING = (Kind.BUILDING, Kind.BUILDING_PART, Kind.BUILDING_INSTALLATION, Kind.BRIDGE, Kind.WALL)
UPWARD = (Semantic.ROOF, Semantic.OUTER_CEILING, Semantic.OUTER_FLOOR, Semantic.UNKNOWN, Semantic.CLOSURE)


@dataclass(frozen=True, eq=False)
class Skyline:
    """
    Heights on square cells, first row in the north, above ``zero``.

    Parameters
    ----------
    crs
        Plane and height system.
    west, north, cell
        Outer corner of the first cell and side of a cell. [m]
    zero
        What heights are counted from, so that single precision holds millimetres. [m]
    ground, solid
        Ground, and what is upon it: roofs, else ground; ``NOWHERE`` where unknown; shape (rows, cols). [m]
    top, base
        Upper and lower end of crowns, ``NOWHERE`` without one; shape (rows, cols). [m]
    building
        Object of the city, a building or the whole of a part, that stands on each cell, -1 where none does.
    trees
        How many there are.
    """

    crs: str
    west: float
    north: float
    cell: float
    zero: float
    ground: F4
    solid: F4
    top: F4
    base: F4
    building: NDArray[np.int32]
    trees: int

    @property
    def first_cell(self) -> tuple[int, int]:
        """Row and column of the first cell on the grid of the whole world."""
        return round(-self.north / self.cell), round(self.west / self.cell)

    @property
    def open(self) -> NDArray[np.bool_]:
        """Cells of known ground nothing is built on."""
        return np.asarray((self.building < 0) & (self.ground > NOWHERE))

    def cells(self, east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.float64]:
        """Row and column of points, in fractions of cells from the corner, shape (n, 2)."""
        return np.column_stack([(self.north - north) / self.cell, (east - self.west) / self.cell])

    def within(self, area: shapely.Geometry) -> NDArray[np.bool_]:
        """Which cells have their middle in an area, shape (rows, cols)."""
        rows, cols = self.solid.shape
        found = np.zeros((rows, cols), bool)
        west, south, east, north = shapely.bounds(area).tolist()
        if not west <= east:
            return found
        first, last = (np.array([self.north - y for y in (north, south)]) / self.cell).tolist()
        left, right = (np.array([x - self.west for x in (west, east)]) / self.cell).tolist()
        down = np.arange(max(int(first) - 1, 0), min(int(last) + 2, rows))
        across = np.arange(max(int(left) - 1, 0), min(int(right) + 2, cols))
        shapely.prepare(area)
        x, y = self.west + (across + 0.5) * self.cell, self.north - (down + 0.5) * self.cell
        if len(x) and len(y):
            found[down[0] : down[-1] + 1, across[0] : across[-1] + 1] = shapely.contains_xy(area, *np.meshgrid(x, y))
        return found


def skyline(site: Site, margin: float, cell: float) -> Skyline:
    """
    The skyline of a site and its surroundings.

    Parameters
    ----------
    margin
        How far beyond the area. [m]
    cell
        Side of a cell, on whole multiples of which the grid lies. [m]

    Raises
    ------
    TooMuch
        When it would have more than ``MOST_CELLS`` cells.
    MissingData
        When nothing is known of the ground.
    """
    terrain = site.terrain if site.terrain is not None else derived_ground(site.city)
    west, south, east, north = _reach(site, terrain, margin)
    west, north = float(np.floor(west / cell) * cell), float(np.ceil(north / cell) * cell)
    rows, cols = int(np.ceil((north - south) / cell)), int(np.ceil((east - west) / cell))
    if rows * cols > MOST_CELLS:
        raise TooMuch(
            f"{rows} x {cols} cells are more than {MOST_CELLS}; choose larger cells or a smaller area.",
            f"{rows} x {cols} Zellen sind zu viele; wählen Sie größere Zellen oder ein kleineres Gebiet.",
        )
    ground = _ground(terrain, west, north, cell, (rows, cols))
    known = np.isfinite(ground)
    zero = float(np.floor(ground[known].min())) if known.any() else 0.0
    ground = np.where(known, ground - np.float32(zero), NOWHERE).astype(np.float32)
    solid, building = _built(site.city, ground, west, north, cell, zero)
    top, base, trees = _crowns(site.city, solid, west, north, cell)
    return Skyline(terrain.crs, west, north, cell, zero, ground, solid, top, base, building, trees)


def _reach(site: Site, terrain: Terrain, margin: float) -> tuple[float, float, float, float]:
    """Box of the area and of what stands around it, as far as the margin."""
    area, known = shapely.bounds(site.area), np.array(known_box(terrain))
    xy = site.city.xyz[:, :2] if len(site.city.xyz) else area.reshape(2, 2)
    low = np.minimum(np.minimum(known[:2], xy.min(axis=0)), area[:2])
    high = np.maximum(np.maximum(known[2:], xy.max(axis=0)), area[2:])
    west, south = np.maximum(low, area[:2] - margin).tolist()
    east, north = np.minimum(high, area[2:] + margin).tolist()
    return west, south, east, north


def derived_ground(city: City) -> Terrain:
    """
    The ground the buildings stand on, where there is no terrain.

    Raises
    ------
    MissingData
        When no building knows its ground.
    """
    try:
        return terrain_from_intersections(city, DERIVED_CELL)
    except ValueError:
        raise MissingData(
            "Nothing is known of the ground here: load a terrain, or buildings in three dimensions.",
            "Vom Gelände ist hier nichts bekannt: Laden Sie ein Geländemodell oder 3D-Gebäude.",
        ) from None


def _ground(terrain: Terrain, west: float, north: float, cell: float, shape: tuple[int, int]) -> F4:
    """Heights at the middles of the cells, the nearest known one up to two cells beyond what is known."""
    x = west + (np.arange(shape[1]) + 0.5) * cell
    found = np.empty(shape, np.float32)
    for row in range(shape[0]):
        found[row] = height_at(terrain, x, np.full(shape[1], north - (row + 0.5) * cell))
    return found


def _built(city: City, ground: F4, west: float, north: float, cell: float, zero: float) -> tuple[F4, NDArray[np.int32]]:
    """Highest surface on each cell, and the whole it belongs to."""
    solid, building = ground.copy(), np.full(ground.shape, -1, np.int32)
    if not len(city.xyz):
        return solid, building
    triangles, polygon = triangulate(city)
    surface = owner(city.polygon_offsets)[polygon]
    of = owner(city.surface_offsets)[surface]
    wanted = np.isin(city.kind[of], CASTING) & np.isin(city.semantic[surface], UPWARD)
    triangles, of = triangles[wanted], root(city)[of[wanted]]
    # the lowest first, so the highest stays
    order = np.argsort(city.xyz[triangles, 2].max(axis=1), kind="stable") if len(triangles) else np.zeros(0, np.int64)
    x = (city.xyz[:, 0] - west) / cell - 0.5
    y = (north - city.xyz[:, 1]) / cell - 0.5
    roofs = np.full(ground.shape, np.nan, np.float32)
    fill_triangles(triangles[order], x, y, city.xyz[:, 2] - zero, roofs)
    higher = roofs > solid
    solid[higher] = roofs[higher]
    _name_cells(city, triangles[order], of[order], x, y, higher, building)
    return solid, building


def _name_cells(
    city: City, triangles: NDArray[np.int32], of: NDArray[np.int64], x: NDArray[np.float64], y: NDArray[np.float64],
    higher: NDArray[np.bool_], building: NDArray[np.int32],
) -> None:  # fmt: skip
    """Write the building on each cell by filling its number as if it were a height."""
    if not len(triangles):
        return
    numbered = np.full(building.shape, np.nan, np.float32)
    # every ring has vertices of its own, so none belongs to two objects
    number = np.zeros(len(city.xyz))
    number[triangles.ravel()] = np.repeat(of, 3)
    fill_triangles(triangles, x, y, number, numbered)
    named = higher & np.isfinite(numbered)
    building[named] = np.rint(numbered[named]).astype(np.int32)


def _crowns(city: City, solid: F4, west: float, north: float, cell: float) -> tuple[F4, F4, int]:
    """Upper and lower end of the crowns over each cell, and how many trees there are."""
    top, base = np.full(solid.shape, NOWHERE, np.float32), np.full(solid.shape, NOWHERE, np.float32)
    trees = np.flatnonzero(city.kind == Kind.TREE)
    points = outlines(take(city, trees))
    height = _told(city, "height", trees, USUAL_TREE[0])
    width = _told(city, "crownDiameter", trees, USUAL_TREE[1])
    count = 0
    for point, high, wide in zip(points, height.tolist(), width.tolist(), strict=True):
        if point is None or high <= 0 or wide <= 0:
            continue
        count += _crown(shapely.get_coordinates(point)[0], high, wide, solid, top, base, west, north, cell)
    return top, base, count


def _told(city: City, name: str, objects: NDArray[np.int64], usual: float) -> NDArray[np.float64]:
    column = city.attributes.get(name)
    told = column.numbers()[objects] if column is not None else np.full(len(objects), np.nan)
    return np.where(np.isfinite(told) & (told > 0), told, usual)


def _crown(
    place: NDArray[np.float64], high: float, wide: float, solid: F4, top: F4, base: F4,
    west: float, north: float, cell: float,
) -> int:  # fmt: skip
    """Lay one crown over the cells below it; 1 when there are any."""
    rows, cols = solid.shape
    x, y, radius = (place[0] - west) / cell, (north - place[1]) / cell, max(wide / 2 / cell, 0.5)
    if not (0 <= x < cols and 0 <= y < rows):
        return 0
    foot = solid[int(y), int(x)]
    r0, r1 = max(int(y - radius), 0), min(int(y + radius) + 1, rows)
    c0, c1 = max(int(x - radius), 0), min(int(x + radius) + 1, cols)
    away = np.hypot(np.arange(r0, r1)[:, None] + 0.5 - y, np.arange(c0, c1)[None, :] + 0.5 - x) / radius
    inside = away < 1.0
    part = (slice(r0, r1), slice(c0, c1))
    dome = foot + high * (TRUNK + (1 - TRUNK) * np.sqrt(np.clip(1 - away**2, 0, 1)))
    low = np.float32(foot + high * TRUNK)
    base[part] = np.where(inside, np.where(top[part] > NOWHERE, np.minimum(base[part], low), low), base[part])
    top[part] = np.where(inside, np.maximum(top[part], dome), top[part])
    return int(inside.any())
