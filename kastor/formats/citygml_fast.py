"""The fast reader of CityGML: the regular part of a file compiled, the rest by the reference reader.

The file comes in blocks of some megabytes, cut where a top-level object ends. Each block becomes
a table of elements, then records, then arrays. Objects that are not regular go to the reference
reader one block at a time; a block that is not well-formed, and all that follows it, goes there
whole, so errors name the same line whichever reader met them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from kastor.city.model import City, concat, cut, take
from kastor.formats import citygml_chunks
from kastor.formats import citygml_tokens as tokens
from kastor.formats.citygml_columns import check_values, city_of, local_name, text
from kastor.formats.citygml_compiled import PADDING, scan, survey
from kastor.formats.citygml_reference import Draft, Tally, read_top
from kastor.formats.citygml_reference import city_of as city_of_drafts
from kastor.formats.citygml_structure import DETAIL, STRANGE, Block, Faces, Ints, Rows, faces, stated_crs, structure
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
class Document:
    """
    A CityGML file that is being read.

    Parameters
    ----------
    name
        Name of its parts, and for errors.
    head
        Its beginning.
    text
        What follows the head, up to the end of the file or of its first block.
    tally
        Receives counts and findings.
    """

    name: str
    head: Head
    text: bytes
    tally: Tally


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


@dataclass(eq=False)
class Scratch:
    """Memory for the tables of a block, used again for the next one."""

    elements: Ints = field(default_factory=lambda: np.empty((tokens.COLUMNS, 0), np.int32))
    attributes: Ints = field(default_factory=lambda: np.empty((0, 4), np.int32))
    xyz: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def fit(self, size: int) -> None:
        """Make room for a block of some bytes: no element is shorter than ``<a/>``, no attribute than `` a=""``."""
        if size > len(self.xyz):
            self.elements = np.empty((tokens.COLUMNS, size // 4 + 2), np.int32)
            self.attributes = np.empty((size // 5 + 2, 4), np.int32)
            self.xyz = np.empty(size // 2 + 8)


MARK = b"<kastor/>"
"""Stands between files that are read together."""


def together(documents: Sequence[Document], scratch: Scratch) -> list[list[City]] | None:
    """
    The cities of some whole files that declare the same namespaces, understood as one block.

    None when any of them is not well-formed as far as the fast reader can tell: a mark between two files that is not
    found as an element of its own tells that the file before it does not end well.
    """
    head = documents[0].head
    names = spelling(head)
    bodies: list[bytes | memoryview] = []
    places, size = [], 0
    for document in documents:
        end = max(document.text.rfind(b"</"), 0)
        if not _is_end(document.text[end:], document.head):
            return None
        bodies += [memoryview(document.text)[:end], MARK]
        places.append(size + end)
        size += end + len(MARK)
    piece = _piece(b"".join([*bodies, bytes(PADDING)]), size, names, scratch, head, documents[0].name)
    if piece is None or piece.closed:
        return None
    starts = piece.block.elements[tokens.NAME, _tops(piece.block)] - 1
    marks = np.searchsorted(starts, places)
    if not np.array_equal(starts[np.minimum(marks, len(starts) - 1)], places):
        return None
    found: list[list[City]] = [[] for _ in documents]
    for number, city in _cities(piece, [document.tally for document in documents], marks.tolist()):
        found[number].append(city)
    return found


def chunks(head: Head, blocks: Iterable[bytes], tally: Tally, file: str) -> Iterator[City]:
    """
    Cities of one block each, in file order; the same objects as :func:`citygml_chunks.chunks` gives.

    Raises
    ------
    FormatError
        As the reference reader does.
    """
    names, scratch = spelling(head), Scratch()
    source = iter(blocks)
    waiting, lines, read = next(source, b""), 0, False
    for following in source:
        cut = _last_end(waiting, names.member_ends)
        if not cut and len(waiting) <= citygml_chunks.MEMBER_LIMIT:
            waiting += following
            continue
        piece = _piece(waiting, cut, names, scratch, head, file) if cut else None
        if piece is None or piece.closed:
            source = chain((following,), source)
            break
        yield from _of_one(piece, tally)
        waiting, lines = waiting[cut:] + following, lines + piece.lines
    else:
        piece = _piece(waiting, len(waiting), names, scratch, head, file)
        read = piece is not None and piece.closed and _is_end(waiting[piece.size :], head)
        if piece is not None and read:
            yield from _of_one(piece, tally)
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
    """Whether nothing but the end tag of the root is left, and white space."""
    name, bracket, rest = text.partition(b">")
    return name.strip() == b"</" + head.root and bracket == b">" and not rest.strip()


def _piece(data: bytes, size: int, names: Spelling, scratch: Scratch, head: Head, file: str) -> Piece | None:
    """The first bytes of a block understood; None when they are not well-formed as far as the fast reader can tell."""
    padded = data if len(data) >= size + PADDING else data + bytes(PADDING)
    text = np.frombuffer(padded, np.uint8)
    lines, marks, illegal = survey(text, size)
    scratch.fit(size)
    elements, attributes = scratch.elements, scratch.attributes
    n, state, end = scan(text, size, names.elements, names.attributes, elements, attributes)
    if illegal or state == tokens.BROKEN:
        return None
    used = elements[:, : n + 1].copy()
    block = structure(text[: size + PADDING], used, attributes[: used[tokens.ATTRIBUTES, n]], names.lexicon)
    if marks and not _refuse_marks(block, size):
        return None
    shape, owner = faces(block, scratch.xyz), block.nearest(Role.OBJECT)
    check_values(block, owner)
    stated_crs(block)
    try:
        odd = _odd_elements(data, block, head, file)
    except FormatError:
        # the reference reader meets the same error, and knows its line
        return None
    city = city_of(block, shape, owner)
    if odd:
        city = take(city, np.flatnonzero(block.regular[block.top[block.rows(Role.OBJECT)]]))
    return Piece(block, shape, city, odd, end, state == tokens.CLOSED, lines)


def _refuse_marks(block: Block, size: int) -> bool:
    """Leave every object with an entity or a ``]`` to the reference reader; False when one stands outside of all."""
    text = block.text[:size]
    places = np.flatnonzero((text == ord("&")) | (text == ord("]")))
    elements = np.searchsorted(block.elements[tokens.NAME, : len(block.role)], places) - 1
    if (elements < 0).any():
        return False
    block.refuse(elements)
    return True


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


def _of_one(piece: Piece, tally: Tally) -> Iterator[City]:
    """The cities of a block of one file."""
    return (city for _, city in _cities(piece, [tally], [len(piece.block.regular)]))


def _cities(piece: Piece, tallies: Sequence[Tally], ends: Sequence[int]) -> Iterator[tuple[int, City]]:
    """
    The cities of a block, one for each run of objects of one file in the same reference system.

    Parameters
    ----------
    tallies
        Of the files in the block.
    ends
        The child of the root with which each file ends: a mark, which is none of its own.

    Yields
    ------
    tuple
        Number of the file, and a city.
    """
    block, odd = piece.block, iter(piece.odd)
    tops = _tops(block)
    starts, stops = stated_crs(block)
    objects = np.bincount(block.top[block.rows(Role.OBJECT)], minlength=len(tops)) * block.regular
    firsts = np.append(0, np.cumsum(objects))
    drafts: list[list[Draft]] = []
    runs: list[Run] = []
    offset, done = len(piece.city), 0
    # regular members that name no reference system need no look
    looked = np.setdiff1d(np.flatnonzero(~block.regular | (starts >= 0) | (block.role[tops] != Role.MEMBER)), ends)
    bounds = [0, *np.searchsorted(looked, ends).tolist()]
    for number, (tally, end) in enumerate(zip(tallies, ends, strict=True)):
        for i in looked[bounds[number] : bounds[number + 1]].tolist():
            runs.append(Run(number, tally.crs, int(firsts[done]), int(firsts[i])))
            crs, done = text(block, starts[i], stops[i]), i + 1
            if block.regular[i]:
                _count_top(block, int(tops[i]), crs, tally)
                runs.append(Run(number, crs or tally.crs, int(firsts[i]), int(firsts[i + 1])))
            else:
                found, crs = read_top(next(odd), tally)
                runs.append(Run(number, crs, offset, offset + len(found)))
                offset += len(found)
                drafts.append(found)
        runs.append(Run(number, tally.crs, int(firsts[done]), int(firsts[end])))
        done = end
    _count(piece, tallies, ends)
    city = concat([piece.city, city_of_drafts(drafts, "")]) if drafts else piece.city
    yield from _by_crs(city, [run for run in runs if run.first < run.last])


def _count_top(block: Block, element: int, crs: str, tally: Tally) -> None:
    """Take note of a regular child of the root: its reference system, or what it is when it is not read."""
    word = block.lexicon.words[block.word[element]]
    if word.role in (Role.MEMBER, Role.ENVELOPE):
        if crs:
            tally.state_crs(crs)
    elif word.role != Role.ATTRIBUTE:
        name = local_name(block, element)
        tally.ignore("Appearance" if name == "appearanceMember" else name)


def _count(piece: Piece, tallies: Sequence[Tally], ends: Sequence[int]) -> None:
    """Add what the regular objects of a block contain to the sums of the files; the first takes the common counts."""
    block = piece.block

    def regular(elements: Rows) -> Rows:
        return elements[block.regular[block.top[elements]]]

    def file_of(elements: Rows) -> NDArray[np.int64]:
        return np.searchsorted(ends, block.top[elements], side="right")

    def told(elements: Rows) -> Iterator[tuple[int, Tally]]:
        return zip(elements.tolist(), (tallies[number] for number in file_of(elements).tolist()), strict=True)

    for elements, sums in (
        (block.rows(Role.OBJECT), (tallies[0].read, tallies[0].kept)),
        (piece.shape.seen, (tallies[0].read,)),
        (piece.shape.kept, (tallies[0].kept,)),
    ):
        words = block.word[regular(elements)]
        for code, times in zip(*(array.tolist() for array in np.unique(words, return_counts=True)), strict=True):
            for counter in sums:
                counter[block.lexicon.words[code].local] += times
    details = np.bincount(file_of(regular(block.rows(DETAIL))), minlength=len(tallies))
    for tally, number in zip(tallies, details.tolist(), strict=True):
        tally.surface_attributes += number
    for element, tally in told(regular(block.rows(Role.IGNORED))):
        tally.ignore(block.lexicon.words[block.word[element]].key)
    for element, tally in told(regular(block.rows(STRANGE))):
        tally.ignore(local_name(block, element))


class Run(NamedTuple):
    """Objects ``first:last`` of a block, which follow each other in a file and bear one reference system."""

    file: int
    crs: str
    first: int
    last: int


def _by_crs(city: City, runs: list[Run]) -> Iterator[tuple[int, City]]:
    """The objects of a city in the order of the runs, a new city wherever file or reference system change."""
    if not runs:
        return
    order = np.concatenate([np.arange(run.first, run.last) for run in runs])
    if len(order) < len(city) or (order[1:] < order[:-1]).any():
        city = take(city, order)
    done = 0
    for (number, crs), group in groupby(runs, itemgetter(0, 1)):
        count = sum(run.last - run.first for run in group)
        yield number, replace(cut(city, done, done + count), crs=crs)
        done += count
