"""CityGML 1.0, 2.0 and 3.0 into the city: buildings, bridges, tunnels and their parts, and trees.

Files of any size are read in chunks. Two readers give the same arrays: a readable one on XML
trees (``citygml_reference``), and a compiled one for the regular part of large files
(``citygml_fast``), which leaves every object it does not fully understand to the first.

Kept are all geometries up to LoD3 with the meaning of their surfaces, and all attributes,
addresses and external references. Textures, rooms, LoD4 and other classes of objects are
counted and reported. The name of the reference system is handed on as the file writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from kastor.city.model import City
from kastor.city.report import Report
from kastor.formats import citygml_chunks, citygml_fast
from kastor.formats.citygml_chunks import UniqueIds
from kastor.formats.citygml_compiled import LIBRARY
from kastor.formats.citygml_fast import Document, Scratch
from kastor.formats.citygml_reference import Tally
from kastor.formats.citygml_words import family
from kastor.formats.errors import FormatError
from kastor.formats.part import Part
from kastor.formats.xml_safety import BLOCK, HEAD_LIMIT, Head, split_head, utf8_blocks

SMALL = 50_000
"""Size from which the fast reader is faster once it is in memory. [bytes]"""

WORTH_LOADING = 1 << 19
"""Size from which it is worth loading the compiled reader from disk. [bytes]"""

WORTH_COMPILING = BLOCK - HEAD_LIMIT
"""Size from which it is worth compiling the fast reader first, once for an installation. [bytes]"""

TOGETHER = 8 << 20
"""Most that is read together of small files. [bytes]"""

Opener = Callable[[], AbstractContextManager[BinaryIO]]


def read(source: Path | BinaryIO, report: Report, name: str = "") -> Iterator[Part]:
    """
    Read a CityGML file of any size.

    Parameters
    ----------
    source
        The file, or its bytes already unpacked.
    report
        Receives counts and findings.
    name
        Name of the parts; the stem of the file when empty.

    Yields
    ------
    Part
        Chunks of about 5,000 objects; ``City.crs`` is the name as the file writes it.

    Raises
    ------
    FormatError
        When the file is no CityGML, breaks off, is not well-formed or not safe. Chunks yielded before must not be kept.
    """
    if isinstance(source, Path):
        yield from read_all([(name or source.stem, lambda: source.open("rb"))], report)
    else:
        yield from read_all([(name, lambda: nullcontext(source))], report)


def read_all(files: Iterable[tuple[str, Opener]], report: Report) -> Iterator[Part]:
    """
    Read CityGML files one after the other, small neighbours together: it is the number of steps that costs.

    Parameters
    ----------
    files
        Name of the parts of each file, and what opens its unpacked bytes.

    Yields
    ------
    Part
        As :func:`read`.
    """
    waiting: list[Document] = []
    scratch = Scratch()
    for name, opener in files:
        with opener() as stream:
            document, blocks = _begun(stream, report, name)
            if waiting and (blocks is not None or not _fits(waiting, document)):
                yield from _together(waiting, scratch)
                waiting = []
            if blocks is None:
                waiting.append(document)
            else:
                yield from _alone(document, blocks)
    yield from _together(waiting, scratch)


def _begun(stream: BinaryIO, report: Report, name: str) -> tuple[Document, Iterator[bytes] | None]:
    """The beginning of a file; the blocks that follow, or None when it is the whole file."""
    blocks = utf8_blocks(stream, report, name)
    head, rest = split_head(blocks, name)
    _check_root(head, name)
    following = next(filter(None, blocks), None)
    more = None if following is None else chain((following,), blocks)
    return Document(name, head, rest, Tally(report)), more


def _fits(waiting: list[Document], document: Document) -> bool:
    size = sum(len(other.text) for other in waiting) + len(document.text)
    return size <= TOGETHER and waiting[0].head.namespaces == document.head.namespaces


def _together(documents: list[Document], scratch: Scratch) -> Iterator[Part]:
    """The parts of whole files."""
    cities = None
    if len(documents) > 1 and _is_worth_it(sum(len(document.text) for document in documents)):
        cities = citygml_fast.together(documents, scratch)
    if cities is None:
        for document in documents:
            yield from _alone(document, ())
        return
    for document, found in zip(documents, cities, strict=True):
        yield from _parts(document, found)


def _alone(document: Document, blocks: Iterable[bytes]) -> Iterator[Part]:
    """The parts of a file that is not read together with others."""
    chunks = citygml_fast.chunks if _is_worth_it(len(document.text)) else citygml_chunks.chunks
    yield from _parts(document, chunks(document.head, chain((document.text,), blocks), document.tally, document.name))


def _parts(document: Document, cities: Iterable[City]) -> Iterator[Part]:
    ids, report = UniqueIds(), document.tally.report
    for city in cities:
        yield Part(document.name, ids.renamed(city, report))
    document.tally.finish()


def _is_worth_it(size: int) -> bool:
    """Whether the fast reader gains more than it takes to get ready; ``size`` is that of the first blocks. [bytes]"""
    if LIBRARY.is_loaded:
        return size > SMALL
    return size > (WORTH_LOADING if LIBRARY.is_compiled else WORTH_COMPILING)


def _check_root(head: Head, file: str) -> None:
    prefix, _, name = head.root.decode().rpartition(":")
    namespace = head.namespaces.get(prefix or None)
    if family(namespace) != "core" or name != "CityModel":
        raise FormatError(
            file,
            f"The root element is {name!r} in the namespace {namespace!r}, not a CityModel of CityGML 1.0, 2.0 or 3.0.",
            "Export the model as CityGML.",
        )
