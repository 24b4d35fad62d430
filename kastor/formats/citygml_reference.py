"""The reference reader of CityGML: readable, on XML trees, one top-level object at a time.

It knows every construct Kastor supports and reports everything else. The fast reader gives
the same arrays for the regular part of a file and leaves the rest to this one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from lxml import etree

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Json, Kind, Semantic
from kastor.city.report import Report
from kastor.formats.citygml_attributes import address, generic, heights, put, reference, standard, text_of, typed
from kastor.formats.citygml_faces import (
    HREF,
    Context,
    Face,
    Gathering,
    Link,
    children,
    first_point,
    gather,
    gather_lines,
    id_of,
    local,
)
from kastor.formats.citygml_words import WORDS, Role, Type, Word, family


@dataclass
class Tally:
    """
    What a file contained, summed up; written into the report when the file has been read to its end.

    Parameters
    ----------
    report
        For findings about single objects.
    crs
        Reference system the file states first, raw.
    """

    report: Report
    crs: str = ""
    read: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)
    surface_attributes: int = 0
    other_crs: set[str] = field(default_factory=set)

    def ignore(self, name: str) -> None:
        """Count something that is not loaded."""
        self.read[name] += 1
        self.ignored[name] += 1

    def state_crs(self, name: str) -> None:
        """Take note of a reference system; a second one in the file is a finding."""
        if not self.crs:
            self.crs = name
        elif name != self.crs and name not in self.other_crs:
            self.other_crs.add(name)
            self.report.add("crs_several", "kept", first=self.crs, other=name)

    def finish(self) -> None:
        """Write the sums into the report."""
        self.report.crs = self.report.crs or self.crs
        self.report.read.update(self.read)
        self.report.kept.update(self.kept)
        for name, count in sorted(self.ignored.items()):
            self.report.add("class_ignored", "ignored", count=count, name=name)
        if self.surface_attributes:
            self.report.add("surface_attributes_ignored", "ignored")


@dataclass
class Place:
    """Faces with one meaning and level of detail; ``surface`` numbers boundary surfaces, -1 is a plain geometry."""

    semantic: int
    lod: int
    id: str
    items: list[Face | Link]
    surface: int = -1
    name: str = ""


@dataclass
class Draft:
    """An object being read; ``parent`` is an index into the drafts of the member."""

    id: str
    kind: int
    parent: int
    name: str
    attributes: dict[str, Json] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)


@dataclass
class Member:
    """One top-level object with its parts, being read."""

    tally: Tally
    drafts: list[Draft] = field(default_factory=list)
    targets: dict[str, list[Face]] = field(default_factory=dict)
    surfaces: int = 0


@cache
def word_of(tag: str) -> Word:
    """The word of an lxml tag, one with the role ``UNKNOWN`` for others."""
    namespace, _, name = tag.rpartition("}")
    module = family(namespace[1:])
    return WORDS.get((module, name)) or Word(module, name, Role.UNKNOWN)


def read_top(element: etree._Element, tally: Tally) -> tuple[list[Draft], str]:
    """
    Objects of one child of the root element, and the reference system they state.

    Everything that is not an object (metadata, appearances, unknown members) is counted in the tally.
    """
    word = word_of(element.tag)
    if word.role == Role.MEMBER:
        crs = _stated_crs(element, tally)
        member = Member(tally)
        for child in children(element):
            if word_of(child.tag).role == Role.OBJECT:
                _read_object(child, -1, member)
            else:
                tally.ignore(local(child))
        if element.get(HREF):
            tally.report.add("link_unresolved", "ignored", target=element.get(HREF))
        _resolve(member)
        return member.drafts, crs
    if word.role == Role.ENVELOPE:
        _stated_crs(element, tally)
    elif word.local == "appearanceMember":
        tally.ignore("Appearance")
    elif word.role != Role.ATTRIBUTE:
        tally.ignore(word.local)
    return [], tally.crs


def _stated_crs(element: etree._Element, tally: Tally) -> str:
    """The first srsName in a tree, else the file's; further ones are noted."""
    first = ""
    for child in element.iter():
        name = child.get("srsName") if isinstance(child.tag, str) else None
        if name:
            first = first or str(name)
            tally.state_crs(str(name))
    return first or tally.crs


def _read_object(element: etree._Element, parent: int, member: Member) -> None:
    word, report = word_of(element.tag), member.tally.report
    draft = Draft(id_of(element), word.value, parent, word.local)
    if not draft.id:
        draft.id = _content_id(element)
        report.add("id_missing", "repaired", draft.id, new=draft.id)
    index = len(member.drafts)
    member.drafts.append(draft)
    member.tally.read[word.local] += 1
    member.tally.kept[word.local] += 1
    into = Gathering(draft.id, report, member.targets)
    parts = []
    for child in children(element):
        role = word_of(child.tag).role
        if role == Role.HOLDER and not child.get(HREF):
            parts.append(child)
        else:
            _READERS.get(role, _read_other)(child, draft, into, member)
    if draft.kind == Kind.TREE:
        _place_tree(draft)
    for holder in parts:
        for child in children(holder):
            if word_of(child.tag).role == Role.OBJECT:
                _read_object(child, index, member)
            else:
                member.tally.ignore(local(child))


def _content_id(element: etree._Element) -> str:
    """An id that stays the same as long as the object does."""
    content = hashlib.blake2b(digest_size=8)
    for child in element.iter():
        told = (child.tag, sorted(child.attrib.items()), (child.text or "").strip())
        content.update(repr(told).encode())
    return f"kastor-{content.hexdigest()}"


def _read_attribute(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    word = word_of(element.tag)
    value = standard(element, word, draft.id, into.report)
    if value is not None:
        put(draft.attributes, word.key, value, draft.id, into.report)


def _read_generic(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    name, value = generic(element, draft.id, into.report)
    if name and value is not None:
        put(draft.attributes, name, value, draft.id, into.report)
    else:
        member.tally.ignore(local(element))


def _read_address(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    if element.get(HREF):
        into.report.add("link_unresolved", "ignored", draft.id, target=element.get(HREF))
    _append(draft, "address", address(element))
    point = first_point(element)
    if point is not None:
        draft.places.append(Place(Semantic.POSITION, 0, "", [Face([[point]])]))


def _read_reference(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    _append(draft, "externalReference", reference(element))


def _append(draft: Draft, name: str, record: dict[str, Json]) -> None:
    records = draft.attributes.setdefault(name, [])
    if record and isinstance(records, list):
        records.append(record)
    if not records:
        del draft.attributes[name]


def _read_geometry(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    word = word_of(element.tag)
    draft.places.append(Place(word.value, word.lod, "", _items(element, into)))


def _items(element: etree._Element, into: Gathering) -> list[Face | Link]:
    """Faces and links of a property that holds a geometry."""
    into.items = []
    if element.get(HREF):
        into.items.append(Link(str(element.get(HREF)).rpartition("#")[2], False, -1, -1))
    for child in children(element):
        gather(child, into, Context())
    return into.items


def _read_curves(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    word = word_of(element.tag)
    into.items = []
    for child in children(element):
        gather_lines(child, into, Context())
    draft.places.append(Place(word.value, word.lod, "", into.items))


def _read_boundary(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    if element.get(HREF):
        into.report.add("link_unresolved", "ignored", draft.id, target=element.get(HREF))
    for child in children(element):
        if word_of(child.tag).role == Role.SURFACE:
            _read_surface(child, draft, into, member)
        else:
            member.tally.ignore(local(child))


def _read_surface(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    word, number = word_of(element.tag), member.surfaces
    member.surfaces += 1
    member.tally.read[word.local] += 1
    for child in children(element):
        inner = word_of(child.tag)
        if inner.role == Role.GEOMETRY:
            place = Place(word.value, inner.lod, id_of(element), _items(child, into), number, word.local)
            draft.places.append(place)
        elif inner.role == Role.BOUNDARY:
            _read_boundary(child, draft, into, member)
        elif inner.role == Role.IGNORED:
            member.tally.ignore(inner.key)
        elif inner.role != Role.ENVELOPE:
            member.tally.surface_attributes += 1


def _read_ignored(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    word = word_of(element.tag)
    if draft.kind == Kind.TREE and word.key == "ImplicitGeometry":
        points = [first_point(child) for child in element.iter("{*}referencePoint")]
        draft.places += [Place(Semantic.POSITION, word.lod, "", [Face([[p]])]) for p in points if p is not None]
        return
    member.tally.ignore(word.key)


def _read_other(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    """Elements with a shape of their own in CityGML 3.0, plain texts of any name; the rest is counted."""
    word, report = word_of(element.tag), into.report
    if element.get(HREF):
        report.add("link_unresolved", "ignored", draft.id, target=element.get(HREF))
    elif word.family == "gen" and word.local.lower().endswith(("attribute", "attributeset")):
        _read_generic(element, draft, into, member)
    elif (word.family, word.local) == ("core", "genericAttribute"):
        for child in children(element):
            _read_generic(child, draft, into, member)
    elif (word.family, word.local) == ("con", "height"):
        height = heights(element, draft.id, report)
        if "measuredHeight" not in draft.attributes and "value" in height:
            draft.attributes["measuredHeight"] = height["value"]
        _append(draft, "heights", height)
    elif not len(element) and (text := text_of(element)):
        if word.family == "con" and word.local in ("dateOfConstruction", "dateOfDemolition"):
            name = word.local.replace("dateOf", "yearOf")
            put(draft.attributes, name, typed(text, Type.YEAR, name, draft.id, report), draft.id, report)
        put(draft.attributes, word.local, text, draft.id, report)
    elif len(element):
        member.tally.ignore(word.local)


def _read_envelope(element: etree._Element, draft: Draft, into: Gathering, member: Member) -> None:
    """The box of an object is computed anew from its vertices."""


_READERS: dict[Role, Callable[[etree._Element, Draft, Gathering, Member], None]] = {
    Role.ATTRIBUTE: _read_attribute,
    Role.GENERIC: _read_generic,
    Role.ADDRESS: _read_address,
    Role.REFERENCE: _read_reference,
    Role.GEOMETRY: _read_geometry,
    Role.CURVES: _read_curves,
    Role.BOUNDARY: _read_boundary,
    Role.IGNORED: _read_ignored,
    Role.ENVELOPE: _read_envelope,
}


def _place_tree(draft: Draft) -> None:
    """A tree is one point: where it is said to stand, or the foot of its geometry."""
    stated = [place for place in draft.places if place.semantic == Semantic.POSITION]
    if stated:
        draft.places = stated[:1]
        return
    vertices = [p for place in draft.places for f in place.items if isinstance(f, Face) for r in f.rings for p in r]
    if vertices:
        east, north = ([p[axis] for p in vertices] for axis in (0, 1))
        middle = ((min(east) + max(east)) / 2, (min(north) + max(north)) / 2, min(p[2] for p in vertices))
        draft.places = [Place(Semantic.POSITION, draft.places[0].lod, "", [Face([[middle]])])]


def _resolve(member: Member) -> None:
    """Replace links by what they point at: semantic surfaces first, then solids and plain geometries."""
    homes = {
        id(face): (index, place)
        for index, draft in enumerate(member.drafts)
        for place in draft.places
        for face in place.items
        if isinstance(face, Face)
    }
    for boundary in (True, False):
        for index, draft in enumerate(member.drafts):
            places = []
            for place in draft.places:
                places.append(place)
                if (place.surface >= 0) == boundary:
                    places += _resolve_place(place, index, homes, member)
            draft.places = places
    for draft in member.drafts:
        for place in draft.places:
            place.items = [face for face in place.items if homes.get(id(face), (0, place))[1] is place]
        draft.places = [place for place in draft.places if place.items]
    kept = {(place.surface, place.name) for d in member.drafts for place in d.places if place.surface >= 0}
    member.tally.kept.update(name for _, name in kept)


def _resolve_place(place: Place, index: int, homes: dict[int, tuple[int, Place]], member: Member) -> list[Place]:
    """Resolve the links of one place; returns places for faces that had to be copied from other objects."""
    items: list[Face | Link] = []
    copies: dict[int, Place] = {}
    for item in place.items:
        if isinstance(item, Face):
            items.append(item)
            continue
        if item.target not in member.targets:
            member.tally.report.add("link_unresolved", "ignored", member.drafts[index].id, target=item.target)
        for face in member.targets.get(item.target, ()):
            owner, home = homes[id(face)]
            if item.solid >= 0 and owner == index and face.solid < 0:
                face.solid, face.shell = item.solid, item.shell
                if item.reverse:
                    face.rings = _reversed(face)
            elif item.solid >= 0 and not _below(owner, index, member.drafts):
                copy = copies.setdefault(home.semantic, Place(home.semantic, place.lod, "", []))
                copy.items.append(Face(_reversed(face) if item.reverse else face.rings, item.solid, item.shell))
            elif item.solid < 0 and place.surface >= 0 and owner == index and home.surface < 0:
                homes[id(face)] = (index, place)
                items.append(face)
            elif item.solid < 0 and not (
                place.semantic == Semantic.UNKNOWN and place.surface < 0
                and (owner == index or _below(owner, index, member.drafts))
            ):  # fmt: skip
                items.append(Face(_reversed(face) if item.reverse else face.rings))
    place.items = items
    return list(copies.values())


def _reversed(face: Face) -> list[list[tuple[float, float, float]]]:
    return [ring[::-1] for ring in face.rings]


def _below(inner: int, outer: int, drafts: list[Draft]) -> bool:
    """Whether one object is a part of another, at any depth."""
    while inner > outer:
        inner = drafts[inner].parent
        if inner == outer:
            return True
    return False


def city_of(drafts: Iterable[list[Draft]], crs: str) -> City:
    """The arrays of some members."""
    grow = CityBuilder(crs)
    for member in drafts:
        first = len(grow.ids)
        for draft in member:
            index = grow.add_object(draft.id, Kind(draft.kind), draft.parent + first if draft.parent >= 0 else -1)
            for name, value in draft.attributes.items():
                grow.attributes.setdefault(name, {})[index] = value
            for place in draft.places:
                faces = [face for face in place.items if isinstance(face, Face)]
                grow.add_surface(Semantic(place.semantic), [face.rings for face in faces], place.lod, place.id)
                grow.solids[-len(faces) :] = [face.solid for face in faces]
                grow.shells[-len(faces) :] = [face.shell for face in faces]
    return grow.build()
