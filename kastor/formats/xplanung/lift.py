"""Plans of XPlanGML 4.x and 5.x as 6.0: classes and attributes renamed, wrapped or moved, by the table of 6.0.

What 6.0 has no place for is not dropped silently: it is listed with its object. What 6.0 asks for and the plan does not
say is stated as unknown (9998, 9999), never made up.

Source: model changes of XPlanung 5.0 and 6.0 as its schemas show them; ``classes_6_0.json``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kastor.formats.xplanung.classes import GEOMETRY, VERSION, Property, codes, extends, is_class, properties
from kastor.formats.xplanung.lift_rules import legal_character, renamed_class, restated
from kastor.formats.xplanung.model import AREAS, PlanFile, PlanObject
from kastor.formats.xplanung.plans import plans_of

UNITS = {"LengthType": "m", "AreaType": "m2", "VolumeType": "m3", "AngleType": "grad"}
"""What measures are in where nothing is said."""

UNKNOWN = ("9998", "9999", "99999")
"""Codes of enumerations for what is unknown or else."""

PRIMITIVE = frozenset({"string", "anyURI", "date", "duration"})


@dataclass(frozen=True)
class Lost:
    """Something 6.0 has no place for: of which object, and as it was written; without an attribute the whole object."""

    object_id: str
    kind: str
    attribute: str
    value: str


@dataclass(frozen=True)
class Lifted:
    """Plans in 6.0, and what was not taken."""

    file: PlanFile
    lost: tuple[Lost, ...]


def lifted(file: PlanFile) -> Lifted:
    """The plans of a file in XPlanGML 6.0; a file that is already stays as it is."""
    if not file.version.startswith(("4.", "5.")):
        return Lifted(file, ())
    work = _Work(file)
    objects = work.run()
    return Lifted(replace(file, version=VERSION, objects=objects, plans=plans_of(objects)), tuple(work.lost))


@dataclass
class _Work:
    """Lifting one file."""

    file: PlanFile
    lost: list[Lost] = field(default_factory=list)

    def run(self) -> tuple[PlanObject, ...]:
        sections = {p.object.id: [s.object.id for s in p.sections] for p in self.file.plans}
        self.section_of = {i: s.object.id for p in self.file.plans for s in p.sections for i in s.contents}
        self.first_section = {o.id: ids[0] for p in self.file.plans for ids in [sections[p.object.id]] if ids
                              for o in p.objects}  # fmt: skip
        stated = restated(self.file)
        kept = [o for o in stated if self._has_class(o)]
        self.ids = {o.id for o in kept}
        return tuple(self._object(o) for o in kept)

    def _has_class(self, o: PlanObject) -> bool:
        if is_class(renamed_class(o.kind)):
            return True
        self._lose(o, "", o.kind)
        return False

    def _object(self, o: PlanObject) -> PlanObject:
        kind = renamed_class(o.kind)
        rows = properties(kind)
        left = dict(o.attributes)
        found: dict[str, Any] = {}
        for row in rows:
            if row.type in GEOMETRY:
                left.pop(row.name, None)
                continue
            values = left.pop(row.name, None)
            kept = [v for one in _list(values) if (v := self._value(o, row, one)) is not None]
            if row.name == "rechtscharakter":
                kept = [legal_character(o.kind, code) for code in kept] or ["9998"]
            if row.most and len(kept) > row.most:
                for extra in kept[row.most :]:
                    self._lose(o, row.name, extra)
                kept = kept[: row.most]
            kept = kept or self._asked(o, row)
            if kept:
                found[row.name] = kept if len(kept) > 1 else kept[0]
        for name, value in left.items():
            self._lose(o, name, value)
        place = {row.name for row in rows}
        name = o.place_name if o.place_name in place or not o.place_name else _place(place, o.place_name)
        exact = {name if key == o.place_name else key: text for key, text in o.exact.items()}
        return replace(
            o, kind=kind, attributes=found, order=tuple(row.name for row in rows), place_name=name, exact=exact,
            others={key: shape for key, shape in o.others.items() if key in place},
        )  # fmt: skip

    def _value(self, o: PlanObject, row: Property, value: Any) -> Any:
        """A value as the property of 6.0 wants it; None where it cannot be."""
        if isinstance(value, dict) and "nil" in value:
            return None
        if row.data_type:
            return self._data(o, row, value)
        if row.type == "ReferenceType":
            return self._reference(o, row, value)
        text = str(value.get("value", value.get("href", ""))) if isinstance(value, dict) else str(value)
        known = codes(row.type)
        if known is not None:
            return text if row.name == "rechtscharakter" or text in known else self._lose(o, row.name, value)
        if row.type in UNITS or row.type in ("MeasureType", "ScaleType"):
            unit = value.get("uom") if isinstance(value, dict) else None
            return {"value": text, "uom": unit or UNITS.get(row.type, "m")}
        if row.type == "CodeType":
            return value if isinstance(value, dict) and "codeSpace" in value else text
        if row.type == "int":
            number = text.partition(".")[0]
            return number if number.lstrip("-").isdigit() else self._lose(o, row.name, value)
        return text if row.type in (*PRIMITIVE, "double", "boolean") else self._lose(o, row.name, value)

    def _reference(self, o: PlanObject, row: Property, value: Any) -> Any:
        href = value.get("href", "") if isinstance(value, dict) else ""
        if href.startswith("#") and href[1:] not in self.ids:
            return self._lose(o, row.name, value)
        return {"href": href} if href else self._lose(o, row.name, value)

    def _data(self, o: PlanObject, row: Property, value: Any) -> Any:
        """A data type; a plain code becomes the general one of a complex purpose."""
        wanted = row.data_type
        if not isinstance(value, dict) or "type" not in value:
            rows = {p.name: p for p in _known(wanted)}
            if "allgemein" not in rows:
                return self._lose(o, row.name, value)
            value = {"type": wanted, "allgemein": value}
        own = value["type"] if is_class(value["type"]) and extends(value["type"], wanted) else wanted
        if not is_class(own):
            return self._lose(o, row.name, value)
        found: dict[str, Any] = {"type": own}
        for part in properties(own):
            kept = [v for one in _list(value.get(part.name)) if (v := self._value(o, part, one)) is not None]
            for extra in kept[part.most :] if part.most else ():
                self._lose(o, f"{row.name}.{part.name}", extra)
            kept = kept[: part.most] if part.most else kept
            kept = kept or self._asked(o, part)
            if not kept and part.least:
                return self._lose(o, row.name, value)
            if kept:
                found[part.name] = kept if len(kept) > 1 else kept[0]
        names = {p.name for p in properties(own)}
        for name in value:
            if name not in names and name not in ("type", "id"):
                self._lose(o, f"{row.name}.{name}", value[name])
        return found if len(found) > 1 else None

    def _asked(self, o: PlanObject, row: Property) -> list[Any]:
        """What stands for a property that has to be there and is not."""
        if not row.least:
            return []
        if row.name == "gehoertZuBereich":
            section = self.section_of.get(o.id) or self.first_section.get(o.id)
            return [{"href": f"#{section}"}] if section in self.ids else []
        known = codes(row.type)
        if known is not None:
            return [next((code for code in UNKNOWN if code in known), min(known))]
        if row.type == "boolean":
            return ["false"]
        return ["unbekannt"] if row.type == "string" else []

    def _lose(self, o: PlanObject, name: str, value: Any) -> None:
        self.lost.append(Lost(o.id, o.kind, name, _said(value)))


def _place(names: set[str], wanted: str) -> str:
    """The name a geometry has now."""
    return next((name for name in ("position", *AREAS) if name in names), wanted)


def _known(name: str) -> Iterator[Property]:
    yield from properties(name) if is_class(name) else ()


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(_said(part) for name, part in value.items() if name != "type")[:200]
    if isinstance(value, list):
        return ", ".join(_said(part) for part in value)[:200]
    return str(value)[:200]
