"""OpenStreetMap files against an independent count of their XML, and damaged ones."""

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from kastor.city.extrude import ring_areas
from kastor.city.model import City, Kind, Semantic, concat, owner
from kastor.city.report import Report
from kastor.formats.errors import FormatError
from kastor.formats.osm import read
from kastor.formats.osm_tags import (
    addresses,
    area_kind,
    attributes,
    building_function,
    length,
    line_kind,
    node_kind,
    stated_height,
)

TOWN = Path(__file__).parents[2] / "kastor" / "demo" / "bad-hersfeld" / "bad-hersfeld.osm.gz"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "osm"


def load(path: Path) -> tuple[City, Report]:
    report = Report(path.name)
    return concat([part.content for part in read(path, report)]), report


@pytest.fixture(scope="module")
def town() -> tuple[City, Report]:
    return load(TOWN)


@pytest.fixture(scope="module")
def xml() -> list[tuple[str, dict[str, str]]]:
    """Type and tags of everything tagged in the file, read by another parser."""
    root = etree.fromstring(gzip.decompress(TOWN.read_bytes()))
    things = ((e.tag, {t.get("k"): t.get("v") for t in e.iterfind("tag")}) for e in root)
    return [(name, tags) for name, tags in things if name in ("node", "way", "relation") and tags]


def write(tmp_path: Path, body: str, name: str = "town.osm") -> Path:
    path = tmp_path / name
    path.write_text(f'<osm version="0.6">{body}</osm>', encoding="utf-8")
    return path


def square(first: int, lon: float = 9.7, lat: float = 50.8, side: float = 0.0001) -> str:
    corners = [(0, 0), (side, 0), (side, side), (0, side)]
    return "".join(
        f'<node id="{first + i}" lon="{lon + x:.7f}" lat="{lat + y:.7f}"/>' for i, (x, y) in enumerate(corners)
    )


def way(number: int, nodes: list[int], **tags: str) -> str:
    refs = "".join(f'<nd ref="{n}"/>' for n in nodes)
    words = "".join(f'<tag k="{k.replace("__", ":")}" v="{v}"/>' for k, v in tags.items())
    return f'<way id="{number}">{refs}{words}</way>'


def test_a_whole_town_has_as_many_objects_as_its_xml(town, xml):
    city, report = town
    kinds = Counter(Kind(k).name for k in city.kind.tolist())
    assert kinds["BUILDING"] == len([1 for n, t in xml if "building" in t and n != "node"]) == 11280
    assert kinds["STREET"] == len([1 for n, t in xml if n == "way" and "highway" in t]) + 1 == 3534
    assert kinds["TREE"] == len([1 for _, t in xml if t.get("natural") == "tree"]) == 282
    parking = [t for _, t in xml if t.get("amenity") in ("parking", "parking_space")]
    assert kinds["PARKING"] == len([t for t in parking if "building" not in t])
    assert len(parking) == 243
    assert kinds["BUILDING_PART"] == len([t for _, t in xml if "building:part" in t]) == 17
    assert kinds["VEGETATION"] == len([t for _, t in xml if t.get("natural") == "tree_row"])
    assert report.counts["osm_relation_broken", "ignored"] == 8


def test_every_address_of_the_town_is_kept(town, xml):
    city, _ = town
    numbers = [t for _, t in xml if "addr:housenumber" in t]
    kept = [a for a in city.attributes["address"].tolist() if a and any("number" in entry for entry in a)]
    assert len(numbers) == len(kept) == 2578


def test_every_land_use_is_kept_or_named_in_the_report(town, xml):
    city, report = town
    landuse = [t for n, t in xml if n != "node" and "landuse" in t]
    kept = sum(v is not None for v in city.attributes["landuse"].tolist())
    broken = [f for f in report.findings if f.code == "osm_relation_broken"]
    assert len([1 for n, t in xml if n == "way" and "landuse" in t]) == 474
    assert kept + len(broken) == len(landuse)


def test_nothing_tagged_disappears_without_being_counted(town, xml):
    report = town[1]
    told = sum(report.read.values()) + report.counts["osm_class_ignored", "ignored"]
    silent = [t for n, t in xml if n == "relation" and len(t) == 1]
    assert told + len(silent) >= len(xml)
    assert sum(report.read.values()) - sum(report.kept.values()) == report.counts["osm_relation_broken", "ignored"]


def test_the_town_is_plan_data_in_degrees_with_honest_heights(town):
    city, report = town
    assert city.crs == report.crs == "EPSG:4326"
    assert not city.xyz[:, 2].any()
    assert not city.lod.any()
    assert 9 < np.median(city.xyz[:, 0]) < 10
    assert 50 < np.median(city.xyz[:, 1]) < 52
    built = np.isin(city.kind, (Kind.BUILDING, Kind.BUILDING_PART))
    parents = np.unique(city.parent[city.parent >= 0])
    built[parents] = False
    heights = city.attributes["measuredHeight"].numbers()[built]
    assert np.isfinite(heights).all()
    assert (heights > 0).all()
    sources = Counter(np.array(city.attributes["heightSource"].tolist(), object)[built].tolist())
    assert sources["assumed"] == report.counts["osm_height_assumed", "kept"] > 11_000
    assert len(set(city.ids.tolist())) == len(city)


def test_all_outlines_turn_left_and_loops_keep_their_closing_point(town):
    city, _ = town
    outer = city.ring_offsets[:-1]
    area = np.isin(city.semantic, (Semantic.FOOTPRINT, Semantic.AREA))[owner(city.polygon_offsets)]
    assert (ring_areas(city)[outer[area]] > 0).all()
    axis = (city.semantic == Semantic.AXIS)[owner(city.polygon_offsets)[owner(city.ring_offsets)]]
    first, last = city.vertex_offsets[:-1][axis], city.vertex_offsets[1:][axis] - 1
    loops = (city.xyz[first] == city.xyz[last]).all(axis=1)
    assert 10 < loops.sum() < 0.1 * axis.sum()


def test_height_comes_from_the_tag_then_from_storeys_then_is_left_open():
    assert stated_height({"height": "12,5 m", "building:levels": "9"}) == (12.5, "height")
    assert stated_height({"building:levels": "3"}) == (9.0, "levels")
    assert stated_height({"building:levels": "2", "roof:shape": "gabled"}) == (8.5, "levels")
    assert stated_height({"building:levels": "2", "roof:height": "4"}) == (10.0, "levels")
    assert stated_height({"building:levels": "2", "roof:levels": "1"}) == (9.0, "levels")
    assert stated_height({"height": "-4", "building:levels": "many"}) == (None, None)
    assert stated_height({"height": "99999"}) == (None, None)


def test_tags_become_the_names_of_building_attributes():
    tags = {
        "building": "yes", "building:levels": "4", "roof:shape": "hipped", "start_date": "1912", "name": "Alte Post",
        "amenity": "post_office", "addr:street": "Markt", "addr:housenumber": "3;5", "addr:postcode": "36251",
        "heritage": "4", "address": "by hand",
    }  # fmt: skip
    found = attributes(Kind.BUILDING, tags)
    assert found["storeysAboveGround"] == 4
    assert found["roofType"] == "3200"
    assert found["yearOfConstruction"] == 1912
    assert found["function"] == "post_office"
    assert [a["number"] for a in found["address"]] == ["3", "5"]
    assert found["osm:address"] == "by hand"
    assert found["heritage"] == "4"
    assert "addr:street" not in found
    assert attributes(Kind.BUILDING, {"building": "house", "start_date": "C19"})["start_date"] == "C19"


def test_the_use_of_a_building_is_read_from_the_telling_tag():
    assert building_function({"building": "apartments", "shop": "bakery"}) == "apartments"
    assert building_function({"building": "yes", "shop": "bakery"}) == "retail"
    assert building_function({"building": "yes", "amenity": "bench"}) == "yes"
    assert building_function({"building": "roof", "amenity": "fuel"}) == "fuel"
    assert building_function({"building": "yes", "tourism": "museum"}) == "museum"


def test_kinds_follow_the_tags():
    assert node_kind({"natural": "tree"}) == Kind.TREE
    assert node_kind({"barrier": "bollard"}) is None
    assert line_kind({"highway": "pedestrian", "area": "yes"}) is None
    assert line_kind({"railway": "abandoned"}) is None
    assert area_kind({"building": "no", "landuse": "grass"}) == Kind.LAND_USE
    assert area_kind({"building": "yes", "landuse": "retail"}) == Kind.BUILDING
    assert area_kind({"natural": "water"}) == Kind.WATER


def test_a_courtyard_from_a_relation_is_one_building_with_a_hole(tmp_path):
    body = (
        square(1) + square(11, 9.70002, 50.80002, 0.00005)
        + way(1, [1, 2, 3, 4, 1]) + way(2, [11, 12, 13, 14, 11])
        + '<relation id="9"><member type="way" ref="1" role="outer"/><member type="way" ref="2" role="inner"/>'
        '<tag k="type" v="multipolygon"/><tag k="building" v="school"/></relation>'
    )  # fmt: skip
    city, report = load(write(tmp_path, body))
    assert city.ids.tolist() == ["relation/9"]
    assert np.diff(city.ring_offsets).tolist() == [2]
    assert not report.total("ignored")


def test_building_parts_go_to_the_building_they_stand_in(tmp_path):
    body = (
        square(1, side=0.001) + square(11, 9.7001, 50.8001) + square(21, 9.8)
        + way(1, [11, 12, 13, 14, 11], building__part="yes", height="20", min_height="3")
        + way(2, [1, 2, 3, 4, 1], building="yes") + way(3, [21, 22, 23, 24, 21], building__part="yes")
    )  # fmt: skip
    city, report = load(write(tmp_path, body))
    assert city.ids.tolist() == ["way/2", "way/1", "way/3"]
    assert city.parent.tolist() == [-1, 0, -1]
    assert city.kind.tolist() == [Kind.BUILDING, Kind.BUILDING_PART, Kind.BUILDING]
    assert city.attributes["measuredHeight"].tolist()[:2] == [None, 20.0]
    assert city.attributes["min_height"].tolist()[1] == 3.0
    assert report.counts["osm_part_alone", "repaired"] == 1


def test_ways_cut_at_the_edge_keep_the_pieces_at_hand(tmp_path):
    body = square(1) + way(1, [1, 2, 99, 3, 4], highway="residential") + way(2, [1, 98], highway="path")
    city, report = load(write(tmp_path, body))
    assert city.ids.tolist() == ["way/1"]
    assert np.diff(city.vertex_offsets).tolist() == [2, 2]
    assert report.counts["osm_way_incomplete", "repaired"] == 1
    assert report.counts["osm_way_incomplete", "ignored"] == 1


def test_broken_outlines_are_left_out_with_a_finding_each(tmp_path):
    bow_tie = square(1) + way(1, [1, 3, 2, 4, 1], building="yes")
    body = bow_tie + way(2, [1, 2, 3], landuse="grass") + way(3, [1, 2, 3, 4, 1], building="yes")
    relation = '<relation id="5"><member type="way" ref="77" role="outer"/><tag k="type" v="multipolygon"/>'
    city, report = load(write(tmp_path, body + relation + '<tag k="natural" v="wood"/></relation>'))
    assert city.ids.tolist() == ["way/3"]
    assert {f.code: f.object_id for f in report.findings if f.outcome == "ignored"} == {
        "osm_outline_broken": "way/1", "osm_outline_open": "way/2", "osm_relation_broken": "relation/5",
    }  # fmt: skip
    assert all(f.text("de") and f.cure("en") for f in report.findings)


def test_an_area_of_pavement_is_a_street_with_an_area(tmp_path):
    body = square(1) + way(1, [1, 2, 3, 4, 1], highway="pedestrian", area="yes")
    city, _ = load(write(tmp_path, body + way(2, [1, 2, 3, 4, 1], highway="service", junction="roundabout")))
    assert dict(zip(city.ids.tolist(), city.semantic.tolist(), strict=True)) == {
        "way/1": Semantic.AREA,
        "way/2": Semantic.AXIS,
    }
    assert sorted(np.diff(city.vertex_offsets).tolist()) == [4, 5]


@pytest.mark.parametrize("name", ["darmstadt/darmstadt.osm.pbf", "berlin-neukoelln/neukoelln.osm.gz"])
def test_other_towns_and_the_binary_format_are_read(name):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the extract {name} is not at hand")
    city, report = load(path)
    assert len(city) > 500
    assert report.kept["building_part"] > 30
    assert (city.parent >= 0).sum() == report.kept["building_part"]
    assert (city.kind[city.parent[city.parent >= 0]] == Kind.BUILDING).all()


def test_a_file_is_told_by_its_content_and_named_by_its_stem(tmp_path):
    path = tmp_path / "my.town.osm.gz"
    path.write_bytes(gzip.compress(write(tmp_path, square(1) + way(1, [1, 2], highway="path")).read_bytes()))
    assert [part.name for part in read(path, Report("x"))] == ["my.town"]
    renamed = path.rename(tmp_path / "town.txt")
    assert [len(part.content) for part in read(renamed, Report("x"))] == [1]


def test_chunks_stay_small(monkeypatch, tmp_path):
    monkeypatch.setattr("kastor.formats.osm.OBJECTS_PER_CHUNK", 10)
    nodes = "".join(f'<node id="{i}" lon="9.{i:05}" lat="50"><tag k="natural" v="tree"/></node>' for i in range(1, 36))
    sizes = [len(part.content) for part in read(write(tmp_path, nodes), Report("x"))]
    assert sizes == [10, 10, 10, 5]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"<osm version='0.6'><node id='1' lat='50' lon", "damaged"),
        (b"<osm version='0.6'><node id='1' lat='x' lon='9'/></osm>", "damaged"),
        (b"<osm><node id='1' lat='50' lon='9'/></osm>", "damaged"),
        (b"<osmChange version='0.6'/>", "changes"),
        (b"hello", "not OpenStreetMap"),
        (b"", "not OpenStreetMap"),
        (b"\x1f\x8bgarbage", "damaged"),
        (b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x05", "damaged"),
        (
            b'<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><osm version="0.6">&b;</osm>',
            "dam",
        ),
        (
            b'<osm version="0.6"><way id="1"><nd ref="1"/><tag k="highway" v="path"/></way>'
            b'<node id="1" lat="50" lon="9"><tag k="natural" v="tree"/></node></osm>',
            "Sort",
        ),
    ],
)
def test_damaged_files_are_refused_with_a_cure(tmp_path, content, word):
    path = tmp_path / "file.osm"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=word) as error:
        list(read(path, Report("x")))
    assert error.value.cure


def test_a_download_that_broke_off_is_refused(tmp_path):
    path = tmp_path / "town.osm.gz"
    path.write_bytes(TOWN.read_bytes()[:200_000])
    with pytest.raises(FormatError, match="damaged"):
        list(read(path, Report("x")))


@given(st.text(max_size=20))
def test_any_text_is_no_length_or_a_finite_one(text):
    number = length(text)
    assert number is None or np.isfinite(number)


KEYS = ["building", "height", "building:levels", "addr:housenumber", "start_date", "roof:shape", "width", "maxspeed"]


@given(st.dictionaries(st.sampled_from([*KEYS, "circumference", "layer"]), st.text(max_size=9)))
def test_any_tags_give_attributes_without_an_error(tags):
    for kind in (Kind.BUILDING, Kind.TREE, Kind.STREET, Kind.ADDRESS):
        assert None not in attributes(kind, tags).values()
    assert isinstance(addresses(tags), list)
