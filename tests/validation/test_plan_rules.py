"""Plots calculated by hand: site coverage (GRZ I and II), floor space (GFZ) and what else is measured on a plot.

Every row says plot, buildings and limits as a planner would write them on paper, and the quotients as they stand on
that paper, for the edition of the BauNVO of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

import pytest
import shapely

from kastor.formats.xplanung.envelopes import Limit
from kastor.planning.built import Building, Plot
from kastor.planning.plan_limits import Part, PlanLimits
from kastor.planning.rule_measures import measure_verdicts
from kastor.planning.verdicts import Verdict

Size = tuple[float, float]


@dataclass(frozen=True)
class Case:
    """
    One plot.

    Parameters
    ----------
    plot
        Width and depth. [m]
    main
        Width, depth [m] and full storeys of main buildings.
    limits
        GRZ, GFZ, ... of the plan by the names of ``envelopes.NUMBERS``.
    edition
        Year of the BauNVO.
    expected
        Rule -> number and verdict; a rule that must not be judged is not named.
    other, sealed
        Ancillary buildings and sealed areas. [m]
    pitched
        Whether main buildings have a pitched roof.
    """

    plot: Size
    main: list[tuple[float, float, float]]
    limits: dict[str, float]
    edition: int | None
    expected: dict[str, tuple[float | None, str]]
    other: list[Size] = field(default_factory=list)
    sealed: list[Size] = field(default_factory=list)
    pitched: bool = False


K, B, U = "kept", "broken", "unknown"

CASES = {
    "a house on a plot": Case(
        (20, 30), [(10, 12, 2)], {"grz": 0.4, "gfz": 0.8}, 1990,
        {"grz": (120 / 600, K), "grz2": (120 / 600, K), "gfz": (240 / 600, K)},
    ),
    "exactly as much as may be": Case(
        (20, 30), [(12, 20, 2)], {"grz": 0.4, "gfz": 0.8}, 1990,
        {"grz": (240 / 600, K), "grz2": (240 / 600, K), "gfz": (480 / 600, K)},
    ),
    "half a metre too deep": Case(
        (20, 30), [(12, 20.5, 2)], {"grz": 0.4, "gfz": 0.8}, 1990,
        {"grz": (246 / 600, B), "grz2": (246 / 600, K), "gfz": (492 / 600, B)},
    ),
    "drives beyond one and a half times": Case(
        (25, 40), [(15, 20, 3)], {"grz": 0.3, "gfz": 0.9}, 2017,
        {"grz": (300 / 1000, K), "grz2": (510 / 1000, B), "gfz": (900 / 1000, K)},
        other=[(6, 6), (6, 4)], sealed=[(15, 10)],
    ),
    "drives up to one and a half times": Case(
        (25, 40), [(15, 20, 3)], {"grz": 0.3, "gfz": 0.9}, 2017,
        {"grz": (300 / 1000, K), "grz2": (450 / 1000, K), "gfz": (900 / 1000, K)},
        other=[(6, 6), (6, 4)], sealed=[(9, 10)],
    ),
    "before 1990 there is no second number": Case(
        (20, 25), [(10, 10, 1)], {"grz": 0.2, "gfz": 0.2}, 1977, {"grz": (100 / 500, K), "gfz": (100 / 500, K)},
        other=[(3, 6)],
    ),
    "before 1990 any garage": Case(
        (20, 25), [(10, 10, 1)], {"grz": 0.2}, 1968, {"grz": (100 / 500, K)}, other=[(10, 10)],
    ),
    "the same garage since 1990": Case(
        (20, 25), [(10, 10, 1)], {"grz": 0.2}, 1990, {"grz": (100 / 500, K), "grz2": (200 / 500, B)},
        other=[(10, 10)],
    ),
    "four storeys where three go": Case(
        (20, 40), [(16, 20, 4)], {"grz": 0.4, "gfz": 1.2}, 1990,
        {"grz": (320 / 800, K), "grz2": (320 / 800, K), "gfz": (1280 / 800, B)},
    ),
    "the second number ends at 0.8": Case(
        (25, 40), [(20, 30, 3)], {"grz": 0.6, "gfz": 1.8}, 1990,
        {"grz": (600 / 1000, K), "grz2": (800 / 1000, K), "gfz": (1800 / 1000, K)}, sealed=[(20, 10)],
    ),
    "more than 0.8": Case(
        (25, 44), [(20, 33, 3)], {"grz": 0.6, "gfz": 1.8}, 1990,
        {"grz": (660 / 1100, K), "grz2": (885 / 1100, B), "gfz": (1980 / 1100, K)}, sealed=[(22.5, 10)],
    ),
    "0.8 leaves no second allowance": Case(
        (25, 40), [(20, 40, 3)], {"grz": 0.8, "gfz": 2.4}, 1990,
        {"grz": (800 / 1000, K), "grz2": (840 / 1000, B), "gfz": (2400 / 1000, K)}, sealed=[(4, 10)],
    ),
    "a core area built over whole": Case(
        (20, 20), [(20, 20, 5)], {"grz": 1.0, "gfz": 3.0}, 1990,
        {"grz": (1.0, K), "grz2": (1.0, K), "gfz": (2000 / 400, B)},
    ),
    "two houses": Case(
        (30, 40), [(10, 20, 2), (10, 20, 3)], {"grz": 0.35, "gfz": 0.8}, 2021,
        {"grz": (400 / 1200, K), "grz2": (400 / 1200, K), "gfz": (1000 / 1200, B)},
    ),
    "two houses that just fit": Case(
        (30, 40), [(10, 20, 2), (10, 20, 2)], {"grz": 0.35, "gfz": 0.8}, 2021,
        {"grz": (400 / 1200, K), "grz2": (400 / 1200, K), "gfz": (800 / 1200, K)},
    ),
    "garages count in no floor area": Case(
        (20, 30), [(10, 12, 2)], {"gfz": 0.4}, 1990, {"gfz": (240 / 600, K)}, other=[(6, 6)],
    ),
    "a bungalow": Case(
        (24, 25), [(15, 16, 1)], {"grz": 0.4, "gfz": 0.4}, 2013,
        {"grz": (240 / 600, K), "grz2": (240 / 600, K), "gfz": (240 / 600, K)},
    ),
    "a bungalow with a terrace too much": Case(
        (24, 25), [(15, 16.2, 1)], {"grz": 0.4, "gfz": 0.5}, 2013,
        {"grz": (243 / 600, B), "grz2": (243 / 600, K), "gfz": (243 / 600, K)},
    ),
    "a small settlement": Case(
        (30, 40), [(8, 10, 1)], {"grz": 0.1, "gfz": 0.1}, 1962, {"grz": (80 / 1200, K), "gfz": (80 / 1200, K)},
    ),
    "a small settlement with an annex": Case(
        (30, 40), [(8, 10, 1), (5, 9, 1)], {"grz": 0.1, "gfz": 0.1}, 1962,
        {"grz": (125 / 1200, B), "gfz": (125 / 1200, B)},
    ),
    "an office block": Case(
        (40, 50), [(20, 40, 6)], {"grz": 0.6, "gfz": 2.4}, 2017,
        {"grz": (800 / 2000, K), "grz2": (800 / 2000, K), "gfz": (4800 / 2000, K)},
    ),
    "an office block with one more": Case(
        (40, 50), [(20, 40, 7)], {"grz": 0.6, "gfz": 2.4}, 2017,
        {"grz": (800 / 2000, K), "grz2": (800 / 2000, K), "gfz": (5600 / 2000, B)},
    ),
    "an urban area": Case(
        (25, 40), [(20, 35, 4)], {"grz": 0.8, "gfz": 3.0}, 2017,
        {"grz": (700 / 1000, K), "grz2": (750 / 1000, K), "gfz": (2800 / 1000, K)}, sealed=[(5, 10)],
    ),
    "a hall": Case(
        (50, 80), [(40, 60, 1)], {"grz": 0.6, "gfz": 1.2}, 1977, {"grz": (2400 / 4000, K), "gfz": (2400 / 4000, K)},
    ),
    "a hall with its yard since 1990": Case(
        (50, 80), [(40, 60, 1)], {"grz": 0.6, "gfz": 1.2}, 1990,
        {"grz": (2400 / 4000, K), "grz2": (3200 / 4000, K), "gfz": (2400 / 4000, K)}, sealed=[(40, 20)],
    ),
    "a hall with too large a yard": Case(
        (50, 80), [(40, 60, 1)], {"grz": 0.6, "gfz": 1.2}, 1990,
        {"grz": (2400 / 4000, K), "grz2": (3210 / 4000, B), "gfz": (2400 / 4000, K)},
        sealed=[(40, 20), (10, 1)],
    ),
    "a terraced house": Case(
        (6, 30), [(6, 12, 2)], {"grz": 0.4, "gfz": 0.8}, 1990,
        {"grz": (72 / 180, K), "grz2": (72 / 180, K), "gfz": (144 / 180, K)},
    ),
    "a terraced house with a shed": Case(
        (6, 30), [(6, 12, 2)], {"grz": 0.4, "gfz": 0.8}, 1990,
        {"grz": (72 / 180, K), "grz2": (108 / 180, K), "gfz": (144 / 180, K)}, other=[(6, 6)],
    ),
    "a terraced house with a larger shed": Case(
        (6, 30), [(6, 12, 2)], {"grz": 0.4, "gfz": 0.8}, 1990,
        {"grz": (72 / 180, K), "grz2": (114 / 180, B), "gfz": (144 / 180, K)}, other=[(6, 7)],
    ),
    "three storeys on a quarter": Case(
        (40, 40), [(20, 20, 3)], {"grz": 0.25, "gfz": 0.75}, 1990,
        {"grz": (400 / 1600, K), "grz2": (400 / 1600, K), "gfz": (1200 / 1600, K)},
    ),
    "a third of a hundredth too much": Case(
        (40, 40), [(20, 20.3, 3)], {"grz": 0.25, "gfz": 0.75}, 1990,
        {"grz": (406 / 1600, B), "grz2": (406 / 1600, K), "gfz": (1218 / 1600, B)},
    ),
    "rounding is no breach": Case(
        (30, 30), [(15, 18.01, 2)], {"grz": 0.3, "gfz": 0.6}, 1990,
        {"grz": (270.15 / 900, K), "grz2": (270.15 / 900, K), "gfz": (540.3 / 900, K)},
    ),
    "before 1990 rooms below the roof may count": Case(
        (20, 30), [(10, 12, 2)], {"grz": 0.3, "gfz": 0.5}, 1977,
        {"grz": (120 / 600, K), "gfz": (240 / 600, U)}, pitched=True,
    ),
    "before 1990 a flat roof has no such rooms": Case(
        (20, 30), [(10, 12, 2)], {"grz": 0.3, "gfz": 0.5}, 1977, {"grz": (120 / 600, K), "gfz": (240 / 600, K)},
    ),
    "before 1990 even with them it fits": Case(
        (20, 30), [(10, 12, 2)], {"grz": 0.3, "gfz": 0.6}, 1977,
        {"grz": (120 / 600, K), "gfz": (360 / 600, K)}, pitched=True,
    ),
    "since 1990 only full storeys count": Case(
        (20, 30), [(10, 12, 2)], {"grz": 0.3, "gfz": 0.5}, 1990,
        {"grz": (120 / 600, K), "grz2": (120 / 600, K), "gfz": (240 / 600, K)}, pitched=True,
    ),
    "an edition nobody knows, little built": Case(
        (20, 30), [(10, 12, 2)], {"grz": 0.3}, None, {"grz": (120 / 600, K), "grz2": (140 / 600, K)}, other=[(5, 4)],
    ),
    "an edition nobody knows, much paved": Case(
        (20, 30), [(10, 12, 2)], {"grz": 0.2}, None, {"grz": (120 / 600, K), "grz2": (200 / 600, U)},
        sealed=[(8, 10)],
    ),
    "an amount of ground": Case(
        (20, 30), [(10, 15, 2)], {"ground_area": 150}, 1990, {"ground_area": (150, K)},
    ),
    "too much ground": Case(
        (20, 30), [(10, 15.5, 2)], {"ground_area": 150}, 1990, {"ground_area": (155, B)},
    ),
    "an amount of floor": Case(
        (20, 30), [(10, 15, 3)], {"floor_area": 450}, 1990, {"floor_area": (450, K)},
    ),
    "too much floor": Case(
        (20, 30), [(10, 15, 4)], {"floor_area": 450}, 1990, {"floor_area": (600, B)},
    ),
    "a mass of ten": Case(
        (50, 80), [(40, 50, 1)], {"bmz": 10.0}, 1990, {"bmz": (2000 * 20 / 4000, K)},
    ),
    "a mass of more": Case(
        (50, 80), [(40, 60, 1)], {"bmz": 10.0}, 1990, {"bmz": (2400 * 20 / 4000, B)},
    ),
}  # fmt: skip


def laid_out(plot: Size, sizes: list[Size]) -> list[shapely.Polygon]:
    """Rectangles side by side in rows from the south-west corner of a plot."""
    found, x, y, row = [], 0.0, 0.0, 0.0
    for width, depth in sizes:
        if x + width > plot[0] + 1e-9:
            x, y, row = 0.0, y + row, 0.0
        found.append(shapely.box(x, y, x + width, y + depth))
        x, row = x + width, max(row, depth)
    assert all(shapely.box(0, 0, *plot).covers(one) for one in found), "the case does not fit on its plot"
    return found


def built(case: Case) -> tuple[list[Building], list[shapely.Polygon]]:
    """Buildings and sealed areas of a case; every main building is 20 m high."""
    sizes = [*((w, d) for w, d, _ in case.main), *case.other, *case.sealed]
    shapes = laid_out(case.plot, sizes)
    n, m = len(case.main), len(case.other)
    main = [
        Building(f"house-{i}", shape, storeys, ground=0.0, eaves=20.0, top=20.0, pitched=case.pitched)
        for i, (shape, (_, _, storeys)) in enumerate(zip(shapes[:n], case.main, strict=True))
    ]
    other = [Building(f"garage-{i}", shape, kind="ancillary") for i, shape in enumerate(shapes[n : n + m])]
    return main + other, shapes[n + m :]


def plan(case: Case, around: float = 100.0) -> PlanLimits:
    """A plan whose only part reaches that far beyond the plot."""
    area = shapely.box(-around, -around, case.plot[0] + around, case.plot[1] + around)
    limits = {name: Limit(value, "part", name) for name, value in case.limits.items()}
    part = Part("part", area, "1200", None, limits, (), texts=False)
    return PlanLimits("plan", "Plan", "plan", area, case.edition, (part,), (), (), None)


def test_there_are_at_least_forty_cases() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", list(CASES))
def test_a_plot_measures_as_on_paper(name: str) -> None:
    case = CASES[name]
    buildings, sealed = built(case)
    plot = Plot("plot", shapely.box(0, 0, *case.plot))
    found = {v.rule: v for v in measure_verdicts(buildings, plan(case), [plot], sealed)}
    assert {rule: v.verdict for rule, v in found.items()} == {rule: e[1] for rule, e in case.expected.items()}
    for rule, (value, verdict) in case.expected.items():
        assert found[rule].value == pytest.approx(value, abs=6e-5), rule
        limit = found[rule].limit
        assert limit is not None
        if verdict == B:
            assert found[rule].difference == pytest.approx(value - limit, abs=6e-5)
        assert found[rule].source.plan == "plan"
        assert "BauNVO" in found[rule].source.paragraph


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "grz" in case.limits and case.edition])
def test_without_a_plot_nothing_is_promised(name: str) -> None:
    """The part stands for the plot; it is much larger, so nothing is broken, and the least plot is named."""
    case = CASES[name]
    buildings, sealed = built(case)
    found = {v.rule: v for v in measure_verdicts(buildings, plan(case), [], sealed)}
    assert {v.verdict for v in found.values()} == {U}
    main = sum(b.outline.area for b in buildings if b.kind == "main")
    needed = f"{ceil(main / case.limits['grz'] - 1e-6):,}".replace(",", ".")
    assert f"mindestens {needed} m²" in found["grz"].text["de"]


@pytest.mark.parametrize("name", ["half a metre too deep", "two houses", "a core area built over whole"])
def test_what_is_too_much_for_the_whole_part_is_too_much_for_any_plot(name: str) -> None:
    case = CASES[name]
    buildings, sealed = built(case)
    with_plot = {
        v.rule: v.verdict
        for v in measure_verdicts(buildings, plan(case, 0.0), [Plot("p", shapely.box(0, 0, *case.plot))], sealed)
    }
    without = {v.rule: v.verdict for v in measure_verdicts(buildings, plan(case, 0.0), [], sealed)}
    assert {rule for rule, verdict in without.items() if verdict == B} == {
        rule for rule, verdict in with_plot.items() if verdict == B
    }


def test_a_plot_in_two_parts_is_measured_in_each() -> None:
    """20 m x 20 m with GRZ 0.4 and 20 m x 10 m with 0.2; the house covers 120 m² of one and 40 m² of the other."""
    west, east = shapely.box(0, 0, 20, 20), shapely.box(20, 0, 30, 20)
    parts = tuple(
        Part(name, area, "1200", None, {"grz": Limit(grz, name, "GRZ")}, (), texts=False)
        for name, area, grz in (("west", west, 0.4), ("east", east, 0.1))
    )
    area = shapely.box(0, 0, 30, 20)
    limits = PlanLimits("plan", "Plan", "plan", area, 1977, parts, (), (), None)
    house = Building("house", shapely.box(8, 0, 24, 10), 1)
    found = measure_verdicts([house], limits, [Plot("plot", area)])
    assert [(v.source.object, v.value, v.verdict) for v in found] == [
        ("west", pytest.approx(120 / 400), K), ("east", pytest.approx(40 / 200), B),
    ]  # fmt: skip


def in_one_part(plot: shapely.Polygon, house: shapely.Polygon, grz: float, storeys: float = 2) -> dict[str, Verdict]:
    """A building area of 20 m x 20 m at the origin with some GRZ and twice as much GFZ."""
    area = shapely.box(0, 0, 20, 20)
    numbers = {"grz": Limit(grz, "part", "GRZ"), "gfz": Limit(2 * grz, "part", "GFZ")}
    part = Part("part", area, "1200", None, numbers, (), texts=False)
    limits = PlanLimits("plan", "Plan", "plan", shapely.box(0, 0, 40, 20), 1990, (part,), (), (), None)
    return {v.rule: v for v in measure_verdicts([Building("house", house, storeys)], limits, [Plot("plot", plot)])}


def test_of_a_plot_that_lies_partly_in_the_building_area_only_that_part_counts() -> None:
    """800 m², of which 400 m² are building area: 12 x 15 m = 180 m² are 0.45 of it, not 0.225 of the plot."""
    found = in_one_part(shapely.box(0, 0, 40, 20), shapely.box(2, 2, 14, 17), 0.4)
    assert (found["grz"].verdict, found["grz"].value) == (B, pytest.approx(180 / 400))
    assert (found["gfz"].verdict, found["gfz"].value) == (B, pytest.approx(360 / 400))
    assert found["grz"].text["de"] == (
        "0,45 statt höchstens 0,40; gerechnet mit 400 von 800 m² des Grundstücks, der Rest liegt nicht hier"
        " (§ 19 Abs. 3)"
    )


def test_of_a_house_that_stands_partly_in_the_building_area_its_share_counts() -> None:
    """16 x 10 m from 10 m on: 100 m² stand in the building area, 60 m² beyond it."""
    found = in_one_part(shapely.box(0, 0, 40, 20), shapely.box(10, 5, 26, 15), 0.4)
    assert (found["grz"].verdict, found["grz"].value) == (K, pytest.approx(100 / 400))
    assert (found["gfz"].verdict, found["gfz"].value) == (K, pytest.approx(200 / 400))


def test_a_plot_that_lies_whole_in_the_building_area_needs_no_words_about_it() -> None:
    found = in_one_part(shapely.box(0, 0, 20, 20), shapely.box(2, 2, 12, 12), 0.4)
    assert found["grz"].text["de"] == "0,25 von höchstens 0,40"


@pytest.mark.parametrize(("wide", "answer"), [(0.6, U), (3.0, B)])
def test_a_strip_of_a_plot_breaks_nothing_since_borders_are_drawn_apart(wide: float, answer: str) -> None:
    """The plot begins where the building area ends, but for a strip; the house covers half of its length."""
    found = in_one_part(shapely.box(20 - wide, 0, 40, 20), shapely.box(20 - wide, 2, 32, 14), 0.4)
    assert (found["grz"].verdict, found["grz"].value) == (answer, pytest.approx(12 / 20))
    assert ("nur ein Streifen von 12 m²" in found["grz"].text["de"]) == (answer == U)


def test_what_stands_there_already_counts() -> None:
    case = CASES["two houses that just fit"]
    buildings, _ = built(case)
    old = Building("old", shapely.box(0, 25, 10, 35), 2, guessed=True, planned=False)
    plot = Plot("plot", shapely.box(0, 0, *case.plot))
    found = {v.rule: v for v in measure_verdicts([*buildings, old], plan(case), [plot])}
    assert (found["grz"].verdict, found["grz"].value) == (B, pytest.approx(500 / 1200, abs=6e-5))
    # its storeys are estimated: 800 + 100 to 800 + 300 of at most 960 m²
    assert found["gfz"].verdict == U
    assert "geschätzt" in found["gfz"].text["de"]
