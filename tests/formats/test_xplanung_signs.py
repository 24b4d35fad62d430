"""Plan signs: building areas and the usual areas of real plans have a colour, a name and a section of the PlanZV."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import shapely

from kastor.formats.xplanung import PlanObject, read
from kastor.formats.xplanung.drawing import style_of
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


def at_a_place(kind: str, **attributes: object) -> PlanObject:
    return PlanObject("a", kind, attributes, shapely.Point(1, 2))


@pytest.mark.parametrize(
    ("found", "mark", "label"),
    [
        (at_a_place("BP_HoehenMass", hoehenangabe={"hoehenbezug": "1000", "h": {"value": "8.75"}}), "height",
         "8,75 m ü. NHN"),
        (at_a_place("BP_HoehenMass", hoehenangabe={"bezugspunkt": "2000", "hoehenbezug": "1100",
                                                   "hMax": {"value": "53.5"}}), "height", "FH 53,5 m ü. NN"),
        (at_a_place("BP_HoehenMass", hoehenangabe={"bezugspunkt": "1000", "hMin": {"value": "6"}}), "height",
         "TH mind. 6 m"),
        (at_a_place("BP_HoehenMass"), "height", ""),
        (at_a_place("SO_SchutzgebietWasserrecht", artDerFestlegung="1000", zone="1300"), "ring", "W III A"),
        (at_a_place("SO_SchutzgebietWasserrecht", artDerFestlegung="2000", zone="1500"), "ring", "IV"),
        (at_a_place("SO_Bodenschutzrecht", artDerFestlegung="2000"), "cross", ""),
        (at_a_place("LP_SchutzBestimmterTeileVonNaturUndLandschaft", artDerFestlegung="1500"), "ring", "ND"),
        (at_a_place("SO_SchutzgebietNaturschutzrecht", artDerFestlegung="1400"), "ring", ""),
        (at_a_place("BP_AnpflanzungBindungErhaltung", massnahme="2000"), "new_tree", ""),
        (at_a_place("BP_AnpflanzungBindungErhaltung", massnahme="1000"), "kept_tree", ""),
        (at_a_place("RP_ZentralerOrt", typ="3000"), "square", ""),
    ],
)  # fmt: skip
def test_a_place_has_the_mark_of_what_it_is_with_its_letters(found: PlanObject, mark: str, label: str) -> None:
    style = style_of(found)
    assert style["mark"] == mark
    assert style.get("label", "") == label


def test_only_places_have_a_mark() -> None:
    outline = PlanObject("a", "SO_SchutzgebietWasserrecht", {"artDerFestlegung": "1000"}, shapely.box(0, 0, 9, 9))
    assert "mark" not in style_of(outline)
    assert style_of(outline)["label"] == "W"


def test_every_height_mark_of_a_real_plan_says_its_height(shared_data) -> None:
    marks = [o for o in read(shared_data("xplanung/plans/BPlan002_5-3.zip")).objects if o.kind == "BP_HoehenMass"]
    said = {style_of(o)["label"] for o in marks}
    assert said == {"39,6 m ü. NHN", "39,2 m ü. Straße", "39,1 m ü. NHN", "38,8 m ü. NHN"}
