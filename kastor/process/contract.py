"""The process itself: its parameters are fields, what else is to be said about it stands in ``about``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from kastor.city.site import Site
from kastor.process.results import Result
from kastor.process.words import Words


class Need(StrEnum):
    """What a process needs of a site."""

    TERRAIN = "terrain"
    BUILDINGS = "buildings"
    STREETS = "streets"
    TREES = "trees"
    LAND_USE = "land_use"
    DESIGN_RAIN = "design_rain"
    WEATHER = "weather"


@dataclass(frozen=True)
class LegendClass:
    """A band of values, ``low`` <= value < ``high`` with None for no limit, and its colour, ``#rrggbb``."""

    low: float | None
    high: float | None
    colour: str
    title: Words


@dataclass(frozen=True)
class Column:
    """A value that stands beside others, such as a property of features: name, what it is called, and unit."""

    id: str
    title: Words
    unit: str = ""


@dataclass(frozen=True)
class Output:
    """
    Something a process gives.

    Parameters
    ----------
    id
        Name, unique in the process.
    type
        ``indicator`` (a number), ``raster``, ``features`` or ``series`` (values over time).
    title
        What it is.
    unit
        Of its values as UCUM writes it, ``1`` for a plain number or share; for features that of the property
        named like the output.
    better
        Of an indicator: which direction is wanted; empty when neither.
    legend
        Bands of values of a raster or features.
    columns
        Further properties of features.
    """

    id: str
    type: Literal["indicator", "raster", "features", "series"]
    title: Words
    unit: str
    better: Literal["more", "less", ""] = ""
    legend: tuple[LegendClass, ...] = ()
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True)
class MethodCard:
    """
    How a process computes, in plain words.

    Parameters
    ----------
    method
        What it does.
    sources
        Norms and papers, with number or DOI.
    suited, unsuited
        What it may be used for, and what it does not replace.
    checked
        Against what it was tested and how well it did.
    """

    method: Words
    sources: tuple[str, ...]
    suited: Words
    unsuited: Words
    checked: Words


@dataclass(frozen=True)
class About:
    """
    What is said about a process besides its parameters.

    Parameters
    ----------
    id
        Name in addresses and commands.
    version
        Changes whenever the same input gives another result.
    title, summary
        What it is called and what question it answers.
    outputs
        All it may give.
    card
        How it computes.
    needs
        What a site must have.
    uses
        What it also works with where a site has it.
    margin
        How far around the area the site is cut out. [m]
    largest
        Most area it takes. [m²]
    keywords
        For catalogues.
    account
        What the further figures of a run are called.
    """

    id: str
    version: str
    title: Words
    summary: Words
    outputs: tuple[Output, ...]
    card: MethodCard
    needs: frozenset[Need] = frozenset()
    uses: frozenset[Need] = frozenset()
    margin: float = 0.0
    largest: float = 25e6
    keywords: tuple[str, ...] = ()
    account: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Demand:
    """What a run takes, roughly: time on a usual machine [s] and memory [bytes]."""

    seconds: float
    memory: float


class Progress(Protocol):
    """How a run tells how far it is. Whoever does not want to wait any longer raises from it."""

    def at(self, done: float, what: Words) -> None:
        """Tell how much is ``done``, 0..1, and what is being done."""

    def show(self, result: Result) -> None:
        """Show what is known so far; a finer one follows."""


class Quiet:
    """Progress nobody watches."""

    def at(self, done: float, what: Words) -> None:
        """Nothing happens."""

    def show(self, result: Result) -> None:
        """Nothing happens."""


class Process(BaseModel):
    """A computation on the city; its fields are its parameters, made with :func:`said`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    about: ClassVar[About]

    @property
    def ground(self) -> float:
        """Side of the cells of the ground it wants; it may get larger ones where there are no finer. [m]"""
        return 1.0

    def demand(self, size: float) -> Demand:
        """What a run on an area of some size [m²] takes; what it really took corrects the time."""
        cells = size / self.ground**2
        return Demand(0.5 + 1e-6 * cells, 2e8 + 100 * cells)

    def run(self, site: Site, progress: Progress) -> Result:
        """Compute; pure, so the same site gives the same result."""
        raise NotImplementedError
