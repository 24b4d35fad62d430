"""What a computation on the city is: its parameters, what it needs, what it gives, how it is described.

A process is a frozen class whose fields are its parameters. What else is to be said about it stands in
``about``: titles, needs, outputs with units, and a method card. ``run`` is pure: the same parameters on the
same :class:`~kastor.city.site.Site` give the same :class:`Result`, without reading or writing anything.
The description over OGC API - Processes, the command ``kastor run``, the form in the browser, the page of
documentation and the test of all processes follow from this and from nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from kastor.city.model import Kind
from kastor.city.site import Site

Words = Mapping[str, str]
"""A text by language, ``de`` and ``en``."""

LANGUAGES = ("de", "en")

MEMORY_SHARE = 0.7
"""Of a machine's memory, what one run may take."""


class Need(StrEnum):
    """What a process needs of a site."""

    TERRAIN = "terrain"
    BUILDINGS = "buildings"
    STREETS = "streets"
    TREES = "trees"
    LAND_USE = "land_use"


NEEDED_KINDS: Mapping[Need, Kind] = {
    Need.BUILDINGS: Kind.BUILDING,
    Need.STREETS: Kind.STREET,
    Need.TREES: Kind.TREE,
    Need.LAND_USE: Kind.LAND_USE,
}

NEED_WORDS: Mapping[Need, Words] = {
    Need.TERRAIN: {"de": "ein Geländemodell", "en": "terrain"},
    Need.BUILDINGS: {"de": "Gebäude", "en": "buildings"},
    Need.STREETS: {"de": "Straßen", "en": "streets"},
    Need.TREES: {"de": "Bäume", "en": "trees"},
    Need.LAND_USE: {"de": "Flächennutzung", "en": "land use"},
}


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
    margin: float = 0.0
    largest: float = 25e6
    keywords: tuple[str, ...] = ()
    account: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Indicator:
    """
    A number that can be compared.

    Parameters
    ----------
    id
        Output it belongs to.
    value
        None when it cannot be told.
    unit
        Of the value, that of the output.
    low, high
        Range the value lies in as far as is known; None when unknown.
    """

    id: str
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, eq=False)
class Raster:
    """
    Values on square cells, first row in the north.

    Parameters
    ----------
    id, unit
        Output it belongs to, and unit of its values.
    west, north, cell
        Outer corner of the first cell and side of a cell. [m]
    values
        Shape (rows, cols), or (times, rows, cols) with ``times``; NaN where nothing is known.
    times
        Since the beginning; empty for values at no special time. [s]
    """

    id: str
    unit: str
    west: float
    north: float
    cell: float
    values: NDArray[np.float32]
    times: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Features:
    """
    Places with properties.

    Parameters
    ----------
    id, unit
        Output they belong to, and unit of the property of that name.
    ids
        Ids of the objects they are about, or own ones.
    geometry
        In the plane system of the site, shape (n,).
    properties
        A value for each of them by name.
    """

    id: str
    unit: str
    ids: tuple[str, ...]
    geometry: NDArray[np.object_]
    properties: Mapping[str, Sequence[float | int | str | bool | None]]


@dataclass(frozen=True, eq=False)
class Series:
    """Values over time at a place: ``times`` since the beginning [s] and ``values``, both of shape (n,)."""

    id: str
    unit: str
    name: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    place: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """
    What a run gave.

    Parameters
    ----------
    indicators, rasters, features, series
        Each one belongs to an output of the process.
    notes
        What whoever reads the numbers has to know about this run, such as doubtful input.
    account
        Further figures of the run itself, such as its water balance or the steps it took.
    """

    indicators: tuple[Indicator, ...] = ()
    rasters: tuple[Raster, ...] = ()
    features: tuple[Features, ...] = ()
    series: tuple[Series, ...] = ()
    notes: tuple[Words, ...] = ()
    account: Mapping[str, float | int | str] = field(default_factory=dict)


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


class ProcessError(Exception):
    """
    A process cannot run like this; the message names the value and what to do.

    Parameters
    ----------
    en, de
        The same sentence; English where there is no German one.
    """

    def __init__(self, en: str, de: str = "") -> None:
        super().__init__(en)
        self.words: Words = {"de": de or en, "en": en}


class InvalidInput(ProcessError):
    """A parameter is unknown, missing or does not fit."""


class MissingData(ProcessError):
    """The site lacks what the process needs."""


class TooMuch(ProcessError):
    """More is asked for than the process takes or the machine holds."""


class WrongResult(ProcessError):
    """A process gave something it had not declared, or in another unit; its author has to mend it."""


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


@dataclass(frozen=True)
class Choice:
    """A value a parameter may have, what it is called and, where that says too little, a sentence of help."""

    value: str | int
    title: Words
    help: Words | None = None


def said(
    de: str, en: str, unit: str = "", help_de: str = "", help_en: str = "",
    *, choices: Sequence[Choice] = (), expert: bool = False, only_with: Mapping[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """
    What is said about a parameter, for ``json_schema_extra``.

    Parameters
    ----------
    de, en
        Title.
    unit
        As UCUM writes it.
    help_de, help_en
        A sentence of help.
    choices
        Its values in the order they are offered, when it has few.
    expert
        Whether most people leave it as it is.
    only_with
        Values of other parameters without which it has no effect.
    """
    found: dict[str, Any] = {"x-title": {"de": de, "en": en}}
    if unit:
        found["x-unit"] = unit
    if help_de:
        found["x-help"] = {"de": help_de, "en": help_en}
    if choices:
        found["x-choices"] = [_choice(choice) for choice in choices]
    if expert:
        found["x-expert"] = True
    if only_with:
        found["x-only-with"] = dict(only_with)
    return found


def _choice(choice: Choice) -> dict[str, Any]:
    found = {"value": choice.value, "x-title": dict(choice.title)}
    return found if choice.help is None else {**found, "x-help": dict(choice.help)}


def parameters(process: type[Process], language: str) -> dict[str, dict[str, Any]]:
    """JSON Schema of each parameter by name, references resolved, titles and help in one language."""
    whole = process.model_json_schema()
    required = set(whole.get("required", ()))
    found = {}
    for name, schema in whole.get("properties", {}).items():
        own = _resolved(schema, whole.get("$defs", {}))
        found[name] = {**_spoken(own, language), "x-required": name in required}
    return found


def _resolved(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_resolved(entry, definitions) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = definitions[schema["$ref"].rpartition("/")[2]]
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _resolved({**target, **rest}, definitions)
    # one of several kinds is told by its discriminator, whose mapping points into what is resolved here
    return {key: _resolved(value, definitions) for key, value in schema.items() if key != "discriminator"}


def _spoken(schema: Any, language: str) -> Any:
    if isinstance(schema, list):
        return [_spoken(entry, language) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _spoken(value, language) for key, value in schema.items() if key not in ("x-title", "x-help")}
    if "x-title" in schema:
        found["title"] = schema["x-title"][language]
    if "x-help" in schema:
        # a choice says "help", as no keyword of JSON Schema is meant
        found["help" if "value" in schema else "description"] = schema["x-help"][language]
    return found


def made(process: type[Process], inputs: Mapping[str, Any]) -> Process:
    """
    A process with its parameters.

    Raises
    ------
    InvalidInput
        When one is unknown, missing or does not fit; all of them are named, with value and cure.
    """
    try:
        return process.model_validate(inputs)
    except ValidationError as error:
        faults = [_complaint(process, fault) for fault in error.errors(include_url=False)]
        raise InvalidInput("; ".join(f["en"] for f in faults), "; ".join(f["de"] for f in faults)) from None


def _complaint(process: type[Process], error: Any) -> Words:
    where = ".".join(str(step) for step in error["loc"]) or "inputs"
    if error["type"] == "extra_forbidden":
        names = ", ".join(found.alias or name for name, found in process.model_fields.items())
        return {
            "de": f"{where}: das gibt es nicht; bekannt sind {names or 'keine'}",
            "en": f"{where}: there is no such parameter; known are {names or 'none'}",
        }
    if error["type"] == "missing":
        return {"de": f"{where}: fehlt; bitte angeben", "en": f"{where}: it is missing; give a value"}
    value = repr(str(error["input"])[:60])
    return {
        "de": f"{where}: {value} passt nicht: {german_fault(error)}",
        "en": f"{where}: {value} does not fit: {error['msg'].lower()}",
    }


_FAULTS = {
    "greater_than": "muss größer als {gt:g} sein", "greater_than_equal": "muss mindestens {ge:g} sein",
    "less_than": "muss kleiner als {lt:g} sein", "less_than_equal": "darf höchstens {le:g} sein",
    "literal_error": "möglich sind {expected}", "too_long": "höchstens {max_length} Einträge",
    "too_short": "mindestens {min_length} Einträge", "missing": "fehlt", "extra_forbidden": "gibt es nicht",
    "finite_number": "muss eine endliche Zahl sein",
}  # fmt: skip
_KINDS = {"int": "ist keine ganze Zahl", "float": "ist keine Zahl", "bool": "muss ja oder nein sein"}


def german_fault(error: Any) -> str:
    """What pydantic finds wrong, in German."""
    kind = str(error["type"])
    if kind in _FAULTS:
        return _FAULTS[kind].format(**error.get("ctx", {})).replace(" or ", " oder ")
    return _KINDS.get(kind.partition("_")[0], "hat nicht die erwartete Form")


def check_demand(process: Process, area: shapely.Geometry, memory: float) -> None:
    """
    See that an area is not too large, before anything is read.

    Parameters
    ----------
    memory
        What the machine has. [bytes]

    Raises
    ------
    TooMuch
        When it is, with what would help.
    """
    about, size = process.about, float(shapely.area(area))
    if size > about.largest:
        raise TooMuch(
            f"{about.id}: the area has {size / 1e6:,.1f} km², at most {about.largest / 1e6:,.0f} km² can be computed at"
            " once. Choose a smaller area.",
            f"{about.title['de']}: Das Gebiet hat {size / 1e6:.1f} km², höchstens {about.largest / 1e6:.0f} km² lassen"
            " sich auf einmal berechnen. Wählen Sie ein kleineres Gebiet.",
        )
    west, south, east, north = shapely.bounds(area).tolist()
    around = (east - west + 2 * about.margin) * (north - south + 2 * about.margin)
    needed = process.demand(around).memory
    if needed > memory * MEMORY_SHARE:
        raise TooMuch(
            f"{about.id}: {size / 1e6:,.1f} km² in this detail need about {needed / 1e9:,.1f} GB of memory; this"
            f" machine has {memory / 1e9:,.1f} GB. Choose larger cells or a smaller area.",
            f"{about.title['de']}: {size / 1e6:.1f} km² brauchen so fein etwa {needed / 1e9:.1f} GB Speicher;"
            f" dieser Rechner hat {memory / 1e9:.1f} GB. Wählen Sie größere Zellen oder ein kleineres Gebiet.",
        )


def check_site(about: About, site: Site) -> None:
    """
    See that a site has what a process needs.

    Raises
    ------
    MissingData
        When something is missing.
    """
    lacking = [need for need in sorted(about.needs) if not _has(site, need)]
    if lacking:
        de, en = (", ".join(NEED_WORDS[need][language] for need in lacking) for language in LANGUAGES)
        raise MissingData(
            f"{about.id}: the area has no {en}. Load such data or choose another area.",
            f"{about.title['de']}: Im Gebiet fehlt: {de}. Laden Sie solche Daten oder wählen Sie ein anderes Gebiet.",
        )


def _has(site: Site, need: Need) -> bool:
    if need is Need.TERRAIN:
        return site.terrain is not None and bool(np.isfinite(site.terrain.heights).any())
    return bool((site.city.kind == NEEDED_KINDS[need]).any())


def check_result(about: About, result: Result) -> None:
    """
    See that a result is what the process declares.

    Raises
    ------
    WrongResult
        When something is not declared, double, of another unit or no number.
    """
    declared: dict[tuple[str, str], str] = {(output.type, output.id): output.unit for output in about.outputs}
    given = [
        *(("indicator", i.id, i.unit) for i in result.indicators),
        *(("raster", r.id, r.unit) for r in result.rasters),
        *(("features", f.id, f.unit) for f in result.features),
        *(("series", s.id, s.unit) for s in result.series),
    ]
    for kind, name, unit in given:
        if (kind, name) not in declared:
            raise WrongResult(f"{about.id}: the {kind} {name!r} is not declared.")
        if unit != declared[kind, name]:
            raise WrongResult(f"{about.id}: {name!r} came in {unit!r}, declared is {declared[kind, name]!r}.")
    once = [(kind, name) for kind, name, _ in given if kind != "series"]
    if len(set(once)) < len(once):
        raise WrongResult(f"{about.id}: an output came twice.")
    for indicator in result.indicators:
        if any(v is not None and not np.isfinite(v) for v in (indicator.value, indicator.low, indicator.high)):
            raise WrongResult(f"{about.id}: the indicator {indicator.id!r} is {indicator.value}, which is no number.")
    for found in result.features:
        if {len(found.ids)} != {len(found.geometry), *map(len, found.properties.values())}:
            raise WrongResult(f"{about.id}: the features {found.id!r} lack ids, places or values for some of them.")
    for raster in result.rasters:
        shape = raster.values.shape
        if len(shape) != (3 if raster.times else 2) or (raster.times and shape[0] != len(raster.times)):
            raise WrongResult(
                f"{about.id}: the raster {raster.id!r} has the shape {shape} and {len(raster.times)} times."
            )
