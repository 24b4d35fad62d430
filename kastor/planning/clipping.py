"""Cuts a planned building to what a plan allows: footprint to the buildable area, storeys and height to their limits.

What it gives is a proposal as an edit; it is checked like any other. Site coverage and floor space are not clipped,
since how to become smaller is a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import floor

import shapely
from shapely.geometry.base import BaseGeometry

from kastor.city.edits import AddBuilding
from kastor.formats.xplanung.envelopes import Envelope
from kastor.planning.built import Building
from kastor.planning.heights import ABOVE_SEA, EAVES, TOPS, above_sea
from kastor.planning.plan_limits import PlanLimits
from kastor.planning.rule_places import window_of, windows_of
from kastor.planning.verdicts import Words, count, number, said

SLIVER = 0.01
"""Less than this is not cut off. [m²]"""

LOWEST = 1.0
"""What would be lower is no building. [m]"""

SMALLEST = 4.0
"""A footprint that would be smaller is no building. [m²]"""

WITHIN = 0.002
"""Footprints are cut this far inside of a limit, so that rounding leaves nothing beyond. [m]"""


@dataclass(frozen=True)
class Clipped:
    """
    A building cut to a plan.

    Parameters
    ----------
    edit
        The building as it may be; None when nothing of it may stand here.
    changes
        What was changed, in words; empty when it kept everything.
    """

    edit: AddBuilding | None
    changes: tuple[Words, ...]


def clipped(edit: AddBuilding, build: Callable[[AddBuilding], Building], plan: PlanLimits) -> Clipped:
    """
    A planned building cut to a plan.

    Parameters
    ----------
    build
        Gives the building an edit makes, as the rules see it.
    """
    building = build(edit)
    if window_of(building, plan) is None and plan.windows:
        return Clipped(None, (said("Hier ist keine überbaubare Fläche.", "There is no buildable area here."),))
    outline = _outline(building.outline, plan)
    if outline is None:
        nothing = said("In der überbaubaren Fläche bleibt nichts übrig.", "Nothing is left within the buildable area.")
        return Clipped(None, (nothing,))
    changes: list[Words] = []
    if building.outline.area - outline.area > SLIVER:
        corners = shapely.get_coordinates(outline.exterior)[:-1].round(3).tolist()
        edit = replace(edit, footprint=tuple((x, y) for x, y in corners))
        changes.append(
            said(
                "Grundfläche von {a} auf {b} m².", "Footprint from {a} to {b} m².",
                a=number(building.outline.area, 1), b=number(outline.area, 1),
            )
        )  # fmt: skip
    most = _storeys(building, plan)
    if most is not None and building.storeys is not None and building.storeys > most:
        edit = _lower(edit, building.storeys, most)
        changes.append(
            said("Geschosse von {a} auf {b}.", "Storeys from {a} to {b}.", a=count(building.storeys), b=count(most))
        )
    return _to_height(edit, build(edit), plan, changes)


def _outline(outline: BaseGeometry, plan: PlanLimits) -> shapely.Polygon | None:
    """The largest part of an outline within the buildable areas, holes filled by nothing; None when too small."""
    allowed = plan.buildable if plan.windows else plan.area
    if allowed is None or allowed.covers(outline):
        return outline if isinstance(outline, shapely.Polygon) else _largest(outline)
    return _largest(outline.intersection(allowed.buffer(-WITHIN, join_style="mitre")))


def _largest(shape: BaseGeometry) -> shapely.Polygon | None:
    parts = [p for p in shapely.get_parts(shape).tolist() if isinstance(p, shapely.Polygon)]
    best = max(parts, key=lambda p: p.area, default=None)
    if best is None or best.area < SMALLEST:
        return None
    return shapely.Polygon(best.exterior)


def _storeys(building: Building, plan: PlanLimits) -> float | None:
    windows = windows_of(building, plan)
    known = [
        w.limits[name].value for w in windows for name in ("storeys_most", "storeys_exact") if name in w.limits
    ]  # fmt: skip
    return min(known, default=None)


def _lower(edit: AddBuilding, before: float, most: float) -> AddBuilding:
    """Fewer storeys; the height falls with them where it was said."""
    storeys = max(floor(most), 1)
    if edit.height is None:
        return replace(edit, storeys=storeys)
    height = max(edit.height - (before - storeys) * edit.storey_height, edit.storey_height)
    return replace(edit, storeys=storeys if edit.storeys is not None else None, height=height)


def _to_height(edit: AddBuilding, building: Building, plan: PlanLimits, changes: list[Words]) -> Clipped:
    """A height below every limit; those of the eaves take the whole building down with them."""
    excess = max((over for w in windows_of(building, plan) for over in _excess(building, w)), default=0.0)
    if excess <= 0.0 or building.top is None or building.foot is None:
        return Clipped(edit, tuple(changes))
    height = floor((building.top - building.foot - excess) * 1000) / 1000
    if height < LOWEST:
        nothing = said("Unter der erlaubten Höhe bleibt nichts übrig.", "Nothing is left below the allowed height.")
        return Clipped(None, (nothing,))
    changes.append(said("{a} m niedriger.", "{a} m lower.", a=number(excess)))
    return Clipped(replace(edit, height=height), tuple(changes))


def _excess(building: Building, window: Envelope) -> Iterator[float]:
    """By how much a building is higher than each height of a buildable area that can be told. [m]"""
    for fixed in window.heights:
        if fixed.point not in TOPS | EAVES or (fixed.reference in ABOVE_SEA and not building.level):
            continue
        base = building.street if fixed.reference in ("2500", "3500") else building.ground
        limit = above_sea(fixed, base)
        real = building.eaves if fixed.point in EAVES else building.top
        if limit is not None and real is not None:
            yield real - limit
