"""Nothing is lost on the way in: what Kastor reads is what an independent count of the file finds."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree

from kastor.city.model import LINE_SEMANTICS, City, Kind, Semantic, owner
from kastor.city.report import Report
from kastor.formats import read

DEMO = Path(__file__).parents[2] / "kastor" / "demo"
SURFACES = {
    "GroundSurface": Semantic.GROUND, "WallSurface": Semantic.WALL, "RoofSurface": Semantic.ROOF,
    "ClosureSurface": Semantic.CLOSURE, "OuterCeilingSurface": Semantic.OUTER_CEILING,
    "OuterFloorSurface": Semantic.OUTER_FLOOR, "Window": Semantic.WINDOW, "Door": Semantic.DOOR,
}  # fmt: skip
ATTRIBUTES = ("measuredHeight", "roofType", "storeysAboveGround", "function", "creationDate")
LEFT_OUT = {("ring_too_short", "ignored")}
"""Findings about a polygon that is not taken over."""
ROWS = ("buildings", "parts", *SURFACES, "polygons", *ATTRIBUTES)


def citygml(data: bytes) -> Counter[str]:
    """Elements of a CityGML file by name, attributes only of buildings and their parts."""
    tree = etree.fromstring(data)
    count = Counter(etree.QName(element).localname for element in tree.iter("*"))
    told = Counter(
        etree.QName(child).localname for built in tree.iter("{*}Building", "{*}BuildingPart") for child in built
    )
    names = {"buildings": "Building", "parts": "BuildingPart", "polygons": "Polygon"}
    return Counter({row: told[row] if row in ATTRIBUTES else count[names.get(row, row)] for row in ROWS})


def cityjson(data: bytes) -> Counter[str]:
    """Objects, surfaces and attributes of a CityJSON file or sequence."""
    texts = data.splitlines() if data.count(b'"CityJSONFeature"') else [data]
    count: Counter[str] = Counter()
    for text in filter(None, texts):
        for thing in json.loads(text)["CityObjects"].values():
            if thing["type"] not in ("Building", "BuildingPart"):
                continue
            count["buildings" if thing["type"] == "Building" else "parts"] += 1
            count.update(name for name in thing.get("attributes", {}) if name in ATTRIBUTES)
            for geometry in thing.get("geometry", []):
                count["polygons"] += sum(1 for _ in polygons(geometry["boundaries"]))
    return count


def polygons(boundaries: list[Any]) -> Iterator[list[Any]]:
    """The polygons (lists of rings of vertices) at the bottom of the boundaries of a geometry."""
    if boundaries and boundaries[0] and isinstance(boundaries[0][0], int):
        yield boundaries
        return
    for inner in boundaries:
        yield from polygons(inner)


def of_cities(cities: list[City]) -> Counter[str]:
    """The same of what was read."""
    count: Counter[str] = Counter()
    for city in cities:
        built = np.isin(city.kind, (Kind.BUILDING, Kind.BUILDING_PART))
        surfaces = built[owner(city.surface_offsets)]
        lines = np.isin(city.semantic, LINE_SEMANTICS)
        count["buildings"] += int((city.kind == Kind.BUILDING).sum())
        count["parts"] += int((city.kind == Kind.BUILDING_PART).sum())
        count["polygons"] += int((surfaces & ~lines)[owner(city.polygon_offsets)].sum())
        for name, semantic in SURFACES.items():
            count[name] += int((city.semantic == semantic).sum())
        for name in ATTRIBUTES:
            if name in city.attributes:
                count[name] += int((city.attributes[name].codes[built] >= 0).sum())
    return count


def members(path: Path) -> list[bytes]:
    """The files in a file."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name) for name in archive.namelist() if not name.endswith("/")]
    data = path.read_bytes()
    return [gzip.decompress(data) if path.suffix == ".gz" else data]


def compared(paths: list[Path], count: Callable[[bytes], Counter[str]], rows: tuple[str, ...]) -> list[str]:
    """Lines of a table of all that differs and is not in the report, after printing all of it."""
    table, wrong = [f"{'file':44}" + "".join(f"{row[:11]:>14}" for row in rows)], []
    for path in paths:
        report = Report("x")
        expected: Counter[str] = sum(map(count, members(path)), Counter())
        found = of_cities([part.content for part in read(path, report) if isinstance(part.content, City)])
        # a polygon is only left out where the report says so, with its surface when it was the only one
        left_out = sum(number for (code, outcome), number in report.counts.items() if (code, outcome) in LEFT_OUT)
        lost = {row: expected[row] - found[row] for row in rows}
        kept = {row: lost[row] == 0 for row in rows} | {"polygons": lost["polygons"] == left_out}
        kept |= {row: 0 <= lost[row] <= left_out for row in rows if row in SURFACES}
        cells = [f"{found[row]}" + (f" -{lost[row]}" if lost[row] else "") for row in rows]
        table.append(f"{path.name:44}" + "".join(f"{cell:>14}" for cell in cells))
        wrong += [] if all(kept.values()) else [table[-1]]
        assert expected["buildings"]
    print("\n".join(table))
    return wrong


def test_the_shipped_city_models_lose_nothing() -> None:
    paths = [*DEMO.glob("koeln/lod2*.zip"), *DEMO.glob("dorsten/*.gml.gz")]
    assert len(paths) == 3
    assert compared(sorted(paths), citygml, ROWS) == []


def test_all_shared_citygml_of_the_authorities_loses_nothing(shared_data: Callable[[str], Path]) -> None:
    folders = [shared_data(f"citygml/{name}") for name in ("nrw-lod2-benchmark", "koeln-nord-lod2")]
    paths = [path for folder in folders for path in folder.iterdir() if path.suffix in (".zip", ".gz")]
    assert compared(sorted(paths), citygml, ROWS) == []


def test_all_shared_cityjson_loses_nothing(shared_data: Callable[[str], Path]) -> None:
    paths = sorted(p for p in shared_data("cityjson/samples").iterdir() if ".city.json" in p.name)
    # a feature without the line that says where it lies
    paths = [path for path in paths if path.name != "3dbag_feature_x71.city.jsonl"]
    assert compared(paths, cityjson, ("buildings", "parts", "polygons", *ATTRIBUTES)) == []
