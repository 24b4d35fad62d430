"""What the city knows after a CityGML file has been read, and what the report says."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from kastor.city.model import City, Json, Kind, Semantic, concat
from kastor.city.report import Report
from kastor.formats import citygml
from kastor.formats.errors import FormatError
from kastor.formats.part import Part

DATA = Path(__file__).parent.parent / "data" / "citygml"

BUILDING = (
    '<CityModel xmlns="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml" '
    'xmlns:bldg="http://www.opengis.net/citygml/building/2.0" '
    'xmlns:gen="http://www.opengis.net/citygml/generics/2.0"><cityObjectMember>'
    '<bldg:Building gml:id="b">{}</bldg:Building></cityObjectMember></CityModel>'
)
POLYGON = (
    "<bldg:lod1MultiSurface><gml:MultiSurface><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>"
    "{}</gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface></bldg:lod1MultiSurface>"
)
EXTERIOR = "<gml:exterior><gml:LinearRing><gml:posList>{}</gml:posList></gml:LinearRing></gml:exterior>"


def parts(data: bytes) -> tuple[list[Part], Report]:
    report = Report("test")
    return list(citygml.read(io.BytesIO(data), report, "test")), report


def city_in(data: bytes) -> tuple[City, Report]:
    found, report = parts(data)
    contents = [part.content for part in found if isinstance(part.content, City)]
    return concat(contents), report


def building(inside: str) -> tuple[City, Report]:
    return city_in(BUILDING.format(inside).encode())


def shipped(name: str) -> City:
    return concat([content for content in _chunks(name) if content.crs == "EPSG:25832"])


def _chunks(name: str) -> list[City]:
    found, _ = parts((DATA / name).read_bytes())
    return [part.content for part in found if isinstance(part.content, City)]


def attributes(city: City, name: str) -> dict[str, Json]:
    index = city.ids.tolist().index(name)
    return {key: column[index] for key, column in city.attributes.items() if column[index] is not None}


def surfaces(city: City, name: str) -> list[tuple[int, int, str, list[int]]]:
    """Semantic, lod, id and the solids of the polygons of each surface of an object."""
    index = city.ids.tolist().index(name)
    return [
        (
            int(city.semantic[s]), int(city.lod[s]), city.surface_ids[s],
            city.solid[city.polygon_offsets[s] : city.polygon_offsets[s + 1]].tolist(),
        )
        for s in range(int(city.surface_offsets[index]), int(city.surface_offsets[index + 1]))
    ]  # fmt: skip


def codes(report: Report) -> dict[str, int]:
    return {code: n for (code, _), n in report.counts.items()}


def test_a_building_keeps_all_its_attributes() -> None:
    house = attributes(shipped("every_construct_2_0.gml"), "house")
    assert house["measuredHeight"] == 6.0
    assert house["storeysAboveGround"] == 2
    assert house["storeyHeightsAboveGround"] == [3.0, 3.0]
    assert house["yearOfConstruction"] == 1962
    assert house["function"] == ["31001_1010", "31001_1020"]
    assert house["description"] == "A house & its parts"
    assert (house["name"], house["name_2"]) == ("Haus", "Zweitname")
    assert (house["flats"], house["area"], house["empty"]) == (12, 150.0, "")
    assert house["eaves"] == {"value": 6.5, "uom": "m"}
    assert house["energy"] == {"demand": 88.5, "class": "C"}
    assert "usage" not in house


def test_all_addresses_and_references_of_a_building_are_kept() -> None:
    house = attributes(shipped("every_construct_2_0.gml"), "house")
    assert house["address"] == [
        {"country": "Deutschland", "city": "Köln", "number": "16a", "street": "Kasselberger Weg", "postcode": "50769"},
        {"city": "Köln", "street": "Hinterweg"},
    ]
    assert house["externalReference"] == [
        {"informationSystem": "http://example.org/cadastre", "name": "DE-1"},
        {"informationSystem": "register", "uri": "urn:x:1"},
    ]


def test_parts_and_installations_follow_their_building() -> None:
    city = shipped("every_construct_2_0.gml")
    assert city.ids.tolist()[:4] == ["house", "chimney", "part", "part-of-part"]
    assert city.parent.tolist()[:4] == [-1, 0, 0, 2]
    assert city.kind.tolist()[:4] == [
        Kind.BUILDING, Kind.BUILDING_INSTALLATION, Kind.BUILDING_PART, Kind.BUILDING_PART,
    ]  # fmt: skip


def test_every_geometry_up_to_lod3_is_kept_with_its_meaning() -> None:
    city = shipped("every_construct_2_0.gml")
    assert surfaces(city, "house") == [
        (Semantic.FOOTPRINT, 0, "", [-1]),
        (Semantic.UNKNOWN, 10, "", [0, 0, 0]),
        (Semantic.TERRAIN_INTERSECTION, 20, "", [-1]),
        (Semantic.GROUND, 20, "ground-surface", [1]),
        (Semantic.ROOF, 20, "roof-surface", [1]),
        (Semantic.WALL, 30, "wall-surface", [-1]),
        (Semantic.WINDOW, 30, "window", [-1]),
        (Semantic.POSITION, 0, "", [-1]),
    ]


def test_a_polygon_that_a_solid_refers_to_is_stored_once_in_its_surface() -> None:
    city = shipped("every_construct_2_0.gml")
    assert surfaces(city, "plain") == [
        (Semantic.ROOF, 20, "plain-roof-surface", [0]),
        (Semantic.GROUND, 20, "", [0]),
    ]


def test_a_cavity_has_a_shell_of_its_own() -> None:
    city = shipped("every_construct_2_0.gml")
    assert city.shell[city.solid >= 0].tolist()[:3] == [0, 0, 1]


def test_everything_repaired_or_left_out_is_reported() -> None:
    _, report = parts((DATA / "every_construct_2_0.gml").read_bytes())
    assert codes(report) == {
        "attribute_repeated": 1, "attribute_not_number": 1, "vertices_repeated": 1, "hole_too_short": 1,
        "ring_not_closed": 1, "ring_too_short": 1, "coordinates_broken": 1, "link_unresolved": 1, "id_missing": 1,
        "id_repeated": 1, "crs_several": 1, "class_ignored": 4, "surface_attributes_ignored": 1,
    }  # fmt: skip
    assert {f.values["name"] for f in report.findings if f.code == "class_ignored"} == {
        "Appearance", "LoD4", "Road", "Room",
    }  # fmt: skip
    assert all(finding.text("de") and finding.cure("en") for finding in report.findings)


def test_counts_of_classes_tell_what_was_read_and_what_was_kept() -> None:
    _, report = parts((DATA / "every_construct_2_0.gml").read_bytes())
    assert report.read["Building"] == report.kept["Building"] == 4
    assert (report.read["Road"], report.kept["Road"]) == (1, 0)
    assert report.kept["Window"] == 1


def test_a_tree_stands_at_its_reference_point_in_the_system_it_names() -> None:
    trees = _chunks("every_construct_2_0.gml")[-1]
    assert trees.crs == "EPSG:25833"
    assert trees.kind.tolist() == [Kind.TREE]
    assert trees.xyz.tolist() == [[70.0, 70.0, 1.5]]
    assert attributes(trees, "tree") == {
        "species": "Quercus robur", "height": 12.5, "trunkDiameter": 0.4, "crownDiameter": 8.0,
    }  # fmt: skip


def test_a_second_object_of_the_same_id_gets_a_new_name() -> None:
    assert shipped("every_construct_2_0.gml").ids.tolist().count("plain") == 1
    assert "plain_2" in shipped("every_construct_2_0.gml").ids.tolist()


def test_an_object_without_id_gets_the_same_one_at_every_load() -> None:
    one, other = (shipped("every_construct_2_0.gml").ids.tolist() for _ in range(2))
    assert one == other
    assert sum(name.startswith("kastor-") for name in one) == 1


def test_citygml_3_with_odd_prefixes_gives_the_same_kind_of_city() -> None:
    (city,) = _chunks("every_construct_3_0.gml")
    town_hall = attributes(city, "b3")
    assert (town_hall["yearOfConstruction"], town_hall["measuredHeight"]) == (1929, 11.5)
    assert (town_hall["owner"], town_hall["use"]) == ("Stadt", {"seats": 48})
    assert town_hall["externalReference"] == [{"uri": "DENW-3", "informationSystem": "alkis"}]
    assert town_hall["address"] == [
        {
            "country": "Deutschland",
            "city": "Schwäbisch Gmünd",
            "street": "Marktplatz",
            "number": "1",
            "postcode": "73525",
        }
    ]
    assert surfaces(city, "b3") == [
        (Semantic.DOOR, 30, "door3", [-1]),
        (Semantic.WALL, 20, "w3", [0]),
        (Semantic.CLOSURE, 20, "c3", [0]),
    ]
    assert city.ids.tolist() == ["b3", "beam", "part3"]


@pytest.mark.parametrize(
    "positions",
    [
        "<gml:posList>1 2 3 4 5 6 7 8 10 1 2 3</gml:posList>",
        "<gml:posList>1e0 .2e1 3. 4 5 6 7 8 1.0E+1 1 2 3</gml:posList>",
        "<gml:posList>1 2 3\r\n4 5 6\t7 8 10\n1 2 3</gml:posList>",
        "<gml:posList>1 2 3 4 5 6 <!-- half --> 7 8 10 1 2 3</gml:posList>",
        "<gml:posList><![CDATA[1 2 3 4 5 6 7 8 10 1 2 3]]></gml:posList>",
        "<gml:pos>1 2 3</gml:pos><gml:pos>4 5 6</gml:pos><gml:pos>7 8 10</gml:pos><gml:pos>1 2 3</gml:pos>",
        "<gml:coordinates>1,2,3 4,5,6 7,8,10 1,2,3</gml:coordinates>",
        "<gml:pointProperty><gml:Point><gml:pos>1 2 3</gml:pos></gml:Point></gml:pointProperty>"
        "<gml:pos>4 5 6</gml:pos><gml:pos>7 8 10</gml:pos><gml:pos>1 2 3</gml:pos>",
    ],
)
def test_coordinates_are_understood_however_they_are_written(positions: str) -> None:
    city, report = building(POLYGON.format(positions))
    assert city.xyz.tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]]
    assert not report.findings


@pytest.mark.parametrize("bad", ["1 2", "1_0 2 3", "nan 2 3", "1,5 2 3", "1e999 2 3", "٣ 2 3", "0x10 2 3"])
def test_coordinates_that_are_no_numbers_cost_their_polygon_only(bad: str) -> None:
    city, report = building(
        POLYGON.format(f"<gml:posList>{bad} 4 5 6 7 8 10 1 2 3</gml:posList>")
        + "<bldg:measuredHeight>5</bldg:measuredHeight>"
    )
    assert len(city.semantic) == 0
    assert attributes(city, "b") == {"measuredHeight": 5.0}
    assert codes(report) == {"coordinates_broken": 1}


def test_plan_coordinates_get_height_zero() -> None:
    city, _ = building(POLYGON.format('<gml:posList srsDimension="2">0 0 1 0 1 1 0 0</gml:posList>'))
    assert city.xyz.tolist() == [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]


def test_a_reversed_surface_turns_the_other_way() -> None:
    ring = EXTERIOR.format("0 0 0 1 0 0 1 1 0 0 0 0")
    city, _ = building(
        "<bldg:lod1MultiSurface><gml:MultiSurface><gml:surfaceMember><gml:OrientableSurface orientation='-'>"
        f"<gml:baseSurface><gml:Polygon>{ring}</gml:Polygon></gml:baseSurface></gml:OrientableSurface>"
        "</gml:surfaceMember></gml:MultiSurface></bldg:lod1MultiSurface>"
    )
    assert city.xyz.tolist() == [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


def test_two_parts_share_a_wall_by_reference_and_both_have_it() -> None:
    wall = EXTERIOR.format("0 0 0 1 0 0 1 0 1 0 0 0")
    closure = (
        "<bldg:boundedBy><bldg:ClosureSurface><bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>"
        f'<gml:Polygon gml:id="w">{wall}</gml:Polygon>'
        "</gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface></bldg:ClosureSurface></bldg:boundedBy>"
    )
    link = (
        "<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface><gml:surfaceMember>"
        '<gml:OrientableSurface orientation="-"><gml:baseSurface xmlns:l="http://www.w3.org/1999/xlink" l:href="#w"/>'
        "</gml:OrientableSurface></gml:surfaceMember></gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>"
    )
    one, two = (
        f'<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="{name}">{inside}</bldg:BuildingPart>'
        "</bldg:consistsOfBuildingPart>"
        for name, inside in (("one", closure), ("two", link))
    )
    city, report = building(one + two)
    assert surfaces(city, "one") == [(Semantic.CLOSURE, 20, "", [-1])]
    assert surfaces(city, "two") == [(Semantic.CLOSURE, 20, "", [0])]
    assert city.xyz[:3].tolist() == city.xyz[3:][::-1].tolist()
    assert not report.findings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "windows-1252", "utf-16"])
def test_umlauts_survive_every_encoding_that_is_stated(encoding: str) -> None:
    stated = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{stated}"?>\n' + BUILDING.format("<gml:name>Köln-Mülheim</gml:name>")
    city, report = city_in(text.encode(encoding))
    assert attributes(city, "b") == {"name": "Köln-Mülheim"}
    assert not report.findings


def test_umlauts_in_a_file_with_the_wrong_label_are_repaired_and_reported() -> None:
    text = '<?xml version="1.0" encoding="UTF-8"?>' + BUILDING.format("<gml:name>Köln</gml:name>")
    city, report = city_in(text.encode("iso-8859-1"))
    assert attributes(city, "b") == {"name": "Köln"}
    assert codes(report) == {"bytes_not_utf8": 1}


def test_a_generic_attribute_may_bear_a_standard_name() -> None:
    city, report = building(
        '<gen:stringAttribute name="roofType"><gen:value>flat</gen:value></gen:stringAttribute>'
        "<bldg:roofType>1000</bldg:roofType>"
    )
    assert attributes(city, "b") == {"roofType": "flat", "roofType_2": "1000"}
    assert codes(report) == {"attribute_repeated": 1}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "No XML root"),
        (b"hello", "No XML root"),
        (b"<html/>", "not a CityModel"),
        (b'<a:CityModel xmlns:a="http://example.org"/>', "not a CityModel"),
        (b'<?xml version="1.0" encoding="EBCDIC-CP-US"?><CityModel/>', "EBCDIC-CP-US"),
        (b'<!DOCTYPE CityModel [<!ENTITY a "b">]><CityModel/>', "DOCTYPE"),
        (b'<!-- x --><!DOCTYPE c SYSTEM "file:///etc/passwd"><CityModel/>', "DOCTYPE"),
        (BUILDING.format("&undeclared;").encode(), "line 1"),
        (BUILDING.format("<a></b>").encode(), "line 1"),
        (BUILDING.format("\n\n<gml:name>\x01</gml:name>").encode(), "line 3"),
    ],
)
def test_files_that_are_harmful_or_no_citygml_are_refused_with_a_reason(data: bytes, told: str) -> None:
    with pytest.raises(FormatError, match=told):
        parts(data)


def test_a_file_without_objects_gives_nothing_and_no_error() -> None:
    found, report = parts(b'<CityModel xmlns="http://www.opengis.net/citygml/2.0"/>')
    assert not found
    assert not report.findings


def test_a_file_is_named_by_its_stem(tmp_path: Path) -> None:
    path = tmp_path / "LoD2_32_354_5652.gml"
    path.write_bytes(gzip.decompress((DATA / "LoD2_32_354_5652_1_NW.gml.gz").read_bytes()))
    report = Report("x")
    (part,) = citygml.read(path, report)
    assert part.name == "LoD2_32_354_5652"
    assert report.crs == "urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016"


def test_the_hand_made_broken_files_are_read_as_far_as_they_can(shared_data: object) -> None:
    folder = shared_data("citygml/format-samples/broken-or-tiny")  # type: ignore[operator]
    found = {path.stem: city_in(path.read_bytes()) for path in sorted(folder.glob("*.gml"))}
    assert codes(found["malformed_poslist"][1]) == {"coordinates_broken": 1}
    assert codes(found["malformed_ring"][1]) == {"ring_not_closed": 1}
    assert found["unsupported_objects"][0].kind.tolist() == [Kind.BUILDING, Kind.BRIDGE, Kind.TUNNEL]
    assert len(found["building_z_extents"][0].xyz) == 8
    assert found["citygml20_urn_crs"][0].crs == "urn:ogc:def:crs:EPSG::4326"
    assert attributes(found["citygml30_building"][0], "BLDG_30_001") == {"measuredHeight": 18.0, "class": "office"}
