"""Statistical tables without coordinates: CSV, XLSX and ODS as people keep them.

Around the table there may be title lines, headings over two rows and footnotes. The rows are found by their numbers;
what is no row of the table is kept as a note and reported with its number in the file.
"""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import pyogrio
import pyogrio.errors
import pyogrio.raw

from kastor.city.report import Report
from kastor.city.statistics import NOTHING, Sheet, number, period
from kastor.formats.archive import DAMAGED, Limits, check_archive
from kastor.formats.errors import FormatError, NoData
from kastor.formats.table import DELIMITERS, SAMPLE, text_lines

MOST_ROWS = 200_000
MOST_COLUMNS = 1_000

WORKBOOK = Limits(ratio=300.0, free=50 * 1024**2, total=1024**3, members=5_000)
"""How much a workbook may unpack to: it is held in memory as a whole."""

Rows = list[tuple[int, tuple[str, ...]]]

_FOOT = re.compile(r"\s*(_{3,}|-{3,}|©|\(c\)|quelle\b|source\b|anmerkung|hinweis|\*\)|\d\)|¹|²|stand:)", re.IGNORECASE)


def read_csv(stream: BinaryIO, report: Report, name: str) -> Sheet:
    """
    Read a table as text.

    Parameters
    ----------
    stream
        The file: UTF-8, UTF-16 or Windows-1252.
    name
        Of the sheet.

    Raises
    ------
    FormatError
        When it cannot be parsed or is too large.
    NoData
        When there is no row with numbers below a heading.
    """
    text = text_lines(stream, report, name)
    first = list(islice(text, SAMPLE))
    delimiter = _delimiter(first)
    rows: Rows = []
    try:
        for i, cells in enumerate(csv.reader(chain(first, text), delimiter=delimiter, skipinitialspace=True), 1):
            rows.append((i, tuple(cell.strip() for cell in cells)))
            _check_size(name, len(rows), len(cells))
    except csv.Error as error:
        raise FormatError(
            name, f"The table cannot be read after row {len(rows)} ({error}).", "Check its quotes and delimiters."
        ) from error
    return _sheet(name, rows, english=delimiter == ",")


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the most lines into the same number of cells; title lines may hold none."""
    best, most = ";", 0
    for delimiter in DELIMITERS:
        try:
            cells = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
        except csv.Error:
            continue
        score = max((count * times for count, times in cells.items()), default=0)
        if score > most:
            best, most = delimiter, score
    return best


def read_workbook(file: Path, name: str, wanted: str = "") -> Sheet:
    """
    Read one sheet of an XLSX or ODS file: the one named, else the one with the most numbers.

    Raises
    ------
    FormatError
        When the file is damaged, unpacks to too much, or has no such sheet.
    NoData
        When no sheet has a row with numbers below a heading.
    """
    _check_workbook(file, name)
    sheets = {title: rows for title, rows in _sheets(file, name)}
    if wanted and wanted not in sheets:
        raise FormatError(name, f"There is no sheet {wanted[:80]!r}; there are {', '.join(sheets)[:300]}.", "Name one.")
    found: list[Sheet] = []
    for title, rows in sheets.items():
        if wanted in ("", title):
            try:
                found.append(_sheet(title, rows, english=False))
            except NoData:
                continue
    if not found:
        raise NoData(name, "No sheet has rows of numbers below a heading.", "Put the headings right above the rows.")
    best = max(found, key=lambda sheet: len(sheet.rows) * len(sheet.headers))
    others = tuple(sheet.name for sheet in found if sheet is not best)
    title = name if len(sheets) == 1 or re.fullmatch(r"(tabelle|sheet|blatt)\s*\d*", best.name, re.I) else best.name
    return Sheet(title, best.headers, best.rows, best.notes, others, english=True)


def _check_workbook(file: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    except DAMAGED as error:
        raise FormatError(
            name, f"The workbook is damaged or cut off ({error}).", "Save or download it again."
        ) from error
    check_archive(file, infos, file.stat().st_size, WORKBOOK)


def _sheets(file: Path, name: str) -> Iterator[tuple[str, Rows]]:
    options = {"HEADERS": "DISABLE", "FIELD_TYPES": "STRING"}
    with warnings.catch_warnings():
        # a sheet without cells, or a suffix that is none of GDAL's
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            for layer in pyogrio.list_layers(file)[:, 0].tolist():
                _, _, _, fields = pyogrio.raw.read(
                    file, layer=layer, read_geometry=False, max_features=MOST_ROWS + 1, **options
                )
                cells = [["" if cell is None else _plain(str(cell)) for cell in column.tolist()] for column in fields]
                _check_size(f"{name}/{layer}", len(cells[0]) if cells else 0, len(cells))
                yield str(layer), [(i, row) for i, row in enumerate(zip(*cells, strict=True), 1)]
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
            raise FormatError(
                name, f"The workbook is damaged or cut off ({error}).", "Save or download it again."
            ) from error


def _plain(cell: str) -> str:
    """A cell as its number or text, without what the program adds to whole numbers and days."""
    cell = cell.strip()
    if match := re.fullmatch(r"(\d{4})/(\d\d)/(\d\d)(?: 00:00:00)?", cell):
        return "-".join(match.groups())
    if re.fullmatch(r"-?\d+\.\d{10,}", cell):
        return f"{float(cell):.15g}"
    return cell


def _check_size(name: str, rows: int, columns: int) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        raise FormatError(
            name,
            f"The table has more than {MOST_ROWS:,} rows or {MOST_COLUMNS:,} columns.",
            "Load it in several parts.",
        )


def _sheet(name: str, rows: Rows, english: bool) -> Sheet:
    """The table among some rows: headings right above the first row of numbers, notes around it."""
    filled = [(i, cells) for i, cells in rows if any(cells)]
    first = next((n for n, (_, cells) in enumerate(filled) if n and _is_data(cells)), None)
    if first is None:
        raise NoData(name, "There is no row with numbers below a heading.", "Put the headings right above the rows.")
    top = first - 1
    while top > 0 and first - top < 3 and _is_heading(filled[top - 1][1], filled[top][1]):
        top -= 1
    headers = _headers([cells for _, cells in filled[top:first]])
    notes = [(i, _joined(cells)) for i, cells in filled[:top]]
    body: Rows = []
    for i, cells in filled[first:]:
        row = (*cells[: len(headers)], *("",) * (len(headers) - len(cells)))
        if sum(map(bool, row)) < 2 or _FOOT.match(row[0]) or row == headers:
            notes.append((i, _joined(cells)))
        else:
            body.append((i, row))
    if not body:
        raise NoData(name, "There is no row with numbers below a heading.", "Put the headings right above the rows.")
    return Sheet(name, headers, tuple(body), tuple(notes), (), english)


def _is_data(cells: tuple[str, ...]) -> bool:
    """Whether a row holds numbers that are no years."""
    some = [cell for cell in cells if cell]
    numbers = [cell for cell in some if (number(cell, False) is not None or number(cell, True) is not None)]
    return len(some) > 1 and any(period(cell) is None and cell not in NOTHING for cell in numbers)


def _is_heading(above: tuple[str, ...], below: tuple[str, ...]) -> bool:
    """Whether a row is a heading over another one, and no title line."""
    several = sum(map(bool, above)) > 1
    return several and not _is_data(above) and sum(map(bool, above)) <= len(below)


def _headers(rows: list[tuple[str, ...]]) -> tuple[str, ...]:
    """One heading per column: what stands above goes on to the right until something else stands there."""
    width = max(len(cells) for cells in rows)
    lines = [(*cells, *("",) * (width - len(cells))) for cells in rows]
    for n, cells in enumerate(lines[:-1]):
        going: list[str] = []
        for place, cell in enumerate(cells):
            under = any(line[place] for line in lines[n + 1 :])
            going.append(cell or (going[-1] if going and under else ""))
        lines[n] = tuple(going)
    found: list[str] = []
    for place in range(width):
        parts = dict.fromkeys(line[place].replace("\n", " ") for line in lines if line[place])
        header = re.sub(r"\s+", " ", " ".join(parts)).strip() or f"Spalte {place + 1}"
        name, count = header, 1
        while name in found:
            count += 1
            name = f"{header} ({count})"
        found.append(name)
    return tuple(found)


def _joined(cells: tuple[str, ...]) -> str:
    return " ".join(filter(None, cells))[:500]
