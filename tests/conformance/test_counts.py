"""Nothing is lost on the way in: what Kastor reads is what an independent count of the file finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kastor.city.model import LINE_SEMANTICS, City, Kind, Semantic, owner
from kastor.city.report import Report
from kastor.city.terrain import Terrain
from kastor.formats import FormatError, read
from tests.conformance import counting
from tests.conformance.counting import ATTRIBUTES, SURFACES

ROOT = Path(__file__).parents[2]
ROWS = ("buildings", "parts", *SURFACES, "polygons", *ATTRIBUTES)
MEANINGS = {
    "GroundSurface": Semantic.GROUND, "WallSurface": Semantic.WALL, "RoofSurface": Semantic.ROOF,
    "ClosureSurface": Semantic.CLOSURE, "OuterCeilingSurface": Semantic.OUTER_CEILING,
    "OuterFloorSurface": Semantic.OUTER_FLOOR, "Window": Semantic.WINDOW, "Door": Semantic.DOOR,
}  # fmt: skip
LEFT_OUT = {("ring_too_short", "ignored"), ("coordinates_broken", "ignored")}
"""Findings about a polygon that is not taken over."""
BROKEN = ("osm_outline_broken", "osm_outline_open", "osm_relation_broken", "osm_way_incomplete")
"""Findings about an outline or a line of OpenStreetMap that is not taken over."""

SHIPPED, SHARED = "shipped", "shared"
MODELS = (
    (SHIPPED, "kastor/demo/koeln/lod2*.zip", counting.citygml),
    (SHIPPED, "kastor/demo/dorsten/*.gml.gz", counting.citygml),
    (SHIPPED, "tests/data/citygml/LoD2*.gml.gz", counting.citygml),
    (SHIPPED, "tests/data/cityjson/*.city.json*", counting.cityjson),
    (SHARED, "citygml/nrw-lod2-benchmark/*.zip", counting.citygml),
    (SHARED, "citygml/koeln-nord-lod2/*.gml.gz", counting.citygml),
    (SHARED, "citygml/format-samples/citygml4j/*.gml.gz", counting.citygml),
    (SHARED, "citygml/format-samples/citygml4j/*.json*", counting.cityjson),
    (SHARED, "citygml/format-samples/potsdam/*.gml.gz", counting.citygml),
    (SHARED, "citygml/format-samples/broken-or-tiny/*.gml", counting.citygml),
    (SHARED, "terrain/*/*.gml*", counting.citygml),
    (SHARED, "cityjson/samples/*.city.json*", counting.cityjson),
)
EXTRACTS = (
    (SHIPPED, "kastor/demo/bad-hersfeld/*.osm.gz"),
    (SHARED, "osm/bayreuth-north/*.osm.gz"),
    (SHARED, "osm/berlin-neukoelln/*.osm.gz"),
    (SHARED, "osm/bad-hersfeld/*.osm.gz"),
    (SHARED, "osm/darmstadt/*.pbf"),
    (SHARED, "osm/heidelberg/*.pbf"),
    (SHARED, "osm/herrenberg/*.pbf"),
)
GROUNDS = (
    (SHIPPED, "tests/data/dgm1_dorsten.tif"),
    (SHARED, "terrain/dorsten-360_5721/*.tif"),
    (SHARED, "terrain/koeln-nord-derived/*.tif"),
    (SHARED, "terrain/muenchen-tum-dgm1/*.tif"),
    (SHARED, "terrain/srtm-oberfranken/*.hgt.zip"),
)
HEADLESS = "3dbag_feature_x71.city.jsonl"
"""A feature without the line before it, which says where it lies."""

Count = Callable[[Path], Counter[str]]


@pytest.fixture
def files(shared_data: Callable[[str], Path]) -> Callable[[str, str], list[Path]]:
    """The files of a set, shipped or beside the project."""

    def found(where: str, pattern: str) -> list[Path]:
        folder, _, rest = pattern.partition("/")
        root = ROOT / folder if where == SHIPPED else shared_data(folder)
        paths = sorted(root.glob(rest))
        assert paths
        return paths

    return found


def named(sets: tuple[tuple[object, ...], ...]) -> list[str]:
    return [str(one[1]) for one in sets]


def of_city(city: City) -> Counter[str]:
    """Buildings, parts, their surfaces, polygons and attributes in what was read."""
    built = np.isin(city.kind, (Kind.BUILDING, Kind.BUILDING_PART))
    surfaces = built[owner(city.surface_offsets)]
    lines = np.isin(city.semantic, LINE_SEMANTICS)
    count = Counter(
        buildings=int((city.kind == Kind.BUILDING).sum()),
        parts=int((city.kind == Kind.BUILDING_PART).sum()),
        polygons=int((surfaces & ~lines)[owner(city.polygon_offsets)].sum()),
    )
    for name, semantic in MEANINGS.items():
        count[name] = int((surfaces & (city.semantic == semantic)).sum())
    for name in ATTRIBUTES:
        if name in city.attributes:
            count[name] = int((city.attributes[name].codes[built] >= 0).sum())
    return count


@pytest.mark.parametrize(("where", "pattern", "count"), MODELS, ids=named(MODELS))
def test_a_city_model_loses_nothing(
    where: str, pattern: str, count: Count, files: Callable[[str, str], list[Path]]
) -> None:
    table, wrong = [f"{'file':44}" + "".join(f"{row[:11]:>14}" for row in ROWS)], []
    for path in files(where, pattern):
        if path.name == HEADLESS:
            continue
        report, expected, found = Report("x"), count(path), Counter[str]()
        for part in read(path, report):
            assert isinstance(part.content, City)
            found.update(of_city(part.content))
        # a polygon is only left out where the report says so, with its surface when it was the only one
        left_out = sum(number for (code, outcome), number in report.counts.items() if (code, outcome) in LEFT_OUT)
        lost = {row: expected[row] - found[row] for row in ROWS}
        kept = {row: lost[row] == 0 for row in ROWS} | {"polygons": lost["polygons"] == left_out}
        kept |= {row: 0 <= lost[row] <= left_out for row in SURFACES}
        cells = [f"{found[row]}" + (f" -{lost[row]}" if lost[row] else "") for row in ROWS]
        table.append(f"{path.name:44}" + "".join(f"{cell:>14}" for cell in cells))
        wrong += [] if all(kept.values()) else [table[-1]]
        assert expected["buildings"]
    print("\n".join(table))
    assert wrong == []


def test_a_feature_without_its_first_line_is_refused(shared_data: Callable[[str], Path]) -> None:
    with pytest.raises(FormatError, match="first line with transform and reference system is missing"):
        list(read(shared_data(f"cityjson/samples/{HEADLESS}"), Report("x")))


@pytest.mark.parametrize(("where", "pattern"), EXTRACTS, ids=named(EXTRACTS))
def test_an_extract_of_openstreetmap_loses_nothing(
    where: str, pattern: str, files: Callable[[str, str], list[Path]], tmp_path: Path
) -> None:
    for path in files(where, pattern):
        report, expected = Report("x"), counting.osm(path, tmp_path)
        found: dict[str, set[str]] = {name: set() for name in expected}
        for part in read(path, report):
            assert isinstance(part.content, City)
            for object_id, kind in zip(part.content.ids.tolist(), part.content.kind.tolist(), strict=True):
                name = Kind(kind).name.lower()
                if name in found:
                    found[name].add(object_id)
        told = {finding.object_id for finding in report.findings if finding.code in BROKEN}
        # a part without a building around it becomes one; other ways of railways and areas of streets are kept too
        alone = {finding.object_id for finding in report.findings if finding.code == "osm_part_alone"}
        lost = {name: ids - found[name] - told for name, ids in expected.items()}
        assert not any(lost.values()), lost
        assert expected["street"]
        assert found["building"] - expected["building"] == alone
        assert found["tree"] == expected["tree"]


@pytest.mark.parametrize(("where", "pattern"), GROUNDS, ids=named(GROUNDS))
def test_heights_of_the_ground_are_all_there(where: str, pattern: str, files: Callable[[str, str], list[Path]]) -> None:
    for path in files(where, pattern):
        blocks = [part.content for part in read(path, Report("x"))]
        known = np.concatenate(
            [b.heights[np.isfinite(b.heights)].astype(np.float64) for b in blocks if isinstance(b, Terrain)]
        )
        number, total, least, greatest = counting.heights(path)
        assert (len(known), float(known.min()), float(known.max())) == (number, least, greatest)
        assert float(known.sum()) == pytest.approx(total, rel=1e-12)


def test_loose_heights_become_a_grid_between_their_least_and_greatest(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("terrain/koeln-nord-derived/terrain_points_from_lod2TerrainIntersection.xyz.gz")
    report = Report("x")
    (part,) = read(path, report, crs="EPSG:25832")
    assert isinstance(part.content, Terrain)
    number, _, least, greatest = counting.heights(path)
    known = part.content.heights[np.isfinite(part.content.heights)]
    assert number == 88_163
    assert least - 0.01 <= known.min() <= known.max() <= greatest + 0.01
    assert report.counts["dem_points_gridded", "repaired"] == 1


@pytest.mark.parametrize("name", ["highway", "green_spaces_leisure", "green_spaces_agriculture"])
def test_streets_and_green_spaces_by_district_are_each_taken_once(
    name: str, shared_data: Callable[[str], Path]
) -> None:
    path, report = shared_data(f"streets/koeln-osm/{name}.zip"), Report("x")
    parts = [part.content for part in read(path, report)]
    objects = sum(len(city) for city in parts if isinstance(city, City))
    left_out = report.counts["osm_outline_open", "ignored"]
    assert objects + left_out == counting.features(path)
