"""Names of reference systems, and coordinates brought into the one of a tenant."""

import numpy as np
import pyproj
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.city.model import City, Kind, with_coordinates
from kastor.city.report import Report
from kastor.city.sample import four_houses
from kastor.formats.crs import normalise, tenant_crs, to_tenant
from kastor.formats.crs_names import ADV_HEIGHTS
from kastor.formats.errors import UnknownCrs
from kastor.formats.operations import GRIDS, operation, prepare_grids

TENANT = "EPSG:25832+7837"
HOUSES = four_houses()


def moved(code: str) -> np.ndarray:
    """The sample city in another system, by pyproj alone; heights stay."""
    prepare_grids()
    change = pyproj.Transformer.from_crs("EPSG:25832", code, always_xy=True)
    return np.column_stack([*change.transform(*HOUSES.xyz[:, :2].T), HOUSES.xyz[:, 2]])


def load(xyz: np.ndarray, code: str, target: str = TENANT) -> tuple[City, Report]:
    report = Report("houses.gml")
    return to_tenant(with_coordinates(HOUSES, xyz, code), target, report), report


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016", "EPSG:25832+7837"),
        ("urn:adv:crs:ETRS89_UTM33*DE_DHHN2016_NH", "EPSG:25833+7837"),
        ("urn:adv:crs:ETRS89_UTM31", "EPSG:25831"),
        ("urn:adv:crs:DE_DHDN_3GK2_NW101", "EPSG:31466"),
        ("urn:adv:crs:DE_DHDN_3GK3*DE_DHHN92_NH", "EPSG:31467+5783"),
        ("urn:adv:crs:DE_DHDN_3GK4*DE_DHHN12_NOH", "EPSG:31468+7699"),
        ("urn:adv:crs:DE_DHDN_3GK5", "EPSG:31469"),
        ("urn:adv:crs:ETRS89_Lat-Lon-h", "EPSG:4937"),
        ("urn:adv:crs:ETRS89_Lat-Lon", "EPSG:4258"),
        ("urn:adv:crs:DE_RD-83_3GK4", "EPSG:3398"),
        ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783", "EPSG:25832+5783"),
        ("urn:ogc:def:crs,crs:EPSG:6.12:31466,crs:EPSG:6.12:7837", "EPSG:31466+7837"),
        ("urn:ogc:def,crs::EPSG:31467", "EPSG:31467"),
        ("urn:ogc:def:crs:EPSG::25832*DE_DHHN2016_NH", "EPSG:25832+7837"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("http://www.opengis.net/def/crs/EPSG/0/25833", "EPSG:25833"),
        ("http://www.opengis.net/gml/srs/epsg.xml#31468", "EPSG:31468"),
        (
            "https://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/25832"
            "&2=http://www.opengis.net/def/crs/EPSG/0/7837",
            "EPSG:25832+7837",
        ),
        ("EPSG:5555", "EPSG:25832+5783"),
        ("5556", "EPSG:25833+5783"),
        ("EPSG:7415", "EPSG:28992+5709"),
        (" epsg:25832 ", "EPSG:25832"),
        ("ETRS89 / UTM zone 32N", "EPSG:25832"),
        ("+proj=utm +zone=33 +ellps=GRS80 +units=m", "EPSG:25833"),
    ],
)
def test_names_in_files_lead_to_one_code(name: str, code: str) -> None:
    assert normalise(name).code == code


def test_the_text_beside_a_shapefile_leads_to_its_code() -> None:
    for code in (25832, 25833, 31467, 4326):
        esri = pyproj.CRS.from_epsg(code).to_wkt("WKT1_ESRI")
        assert normalise(esri).code == f"EPSG:{code}"


@pytest.mark.parametrize("name", ["", "Musterstadt", "EPSG:99999", "EPSG:7837", "EPSG:4936", "x" * 30_000, "{}"])
def test_unknown_names_say_what_to_do(name: str) -> None:
    with pytest.raises(UnknownCrs, match="crs="):
        normalise(name)


@settings(deadline=None, max_examples=8)
@given(st.text(max_size=60))
def test_no_name_leads_to_anything_but_a_code_or_a_clear_error(name: str) -> None:
    try:
        code = normalise(name).code
    except UnknownCrs:
        return
    assert code.startswith("EPSG:")


@pytest.mark.parametrize("name", ["EPSG:25832+7837", "urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016"])
def test_a_city_in_the_tenants_system_stays_bit_by_bit(name: str) -> None:
    city, report = load(HOUSES.xyz, name)
    assert city.xyz is HOUSES.xyz
    assert city.crs == TENANT
    assert report.operation == "EPSG:25832+7837: unchanged"
    assert not report.findings


@pytest.mark.parametrize(
    "code", ["EPSG:25831", "EPSG:25833", "EPSG:31466", "EPSG:4647", "EPSG:4258", "EPSG:4326", "EPSG:3857"]
)
def test_plan_coordinates_come_out_as_from_pyproj(code: str) -> None:
    city, report = load(moved(code), code)
    assert np.abs(city.xyz - HOUSES.xyz).max() < 1e-6
    assert "accuracy" in report.operation
    assert report.counts["height_system_missing", "kept"] == 1


def test_gauss_krueger_uses_the_shipped_grid_and_says_so() -> None:
    _, report = load(moved("EPSG:31466"), "EPSG:31466")
    assert "accuracy 0.9 m" in report.operation


@pytest.mark.parametrize("place", [(6.95, 51.03), (11.57, 48.14), (13.38, 52.52), (9.4, 54.8), (11.08, 47.49)])
def test_heights_follow_the_published_quasigeoid_within_two_centimetres(place: tuple[float, float]) -> None:
    with rasterio.open(GRIDS / "de_bkg_gcg2016.tif") as grid:
        values, (col, row) = grid.read(1).astype(np.float64), ~grid.transform * place
    row, col = row - 0.5, col - 0.5
    v, u = row % 1, col % 1
    square = values[int(row) : int(row) + 2, int(col) : int(col) + 2]
    undulation = np.array([1 - v, v]) @ square @ np.array([1 - u, u])
    above = operation("EPSG:4937", "EPSG:4258+7837", place).apply(np.array([[*place, 100.0]]))[0, 2]
    assert abs(100.0 - above - undulation) < 0.02


@pytest.mark.parametrize("code", ["EPSG:4937", "EPSG:4979"])
def test_ellipsoidal_heights_lose_the_undulation(code: str) -> None:
    prepare_grids()
    change = pyproj.Transformer.from_crs("EPSG:25832+7837", code, always_xy=True)
    xyz = np.column_stack(change.transform(*HOUSES.xyz.T))
    assert (xyz[:, 2] - HOUSES.xyz[:, 2]).min() > 46.0
    city, report = load(xyz, code)
    assert np.abs(city.xyz - HOUSES.xyz).max() < 1e-4
    assert "heights transformed" in report.operation


def test_older_german_heights_are_taken_over_with_their_uncertainty() -> None:
    city, report = load(HOUSES.xyz, "EPSG:5555")
    assert (city.xyz == HOUSES.xyz).all()
    (finding,) = report.findings
    assert finding.code == "height_system_older"
    assert "DHHN92" in finding.text("de")
    assert "0.1 m" in finding.cure("en")
    assert set(ADV_HEIGHTS.values()) - {7837} == {5783, 5784, 7699, 5785}


@pytest.mark.parametrize("offset", [0.0, 32e6])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2)])
def test_swapped_axes_and_zone_prefixes_are_found(offset: float, order: tuple[int, int, int]) -> None:
    city, report = load((HOUSES.xyz + np.array([offset, 0, 0]))[:, order], "EPSG:25832")
    assert np.abs(city.xyz - HOUSES.xyz).max() < 1e-6
    assert report.counts["axes_swapped", "repaired"] == (order != (0, 1, 2))
    assert report.counts["zone_prefix", "repaired"] == (offset > 0)


def test_latitude_before_longitude_is_found() -> None:
    city, report = load(moved("EPSG:4258")[:, [1, 0, 2]], "EPSG:4326")
    assert np.abs(city.xyz - HOUSES.xyz).max() < 1e-6
    assert report.counts["axes_swapped", "repaired"] == 1


@pytest.mark.parametrize(
    ("shift", "code"), [((33e6, 0, 0), "EPSG:25832"), ((0, 0, 0), "EPSG:28992"), ((2.4e6, 0, 0), "EPSG:31467")]
)
def test_coordinates_that_fit_nowhere_name_value_range_and_cure(shift: tuple[float, ...], code: str) -> None:
    with pytest.raises(UnknownCrs, match=r"Coordinates such as .* east is .* crs="):
        load(HOUSES.xyz + shift, code)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, 1e300])
def test_a_stray_vertex_costs_its_house_and_is_reported(bad: float) -> None:
    xyz = HOUSES.xyz.copy()
    xyz[3, :2] = bad
    city, report = load(xyz, "EPSG:25832")
    assert "flat" not in city.ids.tolist()
    assert len(city) == len(HOUSES) - 1
    (finding,) = [f for f in report.findings if f.code == "coordinates_outside"]
    assert finding.object_id == "flat"
    assert finding.text("de")


def test_a_stray_part_takes_its_whole_building_along() -> None:
    xyz = HOUSES.xyz.copy()
    part = HOUSES.ids.tolist().index("pair-low")
    xyz[HOUSES.vertex_offsets[HOUSES.ring_offsets[HOUSES.polygon_offsets[HOUSES.surface_offsets[part]]]]] = 0.0
    city, _ = load(xyz, "EPSG:25832")
    assert not {"pair", "pair-low", "pair-high"} & set(city.ids.tolist())


def test_findings_on_the_whole_file_come_once_for_many_chunks() -> None:
    report = Report("x")
    for _ in range(3):
        to_tenant(with_coordinates(HOUSES, HOUSES.xyz, "EPSG:25832"), TENANT, report)
    assert report.counts == {("height_system_missing", "kept"): 1}


def test_a_ballpark_operation_is_refused() -> None:
    with pytest.raises(UnknownCrs, match=r"no exact way.*nl_nsgi"):
        operation("EPSG:4258+5709", "EPSG:4937", (4.5, 51.9))


def test_a_city_without_system_asks_for_one() -> None:
    with pytest.raises(UnknownCrs, match="names no reference system"):
        load(HOUSES.xyz, "")


@pytest.mark.parametrize(
    ("code", "tenant"),
    [
        ("EPSG:25832", "EPSG:25832+7837"),
        ("EPSG:4326", "EPSG:25832+7837"),
        ("EPSG:31466", "EPSG:25832+7837"),
    ],
)
def test_a_new_tenant_gets_a_german_utm_zone(code: str, tenant: str) -> None:
    assert tenant_crs(code, moved(code)) == tenant


def test_a_dutch_tenant_keeps_its_own_plane() -> None:
    assert tenant_crs("EPSG:7415", np.array([[90_000.0, 437_000.0, 1.0]])) == "EPSG:28992"


def test_kinds_and_attributes_do_not_change_on_the_way() -> None:
    city, _ = load(moved("EPSG:31466"), "EPSG:31466")
    assert (city.kind == HOUSES.kind).all()
    assert city.kind[0] == Kind.BUILDING
    assert city.attributes["address"].tolist() == HOUSES.attributes["address"].tolist()


def test_a_city_of_broken_numbers_is_an_error() -> None:
    with pytest.raises(UnknownCrs, match="finite"):
        load(HOUSES.xyz * np.nan, "EPSG:25832")
