"""How large a planted tree is some years later, by its species.

Age gives the trunk, the trunk gives height and crown, by equations fitted to measured urban trees (``growth_table``). A
planted tree keeps the size it was planted with and gains what a tree of its height gains in that time. Nothing grows on
beyond what was measured. Mortality, pruning, drought and the room below the pavement are left out; two thirds of the
measured trees lie between ``low`` and ``high``.

References
----------
.. [1] McPherson, van Doorn, Peper (2016), Urban Tree Database and Allometric Equations, USDA Forest Service
   PSW-GTR-253, :doi:`10.2737/PSW-GTR-253`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp, log, sqrt

from kastor.city.edit_kinds import Edit, Later, PlantTree
from kastor.city.growth_table import TABLE

MOST_YEARS = 60
"""Further ahead nobody looks. [years]"""

_OLDEST = 150
"""Ages that the equations are asked for. [years]"""

_STEP = 0.5
"""Over which the slope of an equation is taken. [cm]"""

STAND_INS = {
    "acer": "Acer platanoides", "ahorn": "Acer platanoides", "feldahorn": "Acer platanoides",
    "bergahorn": "Acer platanoides", "betula": "Betula pendula", "crataegus": "Crataegus x lavallei",
    "fraxinus": "Fraxinus pennsylvanica", "malus": "Malus", "apfel": "Malus", "pinus": "Pinus strobus",
    "platanus": "Platanus x acerifolia", "prunus": "Prunus serrulata", "kirsche": "Prunus serrulata",
    "pyrus": "Pyrus calleryana", "birne": "Pyrus calleryana", "quercus": "Quercus rubra", "eiche": "Quercus rubra",
    "stieleiche": "Quercus rubra", "traubeneiche": "Quercus rubra", "tilia": "Tilia cordata", "linde": "Tilia cordata",
    "sommerlinde": "Tilia cordata", "silberlinde": "Tilia cordata", "ulmus": "Ulmus americana",
    "aesculus": "Aesculus hippocastanum", "kastanie": "Aesculus hippocastanum", "carpinus": "Carpinus betulus",
    "fagus": "Fagus sylvatica", "rotbuche": "Fagus sylvatica", "gleditsia": "Gleditsia triacanthos",
    "morus": "Morus alba", "zelkova": "Zelkova serrata",
}  # fmt: skip
"""Measured species that speak for their genus, by the genus in Latin or German and by species nobody measured."""


@dataclass(frozen=True)
class Equation:
    """
    One thing predicted from another.

    Parameters
    ----------
    spread
        Exponent of ``x`` by which the variance grows.
    form
        ``lin``, ``quad``, ``cub``, ``loglogw1``, ``loglogw2`` or ``expow1`` of table TS4.
    coefficients
        a, b, and c, d where the form has them.
    least, most
        Range of predictions the authors allow.
    sigma
        Mean squared error, weighted; for logarithmic forms its root.
    """

    spread: float
    form: str
    coefficients: tuple[float, ...]
    least: float
    most: float
    sigma: float

    def at(self, x: float) -> float:
        """The prediction, within its range."""
        return min(max(self.free(x), self.least), self.most)

    def free(self, x: float) -> float:
        """The prediction, wherever it leads."""
        a, b, c, d = (*self.coefficients, 0.0, 0.0)[:4]
        match self.form:
            case "loglogw1":
                return exp(a + b * log(log(x + 1.0) + c / 2.0))
            case "loglogw2":
                return exp(a + b * log(log(x + 1.0)) + sqrt(x) * c / 2.0)
            case "expow1":
                return exp(a + b * x + c / 2.0)
            case _:
                return a + b * x + c * x**2 + d * x**3

    def deviation(self, x: float) -> float:
        """Standard deviation of what was measured about the prediction."""
        if self.form in ("loglogw1", "expow1"):
            return self.at(x) * self.sigma
        if self.form == "loglogw2":
            return self.at(x) * self.sigma * sqrt(x**self.spread)
        return sqrt(self.sigma * x**self.spread)


@dataclass(frozen=True)
class TreeSize:
    """Height and width of the crown [m], diameter of the trunk at 1.3 m [cm]."""

    height: float
    crown: float
    trunk: float


@dataclass(frozen=True)
class Growth:
    """
    How a measured species grows.

    Parameters
    ----------
    latin, german
        What it is called.
    region
        Where it was measured, ``NoEast`` or ``PacfNW``.
    trunk, height, crown
        Its equations: of the age, and of the trunk.
    oldest
        Age up to which they hold. [years]
    """

    latin: str
    german: str
    region: str
    trunk: Equation
    height: Equation
    crown: Equation
    oldest: int

    def size(self, age: float) -> TreeSize:
        """Size at an age [years], which never shrinks."""
        age = min(max(age, 0.5), float(self.oldest))
        trunk = self.trunk.at(age)
        return TreeSize(self.height.at(trunk), self.crown.at(trunk), trunk)

    def deviation(self, age: float) -> TreeSize:
        """Standard deviation of the sizes of trees of an age."""
        age = min(max(age, 0.5), float(self.oldest))
        trunk, among = self.trunk.at(age), self.trunk.deviation(age)
        height, crown = (
            sqrt((_slope(one, trunk) * among) ** 2 + one.deviation(trunk) ** 2) for one in (self.height, self.crown)
        )
        return TreeSize(height, crown, among)

    def age_of(self, height: float) -> float:
        """Age at which it is so high; the oldest or youngest where it never is. [years]"""
        low, high = 0.0, float(self.oldest)
        while high - low > 0.05:
            middle = (low + high) / 2.0
            low, high = (middle, high) if self.size(middle).height < height else (low, middle)
        return (low + high) / 2.0


def _slope(equation: Equation, x: float) -> float:
    return (equation.at(x + _STEP) - equation.at(max(x - _STEP, 0.0))) / (2.0 * _STEP)


def growth_of(species: str) -> Growth | None:
    """How a species grows, by its German or Latin name; None for one nobody has measured nor a relative of it."""
    name = " ".join(species.replace("'", " ").replace("×", "x").lower().split())
    known = _growths()
    for one in known.values():
        if name in (one.latin.lower(), one.german.lower()):
            return one
    for word in (name, *name.split()[:1]):
        if word in STAND_INS:
            return known[STAND_INS[word]]
    return None


def all_growths() -> tuple[Growth, ...]:
    """Every measured species, by its Latin name."""
    return tuple(_growths().values())


@lru_cache(maxsize=1)
def _growths() -> dict[str, Growth]:
    found: dict[str, Growth] = {}
    lines = iter(TABLE.strip().splitlines())
    for line in lines:
        latin, german, region = line.split("|")
        trunk, height, crown = (_equation(next(lines)) for _ in range(3))
        endless = Growth(latin, german, region, trunk, height, crown, _OLDEST)
        found[latin] = replace(endless, oldest=_oldest(endless))
    return found


def _oldest(growth: Growth) -> int:
    """Age up to which the trunk stays in its range and nothing turns downwards, as polynomials do at their end."""
    for age in range(1, _OLDEST):
        trunk, next_trunk = growth.trunk.free(age), growth.trunk.free(age + 1)
        now, next_year = growth.size(age), growth.size(age + 1)
        turns = next_trunk < trunk or next_year.height < now.height or next_year.crown < now.crown
        if turns or next_trunk > growth.trunk.most:
            return age
    return _OLDEST


def _equation(line: str) -> Equation:
    _, spread, form, coefficients, least, most, sigma = line.split("|")
    numbers = tuple(float(one) for one in coefficients.split(","))
    return Equation(float(spread), form, numbers, float(least), float(most), float(sigma))


def later_size(tree: PlantTree, years: float) -> TreeSize | None:
    """
    Size of a planted tree some years later.

    Returns
    -------
    TreeSize or None
        None for a tree that stays as it was planted: its species is unknown, or it says that it does not grow.
    """
    growth = growth_of(tree.species) if tree.grows else None
    if growth is None:
        return None
    begun = growth.age_of(tree.height) if tree.age is None else tree.age
    before, after = growth.size(begun), growth.size(begun + years)
    gained = max(after.height - before.height, 0.0), max(after.crown - before.crown, 0.0)
    return TreeSize(round(tree.height + gained[0], 2), round(tree.crown + gained[1], 2), round(after.trunk, 1))


def years_ahead(edits: Iterable[Edit]) -> int:
    """How many years after planting some edits look at the city; 0 for today. [years]"""
    return next((edit.years for edit in reversed(list(edits)) if isinstance(edit, Later)), 0)


def grown(edits: Iterable[Edit]) -> list[Edit]:
    """The same edits with every planted tree as large as it is in the year they look at."""
    listed = list(edits)
    years = years_ahead(listed)
    return [_grown(edit, years) for edit in listed if not isinstance(edit, Later)]


def _grown(edit: Edit, years: int) -> Edit:
    size = later_size(edit, years) if isinstance(edit, PlantTree) and years else None
    if size is None or not isinstance(edit, PlantTree):
        return edit
    age = None if edit.age is None else edit.age + years
    return replace(edit, height=size.height, crown=size.crown, age=age)
