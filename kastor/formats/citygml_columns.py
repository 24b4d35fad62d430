"""Attributes of a block of CityGML as columns, and the block as a city.

Texts are turned into values once per distinct text, so a column of ten thousand roof types costs
as much Python as the handful of different ones in it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City, Column, Json, identity
from kastor.city.strings import Strings, ranges
from kastor.formats import citygml_tokens as tokens
from kastor.formats.citygml_compiled import distinct, plain, trim
from kastor.formats.citygml_structure import Block, Bools, Faces, Ints, Rows, among, surface_meaning
from kastor.formats.citygml_values import WHITESPACE, value_of
from kastor.formats.citygml_words import FIELDS, WORDS, Role, Type

ADDRESS_FIELDS = 5
"""How many of ``FIELDS`` belong to addresses; the others belong to external references."""

STANDARD = [
    *dict.fromkeys(word.key for word in WORDS.values() if word.role == Role.ATTRIBUTE),
    "address", "externalReference", "heights",
]  # fmt: skip
"""Names of standard attributes; a generic attribute that bears one is left to the reference reader."""


@dataclass(frozen=True, eq=False)
class Texts:
    """
    The texts of some elements of a block, trimmed.

    Parameters
    ----------
    elements, starts, ends
        Each element, and where its text starts and ends.
    """

    elements: Rows
    starts: Ints
    ends: Ints

    @property
    def empty(self) -> Bools:
        """Whether each text is empty."""
        return np.equal(self.starts, self.ends)


def texts(block: Block, elements: Rows) -> Texts:
    """The texts of some elements."""
    starts, ends = block.elements[tokens.FROM, elements], block.elements[tokens.TO, elements]
    trim(block.text, starts, ends)
    return Texts(elements, starts, ends)


def text(block: Block, start: int, end: int) -> str:
    """A stretch of a block, empty for -1, -1."""
    return block.text[start:end].tobytes().decode() if start >= 0 else ""


def local_name(block: Block, element: int) -> str:
    """Name of an element without its prefix."""
    start = int(block.elements[tokens.NAME, element])
    tag = block.text[start : start + 200].tobytes()
    return re.split(rb"[\s/>]", tag, maxsplit=1)[0].decode().rpartition(":")[2]


def city_of(block: Block, shape: Faces, owner: Ints) -> City:
    """
    The objects of a block without a reference system; attributes only of regular ones.

    Parameters
    ----------
    shape
        Geometry of the block.
    owner
        Nearest object of each element.
    """
    objects = block.rows(Role.OBJECT)
    index = np.full(len(block.role) + 1, -1, np.int32)
    index[objects] = np.arange(len(objects), dtype=np.int32)
    holder = block.elements[tokens.PARENT, objects]
    outer = np.where(holder >= 0, block.elements[tokens.PARENT, holder], -1)
    semantic, lod, boundary = surface_meaning(block, shape.surfaces)
    of_object = index[owner[shape.surfaces]]
    ids = block.attribute(tokens.ID)
    city = City(
        crs="",
        ids=_strings(block, ids, objects),
        kind=block.lexicon.value[block.word[objects]].astype(np.uint8),
        parent=np.where(outer >= 0, index[owner[outer]], -1).astype(np.int32),
        attributes=columns(block, index[owner], len(objects)),
        surface_offsets=np.searchsorted(np.sort(of_object), np.arange(len(objects) + 1)),
        surface_ids=_strings(block, ids, boundary),
        semantic=semantic,
        lod=lod,
        polygon_offsets=shape.polygon_offsets,
        solid=shape.solid,
        shell=shape.shell,
        ring_offsets=shape.ring_offsets,
        vertex_offsets=shape.vertex_offsets,
        xyz=shape.xyz,
    )
    return city if (np.diff(of_object) >= 0).all() else _sorted(city, np.argsort(of_object, kind="stable"))


def _sorted(city: City, order: Rows) -> City:
    """The city with its surfaces in another order."""
    polygons, polygon_offsets = ranges(city.polygon_offsets, order)
    rings, ring_offsets = ranges(city.ring_offsets, polygons)
    vertices, vertex_offsets = ranges(city.vertex_offsets, rings)
    return City(
        crs=city.crs, ids=city.ids, kind=city.kind, parent=city.parent, attributes=city.attributes,
        surface_offsets=city.surface_offsets, surface_ids=city.surface_ids.take(order),
        semantic=city.semantic[order], lod=city.lod[order], polygon_offsets=polygon_offsets,
        solid=city.solid[polygons], shell=city.shell[polygons], ring_offsets=ring_offsets,
        vertex_offsets=vertex_offsets, xyz=city.xyz[vertices],
    )  # fmt: skip


def _strings(block: Block, spans: tuple[Ints, Ints], elements: NDArray[np.integer]) -> Strings:
    """The texts at the spans of some elements; an empty one for the element -1 and the span -1, -1."""
    bounds = np.column_stack([span[elements] for span in spans]).astype(np.int64)
    bounds[(elements < 0) | (bounds[:, 0] < 0)] = 0
    positions, offsets = ranges(bounds.ravel(), np.arange(0, bounds.size, 2))
    return Strings(block.text[positions], offsets)


def check_values(block: Block, owner: Ints) -> None:
    """Refuse top-level objects with values, addresses or references that are not regular."""
    types = block.lexicon.type[block.word]
    standard, values = (texts(block, _of_objects(block, role)) for role in (Role.ATTRIBUTE, Role.GENERIC_VALUE))
    _refuse_odd(block, standard, np.where(standard.empty, np.int32(Type.TEXT), types[standard.elements]))
    _refuse_odd(block, values, types[block.elements[tokens.PARENT, values.elements]])
    rows, column, names = _attributes(block)
    odd = np.array([not name or name != name.strip(WHITESPACE) or name in STANDARD for name in names], np.bool_)
    generic = block.role[rows] == Role.GENERIC
    block.refuse(rows[generic][odd[column[generic]]])
    _refuse_repeated(block, rows, owner[rows], column)
    _check_fields(block)


def _refuse_odd(block: Block, told: Texts, types: Ints) -> None:
    """Refuse the top-level objects in which a text is not plainly of its type."""
    block.refuse(told.elements[~plain(block.text, told.starts, told.ends, types)])


def _of_objects(block: Block, role: Role) -> Rows:
    """Elements with a role that belong to objects, and not to a surface or the whole file."""
    rows = block.rows(role)
    return rows[among(block.parent_role[rows], (Role.OBJECT, Role.GENERIC))]


def _check_fields(block: Block) -> None:
    record = block.nearest(Role.ADDRESS, Role.REFERENCE)
    fields, wrappers = texts(block, block.rows(Role.FIELD)), texts(block, block.rows(Role.WRAPPER))
    _refuse_odd(block, fields, np.full(len(fields.starts), Type.TEXT, np.int32))
    leaf = block.elements[tokens.AFTER, wrappers.elements] == wrappers.elements + 1
    block.refuse(wrappers.elements[leaf & ~wrappers.empty])
    which = _field(block, fields.elements)
    in_address = block.role[record[fields.elements]] == Role.ADDRESS
    block.refuse(fields.elements[in_address != (which < ADDRESS_FIELDS)])
    told = ~fields.empty
    _refuse_repeated(block, fields.elements[told], record[fields.elements[told]], which[told])


def _field(block: Block, elements: Rows) -> Ints:
    return block.lexicon.value[block.word[elements]]


def _refuse_repeated(block: Block, elements: Rows, groups: Ints, names: Ints) -> None:
    """Refuse where one name occurs twice in a group."""
    key = groups.astype(np.int64) * (int(names.max(initial=0)) + 1) + names
    order = np.argsort(key, kind="stable")
    again = np.flatnonzero(np.diff(key[order]) == 0) + 1
    block.refuse(elements[order[again]])


def _attributes(block: Block) -> tuple[Rows, Ints, list[str]]:
    """Elements of standard (not empty) and generic attributes, the number of the name of each, and the names."""
    standard, generic = texts(block, _of_objects(block, Role.ATTRIBUTE)), _of_objects(block, Role.GENERIC)
    told = standard.elements[~standard.empty]
    used, column = np.unique(block.lexicon.key[block.word[told]], return_inverse=True)
    keys = [block.lexicon.keys[key] for key in used.tolist()]
    start, end = (np.maximum(span[generic], 0) for span in block.attribute(tokens.GENERIC_NAME))
    codes, firsts = distinct(block.text, start, end, np.zeros(len(generic), np.int32))
    spans = zip(start[firsts].tolist(), end[firsts].tolist(), strict=True)
    names = [*keys, *(text(block, a, b) for a, b in spans)]
    rows = np.concatenate([told, generic])
    return rows, np.concatenate([column.astype(np.int32), codes + np.int32(len(used))]), names


def columns(block: Block, owner: Ints, objects: int) -> dict[str, Column]:
    """
    All attributes of the regular objects.

    Parameters
    ----------
    owner
        Number of the object each element is in.
    objects
        Number of objects.
    """
    rows, column, names = _attributes(block)
    chosen = block.regular[block.top[rows]]
    rows, column = rows[chosen], column[chosen]
    values = texts(block, rows + (block.role[rows] == Role.GENERIC))
    types = block.lexicon.type[block.word[rows]]
    codes, firsts = distinct(block.text, values.starts, values.ends, column * len(Type) + types)
    told = np.array(_decoded(block, values.starts[firsts], values.ends[firsts]), object)
    of, kinds = column[firsts], types[firsts]
    number = np.empty(len(firsts), np.int32)
    distinct_values: list[tuple[Json, ...]] = []
    for i in range(len(names)):
        here = np.flatnonzero(of == i)
        found, number[here] = _distinct_values(told[here].tolist(), kinds[here])
        distinct_values.append(found)
    table = np.full((len(names), objects), -1, np.int32)
    table[column, owner[rows]] = number[codes]
    result = {name: Column(distinct_values[i], table[i]) for i, name in enumerate(names) if distinct_values[i]}
    return result | _record_columns(block, owner, objects)


def _distinct_values(texts: list[str], types: Ints) -> tuple[tuple[Json, ...], Ints]:
    """The distinct values of different texts of some types, and the number of the value of each text."""
    if (types == Type.TEXT).all():
        return tuple(texts), np.arange(len(texts), dtype=np.int32)
    known: dict[Hashable, int] = {}
    values: list[Json] = []
    number = np.empty(len(texts), np.int32)
    for i, (told, kind) in enumerate(zip(texts, types.tolist(), strict=True)):
        value = value_of(told, Type(kind))
        number[i] = known.setdefault(identity(value), len(values))
        if number[i] == len(values):
            values.append(value)
    return tuple(values), number


def _decoded(block: Block, starts: Ints, ends: Ints) -> list[str]:
    """The texts of some stretches of a block."""
    bounds = np.column_stack([starts, ends]).astype(np.int64)
    positions, offsets = ranges(bounds.ravel(), np.arange(0, bounds.size, 2))
    return Strings(block.text[positions], offsets).tolist()


def _record_columns(block: Block, owner: Ints, objects: int) -> dict[str, Column]:
    """The columns ``address`` and ``externalReference``, a list of records for each object."""
    fields = texts(block, block.rows(Role.FIELD))
    told = ~fields.empty & block.regular[block.top[fields.elements]]
    elements, starts, ends = fields.elements[told], fields.starts[told], fields.ends[told]
    codes, firsts = distinct(block.text, starts, ends, np.zeros(len(starts), np.int32))
    strings = _decoded(block, starts[firsts], ends[firsts])
    which = _field(block, elements)
    record = block.nearest(Role.ADDRESS, Role.REFERENCE)[elements]
    result = {}
    for name, chosen in (("address", which < ADDRESS_FIELDS), ("externalReference", which >= ADDRESS_FIELDS)):
        told_here = [strings[code] for code in codes[chosen].tolist()]
        column = _column_of_records(owner[elements[chosen]], which[chosen], record[chosen], told_here, objects)
        if column.values:
            result[name] = column
    return result


def _column_of_records(owners: Ints, fields: Ints, records: Ints, texts: list[str], objects: int) -> Column:
    """
    A list of records for each object.

    Parameters
    ----------
    owners, fields, records
        Object, field and record of each text, in document order.
    texts
        The texts.
    objects
        Number of objects.
    """
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    codes = np.full(objects, -1, np.int32)
    known: dict[tuple[tuple[str, ...], ...], tuple[int, Json]] = {}
    names = [FIELDS[field] for field in fields.tolist()]
    first = np.flatnonzero(np.diff(records, prepend=-1)).tolist()
    bounds = np.searchsorted(first, np.append(starts, len(owners))).tolist()
    first.append(len(names))
    for owner, low, high in zip(owners[starts].tolist(), bounds, bounds[1:], strict=False):
        pieces = [slice(first[k], first[k + 1]) for k in range(low, high)]
        key = tuple((*names[piece], *texts[piece]) for piece in pieces)
        found = known.get(key)
        if found is None:
            value: Json = [dict(zip(names[piece], texts[piece], strict=True)) for piece in pieces]
            found = known[key] = (len(known), value)
        codes[owner] = found[0]
    return Column(tuple(value for _, value in known.values()), codes)
