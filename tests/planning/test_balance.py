"""The plain figures of the sample city are known by its dimensions."""

import shapely

from kastor.city.edits import AddBuilding, PlantTree, Surface, apply
from kastor.city.sample import ORIGIN, flat_ground, four_houses
from kastor.city.site import Site
from kastor.planning.balance import Balance
from kastor.process import Quiet

X, Y = ORIGIN[:2]


def figures(site: Site) -> dict[str, float | None]:
    return {i.id: i.value for i in Balance().run(site, Quiet()).indicators}


def site(side: float = 50.0) -> Site:
    return Site(shapely.box(X, Y, X + side, Y + 50), four_houses(), flat_ground())


def outline(west: float, south: float, east: float, north: float) -> tuple[tuple[float, float], ...]:
    return ((X + west, Y + south), (X + east, Y + south), (X + east, Y + north), (X + west, Y + north))


def test_four_houses_and_a_crossing() -> None:
    assert figures(site()) == {
        "buildings": 4, "built_area": 384, "floor_area": 818, "dwellings": 0,
        # two streets of 6 m and 50 m that cross
        "sealed": 384 + 2 * 300 - 36, "green": 25, "trees": 1,
    }  # fmt: skip


def test_what_lies_outside_does_not_count() -> None:
    half = figures(site(25.0))
    assert (half["buildings"], half["built_area"], half["trees"]) == (2, 200, 1)


def test_a_plan_builds_unseals_and_plants() -> None:
    edits = (
        AddBuilding("new", outline(0, 18, 5, 22), storeys=3, dwellings=6),
        Surface("lawn", outline(40, 22, 50, 28), "green"),
        Surface("yard", outline(16, 5, 20, 10), "sealed"),
        PlantTree("lime", (X + 30, Y + 46)),
    )
    before, after = figures(site()), figures(apply(site(), edits))
    change = {name: round((after[name] or 0) - (before[name] or 0), 6) for name in before}
    assert change == {
        "buildings": 1, "built_area": 20, "floor_area": 60, "dwellings": 6, "sealed": 20 + 20 - 60, "green": 60,
        "trees": 1,
    }  # fmt: skip
