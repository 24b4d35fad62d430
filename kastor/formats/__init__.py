"""One file per format: into the city and out of it.

:func:`read` tells what a file is from its content, opens archives and yields the city in chunks.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from kastor.city.model import City, Kind
from kastor.city.report import Report
from kastor.city.statistics import Sheet
from kastor.formats.archive import Source, is_plan_archive, safe_name, sources
from kastor.formats.errors import FormatError, NoData, UnknownCrs
from kastor.formats.part import Part
from kastor.formats.xplanung.model import PlanFile

__all__ = ["FORMATS", "FormatError", "NoData", "Part", "UnknownCrs", "read", "write"]

FORMATS = ("cityjson", "cityjsonseq", "geopackage", "geojson", "geoparquet")
"""Formats :func:`write` knows."""


@dataclass(frozen=True)
class Options:
    """What the person who loads knows better than the file."""

    crs: str | None
    columns: Mapping[str, str] | None
    kind: Kind | None
    work_dir: Path
    seen: dict[str, int]


def read(
    path: Path,
    report: Report,
    *,
    crs: str | None = None,
    columns: Mapping[str, str] | None = None,
    kind: Kind | None = None,
    work_dir: Path | None = None,
) -> Iterator[Part]:
    """
    Read any file Kastor knows, plain, gzipped or many in a zip archive.

    Parameters
    ----------
    path
        The file; its suffix does not matter.
    report
        Receives what was read, kept, repaired and ignored.
    crs
        Reference system of files that name none; a name given here wins over the one in the file.
    columns
        Names of columns of a table or vector layer, such as ``{"east": "rechtswert"}``.
    kind
        What the objects of a table or vector layer are, where the file does not tell.
    work_dir
        Where archive members are unpacked that must be read from disk; the system's place for temporary files
        when None.

    Yields
    ------
    Part
        Chunks of bounded size.

    Raises
    ------
    FormatError
        When the file or a file in it cannot be read.
    """
    if work_dir is not None:
        work_dir.mkdir(parents=True, exist_ok=True)
    if is_plan_archive(path):
        report.format = f"{report.format}, xplanung".removeprefix(", ")
        yield from _plans(path, path.stem, crs, report)
        return
    with tempfile.TemporaryDirectory(prefix="kastor-", dir=work_dir) as directory:
        refused: NoData | None = None
        seen: dict[str, int] = {}
        loaded = 0
        for format, alike in groupby(sources(path, report), attrgetter("format")):
            if format not in report.format.split(", "):
                report.format = f"{report.format}, {format}".removeprefix(", ")
            if format == "citygml":
                for part in _named(_citygml(alike, report), crs):
                    loaded += 1
                    yield part
                continue
            for source in alike:
                options = Options(crs, columns, kind, Path(directory) / source.name, seen)
                try:
                    for part in READERS[format](source, report, options):
                        loaded += 1
                        yield part
                except NoData as error:
                    refused = error
                    report.add("member_ignored", "ignored", file=source.file, what=error.problem)
                finally:
                    shutil.rmtree(options.work_dir, ignore_errors=True)
        if refused is not None and not loaded:
            raise refused


def write(city: City, path: Path, format: str) -> None:
    """
    Write a city.

    Parameters
    ----------
    format
        One of ``FORMATS``.

    Raises
    ------
    FormatError
        When the format is none of them.
    """
    if format not in FORMATS:
        raise FormatError(path, f"Kastor does not write {format!r}.", f"Choose one of {', '.join(FORMATS)}.")
    if format.startswith("cityjson"):
        import_module("kastor.formats.cityjson_write").write(city, path, format)
    elif format == "geoparquet":
        import_module("kastor.formats.geoparquet_write").write(city, path)
    else:
        import_module("kastor.formats.vector_write").write(city, path, format)


def _citygml(sources: Iterable[Source], report: Report) -> Iterator[Part]:
    from kastor.formats import citygml

    yield from citygml.read_all(((source.name, source.stream) for source in sources), report)


def _cityjson(source: Source, report: Report, options: Options) -> Iterator[Part]:
    from kastor.formats import cityjson

    with source.stream() as stream:
        parts = cityjson.read(stream, report, source.name, sequence=source.format == "cityjsonseq")
        yield from _named(parts, options.crs)


def _osm(source: Source, report: Report, options: Options) -> Iterator[Part]:
    from kastor.formats import osm

    yield from osm.read(source.on_disk(options.work_dir), report)


def _dem(source: Source, report: Report, options: Options) -> Iterator[Part]:
    from kastor.formats import dem

    yield from dem.read(source.on_disk(options.work_dir), report, crs=options.crs)


def _vector(source: Source, report: Report, options: Options) -> Iterator[Part]:
    from kastor.formats import vector

    yield from vector.read(
        source.on_disk(options.work_dir),
        report,
        source.name,
        kind=options.kind,
        columns=options.columns,
        crs=options.crs,
        seen=options.seen,
    )


def _table(source: Source, report: Report, options: Options) -> Iterator[Part]:
    from kastor.formats import sheets, table

    with source.stream() as stream:
        places = options.kind is not None or table.has_places(stream, source.name, options.columns)
    with source.stream() as stream:
        if not places:
            yield Part(source.name, sheets.read_csv(stream, report, source.name))
            return
        yield from table.read(stream, report, source.name, kind=options.kind, columns=options.columns, crs=options.crs)


def _workbook(source: Source, report: Report, options: Options) -> Iterator[Part]:
    from kastor.formats import sheets

    wanted = (options.columns or {}).get("sheet", "")
    yield Part(source.name, sheets.read_workbook(source.on_disk(options.work_dir), source.name, wanted))


def _xplanung(source: Source, report: Report, options: Options) -> Iterator[Part]:
    yield from _plans(source.on_disk(options.work_dir), source.name, options.crs, report)


def _plans(path: Path, name: str, crs: str | None, report: Report) -> Iterator[Part]:
    """The plans of a file; a reference system the person named wins over the one in the file."""
    from kastor.formats import xplanung

    file = xplanung.read(path)
    plans = xplanung.said_to_be_in(file, crs, report) if crs is not None else file
    report.read.update(plans.counts())
    yield Part(safe_name(name), plans)


READERS: dict[str, Callable[[Source, Report, Options], Iterator[Part]]] = {
    "cityjson": _cityjson,
    "cityjsonseq": _cityjson,
    "xplanung": _xplanung,
    "geotiff": _dem,
    "xyz": _dem,
    "asc": _dem,
    "hgt": _dem,
    "osm xml": _osm,
    "osm pbf": _osm,
    "geojson": _vector,
    "geopackage": _vector,
    "shapefile": _vector,
    "flatgeobuf": _vector,
    "csv": _table,
    "xlsx": _workbook,
    "ods": _workbook,
}


def _named(parts: Iterator[Part], crs: str | None) -> Iterator[Part]:
    """The parts with the reference system the person named, if any."""
    for part in parts:
        if crs is None or isinstance(part.content, Sheet | PlanFile):
            yield part
        else:
            yield replace(part, content=replace(part.content, crs=crs))
