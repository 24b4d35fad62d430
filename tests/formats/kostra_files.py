"""Tables laid out like those of KOSTRA-DWD-2020: 22 durations, a shapefile each, in one archive each."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pyogrio.raw
import pyproj
import shapely

from kastor.city.sample import CRS, ORIGIN

MINUTES = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 540, 720, 1080, 1440, 2880, 4320, 5760, 7200, 8640, 10080)
YEARS = (1, 2, 3, 5, 10, 20, 30, 50, 100)
PLANE = "EPSG:3035"
SIDE = 5000.0


def depth(cell: int, minutes: int, years: int) -> float:
    """Rain of a cell, in tenths of a millimetre as the tables have it. [mm]"""
    return float(np.round((8 + cell) * (minutes / 5) ** 0.3 * (1 + 0.4 * np.log(years)), 1))


def uncertainty(minutes: int, years: int) -> float:
    """[%]"""
    return float(round(10 + 0.1 * years + minutes / 10080))


def write(folder: Path, minutes: tuple[int, ...] = MINUTES, wrong: str = "") -> Path:
    """
    Nine cells of 5 km around the sample city; the last one, in the north-east, has no values.

    Parameters
    ----------
    wrong
        What is wrong with the table of 60 minutes: ``unit``, ``column`` or nothing.
    """
    to_plane = pyproj.Transformer.from_crs(CRS.split("+")[0], PLANE, always_xy=True)
    x, y = to_plane.transform(*ORIGIN[:2])
    corners = [(x + SIDE * (c - 1.5), y + SIDE * (1.5 - r)) for r in range(3) for c in range(3)]
    cells = np.array([shapely.box(w, n - SIDE, w + SIDE, n) for w, n in corners])
    numbers = np.array([(120 + k // 3) * 1000 + 105 + k % 3 for k in range(9)], np.int32)
    folder.mkdir(parents=True, exist_ok=True)
    for duration in minutes:
        name = f"KOSTRA-DWD-2020_D{duration:05d}"
        scale = 0.0 if wrong == "unit" and duration == 60 else 1.0
        columns = {"INDEX_RC": numbers}
        for year in YEARS:
            values = np.array([depth(k, duration, year) * scale for k in range(9)])
            columns[f"HN_{year:03d}A_"] = np.where(np.arange(9) == 2, -99.9, values)
            columns[f"UC_{year:03d}A_"] = np.full(9, uncertainty(duration, year))
        if wrong == "column" and duration == 60:
            columns["NUMBER"] = columns.pop("INDEX_RC")
        shape = folder / f"{name}.shp"
        pyogrio.raw.write(shape, shapely.to_wkb(cells), list(columns.values()), list(columns), geometry_type="Polygon",
                          crs=PLANE, driver="ESRI Shapefile")  # fmt: skip
        parts = sorted(folder.glob(f"{name}.*"))
        with zipfile.ZipFile(folder / f"GIS_{name}.zip", "w") as archive:
            for part in parts:
                archive.write(part, f"GIS_{name}/{part.name}")
        for part in parts:
            part.unlink()
    return folder
