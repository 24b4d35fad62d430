"""Heights of the ground: GeoTIFF, ESRI ASCII grid, SRTM (.hgt) and XYZ lists, block by block.

Every block is at most ``BLOCK`` cells wide and high, so a whole county at 1 m is read in bounded
memory. Unknown cells become NaN. Nothing is reprojected here; grids in degrees are handed on as
they are and :func:`resample` brings them into the plane when the caller asks for it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from kastor.city.report import Report
from kastor.city.terrain import Terrain, height_at
from kastor.formats.crs_names import DHHN2016, normalise
from kastor.formats.errors import FormatError
from kastor.formats.part import Part
from kastor.formats.xyz import read_xyz, zone_in_name

BLOCK = 2000
"""Rows and columns of a block. """

MAX_CELLS = 10**10
"""Cells of a whole raster, about 100 km x 100 km at 1 m. """

MAX_STRIP_CELLS = 1 << 26
"""Cells of an internal tile or strip, which is unpacked at once. """

LOWEST, HIGHEST = -500.0, 9000.0
"""Heights that exist on land. [m]"""

DRIVERS = {"GeoTIFF": "GTiff", "ASC": "AAIGrid", "HGT": "SRTMHGT"}
_UNKNOWN = (-9999.0, -32768.0, -3.4028234663852886e38)

Mapping = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Plane coordinates to others, shape (n, 2) to (n, 2)."""


def read(path: Path, report: Report, *, crs: str | None = None) -> Iterator[Part]:
    """
    Read a height grid in blocks.

    Parameters
    ----------
    path
        GeoTIFF, ESRI ASCII grid, SRTM tile or XYZ list; told by its content.
    report
        Receives format, reference system, and findings on assumed systems and impossible heights.
    crs
        Reference system, for files that name none or a wrong one.

    Yields
    ------
    Part
        Terrain of at most ``BLOCK`` x ``BLOCK`` cells, all under the name of the file; ``crs`` is empty when nobody
        named it.

    Raises
    ------
    FormatError
        When the file is damaged, no height grid, turned against north, or its points form no grid.
    """
    kind = terrain_format(path)
    if not kind:
        raise FormatError(path, "This is no height grid.", "Load a GeoTIFF, an ESRI ASCII grid, an .hgt or .xyz file.")
    name = re.sub(r"(\.(tiff?|xyz|asc|hgt|txt|dat|grd|csv|gz))+$", "", path.name, flags=re.IGNORECASE) or path.stem
    blocks = read_xyz(path, report, crs) if kind == "XYZ" else _raster(path, report, crs, DRIVERS[kind])
    found = False
    for block in blocks:
        heights = _plausible(block.heights, path.name, report)
        if not np.isnan(heights).all():
            found = True
            yield Part(name, Terrain(block.crs, block.west, block.north, block.cell, heights, block.distance))
    report.format = report.format or kind
    if not found:
        raise FormatError(path, "The file holds no height at all, only unknown cells.", "Export or download it again.")


def terrain_format(path: Path) -> str:
    """``GeoTIFF``, ``ASC``, ``HGT``, ``XYZ`` or, when it is no height grid, an empty text."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "GeoTIFF"
    if head[:64].lstrip().lower().startswith((b"ncols", b"nrows")):
        return "ASC"
    if path.stat().st_size in (1201 * 1201 * 2, 3601 * 3601 * 2) and path.suffix.lower() == ".hgt":
        return "HGT"
    if head[:2] == b"\x1f\x8b" or not head or b"\0" in head:
        return "XYZ" if head[:2] == b"\x1f\x8b" else ""
    return "XYZ" if any(_three_numbers(line) for line in head.splitlines()[:3]) else ""


def resample(
    terrain: Terrain,
    to_source: Mapping,
    crs: str,
    west: float,
    north: float,
    cell: float,
    shape: tuple[int, int],
) -> Terrain:
    """
    Terrain on another grid, as when degrees become metres; bilinear, heights taken over unchanged.

    Parameters
    ----------
    terrain
        The source, such as an SRTM tile in degrees.
    to_source
        Coordinates of the new grid -> coordinates of the source.
    crs, west, north, cell, shape
        The new grid, see :class:`~kastor.city.terrain.Terrain`.

    Returns
    -------
    Terrain
        NaN where the source has no heights.
    """
    rows, cols = shape
    heights = np.empty(shape, np.float32)
    step = max(1, 1_000_000 // max(cols, 1))
    x = west + (np.arange(cols) + 0.5) * cell
    for first in range(0, rows, step):
        y = north - (np.arange(first, min(first + step, rows)) + 0.5) * cell
        where = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        there = to_source(where)
        heights[first : first + len(y)] = height_at(terrain, there[:, 0], there[:, 1]).reshape(len(y), cols)
    return Terrain(crs, west, north, cell, heights)


def _three_numbers(line: bytes) -> bool:
    fields = line.replace(b";", b" ").replace(b",", b" ").split()
    try:
        return len([float(f) for f in fields]) >= 3
    except ValueError:
        return False


def _raster(path: Path, report: Report, crs: str | None, driver: str) -> Iterator[Terrain]:
    try:
        with _opened(path, driver) as dataset:
            _check(dataset, path)
            yield from _blocks(dataset, _code(dataset, crs, report))
    except RasterioError as problem:
        reason = problem.__cause__ or problem
        raise FormatError(
            path, f"The file is damaged or incomplete: {reason}.", "Download it again or export it anew."
        ) from problem


def _opened(path: Path, driver: str) -> Any:
    """The raster, read by this driver only: others could follow references to files elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path, driver=driver)


def _blocks(dataset: Any, code: str) -> Iterator[Terrain]:
    cell = float(dataset.transform.a)
    for row in range(0, dataset.height, BLOCK):
        for col in range(0, dataset.width, BLOCK):
            window = Window(col, row, min(BLOCK, dataset.width - col), min(BLOCK, dataset.height - row))
            raw = dataset.read(1, window=window)
            heights = raw.astype(np.float32) * np.float32(dataset.scales[0]) + np.float32(dataset.offsets[0])
            heights[_missing(raw, dataset.nodata)] = np.nan
            west = float(dataset.transform.c) + col * cell
            yield Terrain(code, west, float(dataset.transform.f) - row * cell, cell, heights)


def _missing(raw: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    missing = np.isin(raw, np.array(_UNKNOWN, np.float32 if raw.dtype == np.float32 else np.float64))
    if nodata is not None:
        missing |= np.isnan(raw) if np.isnan(nodata) else raw == raw.dtype.type(nodata)
    return missing


def _check(dataset: Any, path: Path) -> None:
    transform = dataset.transform
    kind = np.dtype(dataset.dtypes[0])
    if kind.kind not in "iuf" or kind == np.uint8:
        raise FormatError(
            path, f"This is a picture ({dataset.count} x {kind}), not a height grid.", "Load the heights themselves."
        )
    if transform.is_identity or transform.a == 0:
        raise FormatError(
            path, "The raster has no place on the map.", "Load the GeoTIFF with its georeference or .tfw file."
        )
    if abs(transform.b) > 1e-9 * transform.a or abs(transform.d) > 1e-9 * transform.a or transform.e > 0:
        raise FormatError(
            path, "The raster is turned or flipped against north.", "Bring it to north-up first, e.g. with gdalwarp."
        )
    if abs(transform.a + transform.e) > 1e-6 * abs(transform.a):
        raise FormatError(
            path, f"Cells of {transform.a:g} x {-transform.e:g} are not square.", "Resample it to square cells first."
        )
    if dataset.width * dataset.height > MAX_CELLS or np.prod(dataset.block_shapes[0]) > MAX_STRIP_CELLS:
        raise FormatError(
            path, f"A raster of {dataset.width} x {dataset.height} cells is too large.", "Load it in several tiles."
        )


def _code(dataset: Any, crs: str | None, report: Report) -> str:
    """Name of the reference system, with the height system stated or, with a finding, assumed."""
    named = crs or (dataset.crs.to_wkt() if dataset.crs else zone_in_name(Path(dataset.name)))
    if not named:
        _once(report, "dem_crs_missing")
        return ""
    if not crs and not dataset.crs:
        _once(report, "dem_crs_from_name", crs=named)
    system = normalise(named)
    report.crs = report.crs or system.code
    if system.geographic:
        _once(report, "dem_in_degrees", system=system.title)
        return system.code
    if system.vertical is not None:
        return system.code
    _once(report, "dem_heights_assumed")
    return f"{system.code}+{DHHN2016}"


def _once(report: Report, finding: str, **values: Any) -> None:
    if not report.counts[finding, "kept"]:
        report.add(finding, "kept", **values)


def _plausible(heights: NDArray[np.float32], file: str, report: Report) -> NDArray[np.float32]:
    """Heights that cannot be on Earth become unknown."""
    with np.errstate(invalid="ignore"):
        wrong = (heights < LOWEST) | (heights > HIGHEST) | np.isinf(heights)
    number = int(np.count_nonzero(wrong))
    if not number:
        return heights
    report.add("dem_height_impossible", "repaired", count=number, number=number, file=file)
    return np.where(wrong, np.float32(np.nan), heights)
