"""The fast reader of CityGML: the regular part of a file compiled, the rest by the reference reader.

The file comes in blocks of some megabytes, cut where a top-level object ends. Each block becomes
a table of elements, then records, then arrays. Objects that are not regular go to the reference
reader one block at a time; a block that is not well-formed, and all that follows it, goes there
whole, so errors name the same line whichever reader met them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from kastor.city.model import City, concat, take
from kastor.formats import citygml_chunks
from kastor.formats import citygml_tokens as tokens
from kastor.formats.citygml_columns import check_values, city_of, local_name, text
from kastor.formats.citygml_reference import Draft, Tally, read_top
from kastor.formats.citygml_reference import city_of as city_of_drafts
from kastor.formats.citygml_spans import PADDING
from kastor.formats.citygml_structure import DETAILS, Block, Faces, among, faces, stated_crs, structure
from kastor.formats.citygml_tokens import Lexicon
from kastor.formats.citygml_words import Role, family
from kastor.formats.errors import FormatError
from kastor.formats.xml_safety import Head, parse


@dataclass(frozen=True, eq=False)
class Piece:
    """
    A block that has been understood.

    Parameters
    ----------
    city
        Its regular objects, without a reference system.
    odd
        Trees of the children of the root that are not regular, in document order.
    size
        Where its last element ends.
    closed
        Whether the root ended there.
    lines
        Line breaks in the block.
    """

    block: Block
    shape: Faces
    city: City
    odd: list[etree._Element]
    size: int
    closed: bool
    lines: int


@dataclass(frozen=True, eq=False)
class Spelling:
    """The names a file uses: tables for the tokenizer, and the words their codes stand for."""

    lexicon: Lexicon
    elements: NDArray[np.int64]
    attributes: NDArray[np.int64]
    member_ends: list[bytes]


def spelling(head: Head) -> Spelling:
    """The names of the file that begins with ``head``."""
    return _spelling(tuple(head.namespaces.items()))


@lru_cache(maxsize=16)
def _spelling(namespaces: tuple[tuple[str | None, str], ...]) -> Spelling:
    families = {prefix: family(namespace) for prefix, namespace in namespaces}
    lexicon = tokens.lexicon()
    elements = tokens.element_names(families, lexicon.words)
    ends = [
        (f"</{prefix}:{local}>" if prefix else f"</{local}>").encode()
        for prefix, module in families.items()
        for local in ("cityObjectMember", "featureMember")
        if module in ("core", "gml")
    ]
    return Spelling(lexicon, elements, tokens.attribute_names(families), ends)


def is_loaded() -> bool:
    """Whether the compiled functions are in memory."""
    return bool(tokens.scan.signatures)


def is_compiled() -> bool:
    """Whether the compiled functions are on disk from an earlier run."""
    return any(Path(tokens.scan.stats.cache_path).glob("citygml_tokens.scan-*.nbi"))


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
    waiting, lines, read = next(source, b""), 0, False
    for following in source:
        cut = _last_end(waiting, names.member_ends)
        if not cut and len(waiting) <= citygml_chunks.MEMBER_LIMIT:
            waiting += following
            continue
        piece = _piece(waiting[:cut], names, head, file) if cut else None
        if piece is None or piece.closed:
            source = chain((following,), source)
            break
        yield from _cities(piece, tally)
        waiting, lines = waiting[cut:] + following, lines + piece.lines
    else:
        piece = _piece(waiting, names, head, file)
        read = piece is not None and piece.closed and _is_end(waiting[piece.size :], head)
        if piece is not None and read:
            yield from _cities(piece, tally)
    if not read:
        yield from citygml_chunks.chunks(head, chain((waiting,), source), tally, file, lines)


def _last_end(text: bytes, ends: list[bytes]) -> int:
    """Where the last top-level object ends, 0 when none does; looks near the end of the text first."""
    for window in (1 << 16, 1 << 20, len(text)):
        found = [(text.rfind(end, max(0, len(text) - window)), len(end)) for end in ends]
        at, length = max(found, default=(-1, 0))
        if at >= 0:
            return at + length
    return 0


def _is_end(text: bytes, head: Head) -> bool:
    """Whether nothing but the end tag of the root is left."""
    name, bracket, rest = text.partition(b">")
    return name.rstrip() == b"</" + head.root and bracket == b">" and not rest.strip()


def _piece(data: bytes, names: Spelling, head: Head, file: str) -> Piece | None:
    """A block understood; None when it is not well-formed, or not as far as the fast reader can tell."""
    padded = np.frombuffer(data + bytes(PADDING), np.uint8)
    tags, equals, lines, marks, illegal = tokens.survey(padded[: len(data)])
    elements = np.empty((tokens.COLUMNS, tags + 1), np.int32)
    attributes = np.empty((equals + 1, 4), np.int32)
    n, state, size = tokens.scan(padded, len(data), names.elements, names.attributes, elements, attributes)
    if illegal or state == tokens.BROKEN:
        return None
    used = np.ascontiguousarray(elements[:, : n + 1])
    block = structure(padded, used, attributes[: used[tokens.ATTRIBUTES, n]], names.lexicon)
    if marks and not _refuse_marks(block):
        return None
    shape, owner = faces(block), block.nearest(Role.OBJECT)
    check_values(block, owner)
    stated_crs(block)
    closed = state == tokens.CLOSED
    try:
        odd = _odd_elements(data, block, head, file)
    except FormatError:
        # the reference reader meets the same error, and knows its line
        return None
    city = city_of(block, shape, owner)
    if odd:
        city = take(city, np.flatnonzero(block.regular[block.top[block.rows(Role.OBJECT)]]))
    return Piece(block, shape, city, odd, size if closed else len(data), closed, lines)


def _refuse_marks(block: Block) -> bool:
    """Leave every object with an entity or a ``]`` to the reference reader; False when one stands outside of all."""
    places = np.flatnonzero((block.text == ord("&")) | (block.text == ord("]")))
    elements = np.searchsorted(block.elements[tokens.NAME, : len(block.role)], places) - 1
    block.refuse(elements)
    return bool((elements >= 0).all())


def _tops(block: Block) -> NDArray[np.int64]:
    return np.flatnonzero(block.elements[tokens.PARENT, : len(block.role)] < 0)


def _odd_elements(data: bytes, block: Block, head: Head, file: str) -> list[etree._Element]:
    """Trees of the children of the root that are not regular, in document order."""
    odd = np.flatnonzero(~block.regular).tolist()
    if not odd:
        return []
    starts = block.elements[tokens.NAME, np.append(_tops(block), len(block.role))] - 1
    parts = [data[starts[i] : starts[i + 1]] for i in odd]
    return list(parse(b"".join((head.text, *parts, b"</", head.root, b">")), file))


def _cities(piece: Piece, tally: Tally) -> Iterator[City]:
    """The cities of a block, one for each run of objects in the same reference system."""
    block, odd = piece.block, iter(piece.odd)
    tops = _tops(block)
    objects = np.bincount(block.top[block.rows(Role.OBJECT)], minlength=len(tops)) * block.regular
    starts, ends = (span.tolist() for span in stated_crs(block))
    drafts: list[list[Draft]] = []
    runs: list[tuple[str, int, int]] = []
    offset, last = len(piece.city), 0
    for i, (element, regular) in enumerate(zip(tops.tolist(), block.regular.tolist(), strict=True)):
        crs = text(block, starts[i], ends[i])
        if regular:
            _count_top(block, element, crs, tally)
            runs.append((crs or tally.crs, last, last + int(objects[i])))
            last += int(objects[i])
        else:
            found, crs = read_top(next(odd), tally)
            runs.append((crs, offset, offset + len(found)))
            offset += len(found)
            drafts.append(found)
    _count(piece, tally)
    runs = [run for run in runs if run[1] < run[2]]
    yield from _by_crs(concat([piece.city, city_of_drafts(drafts, "")]) if drafts else piece.city, runs)


def _count_top(block: Block, element: int, crs: str, tally: Tally) -> None:
    role = block.role[element]
    if crs and role in (Role.MEMBER, Role.ENVELOPE):
        tally.state_crs(crs)
    elif role not in (Role.MEMBER, Role.ENVELOPE, Role.ATTRIBUTE):
        name = local_name(block, element)
        tally.ignore("Appearance" if name == "appearanceMember" else name)


def _count(piece: Piece, tally: Tally) -> None:
    """Add what the regular objects of a block contain to the sums of the file."""
    block = piece.block
    objects = block.rows(Role.OBJECT)
    for elements, sums in (
        (objects, (tally.read, tally.kept)), (piece.shape.seen, (tally.read,)), (piece.shape.kept, (tally.kept,)),
    ):  # fmt: skip
        words = block.elements[tokens.WORD, elements[block.regular[block.top[elements]]]]
        for code, times in zip(*(array.tolist() for array in np.unique(words, return_counts=True)), strict=True):
            for counter in sums:
                counter[block.lexicon.words[code].local] += times
    inside = np.flatnonzero(block.alive & block.regular[block.top] & (block.parent_role != 0))
    of_surface = block.parent_role[inside] == Role.SURFACE
    tally.surface_attributes += int((of_surface & ~among(block.role[inside], DETAILS)).sum())
    for element in inside[block.role[inside] == Role.IGNORED].tolist():
        tally.ignore(block.lexicon.words[block.word[element]].key)
    strange = (block.parent_role[inside] == Role.MEMBER) & (block.role[inside] != Role.OBJECT)
    for element in inside[strange].tolist():
        tally.ignore(local_name(block, element))


def _by_crs(city: City, runs: list[tuple[str, int, int]]) -> Iterator[City]:
    """The objects of a city in the order of the runs, a new city wherever the reference system changes."""
    for crs, group in groupby(runs, key=itemgetter(0)):
        order = np.concatenate([np.arange(first, last) for _, first, last in group])
        whole = len(order) == len(city) and bool((order == np.arange(len(city))).all())
        yield replace(city if whole else take(city, order), crs=crs)
