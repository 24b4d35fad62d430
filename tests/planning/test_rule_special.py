"""Special areas: what their plan says is quoted, a purpose alone is judged by §§ 10 and 11 BauNVO."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kastor.formats.xplanung import read
from kastor.formats.xplanung.model import PlanObject
from kastor.planning.plan_limits import limits
from kastor.planning.rule_special import LONGEST, PURPOSES, Special, permission, special_of
from kastor.planning.rule_uses import USES
from kastor.planning.rules import check
from tests.planning.test_plan_rules import B, K, U, by_rule, changed, house

RULE = "Zulässig sind Bootshäuser und ihre Nebenanlagen."


def part(**attributes: Any) -> PlanObject:
    return PlanObject("so", "BP_BaugebietsTeilFlaeche", attributes)


@pytest.mark.parametrize(
    ("attributes", "codes", "texts"),
    [
        ({"besondereArtDerBaulNutzung": "2100", "sondernutzung": "1600"}, ("1600",), ()),
        ({"allgArtDerBaulNutzung": "4000", "sonderNutzung": ["1500", "2700"]}, ("1500", "2700"), ()),
        ({"besondereArtDerBaulNutzung": "2100", "sondernutzung": "2200", "nutzungText": "Bootshäuser"}, ("2200",),
         ("Bootshäuser",)),
        ({"besondereArtDerBaulNutzung": "2100", "sondernutzung": {
            "type": "BP_KomplexeSondernutzung", "allgemein": "2800", "nutzungText": "Hochschule", "aufschrift": "H"}},
         ("2800",), ("Hochschule", "H")),
        ({"besondereArtDerBaulNutzung": "3000"}, ("1000",), ()),
        ({"besondereArtDerBaulNutzung": "2100", "sondernutzung": "9999"}, (), ()),
    ],
)  # fmt: skip
def test_every_version_of_the_standard_tells_purpose_and_words(
    attributes: dict[str, Any], codes: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    assert special_of(part(**attributes), {"t1": RULE}) == Special(codes, texts)


def test_rules_in_words_are_quoted_where_a_use_does_not_serve_the_purpose() -> None:
    sports = {"besondereArtDerBaulNutzung": "2100", "sondernutzung": "2200", "refTextInhalt": {"href": "#t1"}}
    special = special_of(part(**sports), {"t1": RULE})
    assert special == Special(("2200",), (), (RULE,))
    dwelling, club = (permission(use, special, False) for use in ("residential", "public"))
    assert (dwelling.answer, RULE in dwelling.words["de"]) == (U, True)
    assert (club.answer, club.words["de"].endswith("der Plan hat dazu eigene Texte")) == (K, True)


@pytest.mark.parametrize("attributes", [
    {"besondereArtDerBaulNutzung": "1200"}, {"allgArtDerBaulNutzung": "1000"}, {},
    {"besondereArtDerBaulNutzung": "1700", "allgArtDerBaulNutzung": "4000"},
])  # fmt: skip
def test_other_areas_are_not_special(attributes: dict[str, Any]) -> None:
    assert special_of(part(**attributes), {}) is None


@pytest.mark.parametrize(
    ("codes", "use", "elsewhere", "answer", "said"),
    [
        (("1600",), "commercial", False, K, "dient der Zweckbestimmung"),
        (("1600",), "residential", False, B, "nicht zulässig"),
        (("1600",), "residential", True, U, "ob der Text des Plans es zulässt"),
        (("1000",), "residential", False, U, "nur Wochenendhäuser, kein dauerhaftes Wohnen"),
        (("1100",), "residential", True, U, "nur Ferienhäuser"),
        (("1200",), "residential", False, B, "nicht zulässig"),
        (("1000",), "commercial", False, U, "was das Gebiet versorgt"),
        (("2800",), "school", False, K, "dient der Zweckbestimmung"),
        (("1500", "2700"), "office", False, K, "Einzelhandelsgebiet, Sondergebiet für Büros und Verwaltung"),
        (("1800",), "garage", False, U, "§ 12"),
        ((), "residential", False, U, "keine Zweckbestimmung"),
    ],
)  # fmt: skip
def test_a_purpose_alone_is_judged_by_the_ordinance(
    codes: tuple[str, ...], use: str, elsewhere: bool, answer: str, said: str
) -> None:
    found = permission(use, Special(codes, ()), elsewhere)
    assert (found.answer, said in found.words["de"]) == (answer, True), found.words
    assert found.section == ("§ 10" if codes in (("1000",), ("1100",), ("1200",)) else "§ 11")


@given(st.lists(st.sampled_from(sorted(PURPOSES)), max_size=3), st.sampled_from(sorted(USES)), st.text(min_size=1))
def test_whatever_a_plan_says_in_words_is_quoted_and_never_judged(codes: list[str], use: str, text: str) -> None:
    found = permission(use, Special(tuple(codes), (text,)), False)
    assert found.answer == "unknown"
    assert text.rstrip()[: LONGEST - 1].rstrip() in found.words["de"]
    assert len(found.words["en"]) < LONGEST + 300


def test_a_special_area_of_a_plan_is_checked(tmp_path: Path) -> None:
    use = "<xplan:besondereArtDerBaulNutzung>1200</xplan:besondereArtDerBaulNutzung>"
    retail = (
        "<xplan:besondereArtDerBaulNutzung>2100</xplan:besondereArtDerBaulNutzung><xplan:sondernutzung>"
        "<xplan:BP_KomplexeSondernutzung><xplan:allgemein>16001</xplan:allgemein></xplan:BP_KomplexeSondernutzung>"
        "</xplan:sondernutzung>"
    )
    plan = changed(tmp_path, (use, retail))
    assert not plan.texts
    for building_use, answer in (("commercial", K), ("residential", U)):
        found = check([house(10, 30, 20, 40, use=building_use)], plan)
        assert by_rule(found)["use"] == answer
        (verdict,) = [v for v in found if v.rule == "use"]
        assert verdict.source.paragraph.startswith("§ 11 BauNVO")
        assert "im Einkaufszentrum:" in verdict.text["de"]


def test_a_building_area_that_says_only_dwelling_is_no_area_of_small_holdings(tmp_path: Path) -> None:
    plan = changed(
        tmp_path,
        ("besondereArtDerBaulNutzung>1200</xplan:besondere", "allgArtDerBaulNutzung>1000</xplan:allg"),
    )
    assert "use" not in by_rule(check([house(10, 30, 20, 40, use="residential")], plan))


def test_the_boat_houses_of_a_real_plan_are_quoted(shared_data: Callable[[str], Path]) -> None:
    plan = limits("p", read(shared_data("xplanung/plans/BP_4.0.zip")).plans[0])
    (special,) = [p.special for p in plan.parts if p.special is not None]
    assert special == Special(("2200",), ("Bootshäuser",))
