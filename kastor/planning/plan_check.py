"""Edits against a plan of the tenant: what is planned becomes buildings and plots, plain data for the rules.

Heights are those of the edited city on the ground of today: § 18 BauNVO and the plans mean the ground as it was. Plots
are the parcels of the tenant, or one that is drawn; where there are none the rules say what cannot be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kastor.city.codelists import FUNCTION_GROUPS, function_group
from kastor.city.drape import drape
from kastor.city.edits import AddBuilding, Demolish, Edit, Move, Raise, Surface, apply, touched
from kastor.city.extrude import extrude
from kastor.city.fields import InvalidValue
from kastor.city.model import City, Kind, boxes, empty_city
from kastor.city.outlines import outlines
from kastor.city.site import Site
from kastor.city.terrain import Terrain, height_at
from kastor.planning.built import Building, Plot
from kastor.planning.clipping import Clipped, clipped
from kastor.planning.plan_limits import PlanLimits
from kastor.planning.plans import MOST_HEIGHTS, Json, completed, geometry_json, ground_of, limits_of
from kastor.planning.rules import check
from kastor.planning.storeys import eaves, storeys
from kastor.planning.verdicts import Verdict, Words, number, said, title
from kastor.process import InvalidInput
from kastor.store import Tenant
from kastor.store.plans import StoredPlan

AROUND = 60.0
"""Surroundings that are looked at: other buildings on a plot, the street before it. [m]"""

BUILDS = AddBuilding | Move | Raise
"""Edits that make a building that has to be checked."""

SHAPES = Demolish | Surface
"""Edits that count besides."""

KINDS = (Kind.BUILDING, Kind.BUILDING_PART, Kind.BUILDING_INSTALLATION, Kind.LAND_USE)
"""What is looked at around them."""

SEALED = ("sealed", "paved")
"""Covers of the ground that count with ancillary works."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Checked:
    """
    What was found.

    Parameters
    ----------
    buildings
        Those that were checked.
    notes
        What holds for all verdicts.
    ground
        Whether the data tell the ground, somebody stated it, or nobody knows it.
    """

    plan: StoredPlan
    edition: int | None
    buildings: tuple[Building, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[Words, ...]
    ground: Literal["measured", "stated", "unknown"] = "measured"


def check_edits(
    tenant: Tenant,
    plan_id: str,
    edits: Sequence[Edit],
    plot: shapely.Geometry | None = None,
    ground: float | None = None,
) -> Checked:
    """
    Edits against a plan.

    Parameters
    ----------
    tenant
        As far as who asks may see it.
    plot
        The plot of land, in the plane of the tenant; the tenant's parcels when None. [m]
    ground
        Height of the ground where the tenant's data do not tell it. [m]

    Raises
    ------
    UnknownPlan
        When there is none of this id that may be seen.
    InvalidInput
        When an edit cannot be.
    """
    stored, rules = limits_of(tenant, plan_id)
    edits = [edit for edit in edits if isinstance(edit, BUILDS | SHAPES)]
    wanted = {edit.object if isinstance(edit, Move | Raise) else edit.id for edit in edits if isinstance(edit, BUILDS)}
    box = _around(tenant, edits)
    if box is None or not wanted:
        return Checked(stored, rules.edition, (), (), _notes(rules, [], known=False))
    plots = [Plot("plot", shapely.union_all([plot]))] if plot is not None else _parcels(tenant, box)
    box = _widened(box, plots)
    measured = _ground(tenant, box)
    terrain = completed(measured, tenant.crs, box, ground)
    city, left = edited(tenant.city(box=box, kinds=KINDS), terrain, edits)
    found = tuple(_buildings(city, terrain, rules, wanted))
    verdicts = check(found, rules, plots, _sealed(city))
    planned = tuple(b for b in found if b.planned)
    source = _source_of(measured, ground)
    notes = _notes(rules, plots, known=terrain is not None)
    notes += (_stated(ground),) if ground is not None and source == "stated" else ()
    notes += (_unfit(left),) if left else ()
    return Checked(stored, rules.edition, planned, tuple(verdicts), notes, source)


def as_json(checked: Checked) -> Json:
    """The check as the browser and other programs read it; the worst first."""
    order = {"broken": 0, "unknown": 1, "kept": 2}
    ordered = sorted(checked.verdicts, key=lambda v: order[v.verdict])
    return {
        "plan": {"id": checked.plan.id, "name": checked.plan.facts.name},
        "edition": checked.edition,
        "objects": [b.id for b in checked.buildings],
        "counts": {answer: sum(v.verdict == answer for v in ordered) for answer in order},
        "verdicts": [verdict_json(v) for v in ordered],
        "notes": [dict(note) for note in checked.notes],
        "ground": checked.ground,
    }  # fmt: skip


def verdict_json(v: Verdict) -> Json:
    """One verdict."""
    return {
        "rule": v.rule, "object": v.object, "verdict": v.verdict, "value": v.value, "limit": v.limit,
        "difference": v.difference, "unit": v.unit, "indicative": v.indicative,
        "source": {"plan": v.source.plan, "object": v.source.object, "paragraph": v.source.paragraph},
        "title": dict(title(v.rule)), "text": dict(v.text),
        "beyond": None if v.beyond is None else geometry_json(v.beyond), "top": v.top,
    }  # fmt: skip


def clip(tenant: Tenant, plan_id: str, edit: AddBuilding, ground: float | None = None) -> Clipped:
    """
    A planned building cut to what a plan allows.

    Parameters
    ----------
    ground
        As in :func:`check_edits`.

    Raises
    ------
    UnknownPlan, InvalidInput
        As :func:`check_edits`.
    """
    _, rules = limits_of(tenant, plan_id)
    box = _around(tenant, [edit])
    terrain = None if box is None else completed(_ground(tenant, box), tenant.crs, box, ground)

    def build(one: AddBuilding) -> Building:
        city, _ = edited(empty_city(tenant.crs), terrain, [one])
        return next(_buildings(city, terrain, rules, {one.id}))

    found = clipped(edit, build, rules)
    try:
        if found.edit is not None:
            build(found.edit)
    except InvalidInput:
        steep = said(
            "Das Dach ist höher als erlaubt; ein flacheres wählen.", "The roof is too high; choose a flatter one."
        )
        return Clipped(None, (*found.changes, steep))
    return found


def edited(city: City, terrain: Terrain | None, edits: Sequence[Edit]) -> tuple[City, int]:
    """
    A city with some edits on the ground as it is, and how many edits were left out since their object is not there.

    Raises
    ------
    InvalidInput
        When an edit cannot be.
    """
    known = set(city.ids.tolist()) | {edit.id for edit in edits if isinstance(edit, AddBuilding)}
    fitting = [edit for edit in edits if not touched(edit) or touched(edit) in known]
    try:
        after = apply(Site(shapely.Polygon(), city, terrain), fitting).city
    except InvalidValue as error:
        raise InvalidInput(f"edits: {error}", f"edits: {error.words['de']}") from error
    return (extrude(after) if terrain is None else drape(after, terrain)), len(edits) - len(fitting)


def _source_of(measured: Terrain | None, stated: float | None) -> Literal["measured", "stated", "unknown"]:
    if measured is not None and bool(np.isfinite(measured.heights).all()):
        return "measured"
    return "unknown" if stated is None else "stated"


def _stated(ground: float) -> Words:
    return said(
        "Wo kein Geländemodell ist, gilt das angegebene Gelände: {n} m über NHN.",
        "Where there is no terrain the ground is taken as stated: {n} m above sea level.",
        n=number(ground),
    )


def _unfit(number: int) -> Words:
    return {
        "de": f"{number} Änderungen betreffen Objekte, die keine Gebäude sind oder die es nicht mehr gibt.",
        "en": f"{number} edits are about objects that are no buildings or are gone.",
    }


def _buildings(city: City, terrain: Terrain | None, plan: PlanLimits, wanted: set[str]) -> Iterator[Building]:
    """Every building of a city as the rules see it."""
    shapes, box, wall = outlines(city), boxes(city), eaves(city)
    levels, guessed = storeys(city)
    function, roof = (city.attributes.get(name) for name in ("function", "roofType"))
    for i in np.flatnonzero((city.kind == Kind.BUILDING) & (city.parent < 0)).tolist():
        if shapes[i] is None or shapely.get_dimensions(shapes[i]) != 2:
            continue
        code = str(function[i] or "") if function is not None else ""
        low, high = float(box[i, 2]), float(box[i, 5])
        ground = ground_of(shapes[i], terrain)
        planned = city.ids[i] in wanted
        yield Building(
            id=city.ids[i],
            outline=shapely.make_valid(shapes[i]),
            storeys=float(levels[i]),
            guessed=bool(guessed[i]),
            top=high if np.isfinite(high) else None,
            eaves=low + float(wall[i]) if np.isfinite(wall[i]) else None,
            foot=low if np.isfinite(low) else None,
            ground=ground[1] if ground is not None else low if terrain is None and np.isfinite(low) else None,
            street=_street(shapes[i], terrain, plan) if planned else None,
            level=ground is not None,
            use=use_of(code),
            pitched=roof is not None and str(roof[i] or "1000") != "1000",
            kind="ancillary" if FUNCTION_GROUPS[function_group(code)] == "outbuilding" else "main",
            planned=planned,
        )


def use_of(code: str) -> str:
    """
    What a building is for, as the rules know it, by its function (AdV).

    Examples
    --------
    >>> use_of("31001_1010"), use_of("31001_2020"), use_of("31001_3065"), use_of("")
    ('residential', 'office', 'nursery', '')
    """
    digits = code.rpartition("_")[2]
    number = int(digits) if digits.isdigit() else 0
    for first, last, use in _USES:
        if first <= number <= last:
            return use
    group = FUNCTION_GROUPS[function_group(code)] if code else "unknown"
    return group if group in ("residential", "commercial", "industrial", "public") else ""


_USES = (
    (1000, 1099, "residential"), (1100, 1199, "mixed"), (2020, 2020, "office"), (2100, 2149, "industrial"),
    (2463, 2463, "garage"), (3020, 3024, "school"), (3065, 3065, "nursery"), (3000, 3999, "public"),
)  # fmt: skip


def _street(shape: BaseGeometry, terrain: Terrain | None, plan: PlanLimits) -> float | None:
    """Height of the street of the plan nearest to the middle of a building; None when there is none near it."""
    if terrain is None or plan.streets is None or plan.streets.distance(shape) > AROUND:
        return None
    (east, north), _ = shapely.get_coordinates(shapely.shortest_line(plan.streets, shape.centroid)).tolist()
    found = float(height_at(terrain, np.array([east]), np.array([north]))[0])
    return found if np.isfinite(found) else None


def _sealed(city: City) -> list[BaseGeometry]:
    cover = city.attributes.get("cover")
    if cover is None:
        return []
    shapes = outlines(city)
    chosen = [i for i, value in enumerate(cover.tolist()) if value in SEALED and shapes[i] is not None]
    return [shapely.make_valid(shapes[i]) for i in chosen]


def _parcels(tenant: Tenant, box: Box) -> list[Plot]:
    city = tenant.city(box=box, kinds=[Kind.PARCEL])
    return [
        Plot(name, shapely.make_valid(shape))
        for name, shape in zip(city.ids.tolist(), outlines(city), strict=True)
        if shape is not None and shapely.get_dimensions(shape) == 2
    ]


def _around(tenant: Tenant, edits: Sequence[Edit]) -> Box | None:
    """Box of everything some edits are about, and its surroundings; None when they are about nothing."""
    found = [np.asarray(xy, float).reshape(-1, 2) for edit in edits for xy in _places(tenant, edit)]
    if not found:
        return None
    xy = np.concatenate(found)
    (west, south), (east, north) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    return west - AROUND, south - AROUND, east + AROUND, north + AROUND


def _places(tenant: Tenant, edit: Edit) -> Iterator[Any]:
    for name in ("footprint", "outline", "line", "place"):
        if (drawn := getattr(edit, name, None)) is not None:
            yield drawn
    about = touched(edit)
    record = tenant.object(about) if about else None
    if record is not None and record.row.box is not None:
        west, south, _, east, north, _ = record.row.box
        shift = np.array([getattr(edit, "east", 0.0), getattr(edit, "north", 0.0)])
        corners = np.array([(west, south), (east, north)])
        yield corners
        yield corners + shift


def _widened(box: Box, plots: Sequence[Plot]) -> Box:
    """A box with the whole of all plots."""
    bounds = np.array([box, *(p.area.bounds for p in plots)])
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _ground(tenant: Tenant, box: Box) -> Terrain | None:
    cells = [cell for _, cell in tenant.terrain_boxes()]
    if not cells:
        return None
    cell = min(cells)
    while (box[2] - box[0]) * (box[3] - box[1]) / cell**2 > MOST_HEIGHTS:
        cell *= 2.0
    return tenant.terrain(box, cell)


def _notes(plan: PlanLimits, plots: Sequence[Plot], known: bool) -> tuple[Words, ...]:
    found: list[Words] = []
    if plan.edition is None:
        found.append({
            "de": "Der Plan nennt keine Fassung der BauNVO. Was davon abhängt, ist nicht prüfbar.",
            "en": "The plan names no edition of the BauNVO. What depends on it cannot be told.",
        })  # fmt: skip
    if not plots:
        found.append({
            "de": "Grundstücke sind nicht bekannt. Laden Sie Flurstücke oder zeichnen Sie das Baugrundstück.",
            "en": "Plots are not known. Load parcels or draw the plot.",
        })  # fmt: skip
    if not known:
        found.append({
            "de": "Das Gelände ist nicht bekannt. Höhen über NHN und über der Straße sind nicht prüfbar.",
            "en": "The ground is not known. Heights above the sea and above the street cannot be told.",
        })  # fmt: skip
    found.append({
        "de": "Geprüft ist, was der Plan als Zahl und Fläche enthält. Texte, Ausnahmen und Befreiungen (§ 31 BauGB) "
        "sind nicht gewertet.",
        "en": "Checked is what the plan holds as numbers and areas. Texts, exceptions and exemptions (§ 31 BauGB) "
        "are not weighed.",
    })  # fmt: skip
    return tuple(found)
