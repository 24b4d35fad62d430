"""Where buildings may stand: in the area of the plan, within the building limits, on the building line, off the border.

Source: BauNVO § 23; § 30 BauGB; distances after § 6 of the model building code (MBO), which states may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kastor.formats.xplanung.envelopes import Envelope
from kastor.planning.built import Building, Plot
from kastor.planning.plan_limits import Part, PlanLimits
from kastor.planning.verdicts import Answer, Source, Verdict, number, said

NEAR = 0.01
"""Nearer than this counts as on the line; borders of plans are given to the millimetre. [m]"""

ON_LINE = 0.05
"""A wall this close to a Baulinie stands on it. [m]"""

REACHES = 0.5
"""A building that covers less of a buildable area does not reach into it. [m²]"""

DISTANCE, LEAST_DISTANCE = 0.4, 3.0
"""Share of the wall's height, and the least [m], that is kept to the border of a plot (§ 6 Abs. 5 MBO)."""


def window_of(building: Building, plan: PlanLimits) -> Envelope | None:
    """The buildable area most of a building stands in, else the nearest of the part of the building area it is in."""
    shares = [w.area.intersection(building.outline).area for w in plan.windows]
    if shares and max(shares) > 0.0:
        return plan.windows[int(np.argmax(shares))]
    part = part_of(building, plan)
    inside = [w for w in plan.windows if part is not None and w.around == part.id]
    return min(inside, key=lambda w: w.area.distance(building.outline), default=None)


def windows_of(building: Building, plan: PlanLimits) -> list[Envelope]:
    """The buildable areas a building reaches into, those that hold most of it first."""
    shares = [(w.area.intersection(building.outline).area, w) for w in plan.windows]
    return [w for share, w in sorted(shares, key=lambda pair: -pair[0]) if share > REACHES]


def part_of(building: Building, plan: PlanLimits) -> Part | None:
    """The part of the building area most of a building stands in."""
    shares = [p.area.intersection(building.outline).area for p in plan.parts]
    return plan.parts[int(np.argmax(shares))] if shares and max(shares) > 0.0 else None


def extent(building: Building, plan: PlanLimits) -> Iterator[Verdict]:
    """Whether a building stands in the area of the plan."""
    source = Source(plan.id, plan.object, "§ 30 BauGB")
    if plan.area is None:
        yield Verdict("extent", building.id, "unknown", source, said(
            "Der Plan nennt keinen Geltungsbereich", "The plan does not say what area it is for"))  # fmt: skip
        return
    beyond = _thick(building.outline.difference(plan.area))
    if beyond.area >= building.outline.area - 0.01:
        yield Verdict("extent", building.id, "unknown", source, said(
            "Liegt außerhalb des Plans; hier gelten §§ 34, 35 BauGB oder ein anderer Plan",
            "Stands outside of the plan; §§ 34, 35 BauGB or another plan hold here"))  # fmt: skip
        return
    area = beyond.area
    text = said("{n} m² außerhalb des Geltungsbereichs", "{n} m² outside of the area of the plan", n=number(area, 1))
    inside = said("Liegt im Geltungsbereich", "Stands in the area of the plan")
    yield Verdict(
        "extent", building.id, "broken" if area else "kept", source, text if area else inside, round(area, 2), 0.0,
        round(area, 2) if area else 0.0, "m²", beyond if area else None,
    )  # fmt: skip


def boundary(building: Building, plan: PlanLimits, window: Envelope | None, part: Part | None) -> Iterator[Verdict]:
    """Whether a building stays within the buildable areas (§ 23 BauNVO)."""
    if not plan.windows:
        return
    if window is None:
        yield from _not_buildable(building, plan, part)
        return
    beyond = _thick(building.outline.difference(plan.buildable))
    apart = _farthest(beyond, plan.buildable)
    on_line = _crossed(beyond, plan) == "Baulinie"
    source = Source(plan.id, window.id, "§ 23 Abs. 2 BauNVO" if on_line else "§ 23 Abs. 3 BauNVO")
    if beyond.is_empty:
        text = said("Innerhalb der überbaubaren Fläche", "Within the buildable area")
        yield Verdict("boundary", building.id, "kept", source, text, 0.0, 0.0, 0.0, "m")
        return
    if building.kind == "ancillary":
        text = said(
            "{n} m über der Baugrenze; Nebenanlagen und Garagen können dort zugelassen werden (§ 23 Abs. 5)",
            "{n} m beyond the building limit; ancillary buildings and garages may be admitted there (§ 23 Abs. 5)",
            n=number(apart),
        )
        verdict: Answer = "unknown"
    else:
        de, en = ("Baulinie", "building line") if on_line else ("Baugrenze", "building limit")
        text, verdict = said(f"{{n}} m über der {de}", f"{{n}} m beyond the {en}", n=number(apart)), "broken"
    value = round(apart, 3)
    yield Verdict("boundary", building.id, verdict, source, text, value, 0.0, value, "m", beyond)


def _not_buildable(building: Building, plan: PlanLimits, part: Part | None) -> Iterator[Verdict]:
    if part is not None and not any(w.around == part.id for w in plan.windows):
        yield Verdict("boundary", building.id, "unknown", Source(plan.id, part.id, "§ 23 BauNVO"), said(
            "Der Plan zeichnet hier keine überbaubare Fläche", "The plan draws no buildable area here"))  # fmt: skip
        return
    near = min(plan.windows, key=lambda w: w.area.distance(building.outline))
    apart = round(_farthest(building.outline, plan.buildable), 3)
    text = said("Steht auf keiner überbaubaren Fläche", "Stands on no buildable area")
    source = Source(plan.id, near.id, "§ 23 BauNVO")
    yield Verdict("boundary", building.id, "broken", source, text, apart, 0.0, apart, "m", building.outline)


def building_line(
    building: Building, plan: PlanLimits, window: Envelope | None, others: Sequence[Building]
) -> Iterator[Verdict]:
    """Whether a building stands on the Baulinie of its buildable area (§ 23 Abs. 2 BauNVO)."""
    if window is None or building.kind == "ancillary" or not window.area.intersects(building.outline):
        return
    for line in plan.lines:
        if line.kind != "Baulinie" or line.id not in window.bounded_by:
            continue
        source = Source(plan.id, line.id, "§ 23 Abs. 2 BauNVO")
        apart = float(building.outline.distance(line.line))
        along = building.outline.boundary.intersection(line.line.buffer(ON_LINE)).length
        if along > 10 * ON_LINE:
            text = said("Steht auf der Baulinie", "Stands on the building line")
            yield Verdict("building_line", building.id, "kept", source, text, 0.0, 0.0, 0.0, "m")
        elif building.outline.crosses(line.line) or apart <= ON_LINE:
            # what lies beyond it is said by the building limit
            continue
        elif any(o.outline.distance(line.line) <= ON_LINE for o in others if o.kind == "main"):
            text = said(
                "{n} m hinter der Baulinie, auf der schon ein anderes Gebäude steht",
                "{n} m behind the building line, on which another building stands already", n=number(apart),
            )  # fmt: skip
            yield Verdict("building_line", building.id, "unknown", source, text, round(apart, 3), 0.0, None, "m")
        else:
            text = said("{n} m hinter der Baulinie", "{n} m behind the building line", n=number(apart))
            value = round(apart, 3)
            yield Verdict("building_line", building.id, "broken", source, text, value, 0.0, value, "m")


def distances(building: Building, plots: Sequence[Plot]) -> Iterator[Verdict]:
    """
    Distance to the border of the plot, as a guide: 0.4 times the height of the wall, 3 m at least.

    Never ``broken``: the law of the state decides, and what stands on the border (closed development, garages) or
    faces a street is judged otherwise.
    """
    own = [p for p in plots if p.area.intersection(building.outline).area > building.outline.area / 2]
    wall = building.eaves if building.eaves is not None else building.top
    if not own or wall is None or building.ground is None or building.kind == "ancillary":
        return
    needed = max(DISTANCE * (wall - building.ground), LEAST_DISTANCE)
    real = float(building.outline.distance(own[0].area.boundary))
    source = Source("", own[0].id, "§ 6 Abs. 5 MBO")
    near = real < needed - NEAR
    de, en = ("{n} m zur Grenze, Richtwert {m} m", "{n} m to the border, guide value {m} m")
    text = said(f"{de}; Landesrecht prüfen" if near else de, f"{en}; see the law of the state" if near else en,
                n=number(real), m=number(needed))  # fmt: skip
    yield Verdict(
        "distances", building.id, "unknown" if near else "kept", source, text, round(real, 3), round(needed, 3),
        round(needed - real, 3) if near else 0.0, "m", indicative=True,
    )  # fmt: skip


def _thick(shape: BaseGeometry) -> BaseGeometry:
    """A shape without what is thinner than ``NEAR``."""
    parts = [p for p in shapely.get_parts(shape).tolist() if not p.buffer(-NEAR / 2).is_empty]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _farthest(shape: BaseGeometry, inside: BaseGeometry) -> float:
    """How far the farthest corner of a shape is from an area. [m]"""
    corners = np.asarray(shapely.points(shapely.get_coordinates(shape)), object)
    return float(np.max(shapely.distance(corners, inside))) if corners.size else 0.0


def _crossed(beyond: BaseGeometry, plan: PlanLimits) -> str:
    """Kind of the line most of what sticks out begins at."""
    edge = beyond.buffer(ON_LINE)
    lengths = {"Baulinie": 0.0, "Baugrenze": 0.0}
    for line in plan.lines:
        lengths[line.kind] += line.line.intersection(edge).length
    return max(lengths, key=lambda kind: lengths[kind])
