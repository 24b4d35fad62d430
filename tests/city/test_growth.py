"""Planted trees are larger in later years, each by its species, and only as far as anybody measured."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kastor.city.edits import Fell, Later, PlantTree, apply, check
from kastor.city.fields import InvalidValue
from kastor.city.growth import MOST_YEARS, STAND_INS, Growth, all_growths, grown, growth_of, later_size, years_ahead
from kastor.city.sample import ORIGIN, flat_ground, four_houses
from kastor.city.site import Site

LIME = PlantTree("lime", ORIGIN[:2], "Winterlinde", height=5.0, crown=2.0)
SPECIES = st.sampled_from([growth.german for growth in all_growths()])


@pytest.mark.parametrize(
    ("said", "latin"),
    [
        ("Winterlinde", "Tilia cordata"), ("tilia cordata 'Greenspire'", "Tilia cordata"),
        ("Stieleiche", "Quercus rubra"), ("Platanus × acerifolia", "Platanus x acerifolia"),
        ("Quercus robur", "Quercus rubra"), ("BIRKE", "Betula pendula"),
    ],
)  # fmt: skip
def test_a_species_is_known_by_its_german_and_latin_name_or_by_its_genus(said: str, latin: str) -> None:
    growth = growth_of(said)
    assert growth is not None
    assert growth.latin == latin


@pytest.mark.parametrize("said", ["", "Baum", "Palme", "Sequoiadendron giganteum"])
def test_nothing_is_said_of_a_species_nobody_measured(said: str) -> None:
    assert growth_of(said) is None
    tree = PlantTree("one", ORIGIN[:2], said)
    assert later_size(tree, 40) is None
    assert grown([tree, Later("y", 40)]) == [tree]


def test_every_stand_in_is_a_measured_species() -> None:
    assert set(STAND_INS.values()) <= {growth.latin for growth in all_growths()}


@given(SPECIES, st.floats(1.0, 25.0), st.floats(0.5, 20.0), st.integers(0, MOST_YEARS), st.integers(0, MOST_YEARS))
def test_a_tree_never_shrinks_and_begins_as_it_was_planted(
    species: str, height: float, crown: float, one: int, other: int
) -> None:
    tree = PlantTree("one", ORIGIN[:2], species, height, crown)
    early, late = later_size(tree, min(one, other)), later_size(tree, max(one, other))
    assert early is not None
    assert late is not None
    assert early.height <= late.height
    assert early.crown <= late.crown
    begun = later_size(tree, 0)
    assert begun is not None
    assert (begun.height, begun.crown) == (round(height, 2), round(crown, 2))


@pytest.mark.parametrize("growth", all_growths(), ids=[growth.latin for growth in all_growths()])
def test_nothing_grows_on_beyond_what_was_measured(growth: Growth) -> None:
    assert growth.size(growth.oldest + 50) == growth.size(growth.oldest)
    assert growth.size(growth.oldest).height <= growth.height.most
    assert growth.size(growth.oldest).crown <= growth.crown.most
    assert growth.oldest > 20
    assert growth.deviation(20).height > 0


def test_the_age_of_a_height_gives_the_height_again() -> None:
    lime = growth_of("Winterlinde")
    assert lime is not None
    assert lime.size(lime.age_of(9.0)).height == pytest.approx(9.0, abs=0.05)
    assert lime.age_of(99.0) == pytest.approx(lime.oldest, abs=0.1)


def test_the_city_has_the_tree_of_the_year_that_is_looked_at() -> None:
    east, north, _ = ORIGIN
    site = Site(shapely.box(east, north, east + 50, north + 50), four_houses(), flat_ground())
    sizes = []
    for years in (0, 20, 40):
        edits = [LIME, Later("years", years)] if years else [LIME]
        city = apply(site, edits).city
        tree = city.ids.tolist().index("lime")
        high, wide = city.attributes["height"], city.attributes["crownDiameter"]
        sizes.append((high.values[high.codes[tree]], wide.values[wide.codes[tree]]))
    assert sizes[0] == (5.0, 2.0)
    assert sizes[0] < sizes[1] < sizes[2]
    later = later_size(LIME, 20)
    assert later is not None
    assert sizes[1] == (later.height, later.crown) == (pytest.approx(10.4, abs=0.1), pytest.approx(8.8, abs=0.1))


def test_wherever_it_stands_the_last_look_ahead_counts_and_only_trees_change() -> None:
    fell = Fell("f", "oak")
    first = grown([Later("a", 5), LIME, fell, Later("b", 20)])
    assert first == grown([LIME, fell, Later("b", 20)])
    assert first[1] is fell
    assert years_ahead([Later("a", 5), LIME, Later("b", 20)]) == 20
    assert years_ahead([LIME]) == 0


def test_a_tree_kept_in_shape_stays_as_it_was_planted() -> None:
    shaped = PlantTree("hedge", ORIGIN[:2], "Winterlinde", 5.0, 2.0, grows=False)
    assert grown([shaped, Later("y", 40)]) == [shaped]


def test_a_stated_age_is_where_growth_begins() -> None:
    old = PlantTree("old", ORIGIN[:2], "Winterlinde", 5.0, 2.0, age=100.0)
    (later,) = grown([old, Later("y", 10)])
    assert isinstance(later, PlantTree)
    assert later.age == 110.0
    young = later_size(LIME, 10)
    assert young is not None
    assert later.height < young.height, "an old tree gains less"


@pytest.mark.parametrize("years", [0, -5, MOST_YEARS + 1])
def test_a_look_further_ahead_than_the_model_reaches_is_refused(years: int) -> None:
    with pytest.raises(InvalidValue, match="years"):
        check(Later("y", years))
