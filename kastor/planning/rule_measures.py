"""How much is built on a plot: site coverage, floor space, mass, against what a plan allows (§§ 16 to 21 BauNVO).

Everything is counted per plot and part of the building area, since every part has numbers of its own: the plot's share
of a part is the area, the buildings' share of it what counts. Where plots are not known the whole part stands for
one: what exceeds even that is too much on any plot, the rest cannot be told, and the least plot that would do is named.

Editions before 1990 know no second number for ancillary works (§ 19 Abs. 4) and count rooms to dwell in outside of full
storeys, which makes the floor area below a pitched roof uncertain (§ 20 Abs. 2 of 1962, 1968, 1977).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

import shapely
from shapely.geometry.base import BaseGeometry

from kastor.formats.xplanung.envelopes import Limit
from kastor.planning.built import Building, Plot
from kastor.planning.plan_limits import Part, PlanLimits
from kastor.planning.verdicts import Answer, Source, Verdict, number, said

EXACT = 0.0005
"""Numbers of coverage that exceed by less are kept; plans give two decimals."""

MORE, MOST = 1.5, 0.8
"""Ancillary works may exceed the GRZ by half, up to 0.8 (§ 19 Abs. 4 BauNVO since 1990)."""

THIN = 1.0
"""A share of a plot that is nowhere wider is a strip: plans are drawn on other borders than parcels. [m]"""

COUNTED = 0.5
"""Buildings that cover less of a plot do not count on it. [m²]"""


@dataclass(frozen=True)
class Range:
    """What is built: at least and at most, where not everything is known."""

    low: float
    high: float


@dataclass(frozen=True)
class Ground:
    """
    A plot's share of a part of the building area, and what is on it.

    Parameters
    ----------
    area
        Of that share. [m²]
    known
        Whether it is a plot; else it is the whole part.
    whole
        Area of all of the plot; that of the part where it is none. [m²]
    strip
        Whether the plot's share is a thin strip: borders of plots and plans are drawn apart by as much.
    main, all
        Ground covered by main buildings, and by everything with ancillary and sealed areas. [m²]
    floor
        Floor area of full storeys. [m²]
    mass
        Volume between ground and eaves; None when unknown. [m³]
    """

    area: float
    known: bool
    whole: float
    strip: bool
    main: float
    all: float
    floor: Range | None
    mass: float | None


def measure_verdicts(
    buildings: Sequence[Building], plan: PlanLimits, plots: Sequence[Plot], sealed: Sequence[BaseGeometry] = ()
) -> list[Verdict]:
    """
    The measures of every part of the building area that planned buildings stand on, per plot.

    Parameters
    ----------
    buildings
        Planned ones and those that stay.
    sealed
        Drives, parking and other sealed areas.
    """
    found: list[Verdict] = []
    for part in plan.parts:
        known = [p for p in plots if p.area.intersection(part.area).area > COUNTED]
        places: list[tuple[BaseGeometry, Plot | None]] = [(p.area.intersection(part.area), p) for p in known]
        rest = part.area.difference(shapely.union_all([p.area for p in known])) if known else part.area
        places.append((rest, None))
        for place, plot in places:
            here = [b for b in buildings if b.outline.intersection(place).area > COUNTED]
            planned = [b for b in here if b.planned]
            # what stands elsewhere in the part stands on plots of its own
            here = here if plot is not None else planned
            if planned:
                about = max(planned, key=lambda b: (b.kind == "main", b.outline.area)).id
                ground = measured(place, plot, here, sealed, plan.edition)
                found += _verdicts(about, ground, part, plan)
    return found


def measured(
    place: BaseGeometry, plot: Plot | None, here: Sequence[Building], sealed: Sequence[BaseGeometry],
    edition: int | None,
) -> Ground:  # fmt: skip
    """
    What is built on a place.

    Parameters
    ----------
    place
        Share of a plot in a part of the building area: only that counts (§ 19 Abs. 3 BauNVO).
    plot
        None where the place is the part itself.
    """
    shares = {b.id: float(b.outline.intersection(place).area) for b in here}
    main = [b for b in here if b.kind == "main"]
    covered = [*(b.outline for b in here), *sealed]
    whole = shapely.union_all(covered).intersection(place).area if covered else 0.0
    floor = _floor(main, shares, edition)
    walls = [(b.eaves if b.eaves is not None else b.top, b.ground) for b in main]
    mass = None
    if all(top is not None and ground is not None for top, ground in walls):
        mass = sum(
            shares[b.id] * max((top or 0.0) - (ground or 0.0), 0.0)
            for b, (top, ground) in zip(main, walls, strict=True)
        )
    known = plot is not None
    strip = known and place.buffer(-THIN / 2).is_empty
    all_of_it = float(plot.area.area) if plot is not None else float(place.area)
    covered_by_main = sum(shares[b.id] for b in main)
    return Ground(float(place.area), known, all_of_it, strip, covered_by_main, float(whole), floor, mass)


def _floor(main: Sequence[Building], shares: dict[str, float], edition: int | None) -> Range | None:
    """Floor area of full storeys: storeys estimated from heights may be one more or less."""
    low = high = 0.0
    for b in main:
        if b.storeys is None:
            return None
        low += shares[b.id] * (max(b.storeys - 1, 1) if b.guessed else b.storeys)
        # rooms below a pitched roof counted before 1990
        attic = 1 if b.pitched and (edition is None or edition < 1990) else 0
        high += shares[b.id] * (b.storeys + (1 if b.guessed else 0) + attic)
    return Range(low, high)


def second_limit(grz: float) -> float:
    """
    The most that may be covered with ancillary works (§ 19 Abs. 4 BauNVO since 1990).

    Examples
    --------
    >>> [round(second_limit(grz), 2) for grz in (0.2, 0.4, 0.6, 0.8, 1.0)]
    [0.3, 0.6, 0.8, 0.8, 1.0]
    """
    return max(grz, min(MORE * grz, MOST))


def _verdicts(about: str, ground: Ground, part: Part, plan: PlanLimits) -> Iterator[Verdict]:
    limits = part.limits
    year = f" {plan.edition}" if plan.edition else ""
    if limit := limits.get("grz"):
        source = _source(plan, limit, f"§ 19 BauNVO{year}")
        yield _share("grz", about, ground, Range(ground.main, ground.main), limit.value, source)
        if plan.edition is None or plan.edition >= 1990:
            source = _source(plan, limit, f"§ 19 Abs. 4 BauNVO{year}")
            second = _share("grz2", about, ground, Range(ground.all, ground.all), second_limit(limit.value), source)
            # before 1990 there was no such number
            yield second if plan.edition or second.verdict == "kept" else _unsure(second)
    if limit := limits.get("gfz"):
        source = _source(plan, limit, f"§ 20 BauNVO{year}")
        yield _share("gfz", about, ground, ground.floor, limit.value, source)
    if limit := limits.get("bmz"):
        mass = None if ground.mass is None else Range(ground.mass, ground.mass)
        yield _share("bmz", about, ground, mass, limit.value, _source(plan, limit, f"§ 21 BauNVO{year}"))
    for rule, name, built, section in (
        ("ground_area", "ground_area", Range(ground.main, ground.main), "§ 19"),
        ("floor_area", "floor_area", ground.floor, "§ 20"),
    ):
        if limit := limits.get(name):
            yield _amount(rule, about, built, limit.value, _source(plan, limit, f"{section} BauNVO{year}"))


def _source(plan: PlanLimits, limit: Limit, paragraph: str) -> Source:
    return Source(plan.id, limit.object_id, paragraph)


def _share(rule: str, about: str, ground: Ground, built: Range | None, limit: float, source: Source) -> Verdict:
    """A number per area of the plot."""
    if built is None:
        text = said("Zahl der Geschosse ist nicht überall bekannt", "The number of storeys is not known everywhere")
        return Verdict(rule, about, "unknown", source, text, None, limit)
    low, high = built.low / ground.area, built.high / ground.area
    de, en = _counted(ground)
    if low > limit + EXACT:
        text = said(f"{{v}} statt höchstens {{m}}{de}", f"{{v}} instead of at most {{m}}{en}",
                    v=number(low), m=number(limit))  # fmt: skip
        if ground.strip:
            return Verdict(rule, about, "unknown", source, text, round(low, 4), limit)
        return Verdict(rule, about, "broken", source, text, round(low, 4), limit, round(low - limit, 4))
    if not ground.known:
        return _needs(rule, about, built, limit, source)
    if high > limit + EXACT:
        text = said(
            f"{{v}} bis {{w}} von höchstens {{m}}; Geschosse sind geschätzt oder Räume im Dach zählen mit{de}",
            f"{{v}} to {{w}} of at most {{m}}; storeys are estimated or rooms below the roof count{en}",
            v=number(low), w=number(high), m=number(limit),
        )  # fmt: skip
        return Verdict(rule, about, "unknown", source, text, round(low, 4), limit)
    text = said(f"{{v}} von höchstens {{m}}{de}", f"{{v}} of at most {{m}}{en}", v=number(high), m=number(limit))
    return Verdict(rule, about, "kept", source, text, round(high, 4), limit, 0.0)


def _counted(ground: Ground) -> tuple[str, str]:
    """What of the plot counts, where it lies only partly in the building area."""
    if ground.whole - ground.area <= max(COUNTED, EXACT * ground.whole):
        return "", ""
    part, whole = number(ground.area, 0), number(ground.whole, 0)
    if ground.strip:
        return (
            f"; nur ein Streifen von {part['de']} m² des Grundstücks ({whole['de']} m²) liegt hier, vermutlich sind die"
            " Grenzen anders gezeichnet",
            f"; only a strip of {part['en']} m² of the plot ({whole['en']} m²) lies here, its border is probably drawn"
            " another way",
        )
    return (
        f"; gerechnet mit {part['de']} von {whole['de']} m² des Grundstücks, der Rest liegt nicht hier (§ 19 Abs. 3)",
        f"; counted with {part['en']} of {whole['en']} m² of the plot, the rest does not lie here (§ 19 Abs. 3)",
    )


def _needs(rule: str, about: str, built: Range, limit: float, source: Source) -> Verdict:
    """Where the plot is not known: how large it has to be."""
    text = said(
        "Grundstück nicht bekannt; es braucht mindestens {a} m² (höchstens {m})",
        "The plot is not known; it needs at least {a} m² (at most {m})",
        a=number(ceil(built.high / limit - 1e-6), 0), m=number(limit),
    )  # fmt: skip
    return Verdict(rule, about, "unknown", source, text, None, limit)


def _amount(rule: str, about: str, built: Range | None, limit: float, source: Source) -> Verdict:
    """A number of square metres."""
    if built is None:
        text = said("Zahl der Geschosse ist nicht überall bekannt", "The number of storeys is not known everywhere")
        return Verdict(rule, about, "unknown", source, text, None, limit, None, "m²")
    over = built.low - limit
    answer: Answer = "broken" if over > 0.05 else "kept" if built.high <= limit + 0.05 else "unknown"
    if answer == "broken":
        text = said("{n} m² zu viel (höchstens {m} m²)", "{n} m² too much (at most {m} m²)",
                    n=number(over, 1), m=number(limit, 0))  # fmt: skip
    else:
        text = said("{v} m² von höchstens {m} m²", "{v} m² of at most {m} m²",
                    v=number(built.high, 1), m=number(limit, 0))  # fmt: skip
    return Verdict(rule, about, answer, source, text, round(built.low, 2), limit,
                   round(over, 2) if answer == "broken" else 0.0, "m²")  # fmt: skip


def _unsure(verdict: Verdict) -> Verdict:
    words = {
        "de": f"{verdict.text['de']}; gilt nur, wenn der Plan der BauNVO ab 1990 folgt",
        "en": f"{verdict.text['en']}; holds only when the plan follows the BauNVO of 1990 or later",
    }
    return replace(verdict, verdict="unknown", difference=None, text=words)
