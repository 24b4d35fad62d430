"""One file of ground: written as a Cloud Optimized GeoTIFF, read by window and resampled onto a grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import from_origin
from rasterio.windows import Window

from kastor.city.terrain import Terrain
from kastor.store.errors import DamagedFile, StoreError

Box = tuple[float, float, float, float]


def write(file: Path, terrain: Terrain) -> None:
    """
    Write a terrain as a Cloud Optimized GeoTIFF.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    layers = [terrain.heights] if terrain.distance is None else [terrain.heights, terrain.distance]
    names = ("height", "distance")[: len(layers)]
    write_layers(file, terrain.crs, (terrain.west, terrain.north), terrain.cell, layers, names)


def write_layers(
    file: Path, crs: str, corner: tuple[float, float], cell: float, layers: Sequence[NDArray[np.float32]],
    names: Sequence[str],
) -> None:  # fmt: skip
    """
    Write layers of values on one grid as the bands of a Cloud Optimized GeoTIFF.

    Parameters
    ----------
    corner, cell
        West and north of the grid and side of its cells. [m]
    layers
        Each of shape (rows, cols), NaN where nothing is known.
    names
        What each of them is.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    rows, cols = layers[0].shape
    profile: dict[str, Any] = {
        "driver": "COG", "dtype": "float32", "count": len(layers), "height": rows, "width": cols,
        "transform": from_origin(*corner, cell, cell), "nodata": float("nan"),
        "compress": "DEFLATE", "predictor": "YES", "blocksize": 512, "overview_resampling": "AVERAGE",
    }  # fmt: skip
    if crs:
        profile["crs"] = CRS.from_user_input(crs)
    try:
        with rasterio.open(file, "w", **profile) as target:
            for band, (layer, name) in enumerate(zip(layers, names, strict=True), 1):
                target.write(np.asarray(layer, np.float32), band)
                target.set_band_description(band, name)
    # GDAL reports a full disk at the close of a file, and rasterio does not know that kind of error
    except (RasterioError, SystemError) as error:
        raise StoreError(
            f"A raster cannot be written: {error}. Check the room on the disk of {file.parent}."
        ) from error


def layers(file: Path, wanted: Sequence[int] | None = None) -> NDArray[np.float32]:
    """
    Bands of a file, all unless some are ``wanted`` (0 for the first one), shape (bands, rows, cols).

    Raises
    ------
    DamagedFile
        When the file cannot be read.
    """
    try:
        with rasterio.open(file) as source:
            found: NDArray[np.float32] = source.read(None if wanted is None else [number + 1 for number in wanted])
            return found
    except RasterioError as error:
        raise _unreadable(file, error) from error


def cells(
    file: Path, rows: NDArray[np.int64], cols: NDArray[np.int64], wanted: Sequence[int] | None = None
) -> NDArray[np.float32]:
    """
    Values of single cells, NaN for those outside of the file; only the part around them is read.

    Parameters
    ----------
    rows, cols
        From the north and the west, shape (n,).
    wanted
        Bands, 0 for the first one; all when None.

    Returns
    -------
        Shape (bands, n).

    Raises
    ------
    DamagedFile
        When the file cannot be read.
    """
    try:
        with rasterio.open(file) as source:
            bands = [*range(source.count)] if wanted is None else list(wanted)
            found = np.full((len(bands), len(rows)), np.nan, np.float32)
            inside = (rows >= 0) & (cols >= 0) & (rows < source.height) & (cols < source.width)
            if inside.any():
                row, col = rows[inside], cols[inside]
                top, left = int(row.min()), int(col.min())
                window = Window(left, top, int(col.max()) - left + 1, int(row.max()) - top + 1)
                found[:, inside] = source.read([band + 1 for band in bands], window=window)[:, row - top, col - left]
            return found
    except RasterioError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: RasterioError) -> DamagedFile:
    return DamagedFile(f"The raster {file.name} cannot be read: {error}. Restore it from a backup or compute it again.")


def paste(
    file: Path, extent: Box, corner: tuple[float, float], side: float,
    heights: NDArray[np.float32], distance: NDArray[np.float32],
) -> None:  # fmt: skip
    """
    Put the known heights of a file onto those of a grid.

    Parameters
    ----------
    extent
        West, south, east and north of the file. [m]
    corner, side
        West and north of the grid and side of its cells. [m]
    heights, distance
        Of the grid, written where the file knows heights; shape (rows, cols). [m]

    Raises
    ------
    DamagedFile
        When the file cannot be read.
    """
    rows, cols = heights.shape
    west, south, east, north = extent
    # cells whose centre lies in the file
    left = max(0, int(np.ceil((west - corner[0]) / side - 0.5 - 1e-9)))
    right = min(cols, int(np.floor((east - corner[0]) / side - 0.5 - 1e-9)) + 1)
    top = max(0, int(np.ceil((corner[1] - north) / side - 0.5 - 1e-9)))
    bottom = min(rows, int(np.floor((corner[1] - south) / side - 0.5 - 1e-9)) + 1)
    if left >= right or top >= bottom:
        return
    try:
        with rasterio.open(file) as source:
            scale = side / source.transform.a
            window = Window(
                round((corner[0] + left * side - west) / source.transform.a, 6),
                round((north - corner[1] + top * side) / source.transform.a, 6),
                (right - left) * scale,
                (bottom - top) * scale,
            )
            resampling = Resampling.average if scale > 1.0 + 1e-9 else Resampling.bilinear
            read = source.read(
                window=window, out_shape=(source.count, bottom - top, right - left), resampling=resampling,
                boundless=not _inside(window, source.height, source.width), fill_value=float("nan"),
            )  # fmt: skip
    except RasterioError as error:
        raise DamagedFile(
            f"The terrain file {file.name} cannot be read: {error}. Restore it from a backup or load it again."
        ) from error
    known = np.isfinite(read[0])
    heights[top:bottom, left:right][known] = read[0][known]
    distance[top:bottom, left:right][known] = read[1][known] if len(read) > 1 else 0.0


def _inside(window: Any, rows: int, cols: int) -> bool:
    return bool(
        window.col_off >= 0
        and window.row_off >= 0
        and window.col_off + window.width <= cols + 1e-6
        and window.row_off + window.height <= rows + 1e-6
    )
