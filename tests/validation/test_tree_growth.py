"""Growth of trees against the Urban Tree Database: the predictions its authors print, and trees they measured.

The trees are among those the equations were fitted to, so this shows that equations and spread are carried over
rightly, not how well they foretell a German street.
"""

import numpy as np
import pytest

from kastor.city.growth import Growth, all_growths

PIN_OAKS = [
    (3.3, 3, 1.8), (4.3, 4, 1.9), (5.3, 5.5, 2.1), (7.9, 4.5, 4.2), (16.0, 6, 4.2), (16.8, 6.5, 6.3), (18.0, 5, 7),
    (19.6, 10, 8.6), (21.1, 9, 8.6), (23.6, 6.5, 9), (24.4, 10.5, 7.8), (30.7, 11, 9), (31.2, 15, 8.7),
    (31.8, 11, 10.6), (41.4, 13, 12.2), (42.7, 13.5, 11.8), (43.9, 13, 10.1), (43.9, 12.5, 11), (45.2, 16, 11),
    (45.5, 17.5, 11.5), (46.5, 15.5, 13.9), (46.7, 12, 9.5), (49.0, 13.5, 12.1), (58.7, 15.5, 15.2),
    (59.7, 14.5, 12.9), (60.7, 17, 16.9), (64.5, 25, 14.4), (64.8, 17, 14.1), (65.3, 24.5, 14), (67.3, 16.5, 12),
    (68.6, 23.5, 15.4), (73.7, 20, 17.4), (76.2, 20, 15.2), (79.2, 28, 17.8),
]  # fmt: skip
"""Quercus palustris in Queens, table TS3, numbers 7595 to 7628: trunk [cm], height and crown [m]."""

PEARS = [
    (3.1, 3.2, 1), (5.6, 3.5, 1.3), (5.6, 4, 2.2), (6.4, 3.5, 1.7), (6.9, 4, 2.1), (10.9, 7, 4), (12.7, 8, 5.1),
    (13.0, 6, 3.7), (13.5, 6, 4.3), (14.2, 8, 6.3), (14.5, 6.5, 4.9), (15.5, 8, 5.2), (17.0, 7.5, 5.5),
    (18.5, 8.5, 3.9), (19.1, 8, 6.3), (21.3, 8.5, 7.6), (25.9, 13, 8.2), (27.9, 9, 8.5), (29.7, 12.5, 9.6),
    (31.4, 8.5, 9.8), (32.3, 9, 10.7), (33.8, 9.5, 7.6), (33.8, 8, 9.5), (34.5, 9, 8.7), (36.8, 13, 10.9),
    (36.8, 14.5, 11.7), (39.1, 11, 12), (41.9, 11, 12.5), (43.2, 11, 13), (43.9, 13.5, 12.1), (47.0, 14.5, 13.8),
    (50.3, 13.5, 15.1), (50.5, 11.5, 14.5),
]  # fmt: skip
"""Pyrus calleryana in Queens, table TS3, numbers 7562 to 7594."""

ROUNDED = {
    ("Aesculus hippocastanum", "crown"), ("Betula pendula", "crown"), ("Carpinus betulus", "crown"),
    ("Fagus sylvatica", "height"), ("Fagus sylvatica", "crown"), ("Fraxinus pennsylvanica", "crown"),
    ("Liquidambar styraciflua", "height"), ("Prunus serrulata", "crown"), ("Quercus palustris", "crown"),
    ("Tilia cordata", "crown"), ("Ulmus americana", "crown"),
}  # fmt: skip
"""Cubics whose last coefficient is printed with one digit: off at thick trunks, where they are cut to the range."""


def known(latin: str) -> Growth:
    return next(growth for growth in all_growths() if growth.latin == latin)


@pytest.mark.parametrize("growth", all_growths(), ids=[growth.latin for growth in all_growths()])
def test_the_thickest_and_thinnest_trunk_have_the_printed_height_and_crown(growth: Growth) -> None:
    for name in ("height", "crown"):
        equation = getattr(growth, name)
        if growth.latin != "Tilia cordata" or name != "crown":
            assert equation.free(growth.trunk.least) == pytest.approx(equation.least, abs=0.025), name
        if (growth.latin, name) not in ROUNDED:
            assert equation.free(growth.trunk.most) == pytest.approx(equation.most, rel=0.005), name


@pytest.mark.parametrize(("latin", "trees"), [("Quercus palustris", PIN_OAKS), ("Pyrus calleryana", PEARS)])
@pytest.mark.parametrize(("name", "column", "explained"), [("height", 1, 0.79), ("crown", 2, 0.88)])
def test_measured_trees_lie_about_the_equations_as_widely_as_their_sigma_says(
    latin: str, trees: list[tuple[float, float, float]], name: str, column: int, explained: float
) -> None:
    equation, measured = getattr(known(latin), name), np.array(trees)
    predicted = np.array([equation.at(trunk) for trunk in measured[:, 0]])
    off = measured[:, column] - predicted
    allowed = np.array([equation.deviation(trunk) for trunk in measured[:, 0]])
    assert 1 - (off**2).sum() / ((measured[:, column] - measured[:, column].mean()) ** 2).sum() > explained
    assert abs(np.mean(off / predicted)) < 0.03
    assert 0.55 < np.mean(np.abs(off) < allowed) < 0.85, "two thirds within one deviation"


@pytest.mark.parametrize(
    ("latin", "age", "trunk", "height", "crown"),
    [
        ("Platanus x acerifolia", 20, 25.5, 10.2, 8.3), ("Tilia cordata", 20, 27.1, 9.5, 8.0),
        ("Acer platanoides", 40, 42.3, 11.4, 10.3),
    ],
)  # fmt: skip
def test_sizes_of_an_age_are_those_worked_by_hand(
    latin: str, age: float, trunk: float, height: float, crown: float
) -> None:
    size = known(latin).size(age)
    assert (size.trunk, size.height, size.crown) == (
        pytest.approx(trunk, abs=0.1), pytest.approx(height, abs=0.1), pytest.approx(crown, abs=0.1)
    )  # fmt: skip
