"""The fast reader of CityGML: the regular part of a file compiled, the rest by the reference reader.

The file comes in blocks of some megabytes, cut where a top-level object ends. Each block becomes
a table of elements, then records, then arrays. Objects that are not regular go to the reference
reader one block at a time; a block that is not well-formed, and all that follows it, goes there
whole, so errors name the same line whichever reader met them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby
from operator import itemgetter

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from kastor.city.model import City, concat, take
from kastor.formats import citygml_chunks, citygml_objects, citygml_tokens
from kastor.formats.citygml_columns import Reading, column_names
from kastor.formats.citygml_objects import Work
from kastor.formats.citygml_reference import Draft, Tally, city_of, read_top
from kastor.formats.citygml_tokens import PADDING
from kastor.formats.citygml_words import Role, Word, family
from kastor.formats.errors import FormatError
from kastor.formats.xml_safety import Head, parse


@dataclass(frozen=True, eq=False)
class Piece:
    """A block as records; ``size`` is where its last element ends, ``closed`` whether the root ended there."""

    reading: Reading
    odd: list[etree._Element]
    size: int
    closed: bool
    lines: int


@dataclass(frozen=True, eq=False)
class Spelling:
    """The names a file uses: tables for the compiled reader, and the words their codes stand for."""

    words: list[Word]
    elements: NDArray[np.int64]
    attributes: NDArray[np.int64]
    table: NDArray[np.int32]
    keys: list[str]
    taken: NDArray[np.int64]
    member_ends: list[bytes]


def spelling(head: Head) -> Spelling:
    """The names of the file that begins with ``head``."""
    elements, words = citygml_tokens.element_names(head)
    keys = column_names()
    table = np.array(
        [[w.role, w.value, w.lod, w.type, keys.index(w.key) if w.key in keys else -1] for w in words], np.int32
    )
    taken = citygml_tokens.names_table({name.encode(): i + 1 for i, name in enumerate(keys)})
    ends = [
        (f"</{prefix}:{local}>" if prefix else f"</{local}>").encode()
        for prefix, namespace in head.namespaces.items()
        for local in ("cityObjectMember", "featureMember")
        if family(namespace) in ("core", "gml")
    ]
    return Spelling(words, elements, citygml_tokens.attribute_names(head), table, keys, taken, ends)


def chunks(head: Head, blocks: Iterable[bytes], tally: Tally, file: str) -> Iterator[City]:
    """
    Cities of one block each, in file order; the same objects as :func:`citygml_chunks.chunks` gives.

    Raises
    ------
    FormatError
        As the reference reader does.
    """
    names = spelling(head)
    source = iter(blocks)
    waiting, lines, read = b"", 0, False
    for block in source:
        waiting += block
        cut = _last_end(waiting, names.member_ends)
        if not cut and len(waiting) <= citygml_chunks.MEMBER_LIMIT:
            continue
        piece = _piece(waiting[:cut], names, head, file) if cut else None
        if piece is None or piece.closed:
            break
        yield from _cities(piece, names, tally)
        waiting, lines = waiting[cut:], lines + piece.lines
    else:
        piece = _piece(waiting, names, head, file)
        read = piece is not None and piece.closed and _is_end(waiting[piece.size :], head)
        if piece is not None and read:
            yield from _cities(piece, names, tally)
    if not read:
        yield from citygml_chunks.chunks(head, chain((waiting,), source), tally, file, lines)


def _last_end(text: bytes, ends: list[bytes]) -> int:
    """Where the last top-level object ends, 0 when none does. The spelling found is tried first the next time."""
    for i, end in enumerate(ends):
        at = text.rfind(end)
        if at >= 0:
            ends.insert(0, ends.pop(i))
            return at + len(end)
    return 0


def _is_end(text: bytes, head: Head) -> bool:
    """Whether nothing but the end tag of the root is left."""
    name, _, rest = text.partition(b">")
    return name.rstrip() == b"</" + head.root and not rest.strip()


def _piece(block: bytes, names: Spelling, head: Head, file: str) -> Piece | None:
    """The records of a block; None when it is not well-formed, or not as far as the fast reader can tell."""
    text = np.frombuffer(block + bytes(PADDING), np.uint8)
    tags, equals, lines, illegal = citygml_tokens.survey(text[: len(block)])
    elements = np.empty((tags + 1, citygml_tokens.COLUMNS), np.int32)
    attributes = np.empty((equals + 1, 3), np.int32)
    n, state, size = citygml_tokens.scan(text, len(block), names.elements, names.attributes, elements, attributes)
    if illegal or state == citygml_tokens.BROKEN:
        return None
    work = Work(
        text=text, elements=elements, attributes=attributes, words=names.table, taken=names.taken,
        records=np.empty((n + 1, citygml_objects.COLUMNS), np.int32),
        xyz=np.empty(len(block) // 2 + 8), counts=np.zeros(5, np.int64),
    )  # fmt: skip
    citygml_objects.read_all(work, n)
    closed = state == citygml_tokens.CLOSED
    reading = Reading(work, names.words, names.keys)
    try:
        odd = _odd_elements(block, size if closed else len(block), reading, head, file)
    except FormatError:
        # the reference reader meets the same error, and knows its line
        return None
    return Piece(reading, odd, size, closed, lines)


def _odd_elements(block: bytes, size: int, reading: Reading, head: Head, file: str) -> list[etree._Element]:
    """Trees of the children of the root that are not regular, in document order."""
    tops = reading.tops
    starts = np.append(reading.work.elements[tops[:, 1], citygml_tokens.NAME] - 1, size)
    odd = np.flatnonzero(tops[:, 2] == citygml_objects.IRREGULAR).tolist()
    if not odd:
        return []
    parts = [block[starts[i] : starts[i + 1]] for i in odd]
    return list(parse(b"".join((head.text, *parts, b"</", head.root, b">")), file))


def _cities(piece: Piece, names: Spelling, tally: Tally) -> Iterator[City]:
    """The cities of a block, one for each run of objects in the same reference system."""
    reading, odd = piece.reading, iter(piece.odd)
    drafts: list[list[Draft]] = []
    runs: list[tuple[str, int, int]] = []
    offset = reading.objects
    for top, first, last in reading.members():
        crs = reading.text(top[3], top[4])
        word = names.words[reading.work.elements[top[1], citygml_tokens.WORD]]
        if top[2] == citygml_objects.IRREGULAR:
            found, crs = read_top(next(odd), tally)
            first, last = offset, offset + len(found)
            offset = last
            drafts.append(found)
        elif word.role in (Role.MEMBER, Role.ENVELOPE):
            if crs:
                tally.state_crs(crs)
        elif word.role != Role.ATTRIBUTE:
            name = reading.local_name(top[1])
            tally.ignore("Appearance" if name == "appearanceMember" else name)
        if first < last:
            runs.append((crs or tally.crs, first, last))
    reading.count(tally)
    city = reading.city()
    yield from _by_crs(concat([city, city_of(drafts, "")]) if drafts else city, runs)


def _by_crs(city: City, runs: list[tuple[str, int, int]]) -> Iterator[City]:
    """The objects of a city in the order of the runs, a new city wherever the reference system changes."""
    for crs, group in groupby(runs, key=itemgetter(0)):
        pieces = [np.arange(first, last) for _, first, last in group]
        order = np.concatenate(pieces)
        whole = len(order) == len(city) and order[0] == 0 and bool((np.diff(order) == 1).all())
        yield replace(city if whole else take(city, order), crs=crs)
