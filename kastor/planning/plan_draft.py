"""A variant as the draft of a development plan in XPlanGML 6.0: what the standard holds, and a list of what not.

Buildings become buildable areas with a Baugrenze around them, storeys, height over the ground and form of the roof;
trees become plantings, green roofs a planting on the roof, covers of the ground green areas, waters and streets,
earthworks cut and fill, basins and dikes water management. A plan fixes what may be and not what goes: what is taken
away is listed, and so is everything for which the standard has no place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kastor.city.edits import (
    AddBuilding,
    AddStreet,
    Basin,
    Edit,
    GroundWork,
    Levee,
    Move,
    PlantTree,
    Raise,
    Surface,
)
from kastor.city.model import City, Kind, boxes
from kastor.city.outlines import outlines
from kastor.city.roofs import CODES, PITCHES
from kastor.formats.crs_names import normalise
from kastor.formats.xplanung.classes import VERSION, properties
from kastor.formats.xplanung.model import PlanFile, PlanObject
from kastor.formats.xplanung.plans import plans_of
from kastor.planning.overlay import planned
from kastor.planning.plans import ground_under, plan_of
from kastor.planning.verdicts import Words
from kastor.process import InvalidInput
from kastor.store import Tenant

AROUND = 10.0
"""Room a draft keeps around what is planned, where no plan gives its area. [m]"""

PLAN_ID, SECTION_ID = "KASTOR_plan", "KASTOR_bereich"

FIXED, UNDER_WAY, SIMPLE_PLAN = "1000", "2000", "1000"
"""Codes of rechtscharakter (Festsetzung), rechtsstand (im Verfahren) and planArt (BPlan)."""


@dataclass(frozen=True)
class Left:
    """Something of a variant the standard has no place for: of which edit, and why."""

    edit: str
    kind: str
    words: Words


@dataclass(frozen=True)
class Draft:
    """A plan, and what of the variant is not in it."""

    file: PlanFile
    left: tuple[Left, ...]


def plan_draft(tenant: Tenant, name: str, edits: Sequence[Edit], base: str = "") -> Draft:
    """
    The draft of a plan.

    Parameters
    ----------
    tenant
        As far as who asks may see it.
    name
        Of the variant, and of the plan.
    base
        Id of a plan whose area the draft is for; the surroundings of what is planned when empty.

    Raises
    ------
    InvalidInput
        When nothing of the variant can be in a plan.
    UnknownPlan
        When there is no such plan.
    """
    work = _Work(tenant, planned(tenant, edits))
    for edit in edits:
        work.take(edit)
    if not work.objects:
        raise InvalidInput(
            "edits: nothing of the variant can be in a plan; add a building, a tree or a cover.",
            "Nichts aus der Variante lässt sich in einem Plan festsetzen; fügen Sie ein Gebäude, einen Baum oder eine "
            "Fläche hinzu.",
        )
    area = plan_of(tenant, base)[1].area if base else None
    objects = (*_frame(tenant, name, work.objects, area), *work.objects)
    crs = f"EPSG:{normalise(tenant.crs).horizontal}"
    return Draft(PlanFile(name, VERSION, crs, plans_of(objects), objects), tuple(work.left))


def _frame(
    tenant: Tenant, name: str, objects: Sequence[PlanObject], area: BaseGeometry | None
) -> tuple[PlanObject, PlanObject]:
    """The plan and its section."""
    if area is None:
        shapes = [o.geometry for o in objects if o.geometry is not None]
        hull = shapely.union_all(shapes).convex_hull.buffer(AROUND, join_style="mitre")
        area = shapely.transform(hull, lambda xy: np.round(xy, 3))
    contents = [{"href": f"#{o.id}"} for o in objects]
    plan = _object(
        PLAN_ID, "BP_Plan", shapely.orient_polygons(area),
        name=name, beschreibung="Entwurf aus einer Variante des Zwillings, kein beschlossener Plan.",
        gemeinde={"type": "XP_Gemeinde", "gemeindeName": tenant.info.title}, planArt=SIMPLE_PLAN,
        rechtsstand=UNDER_WAY, bereich={"href": f"#{SECTION_ID}"},
    )  # fmt: skip
    section = _object(
        SECTION_ID, "BP_Bereich", None, nummer="1", planinhalt=contents, gehoertZuPlan={"href": f"#{PLAN_ID}"}
    )
    return replace(plan, place_name="raeumlicherGeltungsbereich"), section


def _object(object_id: str, kind: str, shape: BaseGeometry | None, **attributes: Any) -> PlanObject:
    """An object with its attributes in the order of the schema."""
    order = tuple(row.name for row in properties(kind))
    known = {name: value for name, value in attributes.items() if value is not None}
    return PlanObject(
        object_id, kind, {name: known[name] for name in order if name in known}, shape, "position" if shape else "",
        order=order,
    )  # fmt: skip


@dataclass
class _Work:
    """Turning edits into objects of a plan."""

    tenant: Tenant
    city: City

    def __post_init__(self) -> None:
        self.objects: list[PlanObject] = []
        self.left: list[Left] = []
        self.places = dict(zip(self.city.ids.tolist(), outlines(self.city), strict=True))
        box = boxes(self.city)
        self.heights = dict(zip(self.city.ids.tolist(), (box[:, 5] - box[:, 2]).tolist(), strict=True))

    def take(self, edit: Edit) -> None:
        """Add what an edit becomes, or why it does not."""
        match edit:
            case AddBuilding():
                self._building(edit)
            case Move() | Raise():
                self._standing(edit)
            case PlantTree():
                self._tree(edit)
            case Surface():
                self._surface(edit)
            case GroundWork():
                self._earth(edit)
            case Basin() | Levee():
                self._water(edit)
            case AddStreet():
                self._street(edit)
            case _:
                self._leave(edit, *_NOT_FIXED.get(edit.kind, _NO_PLACE))

    def _add(self, edit: Edit, kind: str, shape: BaseGeometry, part: str = "", **attributes: Any) -> str:
        name = f"KASTOR_{re.sub(r'[^A-Za-z0-9_.-]', '_', _name(edit))}{part}"
        taken = {o.id for o in self.objects}
        unique = next(one for n in range(len(taken) + 2) if (one := name if not n else f"{name}_{n}") not in taken)
        common = {"gehoertZuBereich": {"href": f"#{SECTION_ID}"}, "rechtscharakter": FIXED, "ebene": "0"}
        whole = shapely.orient_polygons(shapely.transform(shape, lambda xy: np.round(xy, 3)))
        self.objects.append(_object(unique, kind, whole, **(common | attributes)))
        return unique

    def _building(self, edit: AddBuilding) -> None:
        shape = shapely.Polygon(edit.footprint)
        height = self.heights.get(edit.id, edit.height or (edit.storeys or 1) * edit.storey_height)
        pitch = PITCHES[edit.roof] if edit.pitch is None else edit.pitch
        roof = {"type": "BP_Dachgestaltung", "DN": {"value": f"{pitch:g}", "uom": "grad"}, "dachform": CODES[edit.roof]}
        self._buildable(edit, shape, height, edit.storeys, edit.dwellings, roof)
        if edit.green_roof:
            self._add(edit, "BP_AnpflanzungBindungErhaltung", shape, "_gruendach", massnahme="2000", gegenstand="6000")
        if edit.use:
            self._leave(edit, "Die Nutzung gehört zu einem Baugebiet, das hier niemand festgesetzt hat",
                        "The use belongs to a building area, which nobody has fixed here")  # fmt: skip

    def _standing(self, edit: Move | Raise) -> None:
        shape, height = self.places.get(edit.object), self.heights.get(edit.object)
        kind = dict(zip(self.city.ids.tolist(), self.city.kind.tolist(), strict=True)).get(edit.object)
        if kind not in (Kind.BUILDING, Kind.BUILDING_PART) or shape is None or height is None:
            self._leave(edit, *_NO_PLACE)
            return
        self._buildable(edit, shape, height, edit.storeys if isinstance(edit, Raise) else None, None, None)

    def _buildable(
        self, edit: Edit, shape: BaseGeometry, height: float, storeys: int | None, dwellings: int | None,
        roof: Mapping[str, Any] | None,
    ) -> None:  # fmt: skip
        limits = [
            {"href": f"#{self._limit(edit, part, number)}"}
            for number, part in enumerate(shapely.get_parts(shape).tolist())
        ]
        top = {
            "type": "XP_Hoehenangabe", "hoehenbezug": "2000", "bezugspunkt": "6000",
            "hMax": {"value": f"{height:.2f}", "uom": "m"},
        }  # fmt: skip
        self._add(
            edit, "BP_UeberbaubareGrundstuecksFlaeche", shape, flaechenschluss="false", hoehenangabe=top,
            dachgestaltung=roof, Z=None if storeys is None else str(storeys),
            MaxZahlWohnungen=None if dwellings is None else str(dwellings),
            baugrenze=limits if len(limits) > 1 else limits[0],
        )  # fmt: skip

    def _limit(self, edit: Edit, part: shapely.Polygon, number: int) -> str:
        return self._add(edit, "BP_BauGrenze", shapely.LineString(part.exterior.coords), f"_grenze{number or ''}")

    def _tree(self, edit: PlantTree) -> None:
        self._add(
            edit, "BP_AnpflanzungBindungErhaltung", shapely.Point(edit.place), massnahme="2000", gegenstand="1000",
            kronendurchmesser={"value": f"{edit.crown:g}", "uom": "m"}, pflanzenArt=edit.species or None, anzahl="1",
            mindesthoehe={"value": f"{edit.height:g}", "uom": "m"},
        )  # fmt: skip

    def _surface(self, edit: Surface) -> None:
        shape = shapely.Polygon(edit.outline)
        if edit.cover == "green":
            self._add(edit, "BP_GruenFlaeche", shape, flaechenschluss="false")
        elif edit.cover == "water":
            self._add(edit, "SO_Gewaesser", shape, flaechenschluss="false")
        else:
            self._leave(edit, "Ein Belag lässt sich nicht festsetzen, nur eine Nutzung der Fläche",
                        "A cover cannot be fixed, only what an area is used for")  # fmt: skip

    def _earth(self, edit: GroundWork) -> None:
        shape = shapely.Polygon(edit.outline)
        rise = edit.height if edit.height is not None else self._rise(shape, edit.level or 0.0)
        if rise is None or rise == 0.0:
            self._leave(edit, "Ob Auf- oder Abtrag, sagt hier kein Gelände", "No ground tells cut from fill here")
            return
        kind = "BP_AufschuettungsFlaeche" if rise > 0 else "BP_AbgrabungsFlaeche"
        self._add(edit, kind, shape, flaechenschluss="false")

    def _rise(self, shape: BaseGeometry, level: float) -> float | None:
        ground = ground_under(self.tenant, shape)
        return None if ground is None else level - float(np.nanmean(ground.heights))

    def _water(self, edit: Basin | Levee) -> None:
        if isinstance(edit, Basin):
            self._add(edit, "SO_Wasserwirtschaft", shapely.Polygon(edit.outline), artDerFestlegung="1500",
                      flaechenschluss="false", text=f"Tiefe {edit.depth:g} m")  # fmt: skip
        else:
            band = shapely.LineString(edit.line).buffer(edit.width / 2, cap_style="flat")
            self._add(edit, "SO_Wasserwirtschaft", band, artDerFestlegung="1400", flaechenschluss="false",
                      text=f"Höhe der Krone {edit.height:g} m über Gelände")  # fmt: skip

    def _street(self, edit: AddStreet) -> None:
        band = shapely.LineString(edit.line).buffer(edit.width / 2, cap_style="flat")
        self._add(edit, "SO_Strassenverkehr", band, hatDarstellungMitBesondZweckbest="false", name=edit.name or None,
                  flaechenschluss="false")  # fmt: skip

    def _leave(self, edit: Edit, de: str, en: str) -> None:
        self.left.append(Left(_name(edit), edit.kind, {"de": f"{de}.", "en": f"{en}."}))


_NO_PLACE = ("Dafür hat der Standard keinen Platz", "The standard has no place for this")
_NOT_FIXED: Mapping[str, tuple[str, str]] = {
    "demolish": ("Ein Plan setzt keinen Abriss fest", "A plan fixes no demolition"),
    "fell": ("Ein Plan setzt keine Fällung fest", "A plan fixes no felling"),
    "close_street": ("Ein Plan sperrt keine Straße", "A plan closes no street"),
    "later": (
        "Ein Plan kennt kein Wachstum; Bäume stehen darin, wie sie gepflanzt werden",
        "A plan knows no growth; trees are in it as they are planted",
    ),
    "wall": ("Mauern kennt der Standard nur als Text", "The standard knows walls as text only"),
}


def _name(edit: Edit) -> str:
    return edit.id or edit.kind


def left_json(left: Sequence[Left]) -> Iterator[dict[str, Any]]:
    """What is not in a draft, for programs."""
    for one in left:
        yield {"edit": one.edit, "kind": one.kind, "words": dict(one.words)}
