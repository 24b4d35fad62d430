import numpy as np

from kastor.city.aggregate import MIXED_ROOF, aggregate_parts
from kastor.city.builder import CityBuilder
from kastor.city.check import check, eaves_height
from kastor.city.model import Kind, Semantic, differences, take
from kastor.city.report import LISTED_PER_CODE, Report
from kastor.city.sample import _box, four_houses


def test_the_sample_city_has_no_findings():
    report = Report("sample")
    check(four_houses(), report)
    assert report.counts == {}


def test_height_storeys_and_roof_come_from_the_parts():
    report = Report("sample")
    city = aggregate_parts(four_houses(), report)
    pair = city.ids.tolist().index("pair")
    assert city.attributes["measuredHeight"][pair] == 12.0
    assert city.attributes["storeysAboveGround"][pair] == 4
    assert [f.object_id for f in report.findings] == ["pair"]
    assert "Höhe" in report.findings[0].text("de")
    assert "height" in report.findings[0].text("en").lower()


def test_what_a_building_states_itself_is_never_overwritten():
    grow = CityBuilder("EPSG:25832")
    house = grow.add_object("house", Kind.BUILDING, measuredHeight=7.0)
    grow.add_object("a", Kind.BUILDING_PART, house, measuredHeight=3.0, roofType="1000")
    _box(grow, 0, 0, 5, 5, 0, 3)
    grow.add_object("b", Kind.BUILDING_PART, house, measuredHeight=9.0, roofType="3100")
    _box(grow, 5, 0, 5, 5, 0, 9)
    city = aggregate_parts(grow.build(), Report("x"))
    assert city.attributes["measuredHeight"].tolist() == [7.0, 3.0, 9.0]
    assert city.attributes["roofType"][0] == MIXED_ROOF


def test_a_city_without_parts_stays_as_it_is():
    city = take(four_houses(), np.array([0, 1]))
    assert differences(city, aggregate_parts(city, Report("x"))) == []


def test_storeys_that_cannot_be_are_reported_for_dwellings():
    grow = CityBuilder("EPSG:25832")
    for name, function in (("home", "31001_1010"), ("hall", "31001_2100")):
        grow.add_object(name, Kind.BUILDING, measuredHeight=12.0, storeysAboveGround=1, function=function)
        _box(grow, 0, 0, 10, 10, 0, 12)
    report = Report("x")
    check(grow.build(), report)
    assert [(f.code, f.object_id) for f in report.findings] == [("storeys_do_not_fit", "home")]


def test_a_height_that_contradicts_the_shape_is_reported():
    grow = CityBuilder("EPSG:25832")
    grow.add_object("shed", Kind.BUILDING, measuredHeight=30.0)
    _box(grow, 0, 0, 10, 10, 0, 3)
    report = Report("x")
    check(grow.build(), report)
    assert report.findings[0].values == {"stated": 30.0, "built": 3.0}


def test_eaves_are_the_lowest_roof_corner_of_the_highest_part():
    city = four_houses()
    by_id = dict(zip(city.ids, eaves_height(city), strict=True))
    assert by_id["gable"] == 6.0
    assert by_id["pair"] == 12.0
    assert np.isnan(by_id["oak"])


def test_a_bent_roof_is_kept_and_reported_with_its_place():
    grow = CityBuilder("EPSG:25832")
    grow.add_object("bent", Kind.BUILDING)
    grow.add_surface(Semantic.ROOF, [[[(0, 0, 0), (10, 0, 0), (10, 10, 1), (0, 10, 0)]]])
    report = Report("x")
    check(grow.build(), report)
    (finding,) = report.as_json()["findings"]
    assert finding["object"] == "bent"
    assert finding["outcome"] == "kept"
    assert finding["place"] == (0.0, 0.0, 0.0)


def test_long_lists_are_cut_but_every_finding_is_counted():
    report = Report("x")
    for i in range(LISTED_PER_CODE + 10):
        report.add("polygon_without_area", "kept", str(i))
    assert len(report.findings) == LISTED_PER_CODE
    assert report.total("kept") == LISTED_PER_CODE + 10
