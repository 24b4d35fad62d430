"""Buildings against a plan: every rule kept, broken and unknown, with words, numbers, sources and what sticks out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from kastor.formats.xplanung import read
from kastor.formats.xplanung.model import Plan
from kastor.planning.built import Building, Plot
from kastor.planning.plan_limits import PlanLimits, edition, limits
from kastor.planning.rule_uses import allowed
from kastor.planning.rules import check
from kastor.planning.verdicts import Verdict
from tests.conftest import DATA

SMALL = DATA / "xplanung" / "small_plan.gml"
K, B, U = "kept", "broken", "unknown"
NO_HEIGHT = "Die Höhe des Gebäudes ist nicht bekannt"
NO_STREET = "Die Höhe der Straße ist hier nicht bekannt"
NO_POINT = "Der Bezugspunkt ist nur im Plan beschrieben"


def house(west: float, south: float, east: float, north: float, **facts: object) -> Building:
    """A house in the small plan's own metres, 10 m high on ground at 50 m, three storeys."""
    known = {
        "storeys": 3.0,
        "top": 60.0,
        "eaves": 60.0,
        "foot": 50.0,
        "ground": 50.0,
        "street": 50.0,
        "use": "residential",
    }
    shape = shapely.box(365000 + west, 5723000 + south, 365000 + east, 5723000 + north)
    return Building("house", shape, **{**known, **facts})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def small() -> PlanLimits:
    """The small plan: WA III 0.4 (1.2), 10.5 m above the pavement, Baugrenze 5 to 50 m east and 25 to 70 m north."""
    return limits("small", read(SMALL).plans[0])


def changed(tmp_path: Path, *replacements: tuple[str, str]) -> PlanLimits:
    """The small plan with other words in it."""
    text = SMALL.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "plan.gml"
    path.write_text(text, encoding="utf-8")
    return limits("small", read(path).plans[0])


def by_rule(found: list[Verdict]) -> dict[str, str]:
    return {v.rule: v.verdict for v in found}


def test_a_house_that_keeps_everything(small: PlanLimits) -> None:
    plot = Plot("plot", shapely.box(365000, 5723020, 365050, 5723080))
    found = check([house(10, 30, 40, 60)], replace(small, edition=1990), [plot])
    assert by_rule(found) == dict.fromkeys(
        ("extent", "boundary", "storeys", "height", "length", "use", "distances", "grz", "grz2", "gfz"), K
    )
    grz = next(v for v in found if v.rule == "grz")
    assert (grz.value, grz.limit, grz.source.object) == (900 / 3000, 0.4, "homes_1")
    assert grz.text["de"] == "0,30 von höchstens 0,40"
    use = next(v for v in found if v.rule == "use")
    assert use.text["de"] == "Wohnen im WA: allgemein zulässig; der Plan hat dazu eigene Texte"
    assert use.source.paragraph == "§ 4 BauNVO 1990"


def test_a_house_that_breaks_three_rules_names_exactly_those(small: PlanLimits) -> None:
    """Two metres over the Baugrenze, 1.90 m too high, one storey too many."""
    found = check([house(30, 30, 52, 60, storeys=4.0, top=62.4, eaves=62.4)], small, [])
    broken = {v.rule: v for v in found if v.verdict == B}
    assert set(broken) == {"boundary", "height", "storeys"}
    assert broken["boundary"].text["de"] == "2,00 m über der Baugrenze"
    assert broken["boundary"].beyond is not None
    assert broken["boundary"].beyond.equals(shapely.box(365050, 5723030, 365052, 5723060))
    assert broken["height"].text["de"] == "1,90 m zu hoch (Gebäudehöhe 10,50 m über Gehweg)"
    assert (broken["height"].value, broken["height"].limit, broken["height"].difference) == (12.4, 10.5, 1.9)
    assert broken["height"].top == 60.5
    assert broken["storeys"].text["de"] == "1 Geschoss zu viel (höchstens 3)"
    assert {v.source.plan for v in broken.values()} == {"small"}
    assert broken["height"].source.object == "homes_1"
    assert broken["height"].source.paragraph == "§ 18 BauNVO"


def test_a_house_on_a_plan_of_hamburg_breaks_exactly_three_rules(shared_data: Callable[[str], Path]) -> None:
    """Osdorf: two full storeys, ridge 50 m above the sea, Baugrenze all around."""
    plan = limits("osdorf", read(shared_data("xplanung/plans/BPlan002_5-3.zip")).plans[0])
    window = max(plan.windows, key=lambda w: w.area.area)
    west, south, east, north = window.area.bounds
    inside = window.area.representative_point()
    reach = 2.0 + max(shapely.points([(inside.x, y) for y in (south, north)])[1].y - inside.y, 0.0)
    shape = shapely.box(inside.x - 2, inside.y - 2, inside.x + 2, inside.y + reach)
    house = Building("house", shape, 3.0, top=51.9, eaves=48.0, foot=40.0, ground=40.0, use="residential")
    broken = {v.rule: v for v in check([house], plan) if v.verdict == B}
    assert set(broken) == {"boundary", "height", "storeys"}
    assert broken["height"].text["de"] == "1,90 m zu hoch (Firsthöhe 50,00 m über NHN)"
    assert broken["height"].top == 50.0
    beyond = broken["boundary"].beyond
    assert beyond is not None
    assert not beyond.intersects(window.area.buffer(-0.02))
    assert east > west


def test_beyond_the_plan(small: PlanLimits) -> None:
    (only,) = check([house(200, 30, 210, 40)], small)
    assert (only.rule, only.verdict) == ("extent", U)
    assert "§§ 34, 35 BauGB" in only.text["de"]
    partly = {v.rule: v for v in check([house(-2, 30, 10, 40)], small)}
    assert partly["extent"].verdict == B
    assert partly["extent"].text["de"] == "20,0 m² außerhalb des Geltungsbereichs"
    assert partly["boundary"].text["de"] == "7,00 m über der Baugrenze"


def test_a_house_where_nothing_may_be_built(small: PlanLimits) -> None:
    found = {v.rule: v for v in check([house(75, 30, 85, 40)], small)}
    assert found["boundary"].verdict == B
    assert found["boundary"].text["de"] == "Steht auf keiner überbaubaren Fläche"


def test_a_garage_beyond_the_limit_may_be_admitted(small: PlanLimits) -> None:
    found = by_rule(check([house(0, 30, 4, 36, kind="ancillary", use="garage")], small))
    assert found["boundary"] == U
    assert "storeys" not in found
    assert "height" not in found


def test_a_building_line_wants_a_house_on_it(tmp_path: Path) -> None:
    line = ("BP_BauGrenze", "BP_BauLinie"), ("xplan:baugrenze", "xplan:baulinie")
    plan = changed(tmp_path, *line)
    on_it = {v.rule: v for v in check([house(5, 30, 20, 50)], plan)}
    assert on_it["building_line"].verdict == K
    behind = {v.rule: v for v in check([house(8, 30, 20, 50)], plan)}
    assert behind["building_line"].verdict == B
    assert behind["building_line"].text["de"] == "3,00 m hinter der Baulinie"
    before = {v.rule: v for v in check([house(3.5, 30, 20, 50)], plan)}
    assert before["boundary"].text["de"] == "1,50 m über der Baulinie"
    assert before["boundary"].source.paragraph == "§ 23 Abs. 2 BauNVO"
    other = replace(house(5, 60, 20, 69), id="other", planned=False)
    assert by_rule(check([house(8, 30, 20, 50), other], plan))["building_line"] == U


@pytest.mark.parametrize(
    ("words", "storeys", "verdict", "text"),
    [
        ("<xplan:Zzwingend>3</xplan:Zzwingend>", 3.0, K, "3, wie zwingend festgesetzt"),
        ("<xplan:Zzwingend>3</xplan:Zzwingend>", 2.0, B, "1 Geschoss zu wenig (zwingend 3)"),
        ("<xplan:Zzwingend>3</xplan:Zzwingend>", 5.0, B, "2 Geschosse zu viele (zwingend 3)"),
        ("<xplan:Zmin>2</xplan:Zmin>", 1.0, B, "1 Geschoss zu wenig (mindestens 2)"),
        ("<xplan:Zmin>2</xplan:Zmin>", None, U, "Zahl der Geschosse ist nicht bekannt"),
    ],
)
def test_storeys_at_least_and_exactly(
    tmp_path: Path, words: str, storeys: float | None, verdict: str, text: str
) -> None:
    plan = changed(tmp_path, ("<xplan:Z>3</xplan:Z>", words))
    found = next(v for v in check([house(10, 30, 20, 40, storeys=storeys)], plan) if v.rule == "storeys")
    assert (found.verdict, found.text["de"]) == (verdict, text)


def test_estimated_storeys_break_nothing(small: PlanLimits) -> None:
    assert by_rule(check([house(10, 30, 20, 40, storeys=4.0, guessed=True)], small))["storeys"] == U
    assert by_rule(check([house(10, 30, 20, 40, storeys=3.0, guessed=True)], small))["storeys"] == K


@pytest.mark.parametrize(
    ("point", "reference", "metres", "facts", "verdict", "text"),
    [
        ("6000", "1000", 60.0, {}, K, "60,00 m; Gebäudehöhe 60,00 m über NHN"),
        ("2000", "1000", 59.5, {}, B, "0,50 m zu hoch (Firsthöhe 59,50 m über NHN)"),
        ("2000", "1000", 59.5, {"level": False}, U, "Firsthöhe 59,50 m über NHN. Das Gelände ist hier nicht bekannt"),
        ("1000", "2000", 6.0, {"eaves": 57.0}, B, "1,00 m zu hoch (Traufhöhe 6,00 m über Gelände)"),
        ("1000", "2000", 7.0, {"eaves": 57.0}, K, "7,00 m; Traufhöhe 7,00 m über Gelände"),
        ("6500", "2000", 6.0, {"eaves": None}, U, f"Wandhöhe 6,00 m über Gelände. {NO_HEIGHT}"),
        ("3000", "3500", 9.0, {"street": 51.5}, K, "8,50 m; Oberkante 9,00 m über Straße"),
        ("3000", "3500", 9.0, {"street": None}, U, f"Oberkante 9,00 m über Straße. {NO_STREET}"),
        ("3000", "3000", 9.0, {}, U, f"Oberkante 9,00 m über der Bezugshöhe. {NO_POINT}"),
        ("4500", "1000", 9.0, {}, "", ""),
    ],
)  # fmt: skip
def test_heights_over_their_reference_point(
    tmp_path: Path, point: str, reference: str, metres: float, facts: dict[str, object], verdict: str, text: str
) -> None:
    plan = changed(
        tmp_path, ("<xplan:hoehenbezug>2500<", f"<xplan:hoehenbezug>{reference}<"),
        ("<xplan:bezugspunkt>6000<", f"<xplan:bezugspunkt>{point}<"), (">10.5<", f">{metres}<"),
    )  # fmt: skip
    found = [v for v in check([house(10, 30, 20, 40, **facts)], plan) if v.rule == "height"]
    assert [(v.verdict, v.text["de"]) for v in found] == ([(verdict, text)] if verdict else [])


def test_a_least_height(tmp_path: Path) -> None:
    plan = changed(tmp_path, ('hMax uom="m">10.5</xplan:hMax', 'hMin uom="m">11.0</xplan:hMin'))
    found = next(v for v in check([house(10, 30, 20, 40)], plan) if v.rule == "height")
    assert (found.verdict, found.text["de"]) == (B, "1,00 m zu niedrig, mindestens 11,00 m")


def test_houses_that_stand_apart_are_at_most_fifty_metres_long(small: PlanLimits) -> None:
    found = {v.rule: v for v in check([house(-1, 26, 50.5, 36)], small)}
    assert found["length"].text["de"] == "1,50 m zu lang (offene Bauweise: höchstens 50 m)"


def test_a_house_near_its_border_is_only_hinted_at(small: PlanLimits) -> None:
    plot = Plot("plot", shapely.box(365008, 5723020, 365060, 5723080))
    found = next(v for v in check([house(10, 30, 20, 40)], small, [plot]) if v.rule == "distances")
    # 0.4 x 10 m = 4 m
    assert (found.verdict, found.value, found.limit, found.indicative) == (U, 2.0, 4.0, True)
    assert found.text["de"] == "2,00 m zur Grenze, Richtwert 4,00 m; Landesrecht prüfen"


@pytest.mark.parametrize(
    ("area", "use", "edition", "expected"),
    [
        ("1200", "residential", 1962, "general"), ("1200", "nursery", 1990, "general"),
        ("1200", "industrial", 2017, "no"), ("1200", "office", 2017, "exception"),
        ("1100", "nursery", 2013, "condition"), ("1100", "nursery", 1990, "exception"),
        ("1100", "nursery", 1977, "no"), ("1100", "nursery", None, None), ("1100", "residential", None, "general"),
        ("1500", "mixed", 1968, "general"), ("1550", "residential", 2017, "general"),
        ("1600", "residential", 1990, "condition"), ("1700", "residential", 1990, "exception"),
        ("1800", "industrial", 1977, "general"), ("1700", "industrial", 1977, "condition"),
        ("2100", "residential", 1990, None), ("1200", "garage", 1990, "condition"),
    ],
)  # fmt: skip
def test_uses_by_area_and_edition(area: str, use: str, edition: int | None, expected: str | None) -> None:
    assert allowed(area, use, edition) == expected


def test_what_is_not_allowed_is_said_with_its_paragraph(small: PlanLimits) -> None:
    found = next(v for v in check([house(10, 30, 20, 40, use="industrial")], small) if v.rule == "use")
    assert found.verdict == B
    assert found.text["en"].startswith("Industry in WA: not allowed")


@pytest.mark.parametrize(
    ("attributes", "year"),
    [
        ({"versionBauNVOText": "Version vom 21.11.2017"}, 2017), ({"versionBauNVO": "4000"}, 1990),
        ({"versionBauNVO": {"type": "XP_GesetzlicheGrundlage", "datum": "1990-01-01"}}, 1990),
        ({"versionBauNVODatum": "2002-11-03"}, 1990), ({"versionBauNVODatum": "9999-01-01"}, None), ({}, None),
    ],
)  # fmt: skip
def test_the_edition_a_plan_follows(attributes: dict[str, object], year: int | None) -> None:
    plan: Plan = read(SMALL).plans[0]
    stated = replace(plan, object=replace(plan.object, attributes={**plan.object.attributes, **attributes}))
    assert edition(stated) == year


def test_real_plans_answer_for_a_hut_in_each_of_their_buildable_areas(shared_data: Callable[[str], Path]) -> None:
    """A hut of 1 m² stands in the plan; it never falls through a gap of it."""
    asked = 0
    for name in ("BPlan005_6-0.zip", "Rotherbaum27_v52.gml", "BPlan003_4-1.gml"):
        plan = limits(name, read(shared_data(f"xplanung/plans/{name}")).plans[0])
        for window in plan.windows:
            shape = window.area.representative_point().buffer(0.5, cap_style="square")
            found = by_rule(check([Building("hut", shape, 1.0, top=3.0, ground=0.0, level=False)], plan))
            assert found["extent"] == K, name
            assert found["boundary"] in (K, B), name
            asked += 1
    assert asked == 45
