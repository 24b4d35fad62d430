"""The ground as Cesium quantized-mesh-1.0 tiles, for Masterportal, VC Map, Cesium and others.

Same heights and same triangulation as our own terrain, on the geographic tiling those programs
expect: level z has 2^(z+1) x 2^z tiles, counted from the south-west. Outside the known ground
the nearest known height goes on, because the format has no holes. Tiles of one level share
their edges exactly but for the rounding of heights to 1/32767 of each tile's own range.

References
----------
.. [1] Cesium, quantized-mesh-1.0 terrain format, https://github.com/CesiumGS/quantized-mesh
.. [2] Cigolle et al. (2014), A Survey of Efficient Representations for Independent Unit Vectors,
   Journal of Computer Graphics Techniques 3(2) (octahedral normals).
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.polynomial import polynomial
from numpy.typing import NDArray

from kastor.tiles import rtin
from kastor.tiles.relief import Relief, scattered

ToGeographic: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From map coordinates to longitude and latitude [°] and height above the ellipsoid [m], both of shape (n, 3)."""

SIDE = 256
"""Lattice steps along the side of a tile."""

LEVEL_ZERO_ERROR = 77067.34
"""Error viewers assume for level 0 of this tiling, halved with each level. [m]"""

MAX_ERROR_SHARE = 0.25
"""Largest deviation of our meshes as a share of that."""

SEMI_MAJOR, FLATTENING = 6378137.0, 1.0 / 298.257222101
"""GRS 80, the ellipsoid of ETRS89."""

TOP = 32767
"""Largest coordinate within a tile."""


@dataclass(frozen=True, eq=False)
class GeoRelief:
    """
    A ground that can be asked by longitude and latitude.

    Parameters
    ----------
    relief
        The ground in map coordinates.
    bounds
        West, south, east and north edge. [°]
    to_map
        Polynomials in scaled longitude and latitude for east and north, shape (2, degree + 1, degree + 1). [m]
    undulation
        Height of the zero of heights above the ellipsoid on a regular grid over the terrain's box, first row in
        the north, shape (rows, cols). [m]
    max_level
        Finest level: where the lattice is about as fine as the terrain.
    """

    relief: Relief
    bounds: tuple[float, float, float, float]
    to_map: NDArray[np.float64]
    undulation: NDArray[np.float64]
    max_level: int


class ProjectionFitError(ValueError):
    """The map projection cannot be followed by polynomials over the whole terrain."""

    def __init__(self, miss: float) -> None:
        super().__init__(
            f"the map projection is missed by {miss:.3f} m, at most {FIT:.3f} m is allowed; publish a smaller terrain"
        )


FIT = 0.01
"""Largest error in the plane of the step from geographic to map coordinates. [m]"""


def geo_relief(on: Relief, to_geographic: ToGeographic) -> GeoRelief:
    """
    Prepare a ground for publishing.

    Raises
    ------
    ProjectionFitError
        When the terrain is too large for one set of polynomials.
    """
    west, south, east, north = on.terrain.box
    count = int(np.clip(max(east - west, north - south) / 500.0, 16, 200)) + 1
    x, y = np.meshgrid(np.linspace(west, east, count), np.linspace(north, south, count))
    geographic = to_geographic(np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)]))
    low, high = geographic[:, :2].min(axis=0), geographic[:, :2].max(axis=0)
    bounds = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    to_map = _fit(geographic[:, :2], np.column_stack([x.ravel(), y.ravel()]), bounds)
    finest = np.log2(180.0 * 111320.0 / (SIDE * on.terrain.cell))
    return GeoRelief(on, bounds, to_map, geographic[:, 2].reshape(x.shape), int(np.clip(np.rint(finest), 0, 20)))


def layer_json(on: GeoRelief, name: str, attribution: str) -> dict[str, Any]:
    """The description viewers read first (``layer.json``)."""
    available = []
    for level in range(on.max_level + 1):
        west, south, east, north = _span(on, level)
        available.append([{"startX": west, "startY": south, "endX": east, "endY": north}])
    return {
        "tilejson": "2.1.0",
        "name": name,
        "version": "1.0.0",
        "format": "quantized-mesh-1.0",
        "attribution": attribution,
        "scheme": "tms",
        "tiles": ["{z}/{x}/{y}.terrain"],
        "projection": "EPSG:4326",
        "bounds": list(on.bounds),
        "minzoom": 0,
        "maxzoom": on.max_level,
        "extensions": ["octvertexnormals"],
        "available": available,
    }


def tiles(on: GeoRelief) -> Iterator[tuple[int, int, int]]:
    """Level, column and row of every tile, coarse ones first."""
    for level in range(on.max_level + 1):
        west, south, east, north = _span(on, level)
        for column in range(west, east + 1):
            for row in range(south, north + 1):
                yield level, column, row


def tile(on: GeoRelief, level: int, column: int, row: int) -> bytes | None:
    """
    A gzipped tile; serve it with ``Content-Encoding: gzip``, ``Content-Type: application/vnd.quantized-mesh``.

    Returns
    -------
    bytes or None
        None when the layer has no such tile.
    """
    if not 0 <= level <= on.max_level:
        return None
    west, south, east, north = _span(on, level)
    if not (west <= column <= east and south <= row <= north):
        return None
    size = 180.0 / 2**level
    step = size / SIDE
    n = 3 * SIDE + 1
    longitudes = -180.0 + ((column - 1) * SIDE + np.arange(n)) * step
    latitudes = -90.0 + ((row - 1) * SIDE + np.arange(n)) * step
    plain, raised = _heights(on, longitudes, latitudes)
    limit = LEVEL_ZERO_ERROR / 2**level * MAX_ERROR_SHARE
    found = rtin.errors(plain, SIDE, (row - 1, column - 1), limit=limit)
    inner = slice(SIDE, 2 * SIDE + 1)
    vertices, triangles = rtin.mesh(np.ascontiguousarray(found[inner, inner]), limit, (row, column))
    normals = _normals(plain, longitudes, latitudes, vertices + SIDE)
    heights = raised[vertices[:, 0] + SIDE, vertices[:, 1] + SIDE]
    where = np.column_stack([longitudes[vertices[:, 1] + SIDE], latitudes[vertices[:, 0] + SIDE]])
    return gzip.compress(_encoded(where, heights, vertices, triangles, normals), 6, mtime=0)


def _span(on: GeoRelief, level: int) -> tuple[int, int, int, int]:
    """First and last column and row of the tiles of a level; viewers want both tiles of level 0."""
    if level == 0:
        return 0, 0, 1, 0
    size = 180.0 / 2**level
    west, south, east, north = on.bounds
    return (
        int((west + 180.0) // size), int((south + 90.0) // size),
        int((east + 180.0) // size), int((north + 90.0) // size),
    )  # fmt: skip


def _scaled(
    lon: NDArray[np.float64], lat: NDArray[np.float64], bounds: tuple[float, float, float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude as -1 to 1 over the terrain; what lies outside is moved to its edge."""
    west, south, east, north = bounds
    x, y = 2.0 * (lon - west) / (east - west) - 1.0, 2.0 * (lat - south) / (north - south) - 1.0
    return np.clip(x, -1.0, 1.0), np.clip(y, -1.0, 1.0)


def _fit(
    geographic: NDArray[np.float64], plane: NDArray[np.float64], bounds: tuple[float, float, float, float]
) -> NDArray[np.float64]:
    x, y = _scaled(geographic[:, 0], geographic[:, 1], bounds)
    miss = np.inf
    for degree in (3, 5, 7):
        terms = polynomial.polyvander2d(x, y, [degree, degree])
        found = np.linalg.lstsq(terms, plane, rcond=None)[0]
        miss = float(np.abs(terms @ found - plane).max())
        if miss <= FIT:
            result: NDArray[np.float64] = np.asarray(found.T, np.float64).reshape(2, degree + 1, degree + 1)
            return result
    raise ProjectionFitError(miss)


def _heights(
    on: GeoRelief, longitudes: NDArray[np.float64], latitudes: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Heights on a geographic lattice, rows from the south: as the terrain gives them, and above the ellipsoid."""
    x, y = _scaled(longitudes, latitudes, on.bounds)
    t = on.relief.terrain
    west, south, east, north = t.box
    easts = np.clip(polynomial.polygrid2d(y, x, on.to_map[0].T), west, east)
    norths = np.clip(polynomial.polygrid2d(y, x, on.to_map[1].T), south, north)
    plain = scattered(on.relief.heights, (easts - west) / t.cell - 0.5, (north - norths) / t.cell - 0.5)
    rows, cols = on.undulation.shape
    undulation = scattered(
        on.undulation, (easts - west) / (east - west) * (cols - 1), (north - norths) / (north - south) * (rows - 1)
    )
    return plain, plain.astype(np.float64) + undulation


def _normals(
    heights: NDArray[np.float32],
    longitudes: NDArray[np.float64],
    latitudes: NDArray[np.float64],
    at: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Unit normals of the ground at some lattice points in geocentric axes, shape (n, 3)."""
    r, c = at[:, 0], at[:, 1]
    lon, lat = np.radians(longitudes[c]), np.radians(latitudes[r])
    step = np.radians(longitudes[1] - longitudes[0]) * SEMI_MAJOR
    east = -(heights[r, c + 1] - heights[r, c - 1]) / (2.0 * step * np.maximum(np.cos(lat), 1e-6))
    north = -(heights[r + 1, c] - heights[r - 1, c]) / (2.0 * step)
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(lon), np.cos(lon), np.sin(lat), np.cos(lat)
    normals = np.column_stack(
        [
            -sin_lon * east - sin_lat * cos_lon * north + cos_lat * cos_lon,
            cos_lon * east - sin_lat * sin_lon * north + cos_lat * sin_lon,
            cos_lat * north + sin_lat,
        ]
    )
    result: NDArray[np.float64] = normals / np.linalg.norm(normals, axis=1)[:, None]
    return result


def geocentric(where: NDArray[np.float64], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Geocentric coordinates of longitude, latitude [°] and height above the ellipsoid, shape (n, 3). [m]"""
    lon, lat = np.radians(where[:, 0]), np.radians(where[:, 1])
    e2 = FLATTENING * (2.0 - FLATTENING)
    across = SEMI_MAJOR / np.sqrt(1.0 - e2 * np.sin(lat) ** 2)
    flat = (across + heights) * np.cos(lat)
    return np.column_stack([flat * np.cos(lon), flat * np.sin(lon), (across * (1.0 - e2) + heights) * np.sin(lat)])


def _encoded(
    where: NDArray[np.float64],
    heights: NDArray[np.float64],
    vertices: NDArray[np.int32],
    triangles: NDArray[np.int32],
    normals: NDArray[np.float64],
) -> bytes:
    points = geocentric(where, heights)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    low, high = float(heights.min()), float(heights.max())
    head = struct.pack("<3d2f4d3d", *centre, low, high, *centre, radius, *_occlusion_point(points, centre))
    # the range is rounded to 32 bits in the file, so heights are scaled by what a reader will find there
    low, high = struct.unpack("<2f", struct.pack("<2f", low, high))
    share = np.clip((heights - low) / max(high - low, 1e-9), 0.0, 1.0)
    columns = [vertices[:, 1] * (TOP / SIDE), vertices[:, 0] * (TOP / SIDE), share * TOP]
    parts = [head, struct.pack("<I", len(vertices))]
    parts += [_zigzag(np.rint(column).astype(np.int64)) for column in columns]
    wide = len(vertices) > 65536
    if wide:
        parts.append(b"\0" * (-(len(head) + 4 + 6 * len(vertices)) % 4))
    width = np.uint32 if wide else np.uint16
    parts += [struct.pack("<I", len(triangles)), _high_water(triangles.ravel()).astype(width).tobytes()]
    for edge in (vertices[:, 1] == 0, vertices[:, 0] == 0, vertices[:, 1] == SIDE, vertices[:, 0] == SIDE):
        indices = np.flatnonzero(edge)
        parts += [struct.pack("<I", len(indices)), indices.astype(width).tobytes()]
    oct_normals = _octahedral(normals).tobytes()
    return b"".join([*parts, struct.pack("<BI", 1, len(oct_normals)), oct_normals])


def _zigzag(values: NDArray[np.int64]) -> bytes:
    """Differences from one value to the next, the sign in the lowest bit."""
    steps = np.diff(values, prepend=0)
    return ((steps << 1) ^ (steps >> 63)).astype(np.uint16).tobytes()


def _high_water(indices: NDArray[np.int32]) -> NDArray[np.int64]:
    """Each index as its distance from the first number not used so far; vertices stand in order of first use."""
    seen: NDArray[np.int64] = np.maximum.accumulate(np.concatenate([[-1], indices]).astype(np.int64))[:-1] + 1
    return seen - indices


def _octahedral(normals: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Unit vectors as two bytes each."""
    flat = normals / np.abs(normals).sum(axis=1)[:, None]
    x, y = flat[:, 0], flat[:, 1]
    below = flat[:, 2] < 0.0
    folded_x = (1.0 - np.abs(y)) * np.where(x >= 0.0, 1.0, -1.0)
    folded_y = (1.0 - np.abs(x)) * np.where(y >= 0.0, 1.0, -1.0)
    pair = np.column_stack([np.where(below, folded_x, x), np.where(below, folded_y, y)])
    result: NDArray[np.uint8] = np.rint((np.clip(pair, -1.0, 1.0) * 0.5 + 0.5) * 255.0).astype(np.uint8)
    return result


def _occlusion_point(points: NDArray[np.float64], centre: NDArray[np.float64]) -> list[float]:
    """Point that lies behind the horizon only when the whole tile does, in units of the ellipsoid."""
    axes = np.array([SEMI_MAJOR, SEMI_MAJOR, SEMI_MAJOR * (1.0 - FLATTENING)])
    scaled, towards = points / axes, centre / axes
    towards = towards / max(float(np.linalg.norm(towards)), 1e-12)
    length = np.linalg.norm(scaled, axis=1)
    direction = scaled / length[:, None]
    length = np.maximum(length, 1.0)
    cos_away = direction @ towards
    sin_away = np.linalg.norm(np.cross(direction, towards), axis=1)
    cos_down = 1.0 / length
    sin_down = np.sqrt(length**2 - 1.0) * cos_down
    lean = cos_away * cos_down - sin_away * sin_down
    # a tile that spans more than the half of the globe one can see is never behind the horizon
    reach = 1.0 / float(lean.min()) if lean.min() > 1e-3 else 1000.0
    result: list[float] = (towards * reach).tolist()
    return result
