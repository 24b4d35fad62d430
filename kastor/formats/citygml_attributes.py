"""Attributes, addresses and external references of CityGML objects from their XML trees.

Standard attributes bear the names of CityJSON 2.0, generic ones keep theirs. A second value
under a name that is taken is kept under a numbered name; functions and usages become lists.
"""

from __future__ import annotations

from lxml import etree

from kastor.city.model import Json
from kastor.city.report import Report
from kastor.formats.citygml_faces import children, local, module
from kastor.formats.citygml_values import WHITESPACE, NotANumber, value_of
from kastor.formats.citygml_words import FIELDS, REPEATABLE, WORDS, Role, Type, Word

_GENERIC_TYPES = {"int": Type.INTEGER, "double": Type.NUMBER, "measure": Type.NUMBER}
_XAL3 = {
    ("Country", "NameElement"): "country", ("Locality", "NameElement"): "city",
    ("Thoroughfare", "NameElement"): "street", ("Thoroughfare", "Number"): "number",
    ("Premises", "Number"): "number", ("PostCode", "Identifier"): "postcode",
}  # fmt: skip
_REFERENCE_NAMES = {"targetResource": "uri"}


def text_of(element: etree._Element) -> str:
    """The text of an element without the white space around it."""
    return "".join(map(str, element.itertext())).strip(WHITESPACE)


def put(attributes: dict[str, Json], name: str, value: Json, object_id: str, report: Report) -> None:
    """Set an attribute; a further value under the same name becomes a list or gets a numbered name."""
    if name not in attributes:
        attributes[name] = value
        return
    present = attributes[name]
    if name in REPEATABLE:
        attributes[name] = [*present, value] if isinstance(present, list) else [present, value]
        return
    n = 2
    while f"{name}_{n}" in attributes:
        n += 1
    attributes[f"{name}_{n}"] = value
    report.add("attribute_repeated", "kept", object_id, attribute=name, new=f"{name}_{n}")


def typed(text: str, kind: Type, name: str, object_id: str, report: Report) -> Json:
    """The value of a text; the text itself, with a finding, when it should be a number and is none."""
    try:
        return value_of(text, kind)
    except NotANumber:
        report.add("attribute_not_number", "kept", object_id, attribute=name, value=text)
        return text


def generic(element: etree._Element, object_id: str, report: Report) -> tuple[str, Json]:
    """
    Name and value of a generic attribute or attribute set.

    A measure with a unit becomes ``{"value": ..., "uom": ...}``, a set an object of its members.
    """
    kind = local(element).removesuffix("Attribute").lower()
    name = (element.get("name") or "").strip(WHITESPACE)
    if local(element).lower() == "genericattributeset":
        members: dict[str, Json] = {}
        for child in children(element):
            inner = next(children(child), None) if local(child) == "genericAttribute" else child
            if local(child) == "name":
                name = text_of(child)
            elif inner is not None:
                key, member = generic(inner, object_id, report)
                put(members, key, member, object_id, report)
        return name, dict(members)
    value: Json = None
    for child in children(element):
        if local(child) == "name":
            name = text_of(child)
        elif local(child) == "value":
            value = typed(text_of(child), _GENERIC_TYPES.get(kind, Type.TEXT), name, object_id, report)
            unit = child.get("uom")
            if kind == "measure" and unit:
                value = {"value": value, "uom": str(unit)}
    return name, value


def address(element: etree._Element) -> dict[str, Json]:
    """Fields of an xAL address in the layouts of CityGML 1.0 to 3.0; what has no field keeps its element's name."""
    found: dict[str, str] = {}
    for leaf in element.iter():
        if not isinstance(leaf.tag, str) or len(leaf) or not (text := text_of(leaf)):
            continue
        above = leaf.getparent()
        if module(leaf) != "xal" or above is None:
            continue
        word = WORDS.get(("xal", local(leaf)))
        if local(leaf) == "ThoroughfareNumberSuffix" and "number" in found:
            found["number"] += text
            continue
        if word is not None and word.role == Role.FIELD:
            key = FIELDS[word.value]
        else:
            key = _XAL3.get((local(above), local(leaf)), local(leaf))
        found[key] = f"{found[key]}, {text}" if key in found else text
    return dict(found)


def reference(element: etree._Element) -> dict[str, Json]:
    """Fields of an external reference: ``informationSystem`` and ``name`` or ``uri``."""
    found: dict[str, Json] = {}
    for leaf in element.iter():
        if isinstance(leaf.tag, str) and not len(leaf) and (text := text_of(leaf)):
            name = _REFERENCE_NAMES.get(local(leaf), local(leaf))
            found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def heights(element: etree._Element, object_id: str, report: Report) -> dict[str, Json]:
    """A ``con:height`` of CityGML 3.0: its value [m], what it was measured between and how."""
    found: dict[str, Json] = {}
    for leaf in element.iter():
        if isinstance(leaf.tag, str) and not len(leaf) and (text := text_of(leaf)):
            kind = Type.NUMBER if local(leaf) == "value" else Type.TEXT
            found[local(leaf)] = typed(text, kind, "height", object_id, report)
    return found


def standard(element: etree._Element, word: Word, object_id: str, report: Report) -> Json:
    """Value of a standard attribute; None when the element is empty."""
    text = text_of(element)
    return typed(text, word.type, word.key, object_id, report) if text else None
