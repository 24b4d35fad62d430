"""CityJSON into the city and back, against the official schema."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import referencing
import referencing.jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Kind, Semantic, concat, differences, take
from kastor.city.report import Report
from kastor.city.sample import four_houses
from kastor.formats import read, write
from kastor.formats.cityjson import read as read_stream
from kastor.formats.cityjson_words import decimals
from kastor.formats.cityjson_write import document
from kastor.formats.crs import normalise
from kastor.formats.errors import FormatError

DATA = Path(__file__).parents[1] / "data"
DEMO = Path(__file__).parents[2] / "kastor" / "demo"
SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "cityjson" / "samples"
SAMPLE_NAMES = [
    "DenHaag_01.city.json.gz",
    "delft.city.json.gz",
    "denhaag_random_5.city.jsonl",
    "rotterdam-delfshaven.city.json.gz",
    "zurich_subset_lod2.city.json.gz",
]


def load(path: Path) -> tuple[City, Report]:
    report = Report(path.name)
    return concat([part.content for part in read(path, report)]), report


def parse(value: Any, *, sequence: bool = False) -> tuple[City, Report]:
    """Read JSON given as Python objects, or as bytes."""
    report = Report("test.json")
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    parts = list(read_stream(io.BytesIO(data), report, "test", sequence=sequence))
    return concat([part.content for part in parts]), report


def again(city: City, tmp_path: Path, format: str) -> City:
    path = tmp_path / f"again.{format}"
    write(city, path, format)
    return load(path)[0]


@pytest.fixture(scope="module")
def validators() -> dict[str, jsonschema.Draft7Validator]:
    """The official schemas of a document and of a feature."""
    schemas = {path.name: json.loads(path.read_bytes()) for path in (DATA / "cityjson-schema").glob("*.schema.json")}
    registry = referencing.Registry().with_resources(
        (schema["$id"], referencing.jsonschema.DRAFT7.create_resource(schema)) for schema in schemas.values()
    )
    names = {"cityjson": "cityjson.schema.json", "cityjsonseq": "cityjsonfeature.schema.json"}
    return {kind: jsonschema.Draft7Validator(schemas[name], registry=registry) for kind, name in names.items()}


def one_building(**changes: Any) -> dict[str, Any]:
    """A document with one flat square, with some members of the building changed."""
    building = {
        "type": "Building",
        "geometry": [{"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2, 3]]]}],
    }
    building.update(changes)
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": [356000.0, 5655000.0, 0.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/25832"},
        "CityObjects": {"b": building},
        "vertices": [[0, 0, 0], [10_000, 0, 0], [10_000, 10_000, 0], [0, 10_000, 0]],
    }


def faces(*squares: list[int]) -> list[list[list[int]]]:
    return [[square] for square in squares]


@pytest.mark.parametrize("format", ["cityjson", "cityjsonseq"])
def test_the_sample_city_comes_back_bit_by_bit(tmp_path: Path, format: str) -> None:
    assert differences(four_houses(), again(four_houses(), tmp_path, format)) == []


@pytest.mark.parametrize("format", ["cityjson", "cityjsonseq"])
@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_dutch_and_swiss_models_come_back_bit_by_bit(tmp_path: Path, name: str, format: str) -> None:
    if not (SAMPLES / name).exists():
        pytest.skip(f"the test set cityjson/samples/{name} is not shipped with the project")
    city, _ = load(SAMPLES / name)
    assert differences(city, again(city, tmp_path, format)) == []


@pytest.mark.parametrize("format", ["cityjson", "cityjsonseq"])
def test_an_official_german_tile_comes_back_bit_by_bit(tmp_path: Path, format: str) -> None:
    city, _ = load(DEMO / "dorsten" / "LoD2_32_360_5721_1_NW.gml.gz")
    city = replace(city, crs=normalise(city.crs).code)
    assert (city.semantic == Semantic.TERRAIN_INTERSECTION).any()
    assert differences(city, again(city, tmp_path, format)) == []


@pytest.mark.parametrize("source", ["four_houses", "fzk", "dorsten"])
def test_what_is_written_fits_the_official_schema(
    tmp_path: Path, validators: dict[str, jsonschema.Draft7Validator], source: str
) -> None:
    if source == "four_houses":
        city = four_houses()
    elif source == "fzk":
        city = take(load(DATA / "cityjson" / "fzk_houses.city.json")[0], np.arange(3))
    else:
        city = load(DEMO / "dorsten" / "LoD2_32_360_5721_1_NW.gml.gz")[0]
        city = take(city, np.arange(6))
    assert not list(validators["cityjson"].iter_errors(json.loads(json.dumps(document(city)))))
    write(city, tmp_path / "x.jsonl", "cityjsonseq")
    header, *features = map(json.loads, (tmp_path / "x.jsonl").read_bytes().splitlines())
    assert not list(validators["cityjson"].iter_errors(header))
    for feature in features:
        assert not list(validators["cityjsonseq"].iter_errors(feature))


def test_the_sequence_holds_the_same_houses_as_the_document() -> None:
    whole, _ = load(DATA / "cityjson" / "fzk_houses.city.json")
    some, _ = load(DATA / "cityjson" / "fzk_houses.city.jsonl")
    index = [whole.ids.tolist().index(name) for name in some.ids.tolist()]
    assert len(some) == 11
    assert differences(replace(take(whole, np.array(index)), crs=some.crs), some) == []


def test_counts_equal_an_independent_count_of_the_json() -> None:
    path = DATA / "cityjson" / "fzk_houses.city.json"
    raw = json.loads(path.read_bytes())
    city, report = load(path)
    geometries = [g for o in raw["CityObjects"].values() for g in o["geometry"]]
    rings = [ring for g in geometries for shell in g["boundaries"] for face in shell for ring in face]
    assert len(city) == len(raw["CityObjects"]) == report.kept["Building"] == 100
    assert len(city.ring_offsets) - 1 == sum(len(shell) for g in geometries for shell in g["boundaries"])
    assert len(city.xyz) == sum(map(len, rings))
    vertices = np.array(raw["vertices"]) * raw["transform"]["scale"] + raw["transform"]["translate"]
    assert np.abs(np.unique(city.xyz, axis=0) - np.unique(np.round(vertices, 3), axis=0)).max() < 1e-6
    assert city.attributes["measuredHeight"].tolist().count(11.0) > 0
    assert not report.findings


def test_millimetres_are_the_floats_nearest_to_their_decimals() -> None:
    document_ = one_building()
    document_["vertices"][0] = [123, 457, 1]
    city, _ = parse(document_)
    assert city.xyz[0].tolist() == [356000.123, 5655000.457, 0.001]


@given(st.integers(-(10**9), 10**9), st.sampled_from([0.001, 0.01, 1e-6, 0.5]))
def test_decimal_transforms_are_exact(vertex: int, scale: float) -> None:
    offset, divisor = decimals(scale, 0.0) or (0, 0)
    assert (vertex + offset) / divisor == vertex / round(1 / scale)


def test_odd_transforms_are_applied_as_they_are() -> None:
    assert decimals(0.0009765, 0.0) is None
    assert decimals(0.001, 0.00055) is None
    document_ = one_building()
    document_["transform"] = {"scale": [0.3, 0.3, 0.3], "translate": [0.1, 0.2, 0.3]}
    assert parse(document_)[0].xyz[1].tolist() == [3000.1, 0.2, 0.3]


def test_semantics_group_faces_into_surfaces() -> None:
    geometry = {
        "type": "MultiSurface",
        "lod": "2.2",
        "boundaries": faces([0, 1, 2], [1, 2, 3], [0, 2, 3]),
        "semantics": {"surfaces": [{"type": "RoofSurface", "id": "r"}, {"type": "WallSurface"}], "values": [1, 0, 1]},
    }
    city, _ = parse(one_building(geometry=[geometry]))
    assert city.semantic.tolist() == [Semantic.ROOF, Semantic.WALL]
    assert city.surface_ids.tolist() == ["r", ""]
    assert city.lod.tolist() == [22, 22]
    assert np.diff(city.polygon_offsets).tolist() == [1, 2]


def test_solids_with_cavities_and_several_solids_keep_their_numbers(tmp_path: Path) -> None:
    shell = faces([0, 1, 2], [1, 2, 3], [0, 2, 3])
    solid = {"type": "Solid", "lod": "1", "boundaries": [shell, shell]}
    composite = {"type": "CompositeSolid", "lod": "2", "boundaries": [[shell], [shell, shell]]}
    city, _ = parse(one_building(geometry=[solid, composite]))
    assert sorted(set(zip(city.solid.tolist(), city.shell.tolist(), strict=True))) == [
        (0, 0), (0, 1), (1, 0), (2, 0), (2, 1),
    ]  # fmt: skip
    assert differences(city, again(city, tmp_path, "cityjson")) == []


def test_version_1_addresses_and_numbers_for_levels_are_understood() -> None:
    address = {"CountryName": "DE", "LocalityName": "Köln", "ThoroughfareName": "Ring", "ThoroughfareNumber": "1a"}
    geometry = [{"type": "MultiSurface", "lod": 2.1, "boundaries": faces([0, 1, 2])}]
    document_ = one_building(address=[address], geometry=geometry)
    document_["version"] = "1.0"
    document_["metadata"] = {"referenceSystem": "urn:ogc:def:crs:EPSG::7415"}
    del document_["transform"]
    city, _ = parse(document_)
    assert city.attributes["address"][0] == [{"country": "DE", "city": "Köln", "street": "Ring", "number": "1a"}]
    assert city.lod.tolist() == [21]
    assert city.crs == "EPSG:28992+5709"


def test_nested_attributes_come_through() -> None:
    details = {
        "storeyHeightsAboveGround": [3.0, 2.8],
        "energy": {"class": "B", "kWh": 75},
        "empty": None,
        "flag": False,
    }
    city, _ = parse(one_building(attributes=details))
    found = {name: column[0] for name, column in city.attributes.items()}
    assert found == {key: value for key, value in details.items() if value is not None}


def test_children_follow_their_parents_whatever_the_order_in_the_file() -> None:
    document_ = one_building()
    part = {"type": "BuildingPart", "parents": ["b"]}
    installation = {"type": "BuildingInstallation", "parents": ["p"]}
    document_["CityObjects"] = {"i": installation, "p": part, **document_["CityObjects"]}
    city, _ = parse(document_)
    assert city.ids.tolist() == ["b", "p", "i"]
    assert city.parent.tolist() == [-1, 0, 1]


def test_parents_in_a_circle_or_missing_are_reported() -> None:
    document_ = one_building()
    document_["CityObjects"] = {
        "x": {"type": "BuildingPart", "parents": ["y"]},
        "y": {"type": "BuildingPart", "parents": ["x"]},
        "z": {"type": "BuildingPart", "parents": ["nobody"]},
    }
    city, report = parse(document_)
    assert sorted(city.ids.tolist()) == ["x", "y", "z"]
    assert city.parent.tolist() == [-1, -1, -1]
    assert report.counts["link_unresolved", "ignored"] == 3


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "MultiSurface", "lod": "2", "boundaries": faces([0, 1, 99])},
        {"type": "MultiSurface", "lod": "2", "boundaries": faces([0, 1, -1])},
        {"type": "MultiSurface", "lod": "2", "boundaries": faces([0, 1, 2.5])},
        {"type": "MultiSurface", "lod": "2", "boundaries": [[0, 1, 2]]},
        {"type": "Solid", "lod": "2", "boundaries": faces([0, 1, 2])},
        {"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, [2]]]]},
        {"type": "MultiSurface", "lod": "2", "boundaries": "none"},
        {"type": "MultiSurface", "lod": "2"},
        {"type": "MultiSurface", "lod": "high", "boundaries": faces([0, 1, 2])},
        {"type": "MultiSurface", "lod": "2", "boundaries": faces([0, 1, 10**30])},
        {"type": "Sphere", "lod": "2", "boundaries": []},
        {"type": "GeometryInstance", "template": 0, "boundaries": [0]},
        {"type": "MultiSurface", "lod": "2", "boundaries": faces([0, 1])},
        "nonsense",
    ],
)
def test_a_broken_geometry_is_left_out_and_its_object_stays(geometry: Any) -> None:
    city, report = parse(one_building(geometry=[geometry, one_building()["CityObjects"]["b"]["geometry"][0]]))
    assert city.ids.tolist() == ["b"]
    assert len(city.xyz) == 4
    assert report.total("ignored") == 1
    assert report.findings[0].text("de")
    assert report.findings[0].cure("en")


def test_closed_rings_and_repeated_vertices_are_tidied() -> None:
    document_ = one_building(
        geometry=[{"type": "MultiSurface", "lod": "2", "boundaries": faces([0, 1, 1, 2, 4, 0], [0, 1, 1, 0])}]
    )
    document_["vertices"].append(document_["vertices"][0])
    city, report = parse(document_)
    assert city.xyz[:, 0].tolist() == [356000.0, 356010.0, 356010.0]
    assert report.counts["ring_too_short", "ignored"] == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"type":"CityJSON"', "no valid JSON"),
        (b"[1,2]", "no JSON object"),
        (b'{"type":"CityJSON","CityObjects":[]}', "CityObjects"),
        (b'{"type":"CityJSON","CityObjects":{},"vertices":[[1,2]]}', "shape"),
        (b'{"type":"CityJSON","CityObjects":{},"vertices":[["a",2,3]]}', "triples"),
        (b'{"type":"CityJSON","CityObjects":{},"vertices":[[1,2,3]],"transform":{"scale":[1,1,1]}}', "transform"),
        (
            b'{"type":"CityJSON","CityObjects":{},"vertices":[[1,2,3]],"transform":{"scale":[1],"translate":[1]}}',
            "three",
        ),
        (b"[" * 100_000, "no valid JSON"),
    ],
)
def test_a_file_that_is_no_cityjson_says_why(content: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse(content)


def test_a_sequence_without_its_first_line_is_refused() -> None:
    first, *features = (DATA / "cityjson" / "fzk_houses.city.jsonl").read_bytes().splitlines(keepends=True)
    assert first.startswith(b'{"type":"CityJSON"')
    with pytest.raises(FormatError, match="first line"):
        parse(b"".join(features), sequence=True)
    with pytest.raises(FormatError, match="Line 2"):
        parse(first + b'{"type":"Feature"}\n', sequence=True)


def test_an_id_that_comes_again_in_a_sequence_gets_a_number() -> None:
    lines = (DATA / "cityjson" / "fzk_houses.city.jsonl").read_bytes().splitlines(keepends=True)
    city, report = parse(b"".join([*lines[:2], lines[1]]), sequence=True)
    assert city.ids.tolist()[1] == f"{city.ids[0]}_2"
    assert report.counts["id_repeated", "repaired"] == 1


def test_a_long_file_comes_in_chunks_that_never_split_a_family() -> None:
    objects: dict[str, Any] = {}
    for i in range(4000):
        objects[f"b{i}"] = {"type": "Building"}
        objects[f"p{i}"] = {"type": "BuildingPart", "parents": [f"b{i}"]}
    whole = {**one_building(), "CityObjects": objects}
    report = Report("x")
    parts = list(read_stream(io.BytesIO(json.dumps(whole).encode()), report, "x"))
    assert [len(part.content) for part in parts] == [5000, 3000]
    assert all((part.content.parent[1::2] >= 0).all() for part in parts)


def test_terrain_as_triangles_and_groups_are_counted_and_left_out() -> None:
    document_ = one_building()
    document_["CityObjects"] |= {"t": {"type": "TINRelief"}, "g": {"type": "CityObjectGroup", "children": ["b"]}}
    city, report = parse(document_)
    assert city.ids.tolist() == ["b"]
    assert report.counts["class_ignored", "ignored"] == 2


RINGS = st.lists(st.tuples(*[st.integers(0, 10**7)] * 3), min_size=3, max_size=6, unique=True)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)


@st.composite
def cities(draw: st.DrawFn) -> City:
    """Buildings with parts, trees, streets and areas with coordinates in millimetres."""
    grow = CityBuilder("EPSG:25832+7837")
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from([k for k in Kind if k != Kind.BUILDING_PART]))
        attributes = draw(st.dictionaries(st.sampled_from(["name", "measuredHeight", "x"]), TEXTS | st.integers(0, 9)))
        top = grow.add_object(f"{number}", kind, **attributes)
        _add_surfaces(draw, grow, kind)
        if kind == Kind.BUILDING and draw(st.booleans()):
            grow.add_object(f"{number}-part", Kind.BUILDING_PART, top)
            _add_surfaces(draw, grow, Kind.BUILDING_PART)
    city = grow.build()
    return replace(city, xyz=city.xyz / 1000.0)


def _add_surfaces(draw: st.DrawFn, grow: CityBuilder, kind: Kind) -> None:
    if kind in (Kind.STREET, Kind.RAILWAY):
        grow.add_surface(Semantic.AXIS, [[draw(RINGS)]], lod=0)
    elif kind in (Kind.TREE, Kind.ADDRESS):
        grow.add_surface(Semantic.POSITION, [[draw(RINGS)[:1]]], lod=0)
    elif kind in (Kind.LAND_USE, Kind.WATER, Kind.PARCEL):
        grow.add_surface(Semantic.AREA, [[draw(RINGS), draw(RINGS)]], lod=0)
    else:
        for semantic in draw(st.lists(st.sampled_from(list(Semantic)[1:12]), min_size=1, max_size=4)):
            grow.add_surface(semantic, [[draw(RINGS)]], solid=0, shell=0, surface_id=draw(st.sampled_from(["", "a"])))


@settings(deadline=None, max_examples=30)
@given(cities())
def test_any_city_in_millimetres_comes_back_bit_by_bit(city: City) -> None:
    back, report = parse(json.loads(json.dumps(document(city))))
    assert differences(city, back) == []
    assert not report.findings


@settings(deadline=None, max_examples=30)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63)
        | st.floats(allow_nan=False, allow_infinity=False)
        | TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=10,
    )
)
def test_nonsense_in_the_place_of_an_object_never_ends_in_a_crash(nonsense: Any) -> None:
    whole = one_building(geometry=nonsense, attributes=nonsense, parents=nonsense, address=nonsense)
    whole["CityObjects"]["n"] = nonsense
    city, _ = parse(whole)
    assert "b" in city.ids.tolist()
