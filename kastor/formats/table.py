"""Tables with coordinates: tree cadastres, house coordinates and other lists as CSV.

Delimiter, encoding, decimal comma and headers are recognised; what is not can be named when
loading. Every row that cannot be placed is reported with its number.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO

import numpy as np
import shapely

from kastor.city.model import City, Kind
from kastor.city.report import Report
from kastor.formats.columns import clean, described, kind_of_name, kind_of_roles, number, recognised
from kastor.formats.errors import FormatError, NoData
from kastor.formats.features import city_of, rows_as_columns
from kastor.formats.part import Part

CHUNK = 5_000
SAMPLE = 30
"""Lines from which the delimiter is told."""
BLOCK = 1 << 18
LONGEST_LINE = 4 * 1024**2
DELIMITERS = ";,\t|"

_GROUP = re.compile(r"gruppe|fl[äa]e?chig|bestand|hecke|geh[öo]e?lz|geb[üu]e?sch", re.IGNORECASE)


def read(
    stream: BinaryIO,
    report: Report,
    name: str,
    *,
    kind: Kind | None = None,
    columns: Mapping[str, str] | None = None,
    crs: str | None = None,
) -> Iterator[Part]:
    """
    Read a table.

    Parameters
    ----------
    stream
        The file: UTF-8, UTF-16 or Windows-1252, first row with headers.
    name
        Name of the parts.
    kind
        What the rows are; told from the headers or the name when None.
    columns
        Role -> header, such as ``{"east": "rechtswert", "species": "ga_lang"}``; roles see ``columns.ROLES``. An
        empty header says that no column plays the role.
    crs
        Reference system of the coordinates; told from degrees or Gauß-Krüger and zone-prefixed metres when None.

    Raises
    ------
    FormatError
        When the table cannot be parsed or a named column does not exist.
    NoData
        When no column holds coordinates, or no row can be placed.
    """
    text = text_lines(stream, report, name)
    first = list(islice(text, SAMPLE))
    lines = csv.reader(chain(first, text), delimiter=delimiter_of(first), skipinitialspace=True)
    headers = [header.strip() for header in next(lines, [])]
    _check_columns(headers, columns, name)
    roles = recognised(headers, columns)
    if not _places(roles):
        raise NoData(
            name,
            f"No column holds coordinates; the columns are {', '.join(map(clean, headers))[:300]}.",
            "Name them when loading, for example columns east=rechtswert north=hochwert.",
        )
    what = kind or kind_of_roles(roles) or kind_of_name(name)
    if what is None:
        report.add("kind_unknown", "kept", name=name)
    reading = _Reading(name, roles, what or Kind.OTHER, crs, report)
    count = 0
    for rows in _chunks(lines, headers, report, name):
        city = reading.city(rows)
        count += len(city)
        if len(city):
            yield Part(name, city)
    if not count:
        raise NoData(name, "No row has usable coordinates.", "Check which columns hold them, and name them if needed.")


@dataclass(frozen=True)
class Preview:
    """
    The beginning of a table, for a person to say what its columns are.

    Parameters
    ----------
    headers
        As in the file.
    rows
        Cells of the first rows.
    roles
        Role -> header, as guessed.
    kind
        What the rows seem to be, None when nothing tells.
    crs
        Reference system the coordinates betray, empty when they do not or when no columns hold them.
    """

    headers: list[str]
    rows: list[list[str]]
    roles: dict[str, str]
    kind: Kind | None
    crs: str


def preview(stream: BinaryIO, name: str, count: int = 5) -> Preview:
    """The headers and first rows of a table, and what they seem to hold."""
    first = list(islice(text_lines(stream, Report(name), name), SAMPLE))
    lines = csv.reader(first, delimiter=delimiter_of(first), skipinitialspace=True)
    try:
        headers = [header.strip() for header in next(lines, [])]
        rows = [[cell[:200] for cell in cells] for cells in lines if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise FormatError(name, f"The table cannot be read ({error}).", "Check its quotes and delimiters.") from error
    roles = recognised(headers)
    return Preview(
        headers, rows[:count], roles, kind_of_roles(roles) or kind_of_name(name), _betrayed(headers, rows, roles)
    )


def has_places(stream: BinaryIO, name: str, columns: Mapping[str, str] | None = None) -> bool:
    """Whether columns of a table hold coordinates, by their headings or because somebody said so."""
    beginning = preview(stream, name)
    return _places(recognised(beginning.headers, columns))


def _betrayed(headers: list[str], rows: list[list[str]], roles: Mapping[str, str]) -> str:
    """Reference system of the first row with two coordinates."""
    for across, up in (("east", "north"), ("longitude", "latitude")):
        if across in roles and up in roles:
            for cells in rows:
                row = dict(zip(headers, cells, strict=False))
                x, y = number(row.get(roles[across])), number(row.get(roles[up]))
                if x is not None and y is not None:
                    return guessed_crs(x, y) or guessed_crs(y, x)
    return ""


def text_lines(stream: BinaryIO, report: Report, name: str) -> Iterator[str]:
    """The lines of a file; one that is no UTF-8 is read as Windows-1252, which old programs write."""
    line = stream.readline(LONGEST_LINE)
    if line[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield from _utf16_lines(line, stream)
        return
    line = line.removeprefix(b"\xef\xbb\xbf")
    number = 1
    while line:
        if len(line) >= LONGEST_LINE:
            raise FormatError(name, f"Line {number} is longer than 4 MB.", "Check whether this is a table at all.")
        try:
            yield line.decode()
        except UnicodeDecodeError:
            if not report.counts["bytes_not_utf8", "repaired"]:
                report.add("bytes_not_utf8", "repaired", encoding="UTF-8")
            yield line.decode("cp1252", "replace")
        line = stream.readline(LONGEST_LINE)
        number += 1


def _utf16_lines(start: bytes, stream: BinaryIO) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    pending = decoder.decode(start)
    while block := stream.read(BLOCK):
        *complete, pending = (pending + decoder.decode(block)).splitlines(keepends=True) or [""]
        yield from complete
    yield from (pending + decoder.decode(b"", final=True)).splitlines(keepends=True)


def delimiter_of(lines: list[str]) -> str:
    """The delimiter that cuts the first rows into the same number of cells, as many as possible."""
    best, most = ",", 1.0
    for delimiter in DELIMITERS:
        try:
            cells = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not cells:
            continue
        agreeing = sum(count == cells[0] for count in cells) / len(cells)
        if cells[0] > 1 and cells[0] * agreeing > most:
            best, most = delimiter, cells[0] * agreeing
    return best


def _check_columns(headers: list[str], columns: Mapping[str, str] | None, name: str) -> None:
    found = recognised(headers, columns)
    for role, header in (columns or {}).items():
        if header and (found.get(role) is None or clean(found[role]).lower() != clean(header).lower()):
            raise FormatError(
                name,
                f"There is no column {header!r} (named for {role}); the columns are "
                f"{', '.join(map(clean, headers))[:300]}.",
                "Choose one of them.",
            )


def _places(roles: Mapping[str, str]) -> bool:
    pairs = (("east", "north"), ("longitude", "latitude"))
    return "geometry" in roles or any(a in roles and b in roles for a, b in pairs)


def _chunks(
    lines: Iterator[list[str]], headers: list[str], report: Report, name: str
) -> Iterator[list[tuple[int, dict[str, str]]]]:
    """Rows with their number in the file, in bounded portions."""
    rows: list[tuple[int, dict[str, str]]] = []
    count = 1
    try:
        for cells in lines:
            count += 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(headers) and any(cell.strip() for cell in cells[len(headers) :]):
                report.add("row_too_long", "repaired", row=count, cells=len(cells), columns=len(headers))
            rows.append((count, dict(zip(headers, cells, strict=False))))
            if len(rows) >= CHUNK:
                yield rows
                rows = []
    except csv.Error as error:
        raise FormatError(
            name, f"The table cannot be read after row {count} ({error}).", "Check its quotes and delimiters."
        ) from error
    if rows:
        yield rows


class _Reading:
    """What is known of a table while its rows go by."""

    def __init__(self, name: str, roles: dict[str, str], kind: Kind, crs: str | None, report: Report) -> None:
        self.name, self.roles, self.kind, self.crs, self.report = name, roles, kind, crs, report
        self.known: set[int] = set()

    def city(self, rows: list[tuple[int, dict[str, str]]]) -> City:
        """Objects of some rows; rows that cannot be placed are reported."""
        self.report.read[self.kind.name.lower()] += len(rows)
        geometries: list[Any] = []
        kept: list[tuple[int, dict[str, str]]] = []
        for number_, row in rows:
            geometry = self._geometry(row)
            if geometry is None:
                self.report.add("row_without_place", "ignored", row=number_, value=self._stated(row))
                continue
            geometries.append(geometry)
            kept.append((number_, row))
        placed = np.array(geometries, object)
        if self.crs is None and len(placed):
            self.crs = self._guessed(placed)
        kinds = [self._kind(row) for _, row in kept]
        attributes = [described(kind, row, self.roles) for kind, (_, row) in zip(kinds, kept, strict=True)]
        ids = [self._id(row, geometry) for (_, row), geometry in zip(kept, geometries, strict=True)]
        return city_of(placed, ids, kinds, rows_as_columns(attributes), self.crs or "", self.report)

    def _geometry(self, row: dict[str, str]) -> Any:
        if "geometry" in self.roles:
            geometry = shapely.from_wkt(row.get(self.roles["geometry"], "").strip() or None, on_invalid="ignore")
            return None if geometry is None or geometry.is_empty else geometry
        across, up = ("east", "north") if "east" in self.roles and "north" in self.roles else ("longitude", "latitude")
        x, y = number(row.get(self.roles[across])), number(row.get(self.roles[up]))
        if x is None or y is None or (x == 0.0 and y == 0.0):
            return None
        z = number(row.get(self.roles["elevation"])) if "elevation" in self.roles else None
        return shapely.Point(x, y) if z is None else shapely.Point(x, y, z)

    def _stated(self, row: dict[str, str]) -> str:
        roles = ("geometry", "east", "north", "longitude", "latitude")
        return " ".join(row.get(self.roles[r], "")[:40] or "-" for r in roles if r in self.roles)

    def _kind(self, row: dict[str, str]) -> Kind:
        """A tree, unless the row says it is a group of them."""
        if self.kind == Kind.TREE and "species" in self.roles and _GROUP.search(row.get(self.roles["species"], "")):
            self.report.add("tree_groups", "kept", row.get(self.roles.get("label", ""), "").strip())
            return Kind.VEGETATION
        return self.kind

    def _id(self, row: dict[str, str], geometry: Any) -> str:
        """
        Id of the source where it has one; else number and place, which survive when rows are added.

        Ids within one file are made unique.
        """
        value = row.get(self.roles.get("id", ""), "").strip()
        if value:
            object_id = f"{self.name}/{value}" if value.isdigit() else value
        else:
            label = row.get(self.roles.get("label", ""), "").strip()
            x, y = shapely.get_coordinates(geometry)[0].tolist()
            digits = 7 if abs(x) <= 360 else 2
            object_id = f"{self.name}/{label}@{x:.{digits}f},{y:.{digits}f}"
        new, count = object_id, 1
        while hash(new) in self.known:
            count += 1
            new = f"{object_id}_{count}"
        self.known.add(hash(new))
        if new != object_id:
            self.report.add("id_repeated", "repaired", object_id, new=new)
        return new

    def _guessed(self, placed: Any) -> str:
        """Reference system the coordinates themselves betray; empty when they do not."""
        x, y = np.median(shapely.get_coordinates(placed), axis=0).tolist()
        guess = guessed_crs(x, y) or guessed_crs(y, x)
        if guess:
            self.report.add("crs_guessed", "kept", crs=guess)
        return guess


def guessed_crs(east: float, north: float) -> str:
    """
    The reference system that coordinates in Germany betray; empty for UTM without zone.

    Examples
    --------
    >>> guessed_crs(9.4, 54.8), guessed_crs(3530082.7, 6074377.3), guessed_crs(32356000.0, 5655000.0)
    ('EPSG:4326', 'EPSG:31467', 'EPSG:25832')
    """
    if 5.0 <= east <= 16.0 and 46.0 <= north <= 56.0:
        return "EPSG:4326"
    if not 5.2e6 <= north <= 6.2e6:
        return ""
    zone = int(east // 1e6)
    if zone in (2, 3, 4, 5):
        return f"EPSG:{31464 + zone}"
    return f"EPSG:{25800 + zone}" if zone in (31, 32, 33) else ""
