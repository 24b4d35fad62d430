"""Layers of points, lines and areas into the city and out of it."""

import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kastor.city.extrude import extrude
from kastor.city.geometry import polygon_areas
from kastor.city.model import City, Kind, Semantic, concat
from kastor.city.report import Report
from kastor.city.sample import CRS, four_houses
from kastor.formats import FormatError, NoData, UnknownCrs, read, write
from kastor.formats.columns import number
from kastor.formats.crs import to_tenant
from kastor.formats.vector_write import outlines

KOELN = Path(__file__).parents[2] / "kastor" / "demo" / "koeln"
ESSEN = Path(__file__).parents[3] / "shared" / "data" / "addresses" / "essen"
SQUARE = [[[7.0, 51.0], [7.001, 51.0], [7.001, 51.001], [7.0, 51.001], [7.0, 51.0]]]


def load(path: Path, **options: Any) -> tuple[City, Report]:
    report = Report(path.name)
    return concat([part.content for part in read(path, report, **options)]), report


def collection(path: Path, *features: tuple[dict[str, Any] | None, dict[str, Any]], **members: Any) -> Path:
    """A GeoJSON file."""
    rows = [{"type": "Feature", "properties": row, "geometry": geometry} for geometry, row in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows, **members}))
    return path


def polygon(rings: list[Any]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": rings}


@pytest.fixture(scope="module")
def streets() -> tuple[City, Report, list[dict[str, Any]]]:
    """The streets of Köln as read, and the same features read by the standard library alone."""
    city, report = load(KOELN / "streets.zip", kind=Kind.STREET)
    with zipfile.ZipFile(KOELN / "streets.zip") as archive:
        raw = [f for name in archive.namelist() for f in json.loads(archive.read(name))["features"]]
    return city, report, raw


def test_every_street_of_koeln_is_there_once(streets: tuple[City, Report, list[dict[str, Any]]]) -> None:
    city, report, raw = streets
    ids = {f"way/{feature['properties']['osm_id']}" for feature in raw}
    assert set(city.ids.tolist()) == ids
    assert len(city) == len(ids) == 72_447
    assert report.counts["feature_repeated", "ignored"] == len(raw) - len(ids)
    assert (city.kind == Kind.STREET).all()
    assert sum(report.read.values()) == len(raw)


def test_streets_keep_class_name_and_vertices(streets: tuple[City, Report, list[dict[str, Any]]]) -> None:
    city, _, raw = streets
    known = {f"way/{feature['properties']['osm_id']}": feature for feature in raw}
    classes, names = city.attributes["highway"].tolist(), city.attributes["name"].tolist()
    ends = city.vertex_offsets[city.ring_offsets[city.polygon_offsets[city.surface_offsets]]]
    for i, object_id in enumerate(city.ids.tolist()):
        feature = known[object_id]
        assert classes[i] == feature["properties"]["type"]
        assert names[i] == feature["properties"]["name"]
        if i % 50 == 0 and feature["geometry"]["type"] == "LineString":
            assert city.xyz[ends[i] : ends[i + 1], :2].tolist() == feature["geometry"]["coordinates"]
            assert city.semantic[city.surface_offsets[i]] == Semantic.AXIS
    assert city.crs == "EPSG:4326"
    assert (city.lod == 0).all()
    assert (city.xyz[:, 2] == 0).all()


def test_green_areas_are_told_apart_without_help() -> None:
    city, report = load(KOELN / "green-leisure.zip")
    kinds = Counter(Kind(k).name for k in city.kind.tolist())
    assert kinds == {"LAND_USE": 2592}
    assert report.counts["osm_outline_open", "ignored"] == 54
    assert Counter(city.attributes["leisure"].tolist())["playground"] > 600
    assert (city.semantic == Semantic.AREA).all()


def test_areas_have_the_size_shapely_gives_them() -> None:
    city, report = load(KOELN / "green-agriculture.zip", kind=Kind.LAND_USE)
    metres = to_tenant(city, CRS, report)
    expected = [geometry.area for geometry in outlines(metres)]
    assert np.isclose(polygon_areas(metres).sum(), sum(expected), rtol=1e-3)
    assert "accuracy 1 m" in report.operation


def test_house_coordinates_of_essen_become_addresses() -> None:
    path = ESSEN / "hauskoordinaten_essen_2022-10-05_4326.zip"
    if not path.exists():
        pytest.skip("the test set addresses/essen is not shipped with the project")
    city = next(read(path, Report("essen"))).content
    assert isinstance(city, City)
    assert len(city) == 5000
    assert (city.kind == Kind.ADDRESS).all()
    addresses = [entries[0] for entries in city.attributes["address"].tolist()]
    assert {"street": "Am Nachtigallental", "number": "16"} in addresses
    assert all("street" in address for address in addresses)


def test_outlines_with_heights_become_block_models(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "gebaeude.geojson",
        (polygon(SQUARE), {"gebaeudehoehe": "7,5", "baujahr": 1971}),
        (polygon(SQUARE), {"geschosse": 3}),
        (polygon([*SQUARE, [[7.0002, 51.0002], [7.0004, 51.0002], [7.0004, 51.0004], [7.0002, 51.0002]]]), {}),
    )
    city, report = load(path)
    assert (city.kind == Kind.BUILDING).all()
    assert city.attributes["measuredHeight"].tolist() == [7.5, 9.0, None]
    assert city.attributes["yearOfConstruction"].tolist() == [1971, None, None]
    assert (city.semantic == Semantic.FOOTPRINT).all()
    blocks = extrude(to_tenant(city, CRS, report))
    assert np.diff(blocks.surface_offsets).tolist() == [3, 3, 1]
    assert np.isclose(blocks.xyz[:, 2].max(), 9.0)


def test_openstreetmap_tags_are_understood_in_any_layer(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [7.0, 51.0]}
    line = {"type": "LineString", "coordinates": [[7.0, 51.0], [7.1, 51.0]]}
    path = collection(
        tmp_path / "mixed.geojson",
        (point, {"natural": "tree", "species": "Tilia", "height": "12 m"}),
        (line, {"highway": "residential", "maxspeed": "30"}),
        (line, {"railway": "tram"}),
        (polygon(SQUARE), {"building": "house", "building:levels": "2"}),
        (polygon(SQUARE), {"amenity": "parking", "capacity": "20"}),
        (polygon(SQUARE), {"natural": "water"}),
    )
    city, _ = load(path)
    expected = [Kind.TREE, Kind.STREET, Kind.RAILWAY, Kind.BUILDING, Kind.PARKING, Kind.WATER]
    assert city.kind.tolist() == expected
    assert city.attributes["height"][0] == 12.0
    assert city.attributes["capacity"][4] == 20
    assert city.attributes["storeysAboveGround"][3] == 2


def test_multi_geometries_and_collections_stay_one_object(tmp_path: Path) -> None:
    points = {"type": "MultiPoint", "coordinates": [[7.0, 51.0], [7.1, 51.0, 40.0]]}
    both = {
        "type": "GeometryCollection",
        "geometries": [points, polygon(SQUARE), {"type": "GeometryCollection", "geometries": []}],
    }
    city, _ = load(collection(tmp_path / "x.geojson", (both, {"a": 1}), (polygon(SQUARE), {})), kind=Kind.OTHER)
    assert len(city) == 2
    assert city.semantic.tolist() == [Semantic.AREA, Semantic.POSITION, Semantic.AREA]
    assert np.diff(city.polygon_offsets).tolist() == [1, 2, 1]
    assert city.xyz[4:6, 2].tolist() == [0.0, 40.0]
    assert np.diff(city.vertex_offsets).tolist() == [4, 1, 1, 4]


def test_features_without_place_are_reported(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "trees.geojson", (None, {"id": "a"}), (polygon([]), {"id": "b"}), (polygon(SQUARE), {"id": "c"})
    )
    city, report = load(path, kind=Kind.LAND_USE)
    assert city.ids.tolist() == ["c"]
    lost = [f.object_id for f in report.findings if f.code == "feature_without_place"]
    assert lost == ["a", "b"]


def test_an_unknown_kind_is_said_once(tmp_path: Path) -> None:
    city, report = load(
        collection(tmp_path / "x.geojson", *[(polygon(SQUARE), {"a": i, "id": str(i)}) for i in range(3)])
    )
    assert (city.kind == Kind.OTHER).all()
    assert report.counts["kind_unknown", "kept"] == 1
    assert city.ids.tolist() == ["x/0", "x/1", "x/2"]


def test_the_same_id_with_another_place_gets_a_number(tmp_path: Path) -> None:
    other = [[[x + 0.1, y] for x, y in SQUARE[0]]]
    features = [(polygon(SQUARE), {"id": "q"}), (polygon(other), {"id": "q"}), (polygon(SQUARE), {"id": "q"})]
    city, report = load(collection(tmp_path / "x.geojson", *features), kind=Kind.LAND_USE)
    assert city.ids.tolist() == ["q", "q_2"]
    assert report.counts["feature_repeated", "ignored"] == 1


@pytest.mark.parametrize(
    ("driver", "name"), [("ESRI Shapefile", "wald.shp"), ("FlatGeobuf", "wald.fgb"), ("GPKG", "wald.gpkg")]
)
@pytest.mark.parametrize("zipped", [False, True])
def test_other_vector_formats_are_read_plain_and_zipped(tmp_path: Path, driver: str, name: str, zipped: bool) -> None:
    square = shapely.box(356_000, 5_655_000, 356_100, 5_655_050)
    folder = tmp_path / "data"
    folder.mkdir()
    pyogrio.raw.write(
        folder / name, shapely.to_wkb(np.array([square])), [np.array(["Fühlinger Forst"], object)], ["name"],
        driver=driver, geometry_type="Polygon", crs="EPSG:25832",
    )  # fmt: skip
    path = folder / name
    if zipped:
        path = tmp_path / "all.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for member in folder.iterdir():
                archive.write(member, f"lieferung/{member.name}")
    work = tmp_path / "work"
    city, report = load(path, work_dir=work)
    assert city.crs == "EPSG:25832"
    assert city.kind.tolist() == [Kind.LAND_USE]
    assert city.attributes["name"][0] == "Fühlinger Forst"
    assert polygon_areas(city).tolist() == [5000.0]
    assert not list(work.iterdir())
    assert report.format


def test_a_named_reference_system_goes_before_the_one_of_the_file(tmp_path: Path) -> None:
    path = collection(tmp_path / "x.geojson", ({"type": "Point", "coordinates": [356000.0, 5655000.0]}, {}))
    city, report = load(path, crs="EPSG:25832", kind=Kind.TREE)
    assert to_tenant(city, CRS, report).xyz.tolist() == [[356000.0, 5655000.0, 0.0]]
    wrong, report = load(path, kind=Kind.TREE)
    with pytest.raises(UnknownCrs, match="do not lie in EPSG:4326"):
        to_tenant(wrong, CRS, report)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_files_cut_off_are_an_error(tmp_path: Path, share: float) -> None:
    whole = collection(tmp_path / "a.geojson", *[(polygon(SQUARE), {"id": str(i)}) for i in range(20)]).read_bytes()
    path = tmp_path / "cut.geojson"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(FormatError, match=r"damaged|cannot be read|no format"):
        load(path)


def test_an_empty_collection_has_no_data(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="No layer"):
        load(collection(tmp_path / "empty.geojson"))


@pytest.mark.parametrize("format", ["geojson", "geopackage"])
def test_the_sample_city_comes_back_as_features(tmp_path: Path, format: str) -> None:
    city = four_houses()
    path = tmp_path / "out"
    write(city, path, format)
    back, report = load(path)
    back = to_tenant(back, CRS, report)
    assert back.ids.tolist() == city.ids.tolist()
    assert (back.kind == city.kind).all()
    assert (back.parent == city.parent).all()
    assert not [f for f in report.findings if f.code != "height_system_missing"]
    for name, column in city.attributes.items():
        assert back.attributes[name].tolist() == column.tolist(), name
    areas = shapely.area(outlines(back))
    assert np.allclose(areas[:6], [100, 100, 100, 50, 50, 84], atol=0.01)
    assert areas[9] == pytest.approx(25.0, abs=0.01)


def test_geojson_is_longitude_and_latitude_turning_left(tmp_path: Path) -> None:
    write(four_houses(), tmp_path / "x.geojson", "geojson")
    whole = json.loads((tmp_path / "x.geojson").read_bytes())
    assert "crs" not in whole
    first = whole["features"][0]
    assert first["properties"]["kind"] == "building"
    assert first["geometry"]["coordinates"][0][0] == pytest.approx([6.9466, 51.0286], abs=1e-3)
    for feature in whole["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        if shape.geom_type == "Polygon":
            assert shape.exterior.is_ccw
            assert not any(ring.is_ccw for ring in shape.interiors)


def test_only_known_formats_are_written(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cityjson"):
        write(four_houses(), tmp_path / "x.dxf", "dxf")


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_none(text: str) -> None:
    value = number(text)
    assert value is None or np.isfinite(value)


VALUES = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(st.characters(codec="utf-8"), max_size=6)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([{"id": [False, False]}])
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["id", "type", "osm_id", "building", "height", "hoehe", "kind", "strasse", "hsnr", "art"]),
            VALUES | st.lists(VALUES, max_size=2) | st.dictionaries(st.sampled_from("ab"), VALUES),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_odd_properties_never_lose_a_feature(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    squares = [polygon([[[x + i / 10, y] for x, y in SQUARE[0]]]) for i in range(len(rows))]
    city, _ = load(collection(tmp_path / "odd.geojson", *zip(squares, rows, strict=True)))
    assert len(city) == len(rows)
    assert len(set(city.ids.tolist())) == len(rows)
