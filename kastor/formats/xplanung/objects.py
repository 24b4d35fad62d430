"""What a plan fixes as objects of the city, so that it is found, listed, asked for and cited like everything else.

The plan itself and everything it fixes at a place become objects of kind ``plan_area``; what only says how the plan is
drawn, and its sections, stay in the plan. Attributes are those of the standard as text or number, besides ``name``,
``class`` and ``plan``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from kastor.city.builder import CityBuilder, Ring
from kastor.city.model import City, Json, Kind, Semantic
from kastor.formats.xplanung.model import Plan, PlanFile, PlanObject
from kastor.formats.xplanung.names import is_presentation, title
from kastor.formats.xplanung.plans import is_section

UNSAID = ("name", "text", "beschreibung")
"""Attributes that are texts of their own and not repeated in the list of an object's facts."""


def city_of(file: PlanFile) -> City:
    """The objects of all plans of a file that have a place, in the reference system of the file."""
    grow = CityBuilder(file.crs)
    for plan in file.plans:
        for o in placed_objects(plan):
            _add(grow, o, plan)
    return grow.build()


def placed_objects(plan: Plan) -> Iterator[PlanObject]:
    """The plan and what it fixes at a place."""
    for o in (plan.object, *plan.objects):
        if o.geometry is not None and not o.geometry.is_empty and not is_presentation(o) and not is_section(o):
            yield o


def facts(found: PlanObject) -> dict[str, Json]:
    """The attributes of an object as numbers and texts; data types and references are left to the plan itself."""
    told = {name: _fact(found.values(name)) for name in found.attributes if name not in UNSAID}
    return {name: value for name, value in told.items() if value not in (None, "")}


def _fact(values: Sequence[Any]) -> Json:
    plain = [_plain(v) for v in values if not isinstance(v, dict) or "value" in v]
    known = [value for value in plain if value not in (None, "")]
    return (known[0] if len(known) == 1 else ", ".join(map(str, known))) if known else None


def _plain(value: Any) -> Json:
    text = str(value.get("value", "")) if isinstance(value, dict) else str(value)
    try:
        number = float(text)
    except ValueError:
        return text
    # codes are names, even where they look like numbers
    coded = text.isdigit() and len(text) >= 4
    return text if coded or not abs(number) < 1e9 else number


def _add(grow: CityBuilder, o: PlanObject, plan: Plan) -> None:
    named = title(o)["de"] if o is not plan.object else plan.name or title(o)["de"]
    grow.add_object(o.id, Kind.PLAN_AREA)
    grow.describe({"name": named, "class": o.kind, "plan": plan.name or plan.object.id})
    grow.describe({name: value for name, value in facts(o).items() if name not in ("class", "plan")})
    for semantic, polygons in _surfaces(o.geometry):
        grow.add_surface(semantic, polygons, lod=0)


def _surfaces(shape: BaseGeometry | None) -> Iterator[tuple[Semantic, list[list[Ring]]]]:
    """A geometry as surfaces with a meaning: areas, lines, points."""
    parts = shapely.get_parts(shapely.get_parts(shape)).tolist() if shape is not None else []
    areas: list[list[Ring]] = [_rings(part) for part in parts if isinstance(part, Polygon) and not part.is_empty]
    lines: list[list[Ring]] = [[_ring(part)] for part in parts if isinstance(part, LineString) and not part.is_empty]
    points: list[list[Ring]] = [[_ring(part)] for part in parts if isinstance(part, Point) and not part.is_empty]
    for semantic, found in ((Semantic.AREA, areas), (Semantic.AXIS, lines), (Semantic.POSITION, points)):
        if found:
            yield semantic, found


def _rings(area: Polygon) -> list[Ring]:
    # city outlines run anticlockwise and do not repeat their first corner
    whole = shapely.orient_polygons(area)
    return [_ring(ring)[:-1] for ring in (whole.exterior, *whole.interiors)]


def _ring(line: BaseGeometry) -> list[tuple[float, float, float]]:
    return [(float(x), float(y), 0.0) for x, y in shapely.get_coordinates(line)]
