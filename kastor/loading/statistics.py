"""A table by district on its way into a twin: its columns understood, its rows joined to the areas, all told.

Rows that mean no area are kept and shown as such, so that they find theirs as soon as it is loaded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from kastor import formats
from kastor.city.column_suggestions import AREA, PERIOD, WHEN, Columns, suggested
from kastor.city.district_keys import Districts, best_join, districts_of, is_total, join
from kastor.city.model import City, Kind
from kastor.city.report import Report
from kastor.city.statistics import NOTHING, SIGNS, Measure, Sheet, Statistics, number, period
from kastor.formats.archive import sources
from kastor.formats.errors import FormatError, NoData
from kastor.loading.uploads import main_files
from kastor.store import Tenant
from kastor.store.jobs import Job
from kastor.store.statistics import mapping_of

TABLES = ("csv", "xlsx", "ods")
"""Formats a table by district comes in."""

_DATED = re.compile(r"\b(?:\d{1,2}\.\d{1,2}\.)?(?:19|20)\d\d\b")


def known_districts(tenant: Tenant, beside: Sequence[City] = (), dataset: str = "") -> list[Districts]:
    """
    The areas a table may be about: those of the twin by dataset, and those that come with it.

    Parameters
    ----------
    beside
        Objects of the same load.
    dataset
        Id of the dataset that is loaded.
    """
    coming = [districts_of(city, dataset) for city in beside if (city.kind == Kind.DISTRICT).any()]
    there = [
        districts_of(tenant.city(kinds=[Kind.DISTRICT], datasets=[one.id]), one.id)
        for one in tenant.datasets()
        if not one.ended and one.kinds.get("district")
    ]
    return coming + there


def sheets(tenant: Tenant, job: Job) -> dict[str, tuple[Sheet, Columns]]:
    """File of an upload -> the first table by district in it, and what its columns are, as said or guessed."""
    found: dict[str, tuple[Sheet, Columns]] = {}
    said = {**mapping_of(tenant.database, str(job.dataset.get("id", ""))), **(job.options.get("columns") or {})}
    known = known_districts(tenant)
    for path in main_files(tenant, job):
        try:
            if not any(one.format in TABLES for one in sources(path, Report(path.name))):
                continue
            for part in formats.read(path, Report(path.name), columns=said, work_dir=tenant.uploads):
                if isinstance(part.content, Sheet):
                    found[path.name] = part.content, suggested(part.content, known, said)
                    break
        except FormatError:
            # reading will say what is wrong with it
            continue
    return found


def statistics_of(
    sheet: Sheet, known: Sequence[Districts], said: Mapping[str, str], date: str, report: Report
) -> tuple[Statistics, Columns]:
    """
    What a table says.

    Parameters
    ----------
    known
        The areas of the town.
    said
        What a person said about its columns, see ``city.column_suggestions``.
    date
        Period of a table that names none, ISO 8601; may be empty.

    Raises
    ------
    FormatError, NoData
        When a column that was named is not there, none names an area, none holds numbers, or no period is known.
    """
    _check_said(sheet, said)
    columns = suggested(sheet, known, said)
    headers = ", ".join(sheet.headers)[:300]
    if not columns.area:
        raise NoData(
            sheet.name,
            f"No column holds coordinates and none names an area of the town; the columns are {headers}.",
            "Name them when loading: east=... north=..., or area=... for a table by district.",
        )
    if not columns.measures:
        raise NoData(sheet.name, f"No column holds numbers; the columns are {headers}.", "Check the file.")
    whole = _whole_period(sheet, said, date)
    if not columns.period and not columns.whens and not whole:
        raise NoData(
            sheet.name,
            "Nothing tells which year or day the table is for.",
            "Give the date of the data, or name the column of the year: period=...",
        )
    report.read["statistics"] += len(sheet.rows)
    _tell_about_sheet(sheet, columns, report)
    found = _Rows(sheet, columns, whole, report).table()
    report.kept["statistics"] += len(found)
    tell_about_areas(found, known, columns, report)
    return found, columns


def _check_said(sheet: Sheet, said: Mapping[str, str]) -> None:
    for word in (AREA, PERIOD):
        if said.get(word) and said[word] not in sheet.headers:
            raise FormatError(
                sheet.name,
                f"There is no column {said[word]!r} (named for {word}); the columns are "
                f"{', '.join(sheet.headers)[:300]}.",
                "Choose one of them.",
            )
    if said.get(WHEN) and not period(said[WHEN]):
        raise FormatError(sheet.name, f"{said[WHEN][:40]!r} is no year or day.", "Give it as 2023 or 2023-12-31.")


def _whole_period(sheet: Sheet, said: Mapping[str, str], date: str) -> str:
    """The period of the whole table: as said, as a title line or the name of the file says, else its date."""
    told = period(said.get(WHEN, ""))
    if told:
        return told
    before = sheet.rows[0][0]
    for text in (*(note for i, note in sheet.notes if i < before), sheet.name.replace("_", " ")):
        days = _DATED.findall(text)
        if len(set(days)) == 1 and (when := period(days[0])):
            return when
    return period(date) or ""


def _tell_about_sheet(sheet: Sheet, columns: Columns, report: Report) -> None:
    for other in sheet.others:
        report.add("statistic_sheet_left", "ignored", name=other, read=sheet.name)
    for i, note in sheet.notes:
        report.add("statistic_note", "kept", row=i, value=note[:200])
    for header in sheet.headers:
        if header not in (columns.area, columns.period, *columns.measures):
            report.add("statistic_column_left", "ignored", column=header)


class _Rows:
    """The rows of a sheet while they become numbers."""

    def __init__(self, sheet: Sheet, columns: Columns, whole: str, report: Report) -> None:
        self.sheet, self.columns, self.whole, self.report = sheet, columns, whole, report
        self.measures = list(dict.fromkeys(columns.measures.values()))
        self.rows: dict[tuple[str, str], dict[Measure, float | str]] = {}
        self.signs: Counter[str] = Counter()

    def table(self) -> Statistics:
        """The statistics; every cell that is no number is told."""
        place = {header: i for i, header in enumerate(self.sheet.headers)}
        for i, cells in self.sheet.rows:
            area = cells[place[self.columns.area]].strip()
            if not area:
                self.report.add("statistic_row_incomplete", "ignored", row=i, what=self.columns.area)
                continue
            for when, headers in self._periods(cells, place):
                if not when:
                    self.report.add("statistic_row_incomplete", "ignored", row=i, what=self.columns.period)
                    continue
                row = {self.columns.measures[h]: self._value(i, h, cells[place[h]]) for h in headers}
                self._put(i, area, when, row)
        for sign, times in self.signs.items():
            code = "statistic_nothing" if sign in NOTHING else "statistic_sign"
            self.report.add(code, "kept", count=times, cells=times, value=sign)
        return self._as_table()

    def _periods(self, cells: tuple[str, ...], place: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
        """Periods of a row, and the headings of the columns that are for each."""
        whens = self.columns.whens
        own = (period(cells[place[self.columns.period]]) or "") if self.columns.period else self.whole
        plain = [header for header in self.columns.measures if header not in whens]
        if plain and (own or not whens):
            yield own, plain
        for when in dict.fromkeys(whens.values()):
            yield when, [header for header in whens if whens[header] == when]

    def _value(self, row: int, header: str, cell: str) -> float | str:
        found, sign = number(cell, self.columns.english), cell.strip()
        if sign in NOTHING or sign.lower() in SIGNS:
            self.signs[sign] += 1
        elif found is None and sign:
            self.report.add("statistic_no_number", "kept", row=row, column=header, value=sign[:80])
        return sign[:80] if found is None else found

    def _put(self, row: int, area: str, when: str, values: dict[Measure, float | str]) -> None:
        known = self.rows.setdefault((area, when), {})
        double = [m for m in values if m in known and known[m] != values[m]]
        if double or (known and set(values) <= set(known)):
            self.report.add("statistic_row_repeated", "ignored", row=row, value=area, period=when)
        self.rows[area, when] = {**values, **known}

    def _as_table(self) -> Statistics:
        values = np.full((len(self.rows), len(self.measures)), np.nan)
        signs = {}
        for i, row in enumerate(self.rows.values()):
            for j, measure in enumerate(self.measures):
                cell = row.get(measure, "")
                if isinstance(cell, float):
                    values[i, j] = cell
                elif cell:
                    signs[i, j] = cell
        areas, periods = (tuple(key[i] for key in self.rows) for i in (0, 1))
        notes = tuple(note for _, note in self.sheet.notes)
        return Statistics(tuple(self.measures), areas, periods, values, signs, notes)


def tell_about_missing(table: Statistics, before: Iterable[tuple[str, str]], report: Report) -> None:
    """Tell which areas had numbers for a period of a newer table, and have none in it."""
    periods, rows = set(table.periods), set(zip(table.areas, table.periods, strict=True))
    for area, when in sorted(set(before) - rows):
        if when in periods:
            report.add("statistic_not_in_newer", "kept", value=area[:120], period=when)


def tell_about_areas(table: Statistics, known: Sequence[Districts], columns: Columns, report: Report) -> None:
    """Tell which rows mean no area, and which areas have no row."""
    keys = list(dict.fromkeys(table.areas))
    if not known:
        report.add("statistic_no_areas", "kept", rows=len(keys))
        return
    # of the whole column only some rows may have been taken over
    chosen = columns.joined
    best = join(keys, chosen.districts, chosen.attribute) if chosen is not None else best_join(keys, known)
    areas = best.area if best is not None else (-1,) * len(keys)
    for key, area in zip(keys, areas, strict=True):
        if area < 0:
            code = "statistic_row_total" if is_total(key) else "statistic_row_without_area"
            report.add(code, "kept", value=key[:120])
    if best is not None:
        for area in best.without_row:
            report.add("statistic_area_without_row", "kept", area=best.districts.labels[area])
