"""XML from outside, made safe: UTF-8 bytes without a document type, in blocks, and a parser that fetches nothing.

Refused are document types (the way in for entity bombs and for files of the machine) and
unknown encodings. Bytes that contradict the stated encoding are read as Windows-1252, which
is what old export programs write, and counted in the report.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from lxml import etree

from kastor.city.report import Report
from kastor.formats.errors import FormatError

BLOCK = 1 << 22
"""Bytes read at once."""

HEAD_LIMIT = 1 << 20
"""Most bytes before and in the root element's start tag."""

ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8",
    "iso-8859-1": "iso-8859-1", "latin1": "iso-8859-1", "latin-1": "iso-8859-1", "iso-8859-15": "iso-8859-15",
    "windows-1252": "windows-1252", "cp1252": "windows-1252",
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
}  # fmt: skip

_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]*?\?>", re.ASCII)
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_BEFORE_ROOT = re.compile(rb"(?:\s+|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_START_TAG = re.compile(rb"""<[^\s<>/!?"'=]+(?:[^<>"']|"[^<"]*"|'[^<']*')*+>""")
_CHECKED_AT_ONCE = 1 << 16
_AS_WINDOWS_1252 = "kastor-windows-1252"


@dataclass(frozen=True)
class Head:
    """
    What stands before the content of an XML file.

    Parameters
    ----------
    text
        Everything up to and including the start tag of the root element, as UTF-8.
    root
        Qualified name of the root element as written, such as ``b"core:CityModel"``.
    namespaces
        Namespace by prefix, ``None`` for the default one, as declared on the root element.
    empty
        The root element closes itself.
    """

    text: bytes
    root: bytes
    namespaces: dict[str | None, str]
    empty: bool


def parser() -> etree.XMLParser:
    """An lxml parser that loads nothing, expands nothing and keeps libxml2's limits."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, collect_ids=False,
    )  # fmt: skip


def pull_parser(tags: tuple[str, ...]) -> etree.XMLPullParser:
    """The same for a stream, telling when an element with one of the tags is complete."""
    return etree.XMLPullParser(
        ("end",), tag=tags, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, collect_ids=False,
    )  # fmt: skip


def utf8_blocks(stream: BinaryIO, report: Report, file: str) -> Iterator[bytes]:
    """
    The bytes of an XML file as UTF-8 in blocks, without byte order mark and XML declaration.

    A block never ends inside a character. Line breaks are kept, so lines can be counted.

    Raises
    ------
    FormatError
        For an encoding that is not in ``ENCODINGS``.
    """
    first = stream.read(BLOCK)
    encoding, skip, stated = _encoding(first, file)
    if encoding == "utf-8":
        yield from _checked_utf8(first[skip:], stream, report, stated)
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    text = re.sub(r"\A\ufeff?\s*<\?xml\s[^>]*?\?>", "", decoder.decode(first[skip:]))
    yield text.encode()
    while block := stream.read(BLOCK):
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()


def _encoding(first: bytes, file: str) -> tuple[str, int, str]:
    """Python's name of the encoding, the bytes to skip (mark and declaration), and the encoding as stated."""
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if first.startswith(mark):
            return "utf-16", 0, "UTF-16"
    skip = len(codecs.BOM_UTF8) if first.startswith(codecs.BOM_UTF8) else 0
    declaration = _DECLARATION.match(first, skip, skip + 1024)
    if declaration is None:
        return "utf-8", skip, "UTF-8"
    stated = _ENCODING.search(declaration.group())
    name = stated.group(1).decode() if stated else "UTF-8"
    if name.lower() not in ENCODINGS:
        raise FormatError(
            file, f"The encoding {name} is not known here.", "Save the file as UTF-8, ISO-8859-1 or UTF-16."
        )
    return ENCODINGS[name.lower()], declaration.end(), name


def _checked_utf8(block: bytes, stream: BinaryIO, report: Report, stated: str) -> Iterator[bytes]:
    """Blocks as they are while they are valid, repaired from the first invalid byte's block on."""
    repaired = 0
    while block:
        following = stream.read(BLOCK)
        cut = len(block) if not following else _whole_characters(block)
        block, following = block[:cut], block[cut:] + following
        if not _valid(block):
            block, count = _repaired(block)
            repaired += count
        yield block
        block = following
    if repaired:
        report.add("bytes_not_utf8", "repaired", count=repaired, encoding=stated)


def _whole_characters(block: bytes) -> int:
    """Length of a block without a character cut off at its end."""
    for back in range(1, min(4, len(block)) + 1):
        byte = block[-back]
        if byte < 0x80:
            return len(block)
        if byte >= 0xC0:
            width = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(block) - back if width > back else len(block)
    return len(block)


def _valid(block: bytes) -> bool:
    """Whether a block is UTF-8; small pieces stay in the processor's cache."""
    view, start = memoryview(block), 0
    try:
        while start < len(block):
            end = start + _CHECKED_AT_ONCE
            while end < len(block) and 0x80 <= block[end] < 0xC0 and end < start + _CHECKED_AT_ONCE + 4:
                end += 1
            str(view[start:end], "utf-8")
            start = end
    except UnicodeDecodeError:
        return False
    return True


def _repaired(block: bytes) -> tuple[bytes, int]:
    count = 0

    def as_windows_1252(error: UnicodeError) -> tuple[str, int]:
        nonlocal count
        if not isinstance(error, UnicodeDecodeError):
            raise error
        count += 1
        return error.object[error.start : error.end].decode("windows-1252", "replace"), error.end

    codecs.register_error(_AS_WINDOWS_1252, as_windows_1252)
    return block.decode("utf-8", _AS_WINDOWS_1252).encode(), count


def split_head(blocks: Iterator[bytes], file: str) -> tuple[Head, bytes]:
    """
    The start tag of the root element, and the rest of the bytes read to find it.

    Raises
    ------
    FormatError
        For a document type, and where no root element is found in the first megabyte.
    """
    read = b""
    for block in blocks:
        read += block
        before = _BEFORE_ROOT.match(read)
        start = before.end() if before else 0
        if read.startswith(b"<!D", start):
            raise FormatError(
                file,
                "The file contains a document type (DOCTYPE), which can hide harmful content.",
                "Remove the DOCTYPE and load the file again.",
            )
        tag = _START_TAG.match(read, start)
        if tag:
            return _head(read[: tag.end()], tag.group(), file), read[tag.end() :]
        if len(read) > HEAD_LIMIT:
            break
    raise FormatError(file, "No XML root element was found.", "Check that the file is complete and is CityGML.")


def _head(text: bytes, tag: bytes, file: str) -> Head:
    name = re.split(rb"[\s/>]", tag[1:], maxsplit=1)[0]
    empty = tag.endswith(b"/>")
    root = parse(text if empty else text + b"</" + name + b">", file)
    return Head(text, name, dict(root.nsmap), empty)


def parse(text: bytes, file: str, line: int = 0) -> etree._Element:
    """
    A small piece of XML as a tree.

    Raises
    ------
    FormatError
        When it is not well-formed; ``line`` counts the lines that stand before it in the file.
    """
    try:
        return etree.fromstring(text, parser())
    except etree.XMLSyntaxError as error:
        raise malformed(error, file, line) from None


def malformed(error: etree.XMLSyntaxError, file: str, line: int = 0) -> FormatError:
    """The error of a file that breaks off or is not XML, with its line."""
    at = (error.lineno or 1) + line
    return FormatError(
        file,
        f"The file is not well-formed XML at line {at}: {error.msg}.",
        "Nothing was loaded. Fetch the file again; it may be cut off or damaged.",
    )
