"""Heavy rain as a process: on the sample city, whose ground is flat, and on a valley with a house in it."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from kastor.city.edits import Basin, Levee, apply
from kastor.city.model import with_coordinates
from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.city.site import Site
from kastor.city.terrain import Terrain
from kastor.process import InvalidInput, MissingData, Quiet, Result, Series, check_result, made
from kastor.simulations.rain import GUIDELINES, Rain
from kastor.simulations.storms import texts

E, N, H = ORIGIN
AREA = shapely.box(E, N, E + 50, N + 50)
QUICK = {"storm": "own", "millimetres": 40.0, "minutes": 15, "after": 5, "scheme": "preview"}


def valley() -> Site:
    """The sample city in a trough that falls to the south, the house ``flat`` at its lowest place."""
    flat = flat_ground()
    rows, cols = flat.heights.shape
    x, y = np.meshgrid(np.arange(cols) + 0.5 - 10, np.arange(rows)[::-1] + 0.5 - 10)
    heights = H + 0.05 * np.abs(x - 10) + 0.01 * y
    return Site(AREA, four_houses(), Terrain(CRS, flat.west, flat.north, 1.0, heights.astype(np.float32)))


def values(result: Result) -> dict[str, float | None]:
    return {i.id: i.value for i in result.indicators}


def at_houses(result: Result) -> dict[str, float]:
    found = next(f for f in result.features if f.id == "house_depth")
    return dict(zip(found.ids, found.properties["house_depth"], strict=True))


def run(site: Site, **inputs: object) -> Result:
    result = made(Rain, {**QUICK, **inputs}).run(site, Quiet())
    check_result(Rain.about, result)
    assert result.account["water_missing"] == 0
    return result


def test_water_gathers_at_the_house_in_the_valley() -> None:
    depths = at_houses(run(valley(), infiltration=False))
    assert set(depths) == {"flat", "gable", "pair", "courtyard"}
    assert depths["flat"] == max(depths.values()) > 0.05


def test_a_basin_above_a_house_keeps_water_from_it() -> None:
    before = valley()
    upstream = ((E + 2, N + 20), (E + 18, N + 20), (E + 18, N + 30), (E + 2, N + 30))
    kept = apply(before, [Basin(upstream, 2.0)])
    one, other = run(before, infiltration=False), run(kept, infiltration=False)
    assert at_houses(other)["flat"] < at_houses(one)["flat"]
    assert float(other.account["stored_m3"]) > float(one.account["stored_m3"])


def test_a_levee_holds_water_back() -> None:
    before = valley()
    across = ((E - 5, N + 20), (E + 30, N + 20))
    held = apply(before, [Levee(across, 2.0)])
    assert float(run(held).account["stored_m3"]) > float(run(before).account["stored_m3"])


def test_what_the_ground_and_the_sewer_take_stands_in_the_balance() -> None:
    dry = run(valley(), sewer=100.0)
    wet = run(valley(), infiltration=False)
    assert float(dry.account["infiltration_m3"]) > 0
    assert float(dry.account["sewer_m3"]) > 0
    assert (wet.account["infiltration_m3"], wet.account["sewer_m3"]) == (0.0, 0.0)
    flows = ("stored_m3", "infiltration_m3", "sewer_m3", "outflow_m3")
    assert sum(float(dry.account[name]) for name in flows) == pytest.approx(float(dry.account["rain_m3"]), abs=0.01)


@pytest.mark.parametrize(
    ("inputs", "millimetres"), [({"storm": "extreme"}, 90.0), ({"storm": "extreme", "guideline": "lubw"}, 128.0),
                                ({"storm": "extreme", "guideline": "bkg"}, 100.0), ({}, 40.0)]
)  # fmt: skip
def test_the_event_is_that_of_the_guideline(inputs: dict[str, str], millimetres: float) -> None:
    found = values(run(valley(), cell=8, after=0, **inputs))
    assert found["rain"] == pytest.approx(millimetres)
    assert found["index"] is not None
    assert 1 <= found["index"] <= 12


def test_a_rarer_event_floods_more() -> None:
    rare, exceptional, extreme = (
        values(run(valley(), storm=storm, cell=4, after=0)) for storm in ("rare", "exceptional", "extreme")
    )
    assert rare["rain"] < exceptional["rain"] < extreme["rain"]  # type: ignore[operator]
    assert rare["flooded"] <= exceptional["flooded"] <= extreme["flooded"]  # type: ignore[operator]


def test_guidelines_are_called_as_in_the_data() -> None:
    known = {scenario["id"]: scenario["title"] for scenario in texts()["scenarios"]}
    assert {choice.value: choice.title for choice in GUIDELINES} == known


def test_an_event_the_guideline_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidInput, match="bkg rare"):
        run(valley(), storm="rare", guideline="bkg")


def test_derived_ground_is_told_and_measured_ground_is_not() -> None:
    site = valley()
    assert site.terrain is not None
    far = replace(site.terrain, distance=np.full(site.terrain.heights.shape, 30, np.float32))
    marked = run(replace(site, terrain=far)).notes
    assert any("abgeleitet" in note["de"] for note in marked)
    assert not any("abgeleitet" in note["de"] for note in run(site).notes)


def test_an_area_without_ground_is_refused() -> None:
    site = valley()
    moved = with_coordinates(site.city, site.city.xyz + np.array([5000.0, 0.0, 0.0]), CRS)
    away = replace(site, city=moved, area=shapely.box(E + 5000, N, E + 5050, N + 50))
    with pytest.raises(MissingData, match="rain: "):
        run(away)


def test_the_course_begins_dry_and_ends_at_the_maximum_or_below() -> None:
    result = run(valley())
    course = next(r for r in result.rasters if r.id == "course")
    depth = next(r for r in result.rasters if r.id == "depth")
    assert course.values.shape == (25, *depth.values.shape)
    assert (course.times[0], course.times[-1]) == (0, 20 * 60)
    assert np.nanmax(course.values[0]) == 0
    highest, greatest = np.nan_to_num(course.values).max(axis=0), np.nan_to_num(depth.values)
    assert (highest <= greatest + 1e-3).all()
    assert highest.max() == pytest.approx(greatest.max(), abs=0.02)


def test_previews_come_first() -> None:
    shown: list[Result] = []

    class Watch(Quiet):
        def show(self, result: Result) -> None:
            check_result(Rain.about, result)
            shown.append(result)

    made(Rain, {**QUICK, "scheme": "full"}).run(valley(), Watch())
    assert [len(result.indicators) for result in shown] == [0, 8, 8]
    assert [result.rasters[0].cell for result in shown] == [2.0, 8.0, 4.0]


def series(result: Result, name: str) -> list[Series]:
    return [s for s in result.series if s.id == name]


def test_a_point_has_the_course_of_its_depth() -> None:
    result = run(valley(), infiltration=False, points=[(E + 10, N + 3), (E + 30, N + 25)])
    low, high = series(result, "point_depth")
    assert (low.name, low.place, low.unit) == ("1", (E + 10, N + 3), "m")
    assert low.values.max() > high.values.max() > 0
    course = next(r for r in result.rasters if r.id == "course")
    row, col = int((course.north - N - 3) // course.cell), int((E + 10 - course.west) // course.cell)
    known = [at for at in course.times if at in low.times]
    assert len(known) >= 24
    kept, bands = np.isin(low.times, known), np.isin(course.times, known)
    assert low.values[kept] == pytest.approx(course.values[bands, row, col], abs=6e-4)


def test_what_flows_in_stands_in_the_balance_and_passes_the_section() -> None:
    brook = {"place": (E + 10, N + 30), "minutes": (0, 20), "discharge": (0.5, 0.5)}
    across = [(E + 45, N + 20), (E - 5, N + 20)]
    result = run(valley(), infiltration=False, millimetres=0.1, inflows=[brook], sections=[across])
    assert float(result.account["inflow_m3"]) == pytest.approx(600, rel=0.01)
    (flow,) = series(result, "section_discharge")
    # walking west, right is north: what flows south counts negative
    assert flow.values[-1] == pytest.approx(-0.5, abs=0.05)


def test_a_culvert_lets_water_through_a_levee() -> None:
    held = apply(valley(), [Levee(((E - 10, N + 20), (E + 50, N + 20)), 3.0)])
    pipe = {"start": (E + 10, N + 24), "end": (E + 10, N + 15), "width": 1.0, "height": 1.0}
    below = [(E + 45, N + 12), (E - 5, N + 12)]
    closed, opened = (run(held, infiltration=False, sections=[below], culverts=pipes, cell=1) for pipes in ([], [pipe]))
    passed = [series(r, "section_discharge")[0].values.min() for r in (closed, opened)]
    assert passed[1] < 2 * passed[0] < 0


def test_a_storm_minute_by_minute_takes_the_place_of_amount_and_duration() -> None:
    course = [(5, 1.0), (10, 20.0), (15, 4.0)]
    found = run(valley(), course=course, millimetres=999.0, minutes=500)
    assert values(found)["rain"] == 25.0
    assert next(r for r in found.rasters if r.id == "course").times[-1] == 20 * 60


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({"points": [(E + 9000, N)]}, r"points\.0"),
        ({"points": [(E, N)] * 101}, "points"),
        ({"sections": [[(E + 9000, N), (E + 9001, N)]]}, r"sections\.0"),
        ({"sections": [[(E, N)]]}, "sections"),
        ({"inflows": [{"place": (E + 9000, N), "minutes": (0, 1), "discharge": (1, 1)}]}, r"inflows\.0\.place"),
        ({"inflows": [{"place": (E, N), "minutes": (0, 1, 2), "discharge": (1, 1)}]}, "one discharge for each"),
        ({"inflows": [{"place": (E, N), "minutes": (5, 1), "discharge": (1, 1)}]}, "ascending"),
        ({"inflows": [{"place": (E, N), "minutes": (0, 1), "discharge": (1, -1)}]}, "discharge"),
        ({"culverts": [{"start": (E, N), "end": (E, N), "width": 1, "height": 1}]}, "one cell"),
        ({"culverts": [{"start": (E, N), "end": (E + 9, N), "width": 0, "height": 1}]}, "width"),
        ({"course": [(10, 5.0), (5, 1.0)]}, "ascend"),
        ({"course": [(10, -5.0)]}, "least -5"),
    ],
)  # fmt: skip
def test_what_cannot_be_placed_is_named(inputs: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        run(valley(), **inputs)
