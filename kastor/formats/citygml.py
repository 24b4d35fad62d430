"""CityGML 1.0, 2.0 and 3.0 into the city: buildings, bridges, tunnels and their parts, and trees.

Files of any size are read in chunks. Two readers give the same arrays: a readable one on XML
trees (``citygml_reference``), and a compiled one for the regular part of large files
(``citygml_fast``), which leaves every object it does not fully understand to the first.

Kept are all geometries up to LoD3 with the meaning of their surfaces, and all attributes,
addresses and external references. Textures, rooms, LoD4 and other classes of objects are
counted and reported. The name of the reference system is handed on as the file writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from kastor.city.report import Report
from kastor.formats import citygml_chunks, citygml_fast
from kastor.formats.citygml_chunks import UniqueIds
from kastor.formats.citygml_reference import Tally
from kastor.formats.citygml_words import family
from kastor.formats.errors import FormatError
from kastor.formats.part import Part
from kastor.formats.xml_safety import BLOCK, Head, split_head, utf8_blocks

SMALL = 50_000
"""Size from which the fast reader is faster once it is in memory. [bytes]"""

WORTH_LOADING = 1 << 21
"""Size from which it is worth loading the compiled reader from disk. [bytes]"""

WORTH_COMPILING = 3 * BLOCK
"""Size from which it is worth compiling the fast reader first, once for an installation. [bytes]"""


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
        with source.open("rb") as stream:
            yield from _parts(stream, report, name or source.stem, source.name)
    else:
        yield from _parts(source, report, name, name)


def _parts(stream: BinaryIO, report: Report, name: str, file: str) -> Iterator[Part]:
    blocks = utf8_blocks(stream, report, file)
    head, rest = split_head(blocks, file)
    _check_root(head, file)
    tally, ids = Tally(report), UniqueIds()
    first = [rest, *islice(blocks, 3)]
    chunks = citygml_fast.chunks if _is_worth_it(sum(map(len, first))) else citygml_chunks.chunks
    for city in chunks(head, chain(first, blocks), tally, file):
        yield Part(name, ids.renamed(city, report))
    tally.finish()


def _is_worth_it(size: int) -> bool:
    """Whether the fast reader gains more than it takes to get ready; ``size`` is that of the first blocks. [bytes]"""
    if citygml_fast.is_loaded():
        return size > SMALL
    return size > (WORTH_LOADING if citygml_fast.is_compiled() else WORTH_COMPILING)


def _check_root(head: Head, file: str) -> None:
    prefix, _, name = head.root.decode().rpartition(":")
    namespace = head.namespaces.get(prefix or None)
    if family(namespace) != "core" or name != "CityModel":
        raise FormatError(
            file,
            f"The root element is {name!r} in the namespace {namespace!r}, not a CityModel of CityGML 1.0, 2.0 or 3.0.",
            "Export the model as CityGML.",
        )
