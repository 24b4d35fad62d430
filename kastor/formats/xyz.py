"""Lists of heights, one ``east north height`` per line, as the surveying authorities publish them.

A list is read twice: first for its extent and spacing, then into a grid that lives on disk when it
is large. Lists whose points form no grid are triangulated when they are not too long.
"""

from __future__ import annotations

import gzip
import re
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from kastor.city.ground import grid_points
from kastor.city.report import Report
from kastor.city.terrain import Terrain
from kastor.formats.crs_names import DHHN2016, normalise
from kastor.formats.errors import FormatError

BLOCK = 2000
TEXT_AT_ONCE = 1 << 24
MAX_CELLS = 1_000_000_000
MAX_IN_MEMORY = 1 << 24
MAX_SCATTERED = 3_000_000
"""Points without a grid that are triangulated. """

_OFF_GRID = 0.02
"""How far from its cell centre a point may lie. [cells]"""

_LEAST_FILLED = 0.02

_HEADER = re.compile(rb"[a-zA-Z#\"/]")


@dataclass(frozen=True)
class _Extent:
    """Lowest and highest coordinates, number of points and spacing."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    count: int
    cell: float
    regular: bool


def read_xyz(path: Path, report: Report, crs: str | None = None) -> Iterator[Terrain]:
    """
    Read a list of heights in blocks of at most ``BLOCK`` x ``BLOCK`` cells.

    Separators may be blanks, tabs, commas or semicolons, decimal commas are understood, a header
    line and further columns are skipped. The points are the centres of the cells.

    Raises
    ------
    FormatError
        When a line holds no three numbers, or the points form no grid and are too many to triangulate.
    """
    extent = _extent(path)
    zone = int(extent.low[0] // 1e6) if extent.low[0] >= 31e6 else 0
    code = _code(crs or "", zone, path, report)
    shift = np.array([zone * 1e6, 0.0, 0.0])
    if not extent.regular:
        yield from _scattered(path, extent, code, shift, report)
        return
    cols, rows = (np.round((extent.high - extent.low)[:2] / extent.cell).astype(np.int64) + 1).tolist()
    west, north = extent.low[0] - extent.cell / 2 - shift[0], extent.high[1] + extent.cell / 2
    with tempfile.TemporaryFile() as store:
        grid = _empty_grid(store, rows, cols)
        for points in _points(path):
            col = np.round((points[:, 0] - extent.low[0]) / extent.cell).astype(np.int64)
            row = np.round((extent.high[1] - points[:, 1]) / extent.cell).astype(np.int64)
            grid[row, col] = np.where(points[:, 2] <= -9999.0, np.nan, points[:, 2])
        for row in range(0, rows, BLOCK):
            for col in range(0, cols, BLOCK):
                heights = np.array(grid[row : row + BLOCK, col : col + BLOCK])
                yield Terrain(
                    code, float(west + col * extent.cell), float(north - row * extent.cell), extent.cell, heights
                )
        del grid


def zone_in_name(path: Path) -> str:
    """
    UTM zone in the name of an official tile, as an EPSG code; empty when there is none.

    Examples
    --------
    >>> zone_in_name(Path("dgm1_32_360_5721_1_nw.xyz"))
    'EPSG:25832'
    """
    match = re.search(r"(?:^|[_-])(3[123])_?\d{3}[_-]\d{4}(?!\d)", path.name)
    return f"EPSG:258{match[1]}" if match else ""


def _code(crs: str, zone: int, path: Path, report: Report) -> str:
    """Reference system as given, as told by a zone before the easting, or by the name of the file."""
    named = crs
    if not named and 31 <= zone <= 33:
        named = f"EPSG:{25800 + zone}"
        report.add("zone_prefix", "repaired", crs=named, zone=zone)
    elif not named:
        named = zone_in_name(path)
        if not named:
            report.add("dem_crs_missing", "kept")
            return ""
        report.add("dem_crs_from_name", "kept", crs=named)
    system = normalise(named)
    report.crs = report.crs or system.code
    if system.vertical is not None or system.geographic:
        return system.code
    report.add("dem_heights_assumed", "kept")
    return f"{system.code}+{DHHN2016}"


def _empty_grid(store: object, rows: int, cols: int) -> NDArray[np.float32]:
    if rows * cols <= MAX_IN_MEMORY:
        return np.full((rows, cols), np.nan, np.float32)
    grid = np.memmap(cast("BinaryIO", store), np.float32, "w+", shape=(rows, cols))
    for row in range(0, rows, BLOCK):
        grid[row : row + BLOCK] = np.nan
    return grid


def _extent(path: Path) -> _Extent:
    """First reading: extent, number and spacing; whether all points lie on a grid of that spacing."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    count, cell, origin, regular = 0, 0.0, np.zeros(2), True
    for points in _points(path):
        if not count:
            cell, origin = _spacing(points), points[0, :2]
        low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
        count += len(points)
        off = (points[:, :2] - origin) / cell
        regular &= bool(np.abs(off - np.round(off)).max() <= _OFF_GRID)
    if count < 2:
        raise FormatError(path, f"The file holds {count} points.", "A terrain needs at least two; check the file.")
    cells = float(np.prod(np.floor((high - low)[:2] / cell) + 1))
    # a grid hardly filled is a list of single points whose coordinates happen to be round
    regular &= count >= _LEAST_FILLED * cells
    if regular and cells > MAX_CELLS:
        raise FormatError(
            path, f"{count} points spread over {cells:.3g} cells of {cell:g} m.", "Load it in several tiles."
        )
    return _Extent(low, high, count, cell, regular)


def _spacing(points: NDArray[np.float64]) -> float:
    """Smallest step between different eastings or northings. [m]"""
    steps = []
    for axis in (0, 1):
        values = np.unique(np.round(points[:200_000, axis], 3))
        if len(values) > 1:
            steps.append(float(np.diff(values).min()))
    return max(min(steps), 1e-3) if steps else 1.0


def _scattered(path: Path, extent: _Extent, code: str, shift: NDArray[np.float64], report: Report) -> Iterator[Terrain]:
    if extent.count > MAX_SCATTERED:
        raise FormatError(
            path,
            f"{extent.count} points form no regular grid; up to {MAX_SCATTERED} can be triangulated.",
            "Load a gridded terrain model (DGM) instead, or thin the points.",
        )
    points = np.concatenate(list(_points(path))) - shift
    low, high = extent.low - shift, extent.high - shift
    area = float(np.prod(np.maximum((high - low)[:2], 1e-3)))
    cell = max(0.5, float(np.ceil(2.0 * np.sqrt(area / extent.count)) / 2.0))
    cell = max(cell, float(np.ceil(np.sqrt(area / 100_000_000))))
    west, north = float(np.floor(low[0] / cell) * cell), float(np.ceil(high[1] / cell) * cell)
    shape = (max(1, int(np.ceil((north - low[1]) / cell))), max(1, int(np.ceil((high[0] - west) / cell))))
    report.add("dem_points_gridded", "repaired", number=extent.count, cell=cell)
    terrain = grid_points(points, code, west, north, cell, shape)
    for row in range(0, shape[0], BLOCK):
        for col in range(0, shape[1], BLOCK):
            window = (slice(row, row + BLOCK), slice(col, col + BLOCK))
            distance = terrain.distance[window] if terrain.distance is not None else None
            yield Terrain(code, west + col * cell, north - row * cell, cell, terrain.heights[window], distance)


def _points(path: Path) -> Iterator[NDArray[np.float64]]:
    """East, north and height of some hundred thousand lines at a time."""
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    opener = gzip.open if packed else open
    with opener(path, "rb") as file:
        stream = cast("BinaryIO", file)
        rest, number, columns = b"", 0, 0
        try:
            while block := stream.read(TEXT_AT_ONCE):
                text, newline, rest = (rest + block).rpartition(b"\n")
                if not newline and len(rest) > 2 * TEXT_AT_ONCE:
                    raise FormatError(path, "The file has lines without end.", "Check that it is a text file.")
                if text:
                    points, columns = _parsed(text, path, number, columns)
                    number += len(points)
                    if len(points):
                        yield points
        except (EOFError, OSError, zlib.error) as problem:
            raise FormatError(path, f"The file is damaged: {problem}.", "Download it again.") from problem
        if rest.strip():
            points, columns = _parsed(rest, path, number, columns)
            if len(points):
                yield points


def _parsed(text: bytes, path: Path, before: int, columns: int) -> tuple[NDArray[np.float64], int]:
    """Numbers of some whole lines; the number of columns is told by the first line of the file."""
    if not before:
        lines = text.lstrip(b"\xef\xbb\xbf \r\n").split(b"\n", 1)
        while len(lines) == 2 and _HEADER.search(re.sub(rb"[eE][+-]?\d", b"", lines[0])):
            lines = lines[1].split(b"\n", 1)
        text = b"\n".join(lines)
    text = _plain(text)
    if not columns:
        columns = len(text.split(b"\n", 1)[0].split())
    numbers = _numbers(text)
    if columns < 3 or numbers is None or len(numbers) % columns:
        raise FormatError(
            path,
            f"After {before} points a line does not hold {max(columns, 3)} numbers.",
            "Write one `east north height` per line.",
        )
    points = numbers.reshape(-1, columns)[:, :3]
    return points[np.isfinite(points).all(axis=1)], columns


def _plain(text: bytes) -> bytes:
    """Blanks between the numbers and points in them."""
    first = text[:4096]
    if b"," in first and (b";" in first or re.search(rb"\d,\d+[ \t]+[-+\d]", first)):
        text = text.replace(b",", b".")
    return text.translate(bytes.maketrans(b",;\t\r", b"    "))


def _numbers(text: bytes) -> NDArray[np.float64] | None:
    try:
        return np.fromstring(text.decode("latin-1"), np.float64, sep=" ")
    except ValueError:
        return None
