"""A stream of CityGML cut into cities of bounded size: by the reference reader, and ids made unique.

The tree of a top-level object is dropped as soon as it has been read, so memory does not grow
with the file. Textures, which no object needs, are dropped piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from kastor.city.model import City
from kastor.city.report import Report
from kastor.city.strings import Strings
from kastor.formats.citygml_faces import module
from kastor.formats.citygml_reference import Draft, Tally, city_of, read_top
from kastor.formats.errors import FormatError
from kastor.formats.xml_safety import Head, malformed, pull_parser

OBJECTS_PER_CHUNK = 5000
BYTES_PER_CHUNK = 1 << 24

MEMBER_LIMIT = 48 << 20
"""Largest top-level object that is read. [bytes]"""

_PIECE = 1 << 18
_MEMBERS = ("{*}cityObjectMember", "{*}featureMember", "{*}featureMembers")
_DROPPED = ("{*}target", "{*}surfaceDataMember")


def chunks(head: Head, blocks: Iterable[bytes], tally: Tally, file: str, line: int = 0) -> Iterator[City]:
    """
    Cities of at most about ``OBJECTS_PER_CHUNK`` objects of one reference system, in file order.

    Parameters
    ----------
    head
        Start of the document.
    blocks
        What follows it, up to the end of the file.
    tally
        Receives counts and findings.
    file
        Name for errors.
    line
        Lines of the file that stand before ``blocks`` and are not in ``head``.

    Raises
    ------
    FormatError
        When the XML breaks off or is not well-formed, or one object is larger than ``MEMBER_LIMIT``.
    """
    waiting: list[list[Draft]] = []
    objects, size, crs = 0, 0, ""
    for drafts, stated, read in _members(head, blocks, tally, file, line):
        full = objects >= OBJECTS_PER_CHUNK or size >= BYTES_PER_CHUNK
        if waiting and (full or (drafts and stated != crs)):
            yield city_of(waiting, crs)
            waiting, objects, size = [], 0, 0
        size += read
        if drafts:
            waiting.append(drafts)
            objects += len(drafts)
            crs = stated
    if waiting:
        yield city_of(waiting, crs)


def _members(
    head: Head, blocks: Iterable[bytes], tally: Tally, file: str, line: int
) -> Iterator[tuple[list[Draft], str, int]]:
    """Objects and reference system of each child of the root, and the bytes read for it."""
    parser = pull_parser((*_MEMBERS, *_DROPPED))
    done: etree._Element | None = None
    since = 0
    try:
        parser.feed(head.text)
        for piece in _pieces(blocks):
            parser.feed(piece)
            since += len(piece)
            for _, element in parser.read_events():
                if not isinstance(element, etree._Element):
                    continue
                parent = element.getparent()
                if parent is not None and parent.getparent() is None:
                    for child in _between(done, element):
                        yield *read_top(child, tally), since
                        since = 0
                    _drop(element)
                    done = element
                elif _is_texture(element):
                    _drop(element)
                    since = 0
            if since > MEMBER_LIMIT:
                raise _too_large(file)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise malformed(error, file, line) from None
    for child in root:
        if child is not done:
            yield *read_top(child, tally), 0


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for start in range(0, len(block), _PIECE):
            yield block[start : start + _PIECE]


def _between(done: etree._Element | None, element: etree._Element) -> list[etree._Element]:
    """The siblings after ``done`` up to and including ``element``, in document order."""
    siblings = [element]
    for sibling in element.itersiblings(preceding=True):
        if sibling is done:
            break
        siblings.append(sibling)
    return siblings[::-1]


def _is_texture(element: etree._Element) -> bool:
    return module(element) == "app"


def _drop(element: etree._Element) -> None:
    """Free an element that has been read and what stands before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _too_large(file: str) -> FormatError:
    return FormatError(
        file,
        f"One object is larger than {MEMBER_LIMIT >> 20} MB.",
        "Split the file into single buildings with the program it comes from.",
    )


@dataclass
class UniqueIds:
    """
    Keeps ids unique over all chunks of a file, in 8 bytes per object.

    Ids are compared by a 64-bit hash; two different ids of ten million share one with a
    probability of three in a million, and then one is only given a longer name.
    """

    known: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def renamed(self, city: City, report: Report) -> City:
        """The city with a numbered name for every object whose id was met before; each is reported."""
        ids = city.ids.tolist()
        hashes = np.array([hash(i) for i in ids], np.int64)
        at = np.searchsorted(self.known, hashes)
        met = at < len(self.known)
        met[met] = self.known[at[met]] == hashes[met]
        first = np.zeros(len(ids), bool)
        first[np.unique(hashes, return_index=True)[1]] = True
        taken = set(hashes.tolist())
        for index in np.flatnonzero(met | ~first).tolist():
            new = self._free(ids[index], taken)
            report.add("id_repeated", "repaired", ids[index], new=new)
            ids[index] = new
            taken.add(hash(new))
        self.known = np.concatenate([self.known, np.fromiter(taken, np.int64, len(taken))])
        self.known.sort(kind="stable")
        return city if first.all() and not met.any() else replace(city, ids=Strings.of(ids))

    def _free(self, name: str, taken: set[int]) -> str:
        n = 2
        while True:
            new = f"{name}_{n}"
            value = hash(new)
            at = int(np.searchsorted(self.known, value))
            if value not in taken and not (at < len(self.known) and self.known[at] == value):
                return new
            n += 1
