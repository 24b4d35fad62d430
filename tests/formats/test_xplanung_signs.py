"""Plan signs: building areas and the usual areas of real plans have a colour, a name and a section of the PlanZV."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kastor.formats.xplanung import PlanObject, read
from kastor.formats.xplanung.signs import SIGNS, sign_of

SMALL = Path(__file__).parents[1] / "data" / "xplanung" / "small_plan.gml"


def test_a_general_residential_area_is_red_and_a_building_limit_blue():
    signs = {o.id: sign_of(o) for o in read(SMALL).objects}
    assert (signs["homes_1"].label, signs["homes_1"].de, signs["homes_1"].section) == (
        "WA", "Allgemeines Wohngebiet", "1.1.3",
    )  # fmt: skip
    assert signs["limit_1"].de == "Baugrenze"
    assert signs["green_1"].en == "Green area"
    assert signs["sign_1"] is None


def test_the_particular_use_goes_before_the_general_one():
    both = {"allgArtDerBaulNutzung": "1000", "besondereArtDerBaulNutzung": "1500"}
    assert sign_of(PlanObject("a", "BP_BaugebietsTeilFlaeche", both)).label == "MI"
    general = {"allgArtDerBaulNutzung": "3000"}
    assert sign_of(PlanObject("a", "FP_BebauungsFlaeche", general)).label == "G"


def test_every_sign_has_a_colour_two_names_and_its_section():
    for sign in SIGNS:
        assert sign.fill or sign.stroke
        assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in (sign.fill, sign.stroke) if colour)
        assert sign.de
        assert sign.en
        assert re.fullmatch(r"\d+(\.\d+)*", sign.section)


@pytest.mark.parametrize("name", ["Blankenese29_Test_60.zip", "Rotherbaum27_v52.gml", "FNP_Test_60.zip"])
def test_nearly_all_of_the_ground_of_a_real_plan_is_coloured(name, shared_data):
    ground = [o for o in read(shared_data(f"xplanung/plans/{name}")).objects if o.closes and o.layer == 0]
    coloured = [o for o in ground if (sign := sign_of(o)) is not None and sign.fill]
    assert sum(o.geometry.area for o in coloured) > 0.95 * sum(o.geometry.area for o in ground)
