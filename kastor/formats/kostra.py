"""Tables of design rain of the Deutscher Wetterdienst: KOSTRA-DWD-2020, and 2010R in the same layout.

One shapefile, or a plain DBF table, for each duration (``..._D00060``), with a row for each cell: its number
``INDEX_RC``, the depths ``HN_001A_`` to ``HN_100A_`` [mm] and, since 2020, how uncertain they are, ``UC_001A_`` to
``UC_100A_`` [%]. The cells' outlines come from any of the shapefiles; -99.9 means no value.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio.errors
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from kastor.city.rainfall import RainTable
from kastor.formats.errors import FormatError, NoData

NUMBER = "INDEX_RC"
DURATION = re.compile(r"D0*([1-9]\d{0,5})\.(shp|dbf)$", re.IGNORECASE)
DEPTH = re.compile(r"HN_0*([1-9]\d{0,3})A_?$", re.IGNORECASE)
EDITION = re.compile(r"KOSTRA-DWD-\d{4}R?")
OWNER = "Deutscher Wetterdienst"
MOST_CELLS = 1_000_000
DEEPEST = 3000.0
"""Deepest rain a table may name. [mm]"""

CURE = "Take the tables as the Deutscher Wetterdienst publishes them: a shapefile for each duration."


@dataclass(frozen=True)
class _Member:
    """A table: where GDAL finds it, how it is called, of which duration [min], and whether it has outlines."""

    place: str
    name: str
    minutes: int
    drawn: bool


@dataclass(frozen=True, eq=False)
class _Sheet:
    """One table: numbers of the cells, and depths and uncertainty of each return period."""

    places: NDArray[np.int64]
    depths: dict[int, NDArray[np.float64]]
    uncertainty: dict[int, NDArray[np.float64]]
    outlines: NDArray[np.object_] | None
    crs: str


def read(paths: Sequence[Path]) -> RainTable:
    """
    Read the tables of all durations.

    Parameters
    ----------
    paths
        Shapefiles, DBF tables, zip archives or folders with any of them.

    Raises
    ------
    NoData
        When there is no table among them, or no cell with a value in all of them.
    FormatError
        When one cannot be read, the outlines are missing, or the tables contradict each other or themselves.
    """
    members = _members(paths)
    first = str(paths[0].name) if paths else "?"
    if len(members) < 2:
        raise NoData(first, f"{len(members)} tables of durations are in it; it takes two or more.", CURE)
    sheets = {member.minutes: _sheet(member) for member in members}
    drawn = next((sheet for sheet in sheets.values() if sheet.outlines is not None), None)
    if drawn is None or drawn.outlines is None:
        raise FormatError(first, "No table has the outlines of its cells.", f"Add one of the shapefiles. {CURE}")
    years = _years(first, sheets)
    minutes = sorted(sheets)
    depths = np.stack([_of(drawn.places, sheets[m], years, sheets[m].depths) for m in minutes], axis=1)
    known = np.asarray(np.isfinite(depths).all(axis=(1, 2)), bool)
    if not known.any():
        raise NoData(first, "No cell has a depth for every duration and return period.", CURE)
    depths = depths[known]
    _check(first, depths)
    name = next((found[0] for member in members if (found := EDITION.search(member.name))), Path(first).stem)
    return RainTable(
        f"{name}, {OWNER}", drawn.crs, drawn.outlines[known], drawn.places[known], np.array(minutes, np.float64),
        np.array(years, np.float64), depths.astype(np.float32), _tolerance(drawn.places, sheets, years, known),
    )  # fmt: skip


def pack(table: RainTable) -> bytes:
    """A table as bytes, for keeping; :func:`unpack` gives the same table back."""
    target = io.BytesIO()
    corners, index = shapely.get_coordinates(table.cells, return_index=True)
    np.savez_compressed(
        target, source=np.array(table.source), crs=np.array(table.crs), corners=corners, index=index,
        places=table.places, minutes=table.minutes, years=table.years, depths=table.depths,
        tolerance=np.empty(0, np.float32) if table.tolerance is None else table.tolerance,
    )  # fmt: skip
    return target.getvalue()


def unpack(packed: bytes) -> RainTable:
    """The table of :func:`pack`."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as kept:
        rings = shapely.linearrings(kept["corners"], indices=kept["index"])
        off = kept["tolerance"]
        return RainTable(
            str(kept["source"]), str(kept["crs"]), shapely.polygons(rings), kept["places"], kept["minutes"],
            kept["years"], kept["depths"], off if len(off) else None,
        )  # fmt: skip


def _members(paths: Sequence[Path]) -> list[_Member]:
    """One table for each duration, those with outlines before those without."""
    found: dict[int, _Member] = {}
    for place, name in (pair for path in paths for pair in _files(path)):
        matched = DURATION.search(name)
        if matched:
            member = _Member(place, name, int(matched[1]), matched[2].lower() == "shp")
            if member.minutes not in found or member.drawn > found[member.minutes].drawn:
                found[member.minutes] = member
    return [found[minutes] for minutes in sorted(found)]


def _files(path: Path) -> Iterator[tuple[str, str]]:
    """Every file of a path as GDAL and as people name it."""
    if path.is_dir():
        for inside in sorted(path.rglob("*")):
            if inside.is_file():
                yield from _files(inside)
    elif path.suffix.lower() == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError) as error:
            raise FormatError(path, f"The archive cannot be read: {error}.", "Download it again.") from error
        yield from ((f"/vsizip/{path}/{name}", name) for name in names)
    else:
        yield str(path), path.name


def _sheet(member: _Member) -> _Sheet:
    try:
        meta, _, shapes, values = pyogrio.raw.read(member.place, read_geometry=member.drawn, max_features=MOST_CELLS)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise FormatError(member.name, f"It cannot be read: {error}", CURE) from error
    columns = dict(zip((str(name) for name in meta["fields"]), values, strict=True))
    if NUMBER not in columns:
        raise FormatError(member.name, f"It has no column {NUMBER}, but {', '.join(columns) or 'none'}.", CURE)
    depths = {int(found[1]): _plain(values) for name, values in columns.items() if (found := DEPTH.match(name))}
    off = {year: _plain(columns[name]) for year in depths if (name := f"UC_{year:03d}A_") in columns}
    outlines = shapely.from_wkb(shapes) if member.drawn else None
    places = columns[NUMBER].astype(np.int64)
    return _Sheet(places, depths, off, outlines, _crs(member, meta["crs"]) if member.drawn else "")


def _plain(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Numbers, NaN where there is no value."""
    numbers = values.astype(np.float64)
    return np.where(numbers < 0, np.nan, numbers)


def _crs(member: _Member, said: str | None) -> str:
    if not said:
        raise FormatError(member.name, "It names no reference system.", "Add its .prj file.")
    try:
        found = CRS.from_user_input(said)
    except CRSError as error:
        raise FormatError(member.name, f"Its reference system is unknown: {error}", "Add its .prj file.") from error
    code = found.to_epsg()
    return found.to_wkt() if code is None else f"EPSG:{code}"


def _years(first: str, sheets: dict[int, _Sheet]) -> list[int]:
    """Return periods all tables have."""
    years = sorted(set.intersection(*(set(sheet.depths) for sheet in sheets.values())))
    if len(years) < 2:
        raise FormatError(first, f"All tables have {len(years)} return periods in common; it takes two.", CURE)
    return years


def _of(
    places: NDArray[np.int64], sheet: _Sheet, years: list[int], values: dict[int, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Values of a table for each place and return period, NaN where it has none, shape (n, t)."""
    order = np.argsort(sheet.places, kind="stable")
    at = np.minimum(np.searchsorted(sheet.places, places, sorter=order), len(order) - 1)
    row = order[at]
    there = sheet.places[row] == places
    return np.stack([np.where(there, values[year][row], np.nan) for year in years], axis=1)


def _tolerance(
    places: NDArray[np.int64], sheets: dict[int, _Sheet], years: list[int], known: NDArray[np.bool_]
) -> NDArray[np.float32] | None:
    if not all(year in sheet.uncertainty for sheet in sheets.values() for year in years):
        return None
    percent = np.stack([_of(places, sheets[m], years, sheets[m].uncertainty)[known] for m in sorted(sheets)], axis=1)
    return (percent / 100).astype(np.float32)


def _check(first: str, depths: NDArray[np.float64]) -> None:
    """See that the values can be depths of rain."""
    if depths.min() <= 0 or depths.max() > DEEPEST:
        raise FormatError(
            first,
            f"Its depths go from {depths.min():g} to {depths.max():g} mm; above 0 to {DEEPEST:g} is possible.",
            CURE,
        )
    if (np.diff(depths, axis=2) <= 0).any():
        raise FormatError(first, "A rarer rain is not deeper than a more frequent one of the same duration.", CURE)
