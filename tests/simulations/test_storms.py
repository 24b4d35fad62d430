"""Design rain, storms and the heavy-rain index; computed a second time by idf-analysis."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.simulations import storms

KOELN_NORD = (3710675 + 10.5 * 8150, 3149247.9 - 54.5 * 8200)


@pytest.fixture(scope="module")
def table():
    return storms.design_rain(*KOELN_NORD)


def test_the_table_gives_the_published_depths_of_koeln_nord(table):
    assert table.place == 54010
    assert storms.depth(table, 5, 100) == pytest.approx(19.6)
    assert storms.depth(table, 60, 100) == pytest.approx(50.3)
    assert storms.depth(table, 60, 30) == pytest.approx(41.3)


def test_every_cell_rains_more_the_longer_and_the_rarer():
    tenths = storms._kostra()["tenths"]
    assert tenths.shape[2] == 5405
    assert (np.diff(tenths, axis=1) > 0).all()
    assert (np.diff(tenths[:, -1], axis=0) >= 0).mean() > 0.99


@pytest.mark.parametrize("place", [(0, 0), (3.8e6, 3.2e6), (3710676.0, 3149247.0), (1e12, -1e12)])
def test_there_is_no_design_rain_outside_of_germany(place):
    with pytest.raises(storms.StormError, match="covers Germany"):
        storms.design_rain(*place)


@pytest.mark.parametrize(("minutes", "years"), [(4, 10), (5000, 10), (60, 0.5), (60, 200)])
def test_the_table_is_not_extrapolated(table, minutes, years):
    with pytest.raises(storms.StormError, match="is not in the table"):
        storms.depth(table, minutes, years)


@pytest.mark.parametrize("minutes", [5, 15, 60, 120, 175, 360, 720])
@pytest.mark.parametrize("years", [1, 30, 100])
def test_euler_storms_are_those_of_idf_analysis(table, minutes, years):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from idf_analysis.synthetic_rainseries import _EulerRain

    class Depths:
        def depth_of_rainfall(self, durations, period):
            return np.array([storms.depth(table, d, period) for d in durations])

    theirs = _EulerRain(Depths()).get_series(years, minutes, kind=2)
    ours = storms.euler(table, minutes, years)
    assert np.array_equal(theirs.index[1:], ours.minutes)
    assert np.allclose(theirs.to_numpy()[1:], ours.depths, rtol=0, atol=1e-9)
    assert ours.depth == pytest.approx(storms.depth(table, minutes, years))


def test_the_index_is_that_of_idf_analysis(table):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas
        from idf_analysis.heavy_rainfall_index import HeavyRainfallIndexAnalyse

        class Theirs(HeavyRainfallIndexAnalyse):
            def __init__(self):
                self.method = self.METHODS.SCHMITT

            def get_return_period(self, depths, duration):
                return pandas.Series([storms.return_period(table, duration, d) for d in depths])

            def depth_of_rainfall(self, duration, years):
                return storms.depth(table, duration, years)

        depths = np.arange(2.013, 190.0, 0.37)
        theirs = Theirs().get_sri(depths, 60)
    ours = [storms.rain_index(table, 60, d) for d in depths]
    assert theirs.astype(int).tolist() == ours
    assert set(ours) >= set(range(1, 13))


def test_the_index_of_the_design_rain_of_a_century_is_seven(table):
    for minutes in (5, 60, 720):
        assert storms.rain_index(table, minutes, storms.depth(table, minutes, 100)) == 7
        assert storms.rain_index(table, minutes, storms.depth(table, minutes, 30)) == 5
    assert storms.rain_index(table, 60, 0.0) == 0


@given(st.floats(5, 4320), st.floats(1, 100))
@settings(max_examples=60, deadline=None)
def test_a_return_period_is_found_again(minutes, years):
    table = storms.design_rain(*KOELN_NORD)
    assert storms.return_period(table, minutes, storms.depth(table, minutes, years)) == pytest.approx(years, rel=1e-6)


@pytest.mark.parametrize(
    ("identifier", "case", "millimetres"),
    [
        ("lubw", "extreme", 128),
        ("nrw", "extreme", 90),
        ("bkg", "extreme", 100),
        ("nrw", "rare", 41.3),
        ("bkg", "exceptional", 50.3),
    ],
)
def test_scenarios_have_the_depth_their_guideline_says(table, identifier, case, millimetres):
    storm = storms.scenario(identifier, case, table)
    assert storm.depth == pytest.approx(millimetres)
    assert storm.minutes[-1] == 60
    assert len(storm.source) > 20


def test_a_scenario_nobody_wrote_is_refused_with_those_there_are(table):
    with pytest.raises(storms.StormError, match="there are lubw rare"):
        storms.scenario("bkg", "rare", table)
    with pytest.raises(storms.StormError, match="needs the design rain"):
        storms.scenario("nrw", "rare", None)


@pytest.mark.parametrize(
    ("minutes", "millimetres"),
    [([], []), ([5, 5], [1, 1]), ([0, 5], [1, 1]), ([5], [-1]), ([5], [float("nan")]), ([5, 10], [1]), ([5], [2000])],
)
def test_a_storm_that_cannot_be_is_refused(minutes, millimetres):
    with pytest.raises(storms.StormError):
        storms.recorded(np.array(minutes, float), np.array(millimetres, float), "made up")


def test_rain_for_a_simulation_ends_with_all_that_fell(table):
    storm = storms.euler(table, 60, 30)
    assert storm.rain.times[0] == 0
    assert storm.rain.times[-1] == 3600
    assert storm.rain.depths[-1] == pytest.approx(0.0413)
