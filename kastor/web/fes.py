"""OGC Filter Encoding 2.0 (ISO 19143) as the tree of the same filter in CQL2, so that both mean the same.

Source: OGC 09-026. Logical, comparison and spatial operators and resource ids; what is not there is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from kastor.store.errors import InvalidFilter
from kastor.store.filter_values import NUMBERS, Property
from kastor.web.gml import GML_OLD, plain_name, read_place

LONGEST = 100_000
"""Bytes of a filter."""

COMPARISONS = {
    "PropertyIsEqualTo": "=", "PropertyIsNotEqualTo": "<>", "PropertyIsLessThan": "<", "PropertyIsGreaterThan": ">",
    "PropertyIsLessThanOrEqualTo": "<=", "PropertyIsGreaterThanOrEqualTo": ">=",
}  # fmt: skip
SPATIAL = {
    "BBOX": "s_intersects", "Intersects": "s_intersects", "Within": "s_within", "Contains": "s_contains",
    "Disjoint": "s_disjoint", "Equals": "s_equals", "Overlaps": "s_overlaps", "Touches": "s_touches",
    "Crosses": "s_crosses",
}  # fmt: skip
RESOURCE_IDS = {"ResourceId": "rid", "GmlObjectId": f"{{{GML_OLD}}}id", "FeatureId": "fid"}
"""Elements that name a feature, and the attribute that does; the latter two come from clients of older filters."""
_WANTED_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


@dataclass(frozen=True)
class Encoded:
    """
    A filter as CQL2 JSON.

    Parameters
    ----------
    tree
        The filter.
    systems
        Names of the reference systems its places were given in.
    """

    tree: Any
    systems: frozenset[str]


def read(text: str, known: Mapping[str, Property], id_of: Callable[[str], str]) -> Encoded:
    """
    A filter as it stands in the parameter ``FILTER``.

    Parameters
    ----------
    known
        What may be asked about, by name.
    id_of
        From the resource id a client has to the id of the object.

    Raises
    ------
    InvalidFilter
        When it is no filter, or asks for what there is not.
    """
    if len(text) > LONGEST:
        raise InvalidFilter(f"FILTER: it has {len(text)} characters, at most {LONGEST} are read. Ask in several steps.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidFilter(f"FILTER: {text[:60]!r} is not XML: {str(error)[:120]}") from error
    if "<!DOCTYPE" in text or _name(root) != "Filter":
        raise InvalidFilter(f"FILTER: it must be one fes:Filter, not {_name(root)[:40]!r}.")
    reader = _Reader(known, id_of)
    parts = [reader.truth(child) for child in _children(root)]
    if not parts:
        raise InvalidFilter("FILTER: the fes:Filter is empty.")
    # several resource ids beside each other mean any of them
    return Encoded(parts[0] if len(parts) == 1 else {"op": "or", "args": parts}, frozenset(reader.systems))


class _Reader:
    """Reads one filter."""

    def __init__(self, known: Mapping[str, Property], id_of: Callable[[str], str]) -> None:
        self._known = known
        self._id_of = id_of
        self.systems: set[str] = set()

    def truth(self, element: etree._Element) -> Any:
        name, children = _name(element), _children(element)
        if name in ("And", "Or"):
            return {"op": name.lower(), "args": [self.truth(child) for child in children]}
        if name == "Not":
            return {"op": "not", "args": [self.truth(child) for child in children]}
        if name in RESOURCE_IDS:
            rid = element.get(RESOURCE_IDS[name]) or ""
            return {"op": "=", "args": [{"property": "id"}, self._id_of(str(rid))]}
        if name in COMPARISONS:
            return self._compared(COMPARISONS[name], element, children)
        if name in SPATIAL:
            return self._spatial(SPATIAL[name], name, children)
        special = {"PropertyIsLike": self._like, "PropertyIsNull": self._null, "PropertyIsBetween": self._between}
        if name in special:
            return special[name](element, children)
        raise InvalidFilter(f"FILTER: there is no operator {name[:60]!r} here; GetCapabilities lists them.")

    def _compared(self, op: str, element: etree._Element, children: list[etree._Element]) -> Any:
        if len(children) != 2:
            raise InvalidFilter(f"FILTER: {_name(element)} compares two things, not {len(children)}.")
        property = self._reference(next((c for c in children if _name(c) != "Literal"), children[0]))
        sides = [self._side(child, property) for child in children]
        if element.get("matchCase") == "false" and property.type == "text":
            sides = [{"op": "casei", "args": [side]} for side in sides]
        return {"op": op, "args": sides}

    def _side(self, element: etree._Element, property: Property) -> Any:
        if _name(element) == "Literal":
            return literal(property, "".join(map(str, element.itertext())))
        return {"property": self._reference(element).name}

    def _like(self, element: etree._Element, children: list[etree._Element]) -> Any:
        if len(children) != 2:
            raise InvalidFilter("FILTER: PropertyIsLike needs a property and a pattern.")
        many, one, escape = (str(element.get(name, "")) for name in ("wildCard", "singleChar", "escapeChar"))
        pattern: Any = _pattern("".join(map(str, children[1].itertext())), many or "*", one or "?", escape or "\\")
        side: Any = {"property": self._reference(children[0]).name}
        if element.get("matchCase") == "false":
            side, pattern = ({"op": "casei", "args": [part]} for part in (side, pattern))
        return {"op": "like", "args": [side, pattern]}

    def _null(self, element: etree._Element, children: list[etree._Element]) -> Any:
        if len(children) != 1:
            raise InvalidFilter("FILTER: PropertyIsNull needs one property.")
        return {"op": "isNull", "args": [{"property": self._reference(children[0]).name}]}

    def _between(self, element: etree._Element, children: list[etree._Element]) -> Any:
        if len(children) != 3:
            raise InvalidFilter("FILTER: PropertyIsBetween needs a property, a lower and an upper bound.")
        property = self._reference(children[0])
        bounds = [literal(property, "".join(map(str, child.itertext())).strip()) for child in children[1:]]
        return {"op": "between", "args": [{"property": property.name}, *bounds]}

    def _spatial(self, op: str, name: str, children: list[etree._Element]) -> Any:
        places = [child for child in children if _name(child) != "ValueReference"]
        if len(places) != 1:
            raise InvalidFilter(f"FILTER: {name} needs one place.")
        place, system = read_place(places[0])
        self.systems.add(system)
        return {"op": op, "args": [{"property": "geometry"}, place]}

    def _reference(self, element: etree._Element) -> Property:
        if _name(element) not in ("ValueReference", "PropertyName"):
            raise InvalidFilter(f"FILTER: {_name(element)[:40]!r} stands where a fes:ValueReference is wanted.")
        # clients write the path with prefixes, such as kastor:height
        written = str(element.text or "").strip().rsplit("/", 1)[-1].rsplit(":", 1)[-1]
        found = self._known.get(plain_name(written))
        if found is None:
            raise InvalidFilter(
                f"FILTER: there is no property {written[:60]!r}; there are {', '.join(sorted(self._known))[:600]}."
            )
        return found


def literal(property: Property, text: str) -> Any:
    """
    A literal as what its property is.

    Raises
    ------
    InvalidFilter
        When it cannot be that.
    """
    if property.type in NUMBERS:
        if not _WANTED_NUMBER.fullmatch(text.strip()):
            raise InvalidFilter(f"FILTER: {property.name} is a number, {text[:40]!r} is none.")
        return float(text)
    if property.type == "boolean":
        if text.strip() not in ("true", "false"):
            raise InvalidFilter(f"FILTER: {property.name} is true or false, not {text[:40]!r}.")
        return text.strip() == "true"
    if property.type in ("date", "timestamp"):
        return {property.type: text.strip()}
    return text


def _pattern(text: str, many: str, one: str, escape: str) -> str:
    """A pattern with the signs of CQL2."""
    found, i = [], 0
    while i < len(text):
        if text.startswith(escape, i) and i + len(escape) < len(text):
            i += len(escape)
            found.append(_literally(text[i]))
            i += 1
        elif text.startswith(many, i):
            found.append("%")
            i += len(many)
        elif text.startswith(one, i):
            found.append("_")
            i += len(one)
        else:
            found.append(_literally(text[i]))
            i += 1
    return "".join(found)


def _literally(sign: str) -> str:
    return f"\\{sign}" if sign in "%_\\" else sign


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _children(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str)]
