"""Buildable areas of plans carry the limits that hold there, each with the object that fixes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kastor.formats.xplanung import read
from kastor.formats.xplanung.envelopes import Height, Limit, envelopes, height_of

SMALL = Path(__file__).parents[1] / "data" / "xplanung" / "small_plan.gml"
BUILDABLE = '<xplan:baugrenze xlink:href="#limit_1"/>'


def changed(tmp_path, *replacements):
    content = SMALL.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in content
        content = content.replace(old, new)
    path = tmp_path / "plan.gml"
    path.write_text(content, encoding="utf-8")
    return envelopes(read(path).plans[0])


def test_a_buildable_area_takes_its_limits_from_the_building_area_around():
    (found,) = envelopes(read(SMALL).plans[0])
    assert (found.id, found.around, found.area.area) == ("buildable_1", "homes_1", 45 * 45)
    assert found.use == ("1000", "1200")
    assert found.limits == {
        "storeys_most": Limit(3.0, "homes_1", "Z"), "grz": Limit(0.4, "homes_1", "GRZ"),
        "gfz": Limit(1.2, "homes_1", "GFZ"),
    }  # fmt: skip
    assert found.heights == (Height("6000", "2500", None, 10.5, None, "homes_1"),)
    assert found.bounded_by == {"limit_1": "Baugrenze"}
    assert height_of(found) == 10.5


def test_what_the_buildable_area_says_itself_goes_first(tmp_path):
    (found,) = changed(tmp_path, (BUILDABLE, "<xplan:GRZ>0.6</xplan:GRZ><xplan:Zmax>5</xplan:Zmax>" + BUILDABLE))
    assert found.limits["grz"] == Limit(0.6, "buildable_1", "GRZ")
    assert found.limits["storeys_most"] == Limit(5.0, "buildable_1", "Zmax")
    assert found.limits["gfz"] == Limit(1.2, "homes_1", "GFZ")


def test_storeys_stand_for_a_height_where_none_is_fixed(tmp_path):
    (found,) = changed(tmp_path, ('<xplan:hMax uom="m">10.5</xplan:hMax>', ""))
    assert height_of(found) == 9.0
    assert height_of(found, storey=3.5) == 10.5


def test_heights_above_sea_level_are_no_heights_above_ground(tmp_path):
    (found,) = changed(
        tmp_path, ("<xplan:hoehenbezug>2500</xplan:hoehenbezug>", "<xplan:hoehenbezug>1000</xplan:hoehenbezug>")
    )
    assert found.heights[0].most == 10.5
    assert height_of(found) == 9.0


def test_lines_that_close_an_area_make_it_buildable(tmp_path):
    (found,) = changed(tmp_path, ("BP_UeberbaubareGrundstuecksFlaeche", "BP_FreiFlaeche"))
    assert (found.id, found.around, found.area.area) == ("homes_1", "homes_1", 45 * 45)
    assert found.limits["grz"].value == 0.4
    assert found.bounded_by == {"limit_1": "Baugrenze"}


@pytest.mark.parametrize(
    ("name", "least"), [("Blankenese29_Test_60.zip", 30), ("Rotherbaum27_v52.gml", 10), ("BPlan003_4-1.gml", 1)]
)
def test_real_plans_give_envelopes_with_limits(name, least, shared_data):
    plan = read(shared_data(f"xplanung/plans/{name}")).plans[0]
    found = envelopes(plan)
    ids = {o.id for o in plan.objects}
    assert len(found) >= least
    assert all(e.area.area > 0 and e.id in ids for e in found)
    assert all(limit.object_id in ids and limit.value >= 0 for e in found for limit in e.limits.values())
    assert sum(height_of(e) is not None for e in found) >= len(found) / 2
