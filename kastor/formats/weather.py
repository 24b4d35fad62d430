"""Typical years of weather: EnergyPlus Weather files (EPW), and the tables of PVGIS (CSV); packed with gzip or not.

Both tell irradiance, temperature and wind hour by hour. Which moment of an hour a value is of differs from source to
source and is rarely said; whoever computes with them finds out by the sun.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from kastor.city.weather import F8, Weather
from kastor.formats.errors import FormatError

HOURS = 8760
LARGEST = 20 * 2**20
"""Bytes of a file, unpacked."""

BRIGHTEST, COLDEST, HOTTEST, STRONGEST = 1500.0, -60.0, 60.0, 80.0
"""Of irradiance [W/m²], temperature [°C] and wind [m/s]; what lies beyond stands for unknown."""

CURE = "Take a typical year (TMY) as PVGIS gives it, as CSV or EPW."
_VALUES = ("level", "direct", "diffuse", "temperature", "wind")
_COLUMNS = ("G(h)", "Gb(n)", "Gd(h)", "T2m", "WS10m")


def read(file: Path) -> Weather:
    """
    Read a typical year.

    Raises
    ------
    FormatError
        When it is none, or has other than 8,760 hours, or values nobody can have measured.
    """
    text = _text(file)
    lines = text.splitlines()
    if lines and lines[0].startswith("LOCATION,"):
        found = _epw(file, lines)
    elif any(_COLUMNS[0] in line for line in lines[:40]):
        found = _pvgis(file, lines)
    else:
        raise FormatError(file.name, "this is neither EPW nor a table of PVGIS.", CURE)
    _check(file, found)
    return found


def _text(file: Path) -> str:
    content = file.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(content)) as packed:
                content = packed.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise FormatError(file.name, f"it cannot be unpacked ({error}).", CURE) from error
    if len(content) > LARGEST:
        raise FormatError(file.name, f"more than {LARGEST:,} bytes are no typical year.", CURE)
    return content.decode("utf-8", errors="replace")


def _epw(file: Path, lines: Sequence[str]) -> Weather:
    place = lines[0].split(",")
    numbers = _numbers(file, place[6:9])
    shift = timezone(timedelta(hours=numbers[2]))
    rows = [line.split(",") for line in lines[8:] if line.count(",") >= 21]
    # the hour that ends; 29 February has no place in a typical year
    rows = [row for row in rows if (row[1].strip(), row[2].strip()) != ("2", "29")]
    moments = [_moment(file, [*row[:3], str(int(row[3]) - 1)], shift) for row in rows]
    values = _table(file, rows, (13, 14, 15, 6, 21))
    source = f"{file.name}: {', '.join(part for part in place[1:5] if part not in ('', '-', 'unknown'))}".rstrip(": ")
    return _weather(numbers, moments, values, source)


def _pvgis(file: Path, lines: Sequence[str]) -> Weather:
    head = next(k for k, line in enumerate(lines) if _COLUMNS[0] in line)
    names = [name.strip() for name in lines[head].split(",")]
    lacking = [name for name in _COLUMNS if name not in names]
    if lacking:
        raise FormatError(file.name, f"the columns {', '.join(lacking)} are missing.", CURE)
    place = [line.rpartition(":")[2].strip() for line in lines[:head] if re.match(r"(Latitude|Longitude)\b", line)]
    numbers = _numbers(file, place[:2])
    rows = [line.split(",") for line in lines[head + 1 :] if re.match(r"\d{8}:\d{4},", line)]
    moments = [_moment(file, [r[0][:4], r[0][4:6], r[0][6:8], r[0][9:11]], UTC) for r in rows]
    values = _table(file, rows, tuple(names.index(name) for name in _COLUMNS))
    source = f"PVGIS TMY {numbers[0]:.3f}° N {numbers[1]:.3f}° E, © European Union"
    return _weather(numbers, moments, values, source)


def _weather(place: Sequence[float], moments: Sequence[int], values: Sequence[F8], source: str) -> Weather:
    level, direct, diffuse, temperature, wind = values
    return Weather(place[0], place[1], np.array(moments, np.int64), level, direct, diffuse, temperature, wind, source)


def _moment(file: Path, parts: Sequence[str], zone: timezone) -> int:
    try:
        year, month, day, hour = (int(part) for part in parts)
        return int(datetime(year, month, day, hour, tzinfo=zone).timestamp())
    except ValueError as error:
        raise FormatError(file.name, f"{'-'.join(parts)[:40]} is no moment ({error}).", CURE) from error


def _numbers(file: Path, texts: Sequence[str]) -> list[float]:
    try:
        found = [float(text) for text in texts]
    except ValueError as error:
        raise FormatError(file.name, f"the place cannot be read ({error}).", CURE) from error
    if len(found) < 2 or not (abs(found[0]) <= 90 and abs(found[1]) <= 180):
        raise FormatError(file.name, f"the place {found} is not on Earth.", CURE)
    return found


def _table(file: Path, rows: Sequence[Sequence[str]], columns: Sequence[int]) -> list[F8]:
    try:
        return [np.array([float(row[c]) for row in rows]) for c in columns]
    except (ValueError, IndexError) as error:
        raise FormatError(file.name, f"a value is no number ({error}).", CURE) from error


def _check(file: Path, found: Weather) -> None:
    if len(found.moments) != HOURS:
        raise FormatError(file.name, f"it has {len(found.moments):,} hours; a typical year has {HOURS:,}.", CURE)
    light = (("global", found.level), ("direct", found.direct), ("diffuse", found.diffuse))
    for name, values in light:
        if not (np.isfinite(values).all() and values.min() >= -1 and values.max() <= BRIGHTEST):
            raise FormatError(
                file.name,
                f"{name} irradiance from {values.min():g} to {values.max():g} W/m²; 0 to {BRIGHTEST:g} is possible.",
                CURE,
            )
    inside = (found.temperature >= COLDEST) & (found.temperature <= HOTTEST)
    if not (inside.all() and (found.wind >= 0).all() and (found.wind <= STRONGEST).all()):
        raise FormatError(file.name, "temperature or wind has values that stand for unknown.", CURE)
    if found.level.sum() <= 0:
        raise FormatError(file.name, "the sun never shines in it.", CURE)


def pack(found: Weather) -> bytes:
    """A typical year as bytes; values in tenths. :func:`unpack` gives it back."""
    tenths = {name: np.rint(getattr(found, name) * 10).astype(np.int16) for name in _VALUES}
    place = np.array([found.latitude, found.longitude])
    buffer = io.BytesIO()
    np.savez_compressed(buffer, moments=found.moments, place=place, source=np.array(found.source), **tenths)
    return buffer.getvalue()


def unpack(content: bytes) -> Weather:
    """What :func:`pack` gave."""
    with np.load(io.BytesIO(content), allow_pickle=False) as packed:
        level, direct, diffuse, temperature, wind = (packed[name].astype(np.float64) / 10 for name in _VALUES)
        latitude, longitude = packed["place"].tolist()
        moments, source = packed["moments"], str(packed["source"])
    return Weather(latitude, longitude, moments, level, direct, diffuse, temperature, wind, source)
