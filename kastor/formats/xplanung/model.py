"""What a plan is in Kastor: the plan, its sections and its objects, as plain data.

The names of classes and attributes are those of the standard XPlanung, because planners, specifications and
other programs know them; what every plan has is also there under plain names.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

Severity = Literal["error", "warning", "hint"]

AREAS = ("raeumlicherGeltungsbereich", "geltungsbereich")
"""Geometry properties that bound a plan or a section."""

DATES = (
    "technHerstellDatum", "aufstellungsbeschlussDatum", "auslegungsStartDatum", "auslegungsEndDatum",
    "satzungsbeschlussDatum", "planbeschlussDatum", "rechtsverordnungsDatum", "inkrafttretensDatum",
    "wirksamkeitsDatum", "genehmigungsDatum", "ausfertigungsDatum", "entwurfsbeschlussDatum", "aenderungenBisDatum",
    "untergangsDatum",
)  # fmt: skip
"""Attributes of plans that are dates of their procedure."""

OUTSIDE_MEANINGS = {"1800", "2000"}
"""Meanings of sections that may lie outside of the plan: compensation areas, information outside."""


@dataclass(frozen=True)
class PlanObject:
    """
    One object of a file: a plan, a section, something the plan fixes, or a text.

    Parameters
    ----------
    id
        ``gml:id`` of the file; made up (``unnamed-7``) where the file gives none.
    kind
        Class of the standard, such as ``BP_BaugebietsTeilFlaeche``.
    attributes
        By name in the order of the file. Texts, codes and numbers are the written text; with a unit or a code list
        ``{"value", "uom" | "codeSpace"}``; references ``{"href"}``; data types ``{"type", ...}``; several are a list.
    geometry
        In the reference system of the file, east first; arcs drawn as chains, see ``curves.TOLERANCE``.
    place_name
        Attribute the geometry stands under: ``position``, or one of ``AREAS``.
    others
        Further geometries by their attribute.
    exact
        GML of geometries with arcs by attribute, as written; empty when every edge is straight.
    order
        Names of all properties, geometries too, in the order of the file; the schemas ask for one.
    line
        Where the object starts in the file.
    """

    id: str
    kind: str
    attributes: dict[str, Any] = field(default_factory=dict)
    geometry: BaseGeometry | None = None
    place_name: str = ""
    others: dict[str, BaseGeometry] = field(default_factory=dict)
    exact: dict[str, bytes] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)

    def text(self, name: str) -> str:
        """First value of an attribute as written, empty when there is none."""
        for value in self.values(name):
            return value if isinstance(value, str) else str(value.get("value", ""))
        return ""

    def number(self, name: str) -> float | None:
        """First value of an attribute as a number, None when there is none."""
        try:
            number = float(self.text(name).replace(",", "."))
        except ValueError:
            return None
        return number if math.isfinite(number) else None

    def values(self, name: str) -> list[Any]:
        """All values of an attribute."""
        value = self.attributes.get(name)
        return [] if value is None else value if isinstance(value, list) else [value]

    def targets(self, name: str) -> list[str]:
        """Ids of objects of this file an attribute points at."""
        return [v["href"][1:] for v in self.values(name) if isinstance(v, dict) and v.get("href", "")[:1] == "#"]

    @property
    def layer(self) -> int:
        """Level of the object (Ebene); 0 is the ground."""
        return int(self.number("ebene") or 0)

    @property
    def closes(self) -> bool | None:
        """Whether the area is part of the seamless cover of the plan (Flächenschluss); None where it does not say."""
        return {"true": True, "1": True, "false": False, "0": False}.get(self.text("flaechenschluss"))

    @property
    def legal_character(self) -> str:
        """Code of its legal character (Rechtscharakter)."""
        return self.text("rechtscharakter") or self.text("rechtsCharakter")


@dataclass(frozen=True)
class Municipality:
    """A municipality a plan belongs to: official key (AGS), name, district."""

    key: str
    name: str
    district: str


@dataclass(frozen=True)
class Section:
    """A section (Bereich) of a plan with the ids of what is in it."""

    object: PlanObject
    number: str
    name: str
    area: BaseGeometry | None
    contents: tuple[str, ...]

    @property
    def may_lie_outside(self) -> bool:
        """Whether its objects need not lie in the area of the plan."""
        return self.object.text("bedeutung") in OUTSIDE_MEANINGS


@dataclass(frozen=True)
class Plan:
    """
    One plan.

    Parameters
    ----------
    object
        The plan itself with all its attributes.
    kind
        ``BP``, ``FP``, ``RP``, ``LP`` or ``SO``.
    type_code, legal_state
        Codes of planArt and rechtsstand.
    dates
        ISO dates by attribute of the standard.
    area
        Area the plan is for (Geltungsbereich).
    objects
        Everything that belongs to it except itself and its sections, in the order of the file.
    """

    object: PlanObject
    kind: str
    name: str
    number: str
    type_code: str
    legal_state: str
    dates: dict[str, str]
    municipalities: tuple[Municipality, ...]
    area: BaseGeometry | None
    sections: tuple[Section, ...]
    objects: tuple[PlanObject, ...]


@dataclass(frozen=True)
class Attachment:
    """A file that lies beside the plan in its archive; its name is only a label."""

    name: str
    bytes: int


@dataclass(frozen=True)
class Finding:
    """
    One thing a plan does not do as the standard asks.

    Parameters
    ----------
    code
        Key into ``texts.TEXTS``.
    severity
        ``error`` (breaks the standard), ``warning`` (most likely a mistake), ``hint`` (worth knowing).
    values
        Numbers and names the text speaks of.
    place
        East and north in the file's reference system, or None.
    line
        Line in the file, 0 when unknown.
    """

    code: str
    severity: Severity
    object_id: str = ""
    kind: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    place: tuple[float, float] | None = None
    line: int = 0


@dataclass(frozen=True)
class PlanFile:
    """
    What a file or archive holds.

    Parameters
    ----------
    version
        Of XPlanGML, such as ``"5.4"``.
    crs
        ``"EPSG:25832"``; empty when the file names none.
    objects
        All of them, plans and sections included, in the order of the file.
    findings
        What was met while reading; the checks add theirs.
    """

    source: str
    version: str
    crs: str
    plans: tuple[Plan, ...]
    objects: tuple[PlanObject, ...]
    attachments: tuple[Attachment, ...] = ()
    findings: tuple[Finding, ...] = ()

    def counts(self) -> dict[str, int]:
        """Objects by class, the most frequent first."""
        return dict(Counter(o.kind for o in self.objects).most_common())

    def loose(self) -> Iterator[PlanObject]:
        """Objects that belong to no plan of the file."""
        owned = {o.id for plan in self.plans for o in plan.objects}
        owned |= {s.object.id for plan in self.plans for s in plan.sections} | {p.object.id for p in self.plans}
        return (o for o in self.objects if o.id not in owned)
