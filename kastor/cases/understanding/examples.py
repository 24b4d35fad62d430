"""Labelled texts models are learned from: those that come with Kastor, and tables of people's own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

_HOLE = re.compile(r"\{(\w+)\}")
EACH = 40
"""Texts made of a pattern at most, spread over all its combinations."""
LARGEST = 100_000_000
"""Bytes of a table."""


class ExamplesError(ValueError):
    """A table of texts cannot be used; the message names line, column and cure."""


@dataclass(frozen=True)
class Example:
    """A text and its label, with what else a table says."""

    text: str
    label: str
    day: date | None = None
    place: tuple[float, float] | None = None
    """Longitude and latitude. [degree]"""
    group: int = 0
    """Texts made of one pattern have the same number; 0 for none."""


def shipped() -> list[Example]:
    """Hand-written and expanded texts of all kinds of request, in a fixed order."""
    content: dict[str, Any] = orjson.loads(
        files("kastor.cases.understanding").joinpath("data", "examples.json").read_bytes()
    )
    found = [Example(text, label) for label, texts in content["texts"].items() for text in texts]
    patterns = [(label, pattern) for label, own in content["patterns"].items() for pattern in own]
    for number, (label, pattern) in enumerate(patterns, 1):
        found += [Example(text, label, group=number) for text in _expanded(pattern, content["lists"])]
    return found


def _expanded(pattern: str, lists: dict[str, list[str]]) -> Iterator[str]:
    """Texts of a pattern: evenly chosen among all combinations of its words."""
    names = _HOLE.findall(pattern)
    total = 1
    for name in names:
        total *= len(lists[name])
    for i in sorted({k * total // EACH for k in range(min(EACH, total))} if total > EACH else range(total)):
        rest, words = i, {}
        for name in reversed(names):
            rest, chosen = divmod(rest, len(lists[name]))
            words[name] = lists[name][chosen]
        text = _HOLE.sub(lambda m, own=words: own[m[1]], pattern)  # type: ignore[misc]
        yield text[0].upper() + text[1:]


def read(path: Path) -> list[Example]:
    """
    Texts of a CSV table with the columns text and label, and maybe date (YYYY-MM-DD), lon, lat.

    Raises
    ------
    ExamplesError
        A table that cannot be read, lacks a column, or has a date or place that is none.
    """
    if path.stat().st_size > LARGEST:
        raise ExamplesError(
            f"{path.name} has {path.stat().st_size} bytes; at most {LARGEST} are read. Split the table."
        )
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExamplesError(f"{path.name} is not UTF-8 (byte {error.start}). Save it as CSV in UTF-8.") from error
    first = content.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(content), delimiter=max(",;\t", key=first.count))
    columns = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    missing = [name for name in ("text", "label") if name not in columns]
    if missing:
        raise ExamplesError(
            f"{path.name} lacks the column {' and '.join(missing)}; it has: {', '.join(columns) or 'none'}. "
            f"Wanted: text,label[,date,lon,lat]."
        )
    try:
        return [
            _example(path.name, rows.line_num, row, columns) for row in rows if (row[columns["label"]] or "").strip()
        ]
    except csv.Error as error:
        raise ExamplesError(f"{path.name}, line {rows.line_num}: {error}.") from error


def _example(name: str, line: int, row: dict[str, str], columns: dict[str, str]) -> Example:
    def cell(column: str) -> str:
        return (row.get(columns[column]) or "").strip() if column in columns else ""

    return Example(
        cell("text"), cell("label"), _day(name, line, cell("date")), _place(name, line, cell("lon"), cell("lat"))
    )


def _day(name: str, line: int, text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError as error:
        raise ExamplesError(f"{name}, line {line}: the date {text!r} is none. Write YYYY-MM-DD.") from error


def _place(name: str, line: int, lon: str, lat: str) -> tuple[float, float] | None:
    if not lon or not lat:
        return None
    try:
        place = float(lon), float(lat)
    except ValueError as error:
        raise ExamplesError(
            f"{name}, line {line}: lon {lon!r}, lat {lat!r} are no numbers. Write degrees with a point."
        ) from error
    if not (-180 <= place[0] <= 180 and -90 <= place[1] <= 90):
        raise ExamplesError(f"{name}, line {line}: lon {lon}, lat {lat} lie outside -180..180 and -90..90 degrees.")
    return place
