"""What a development plan limits, as the plan-rule check asks it: parts of the building area, buildable areas, lines.

The edition of the BauNVO is the one the plan names; where it names none, the one in force when the draft was on
display (§§ 25 to 25d BauNVO), else it is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from kastor.formats.xplanung.areas import areas_of
from kastor.formats.xplanung.envelopes import AREAS, LINES, Envelope, Height, Limit, envelopes, heights_of, limits_of
from kastor.formats.xplanung.model import Plan, PlanObject
from kastor.planning.rule_special import Special, special_of

EDITIONS = (1962, 1968, 1977, 1990, 2013, 2017, 2021, 2023)
"""Years of the editions that differ in what is checked here."""

CODES: Mapping[str, int] = {"1000": 1962, "2000": 1968, "3000": 1977, "4000": 1990}
"""XP_VersionBauNVO of older versions of the standard."""

STREETS = ("BP_StrassenVerkehrsFlaeche", "BP_StrassenVerkehrsflaeche", "SO_Strassenverkehr", "SO_Strassenverkehrsrecht",
           "BP_VerkehrsflaecheBesondererZweckbestimmung", "BP_VerkehrsFlaecheBesondererZweckbestimmung")  # fmt: skip
"""Classes of areas for traffic."""

_YEAR = re.compile(r"(?<!\d)(19[6-9]\d|20[0-4]\d)(?!\d)")


@dataclass(frozen=True)
class Part:
    """
    A part of the building area.

    Parameters
    ----------
    use
        Code of besondereArtDerBaulNutzung; empty when not said.
    open
        Whether houses stand apart (offene Bauweise); None where the plan does not say.
    limits
        By the names of ``envelopes.NUMBERS``.
    texts
        Whether the plan has rules in words for it.
    special
        What it is as a special area (Sondergebiet); None when it is none.
    """

    id: str
    area: BaseGeometry
    use: str
    open: bool | None
    limits: Mapping[str, Limit]
    heights: tuple[Height, ...]
    texts: bool
    special: Special | None = None


@dataclass(frozen=True)
class Line:
    """A Baugrenze or Baulinie."""

    id: str
    kind: str
    line: BaseGeometry


@dataclass(frozen=True)
class PlanLimits:
    """
    A development plan as limits.

    Parameters
    ----------
    id, name
        Of the plan.
    object
        Its id in the file.
    area
        What it is for; None when it does not say.
    edition
        Year of the BauNVO it follows; None when not known.
    windows
        Buildable areas.
    streets
        Areas for traffic, joined; None when there are none.
    buildable
        The buildable areas, joined.
    texts
        Whether it has rules in words that belong to no object.
    """

    id: str
    name: str
    object: str
    area: BaseGeometry | None
    edition: int | None
    parts: tuple[Part, ...]
    windows: tuple[Envelope, ...]
    lines: tuple[Line, ...]
    streets: BaseGeometry | None
    buildable: BaseGeometry = field(default_factory=shapely.Polygon)
    texts: bool = False


def limits(plan_id: str, plan: Plan) -> PlanLimits:
    """The limits of a plan."""
    streets = [_whole(o) for o in plan.objects if o.kind in STREETS and areas_of(o.geometry)]
    windows = envelopes(plan)
    texts = {o.id: o.text("text").strip() for o in plan.objects if "Text" in o.kind and o.geometry is None}
    named = {name for o in plan.objects for name in o.targets("refTextInhalt")}
    return PlanLimits(
        id=plan_id,
        name=plan.name or plan.object.id,
        object=plan.object.id,
        area=None if plan.area is None else shapely.make_valid(plan.area),
        edition=edition(plan),
        parts=tuple(_part(o, texts) for o in plan.objects if o.kind in AREAS and areas_of(o.geometry)),
        windows=windows,
        lines=tuple(
            Line(o.id, LINES[o.kind], o.geometry) for o in plan.objects if o.kind in LINES and o.geometry is not None
        ),
        streets=shapely.union_all(streets) if streets else None,
        buildable=shapely.union_all([w.area for w in windows]) if windows else shapely.Polygon(),
        texts=any(text and name not in named for name, text in texts.items()),
    )


def edition(plan: Plan) -> int | None:
    """
    Year of the edition of the BauNVO a plan follows.

    Examples
    --------
    A plan that names the version of 21.11.2017 follows the edition of 2017.
    """
    years = [year for o in (plan.object, *(s.object for s in plan.sections)) for year in _years(o)]
    if not years:
        years = [int(y) for y in _YEAR.findall(plan.dates.get("auslegungsStartDatum", "")[:4])]
    return max((e for e in EDITIONS if e <= max(years)), default=None) if years else None


def _years(o: PlanObject) -> Iterator[int]:
    for name, value in o.attributes.items():
        if not name.startswith("versionBauNVO"):
            continue
        for text in _texts(value):
            if name in ("versionBauNVO", "versionBauNVOTyp") and text in CODES:
                yield CODES[text]
            yield from map(int, _YEAR.findall(text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    else:
        yield str(value)


def _part(o: PlanObject, texts: Mapping[str, str]) -> Part:
    return Part(
        id=o.id,
        area=_whole(o),
        use=o.text("besondereArtDerBaulNutzung"),
        open={"1000": True, "2000": False}.get(o.text("bauweise")),
        limits=limits_of([o]),
        heights=tuple(heights_of(o)),
        texts=bool(o.values("refTextInhalt")),
        special=special_of(o, texts),
    )


def _whole(o: PlanObject) -> BaseGeometry:
    """The area of an object without what is wrong with it."""
    return shapely.union_all(areas_of(shapely.make_valid(o.geometry))) if o.geometry is not None else shapely.Polygon()
