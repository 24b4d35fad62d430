"""What may be built where: for each buildable area of a development plan its limits, and where each was fixed.

A plan says where houses may stand (BP_UeberbaubareGrundstuecksFlaeche, or closed Baugrenzen and Baulinien) and how much
(storeys, heights, GRZ, GFZ) there or in the part of the building area around it (BP_BaugebietsTeilFlaeche). What the
buildable area says itself goes before what the part around it says; heights add up, those of marks inside
(BP_HoehenMass) too. Texts of the plan are not understood: limits that stand only there are missing here.

Source: BauNVO §§ 16 to 23; XPlanung 6.0.2, BP_Bebauung.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import shapely
from shapely import MultiPolygon, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from kastor.formats.xplanung.areas import areas_of
from kastor.formats.xplanung.model import Plan, PlanObject

BUILDABLE = "BP_UeberbaubareGrundstuecksFlaeche"
AREAS = ("BP_BaugebietsTeilFlaeche", "BP_GemeinbedarfsFlaeche", "BP_SpielSportanlagenFlaeche",
         "BP_BesondererNutzungszweckFlaeche")  # fmt: skip
"""Classes that may fix how much is built."""

LINES = {"BP_BauGrenze": "Baugrenze", "BP_BauLinie": "Baulinie"}

NUMBERS = {
    "storeys_most": ("Zmax", "Z"), "storeys_least": ("Zmin",), "storeys_exact": ("Zzwingend",),
    "grz": ("GRZmax", "GRZ"), "grz_least": ("GRZmin",), "gfz": ("GFZmax", "GFZ"), "gfz_least": ("GFZmin",),
    "bmz": ("BMZ",), "floor_area": ("GFmax", "GF"), "ground_area": ("GRmax", "GR"),
}  # fmt: skip
"""Limits, and the attributes that may hold each, the first one first. [storeys, -, m², m³/m²]"""

ON_BORDER = 0.05
"""Lines that run this close to the border of a buildable area bound it. [m]"""


FROM_GROUND = {"2000", "2500", "3500"}
"""Codes of hoehenbezug that measure from the ground, the pavement or the street."""

UPPER = {"1000", "2000", "3000", "5000", "6000", "6500", ""}
"""Codes of bezugspunkt that are the top of a building or of its walls: TH, FH, OK, HBA, GBH, WH, or not said."""


@dataclass(frozen=True)
class Limit:
    """A number a plan fixes, with the object and the attribute that fix it."""

    value: float
    object_id: str
    attribute: str


@dataclass(frozen=True)
class Height:
    """
    A height a plan fixes.

    Parameters
    ----------
    point
        Code of what is that high (bezugspunkt), such as 1000 for the eaves, 2000 for the ridge, 6000 for the whole.
    reference
        Code of what it is measured from (hoehenbezug), such as 1000 for heights above sea level.
    least, most, exact
        Metres, None where not fixed.
    """

    point: str
    reference: str
    least: float | None
    most: float | None
    exact: float | None
    object_id: str


@dataclass(frozen=True)
class Envelope:
    """
    One buildable area.

    Parameters
    ----------
    id
        Object the area is of; for areas closed by lines only, the part of the building area they lie in.
    area
        Where may be built.
    around
        Id of the part of the building area it lies in, empty when there is none.
    use
        Codes of general and particular use (allgArtDerBaulNutzung, besondereArtDerBaulNutzung).
    limits
        By the names of ``NUMBERS``.
    bounded_by
        ``Baugrenze`` or ``Baulinie`` by the id of the line.
    """

    id: str
    area: BaseGeometry
    around: str
    use: tuple[str, str]
    limits: dict[str, Limit]
    heights: tuple[Height, ...]
    bounded_by: dict[str, str]


def envelopes(plan: Plan) -> tuple[Envelope, ...]:
    """Every buildable area of a development plan with its limits, in the order of the plan."""
    around = [o for o in plan.objects if o.kind in AREAS and areas_of(o.geometry)]
    lines = [o for o in plan.objects if o.kind in LINES and o.geometry is not None]
    buildable = [o for o in plan.objects if o.kind == BUILDABLE and areas_of(o.geometry)]
    marks = [o for o in plan.objects if o.kind == "BP_HoehenMass" and o.geometry is not None]
    notes = _Notes(around, lines, marks, _Index.of(around), _Index.of(lines))
    whole = [(o, MultiPolygon(areas_of(shapely.make_valid(o.geometry)))) for o in buildable if o.geometry is not None]
    found = [_envelope(o.id, area, [o], notes) for o, area in whole if not area.is_empty]
    taken = shapely.union_all([e.area for e in found]) if found else Polygon()
    return (*found, *(e for e in _closed_by_lines(notes) if e.area.intersection(taken).area < e.area.area / 2))


def height_of(envelope: Envelope, storey: float = 3.0) -> float | None:
    """
    How high may be built above the ground, as far as the plan says it in a way that needs no terrain. [m]

    The highest of the heights over ground, pavement or street, else storeys times the height of a storey; None when
    neither is fixed.

    Parameters
    ----------
    storey
        Assumed height of a storey. [m]
    """
    over_ground = [h for h in envelope.heights if h.reference in FROM_GROUND and h.point in UPPER]
    known = [top for h in over_ground if (top := h.most if h.exact is None else h.exact) is not None]
    if known:
        return max(known)
    for name in ("storeys_exact", "storeys_most"):
        if name in envelope.limits:
            return envelope.limits[name].value * storey
    return None


@dataclass(frozen=True)
class _Notes:
    """What a plan fixes around its buildable areas: parts of building areas, lines, marks of heights."""

    around: list[PlanObject]
    lines: list[PlanObject]
    marks: list[PlanObject]
    parts: _Index
    limits: _Index


@dataclass(frozen=True, eq=False)
class _Index:
    """Shapes of some objects, mended, and a tree of them."""

    shapes: list[BaseGeometry]
    tree: STRtree

    @staticmethod
    def of(objects: list[PlanObject]) -> _Index:
        shapes = [shapely.make_valid(o.geometry) for o in objects if o.geometry is not None]
        return _Index(shapes, STRtree(shapes))


def _closed_by_lines(notes: _Notes) -> Iterator[Envelope]:
    """Areas that lines close in a plan that draws no buildable areas."""
    if not notes.lines or not notes.around:
        return
    edges = [part for o in notes.lines for part in shapely.get_parts(o.geometry)]
    rings = shapely.get_parts(shapely.polygonize(edges)).tolist()
    # lines that almost touch make rings that cross themselves
    for ring in (r for r in rings if shapely.is_valid(r)):
        part = _container(ring, notes)
        if part is not None:
            yield _envelope(part.id, ring, [], notes)


def _envelope(name: str, area: BaseGeometry, own: list[PlanObject], notes: _Notes) -> Envelope:
    part = _container(area, notes)
    speaks = [*own, *([part] if part is not None else [])]
    inside = [o for o in notes.marks if o.geometry is not None and area.intersects(o.geometry)]
    return Envelope(
        id=name,
        area=area,
        around=part.id if part is not None else "",
        use=(_first(speaks, "allgArtDerBaulNutzung"), _first(speaks, "besondereArtDerBaulNutzung")),
        limits=limits_of(speaks),
        heights=tuple(height for o in (*speaks, *inside) for height in heights_of(o)),
        bounded_by=_bounds(area, notes),
    )


def _container(area: BaseGeometry, notes: _Notes) -> PlanObject | None:
    """The part of the building area that holds most of an area, when it holds more than half."""
    hits = notes.parts.tree.query(area, predicate="intersects").tolist()
    shares = {i: notes.parts.shapes[i].intersection(area).area for i in hits}
    best = max(shares, key=lambda i: shares[i], default=None)
    return notes.around[best] if best is not None and shares[best] > area.area / 2 else None


def limits_of(speaks: list[PlanObject]) -> dict[str, Limit]:
    """The limits some objects fix, by the names of ``NUMBERS``; the first that says something counts."""
    return {name: limit for name, attributes in NUMBERS.items() if (limit := _limit(speaks, attributes))}


def _limit(speaks: list[PlanObject], attributes: tuple[str, ...]) -> Limit | None:
    for o in speaks:
        for attribute in attributes:
            if (value := o.number(attribute)) is not None and value > 0.0:
                return Limit(value, o.id, attribute)
    return None


def _first(speaks: list[PlanObject], attribute: str) -> str:
    return next((o.text(attribute) for o in speaks if o.text(attribute)), "")


def heights_of(o: PlanObject) -> Iterator[Height]:
    """The heights an object fixes."""
    for value in o.values("hoehenangabe"):
        if isinstance(value, dict):
            least, most, exact, plain = (_metres(value.get(name)) for name in ("hMin", "hMax", "hZwingend", "h"))
            point, reference = str(value.get("bezugspunkt", "")), str(value.get("hoehenbezug", ""))
            # programs write 0 for what is not fixed
            least, most, exact, plain = (n if n else None for n in (least, most, exact, plain))
            yield Height(point, reference, least, most if most is not None else plain, exact, o.id)


def _metres(value: Any) -> float | None:
    text = value.get("value", "") if isinstance(value, dict) else value or ""
    try:
        return float(text)
    except ValueError:
        return None


def _bounds(area: BaseGeometry, notes: _Notes) -> dict[str, str]:
    """Lines that run along the border of an area for more than a point."""
    edge = area.boundary.buffer(ON_BORDER)
    near = sorted(notes.limits.tree.query(edge, predicate="intersects").tolist())
    along = [(notes.lines[i], notes.limits.shapes[i]) for i in near]
    return {o.id: LINES[o.kind] for o, line in along if edge.intersection(line).length > 10 * ON_BORDER}
