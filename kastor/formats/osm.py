"""OpenStreetMap files (.osm, .osm.gz, .osm.bz2, .pbf): streets, buildings, addresses, trees, parking, land and water.

Everything is plan data in degrees, longitude first, at height 0 with LoD 0. Buildings come as a
``FOOTPRINT`` with ``measuredHeight`` and an honest ``heightSource``; once they lie in metres and on
the ground, ``kastor.city.extrude`` makes block models of them. Ids are ``node/1``, ``way/2``, ``relation/3``.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely

from kastor.city.builder import CityBuilder, Point, Ring
from kastor.city.extrude import facing_up, ring_areas
from kastor.city.model import City, Column, Json, Kind, Semantic
from kastor.city.report import Outcome, Report
from kastor.formats.errors import FormatError
from kastor.formats.osm_tags import (
    Tags,
    area_kind,
    assumed_height,
    attributes,
    ignored_class,
    line_kind,
    node_kind,
)
from kastor.formats.part import Part

CRS = "EPSG:4326"
OBJECTS_PER_CHUNK = 5_000
VERTICES_PER_CHUNK = 400_000
METRES_PER_DEGREE = 111_320.0

_KINDS_WITH_PARTS = (Kind.BUILDING, Kind.BUILDING_PART)


@dataclass
class _Parts:
    """Building parts of the whole file, waiting for the outline they stand in."""

    found: list[tuple[str, Tags, list[list[Ring]]]] = field(default_factory=list)
    points: shapely.STRtree | None = None
    taken: set[int] = field(default_factory=set)

    def within(self, polygons: list[list[Ring]]) -> list[int]:
        """Parts whose inner point lies in one of the polygons and that have no building yet."""
        if self.points is None:
            return []
        inside: set[int] = set()
        for rings in polygons:
            east, north, _ = zip(*rings[0], strict=True)
            # a box is far cheaper than the outline, and most outlines hold no part
            if len(self.points.query(shapely.box(min(east), min(north), max(east), max(north)))):
                inside.update(self.points.query(_polygon(rings), predicate="intersects").tolist())
        return sorted(inside - self.taken)


@dataclass
class _Reading:
    """State of one file being read."""

    name: str
    report: Report
    grow: CityBuilder = field(default_factory=lambda: CityBuilder(CRS))
    columns: dict[str, dict[int, Json]] = field(default_factory=dict)
    parts: _Parts = field(default_factory=_Parts)
    ignored: Counter[str] = field(default_factory=Counter)
    waiting: set[int] = field(default_factory=set)
    composed: set[int] = field(default_factory=set)
    relations: dict[int, str] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    assumed: int = 0
    ways_begun: bool = False

    def add(
        self, object_id: str, kind: Kind, tags: Tags, semantic: Semantic, polygons: list[list[Ring]], parent: int = -1
    ) -> int:
        """Take an object over; returns its index in the chunk."""
        index = self.grow.add_object(object_id, kind, parent)
        self.grow.add_surface(semantic, polygons, lod=0)
        for name, value in attributes(kind, tags).items():
            self.columns.setdefault(name, {})[index] = value
        self.report.kept[kind.name.lower()] += 1
        return index

    @property
    def full(self) -> bool:
        return len(self.grow.ids) >= OBJECTS_PER_CHUNK or self.grow.vertices[-1] >= VERTICES_PER_CHUNK

    def flush(self) -> Part:
        """The chunk so far; the next object begins a new one."""
        n = len(self.grow.ids)
        city = facing_up(self.grow.build())
        city = replace(city, attributes={name: _column(values, n) for name, values in self.columns.items()})
        self.grow, self.columns = CityBuilder(CRS), {}
        city, assumed = _with_assumed_heights(city)
        self.assumed += assumed
        return Part(self.name, city)


def read(path: Path, report: Report) -> Iterator[Part]:
    """
    Read a file in chunks of at most about 5,000 objects.

    Parameters
    ----------
    path
        XML (plain, gzip or bzip2) or PBF; told by its content, not by its name.
    report
        Receives counts by kind, ways cut at the edge of the extract, broken outlines and relations,
        what was left out by class, and how many heights are assumed.

    Yields
    ------
    Part
        City in ``EPSG:4326``, longitude first, heights 0. [degrees]

    Raises
    ------
    FormatError
        When the file is damaged, not sorted (nodes before ways before relations) or not OpenStreetMap data.
    """
    report.format, report.crs = report.format or "OpenStreetMap", CRS
    reading = _Reading(re.split(r"\.(osm|pbf)\b", path.name)[0], report)
    file = osmium.io.File(str(path), file_format(path))
    try:
        reading.parts = _parts(file)
        for thing in osmium.FileProcessor(file).with_locations().with_areas().with_filter(
            osmium.filter.EmptyTagFilter()
        ):  # fmt: skip
            _take(reading, thing)
            if reading.full:
                yield reading.flush()
    except (RuntimeError, osmium.InvalidLocationError) as problem:
        raise FormatError(
            path, f"The file is damaged or incomplete: {problem}.", "Download it again or cut the extract anew."
        ) from problem
    _close(reading)
    if len(reading.grow.ids):
        yield reading.flush()
    if reading.assumed:
        report.add("osm_height_assumed", "kept", count=reading.assumed, number=reading.assumed)


def file_format(path: Path) -> str:
    """
    Name of the format for the reader: ``pbf``, ``osm``, ``osm.gz`` or ``osm.bz2``.

    Raises
    ------
    FormatError
        When the file is something else.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if b"OSMHeader" in head[:64]:
        return "pbf"
    if head[:3] == b"BZh":
        return "osm.bz2"
    suffix = ""
    if head[:2] == b"\x1f\x8b":
        suffix = ".gz"
        try:
            with gzip.open(path) as file:
                head = file.read(4096)
        except (OSError, EOFError) as problem:
            raise FormatError(path, f"The file is damaged: {problem}.", "Download it again.") from problem
    if re.search(rb"<osm[\s>]", head):
        return "osm" + suffix
    if b"<osmChange" in head:
        raise FormatError(
            path, "This is a list of changes (.osc), not a map extract.", "Load the extract the changes belong to."
        )
    raise FormatError(path, "This is not OpenStreetMap data.", "Load a file ending in .osm, .osm.gz or .osm.pbf.")


def _parts(file: Any) -> _Parts:
    """All building parts of the file; a quick look first, because most towns have none."""
    ways = osmium.FileProcessor(file, osmium.osm.WAY | osmium.osm.RELATION)
    if not any(True for _ in ways.with_filter(osmium.filter.KeyFilter("building:part"))):
        return _Parts()
    found = []
    for thing in osmium.FileProcessor(file).with_locations().with_areas().with_filter(
        osmium.filter.KeyFilter("building:part")
    ):  # fmt: skip
        if thing.is_area():
            tags = {tag.k: tag.v for tag in thing.tags}
            polygons = _area_polygons(thing)
            if area_kind(tags) == Kind.BUILDING_PART and polygons:
                found.append((_area_id(thing), tags, polygons))
    inner = [shapely.point_on_surface(_polygon(polygons[0])) for _, _, polygons in found]
    return _Parts(found, shapely.STRtree(inner)) if found else _Parts()


def _take(reading: _Reading, thing: Any) -> None:
    """Take over one node, way, relation or area."""
    tags: Tags = {tag.k: tag.v for tag in thing.tags}
    if thing.is_area():
        _take_area(reading, thing, tags)
        return
    name = "node" if thing.is_node() else "way" if thing.is_way() else "relation"
    if thing.deleted or reading.last.get(name) == thing.id:
        return
    reading.last[name] = thing.id
    if thing.is_node():
        _take_node(reading, thing, tags)
    elif thing.is_way():
        _take_way(reading, thing, tags)
    elif tags.get("type") in ("multipolygon", "boundary"):
        _expect_composed(reading, thing.id, tags)
    elif len(tags) > 1:
        reading.ignored[ignored_class(tags)] += 1


def _take_node(reading: _Reading, node: Any, tags: Tags) -> None:
    if reading.ways_begun:
        raise FormatError(
            reading.report.source,
            "Nodes stand after ways.",
            "Sort the file, for example with `osmium sort`, and load it again.",
        )
    kind = node_kind(tags)
    if kind is None or not node.location.valid():
        reading.ignored[ignored_class(tags)] += 1
        return
    reading.report.read[kind.name.lower()] += 1
    position: Point = (node.location.lon, node.location.lat, 0.0)
    reading.add(f"node/{node.id}", kind, tags, Semantic.POSITION, [[[position]]])


def _take_way(reading: _Reading, way: Any, tags: Tags) -> None:
    reading.ways_begun = True
    kind = line_kind(tags)
    if kind is None:
        _expect_area(reading, way, tags)
        return
    reading.report.read[kind.name.lower()] += 1
    runs = _runs(way)
    missing = sum(1 for node in way.nodes if not node.location.valid())
    outcome: Outcome = "repaired" if runs else "ignored"
    if missing or not runs:
        reading.report.add(
            "osm_way_incomplete", outcome, f"way/{way.id}", runs[0][0] if runs else None,
            missing=missing, total=len(way.nodes),
        )  # fmt: skip
    if runs:
        reading.add(f"way/{way.id}", kind, tags, Semantic.AXIS, [[run] for run in runs])


def _expect_area(reading: _Reading, way: Any, tags: Tags) -> None:
    """Note a way that should come again as an area; the reader leaves out those with broken outlines."""
    kind = area_kind(tags)
    if kind is None:
        reading.ignored[ignored_class(tags)] += 1
        return
    reading.report.read[kind.name.lower()] += 1
    if way.is_closed() and tags.get("area") != "no":
        reading.waiting.add(way.id)
        return
    places = [(n.location.lon, n.location.lat, 0.0) for n in way.nodes if n.location.valid()]
    reading.report.add(
        "osm_outline_open", "ignored", f"way/{way.id}", places[0] if places else None, kind=kind.name.lower()
    )


def _expect_composed(reading: _Reading, relation: int, tags: Tags) -> None:
    """Note a relation that should be an area; those that never became one are reported at the end."""
    kind = area_kind(tags)
    if kind is None:
        reading.ignored[ignored_class(tags)] += 1
        return
    reading.relations[relation] = kind.name.lower()
    reading.report.read[kind.name.lower()] += 1


def _take_area(reading: _Reading, area: Any, tags: Tags) -> None:
    if area.from_way() and area.orig_id() not in reading.waiting:
        return
    kind, polygons = area_kind(tags), _area_polygons(area)
    if kind is None or not polygons:
        return
    if area.from_way():
        reading.waiting.discard(area.orig_id())
    else:
        # an area comes as soon as its last way is known, before the relation itself
        reading.composed.add(area.orig_id())
    object_id = _area_id(area)
    if kind == Kind.ADDRESS:
        ring = np.array(polygons[0][0])
        middle: Point = (float(ring[:, 0].mean()), float(ring[:, 1].mean()), 0.0)
        reading.add(object_id, kind, tags, Semantic.POSITION, [[[middle]]])
    elif kind == Kind.BUILDING:
        index = reading.add(object_id, kind, tags, Semantic.FOOTPRINT, polygons)
        for part in reading.parts.within(polygons):
            reading.parts.taken.add(part)
            part_id, part_tags, outline = reading.parts.found[part]
            reading.add(part_id, Kind.BUILDING_PART, part_tags, Semantic.FOOTPRINT, outline, index)
    elif kind != Kind.BUILDING_PART:
        reading.add(object_id, kind, tags, Semantic.AREA, polygons)


def _close(reading: _Reading) -> None:
    """What is left at the end of the file: parts without a building, outlines that never became areas."""
    report = reading.report
    for number, (part_id, tags, outline) in enumerate(reading.parts.found):
        if number not in reading.parts.taken:
            report.add("osm_part_alone", "repaired", part_id, outline[0][0][0])
            reading.add(part_id, Kind.BUILDING, tags, Semantic.FOOTPRINT, outline)
    for way in sorted(reading.waiting):
        report.add("osm_outline_broken", "ignored", f"way/{way}")
    for relation, kind in sorted(reading.relations.items()):
        if relation not in reading.composed:
            report.add("osm_relation_broken", "ignored", f"relation/{relation}", kind=kind)
    for name, number in sorted(reading.ignored.items()):
        report.add("osm_class_ignored", "ignored", count=number, name=name, number=number)


def _area_id(area: Any) -> str:
    return f"{'way' if area.from_way() else 'relation'}/{area.orig_id()}"


def _area_polygons(area: Any) -> list[list[Ring]]:
    polygons = [[_ring(outer), *(_ring(inner) for inner in area.inner_rings(outer))] for outer in area.outer_rings()]
    return [[ring for ring in rings if len(ring) >= 3] for rings in polygons if len(rings[0]) >= 3]


def _ring(nodes: Any) -> Ring:
    return [(node.lon, node.lat, 0.0) for node in nodes][:-1]


def _runs(way: Any) -> list[Ring]:
    """Lines between missing nodes, without repeated points."""
    runs: list[list[Point]] = [[]]
    for node in way.nodes:
        if not node.location.valid():
            runs.append([])
            continue
        place = (node.location.lon, node.location.lat, 0.0)
        if not runs[-1] or runs[-1][-1] != place:
            runs[-1].append(place)
    return [run for run in runs if len(run) >= 2]


def _polygon(rings: list[Ring]) -> shapely.Polygon:
    return shapely.Polygon([p[:2] for p in rings[0]], [[p[:2] for p in hole] for hole in rings[1:]])


def _column(values: dict[int, Json], n: int) -> Column:
    """A column of ``n`` objects of which only some have a value."""
    few = Column.of(list(values.values()))
    codes = np.full(n, -1, np.int32)
    codes[list(values)] = few.codes
    return Column(few.values, codes)


def _with_assumed_heights(city: City) -> tuple[City, int]:
    """Buildings of unknown height get one by type and size; returns how many. Outlines with parts need none."""
    objects = np.flatnonzero(np.isin(city.kind, _KINDS_WITH_PARTS))
    if not len(objects):
        return city, 0
    heights = _values(city, "measuredHeight")
    sources = _values(city, "heightSource")
    functions = _values(city, "function")
    areas = _plan_areas(city)
    with_parts = set(city.parent[city.parent >= 0].tolist())
    assumed = [i for i in objects.tolist() if heights[i] is None and i not in with_parts]
    for i in assumed:
        heights[i], sources[i] = assumed_height(str(functions[i]), float(areas[i])), "assumed"
    columns = {**city.attributes, "measuredHeight": Column.of(heights), "heightSource": Column.of(sources)}
    return replace(city, attributes={k: c for k, c in columns.items() if c.values}), len(assumed)


def _values(city: City, name: str) -> list[Json]:
    column = city.attributes.get(name)
    return column.tolist() if column else [None] * len(city)


def _plan_areas(city: City) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Area of the rings of each object on the ground, shape (n_objects,). [m²]"""
    offsets = city.ring_offsets[city.polygon_offsets[city.surface_offsets]]
    totals = np.concatenate([[0.0], np.cumsum(ring_areas(city))])
    first = city.vertex_offsets[offsets[:-1]]
    latitude = city.xyz[np.minimum(first, len(city.xyz) - 1), 1]
    square = METRES_PER_DEGREE**2 * np.cos(np.radians(latitude))
    areas: np.ndarray[Any, np.dtype[np.float64]] = np.abs(totals[offsets[1:]] - totals[offsets[:-1]]) * square
    return areas
