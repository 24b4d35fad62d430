"""The elements of a piece of XML as a table, compiled.

Each row is one element in document order, with the row after its last descendant, so a reader
steps over or into elements without a tree. Well-formedness is checked as far as it matters for
finding one's way; whatever is unusual (CDATA, entities, nested namespaces) is marked, and the
object it belongs to is left to the reference reader.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from kastor.formats.citygml_numbers import is_space
from kastor.formats.citygml_words import WORDS, Role, Word, family
from kastor.formats.xml_safety import Head

# columns of the table of elements
WORD, AFTER, NAME, FROM, TO, ATTRIBUTES, ODDS = range(7)
"""Word index; row after the last descendant; start of the name; text of a leaf; first attribute; unusual things so far."""

COLUMNS = 7

# codes of attributes, first column of the table of attributes (the others are start and end of the value)
OTHER, ID, HREF, GENERIC_NAME, UNIT, SRS_NAME, DIMENSION = range(7)

# how a piece ends
WHOLE, CLOSED, BROKEN = range(3)
"""All elements are complete; so is the root; or the piece is not well-formed as far as this reader can tell."""

DEPTH_LIMIT = 200

PADDING = 16
"""Bytes that must follow a text, because it is read eight bytes at a time."""

_ATTRIBUTES = {
    ("gml", "id"): ID, ("", "id"): ID, ("xlink", "href"): HREF, ("", "name"): GENERIC_NAME, ("", "uom"): UNIT,
    ("", "srsName"): SRS_NAME, ("", "srsDimension"): DIMENSION, ("", "dimension"): DIMENSION,
}  # fmt: skip


def element_names(head: Head) -> tuple[NDArray[np.int64], list[Word]]:
    """Element names as the file's prefixes spell them; the code is an index into the list of words, 0 for unknown ones."""
    words = [Word("", "", Role.UNKNOWN), *WORDS.values()]
    spelled = {
        (f"{prefix}:{word.local}" if prefix else word.local).encode(): code
        for prefix, namespace in head.namespaces.items()
        for code, word in enumerate(words)
        if code and word.family == family(namespace)
    }
    return names_table(spelled), words


def attribute_names(head: Head) -> NDArray[np.int64]:
    """Attribute names as the file's prefixes spell them."""
    spelled = {local.encode(): code for (module, local), code in _ATTRIBUTES.items() if not module}
    for prefix, namespace in head.namespaces.items():
        for (module, local), code in _ATTRIBUTES.items():
            if prefix is not None and module and module == family(namespace):
                spelled[f"{prefix}:{local}".encode()] = code
    return names_table(spelled)


def names_table(codes: dict[bytes, int]) -> NDArray[np.int64]:
    """
    A hash table of names for :func:`code_of`.

    Returns
    -------
    NDArray
        Hash and code of each slot, code 0 where empty; shape (a power of two, 2).
    """
    size = 64
    while size < 4 * len(codes):
        size *= 2
    table = np.zeros((size, 2), np.int64)
    for name, code in codes.items():
        text = np.frombuffer(name + bytes(PADDING), np.uint8)
        value = int(hash_of(text, 0, len(name)))
        slot = value & (size - 1)
        while table[slot, 1]:
            slot = (slot + 1) & (size - 1)
        table[slot] = value, code
    return table


@numba.extending.intrinsic
def eight_bytes(typing_context: Any, text: Any, i: Any) -> Any:
    """The eight bytes from ``text[i]`` on as one number; the text must go on for as long (see ``PADDING``)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        number = context.get_value_type(numba.types.uint64)
        return builder.load(builder.bitcast(place, number.as_pointer()), align=1)

    return numba.types.uint64(text, numba.types.intp), generate


@numba.njit(cache=True, nogil=True)
def hash_of(text: NDArray[np.uint8], start: int, end: int) -> int:
    """Hash of some bytes, eight at a time; 63 bits."""
    value = np.uint64(end - start) * np.uint64(0x9E3779B97F4A7C15)
    i = start
    while i < end:
        word = eight_bytes(text, i)
        if i + 8 > end:
            word &= (np.uint64(1) << np.uint64(8 * (end - i))) - np.uint64(1)
        value = (value ^ word) * np.uint64(0x9FB21C651E98DF25)
        value ^= value >> np.uint64(29)
        i += 8
    return np.int64(value >> np.uint64(1))


@numba.njit(cache=True, nogil=True)
def same(text: NDArray[np.uint8], a: int, b: int, length: int) -> bool:
    """Whether two stretches of a text are equal."""
    while length >= 8:
        if eight_bytes(text, a) != eight_bytes(text, b):
            return False
        a, b, length = a + 8, b + 8, length - 8
    if length == 0:
        return True
    return (eight_bytes(text, a) ^ eight_bytes(text, b)) << np.uint64(64 - 8 * length) == np.uint64(0)


@numba.njit(cache=True, nogil=True)
def code_of(text: NDArray[np.uint8], start: int, end: int, table: NDArray[np.int64]) -> int:
    """Code of the name ``text[start:end]`` in a table of :func:`names_table`, 0 when it is not there."""
    mask = len(table) - 1
    value = hash_of(text, start, end)
    slot = value & mask
    while table[slot, 1] != 0:
        if table[slot, 0] == value:
            return table[slot, 1]
        slot = (slot + 1) & mask
    return 0


@numba.njit(cache=True, nogil=True)
def next_tag(text: NDArray[np.uint8], i: int, size: int) -> int:
    """Position of the next ``<`` from ``i`` on, ``size`` when there is none."""
    ones, high = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
    while i < size:
        word = eight_bytes(text, i) ^ np.uint64(0x3C3C3C3C3C3C3C3C)
        if (word - ones) & ~word & high:
            break
        i += 8
    while i < size and text[i] != 60:
        i += 1
    return min(i, size)


@numba.njit(cache=True, nogil=True)
def survey(text: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Number of ``<``, of ``=``, of line breaks, and of bytes XML does not allow."""
    tags, equals, lines, illegal = 0, 0, 0, 0
    for i in range(len(text)):
        byte = text[i]
        tags += byte == 60
        equals += byte == 61
        lines += byte == 10
        illegal += (byte < 32) & (byte != 9) & (byte != 10) & (byte != 13)
    return tags, equals, lines, illegal


@numba.njit(cache=True, nogil=True)
def find(text: NDArray[np.uint8], i: int, a: int, b: int, c: int) -> int:
    """Position after the next ``abc`` from ``i`` on (``a`` is not looked at when 0), -1 when there is none."""
    while i + 2 < len(text):
        if text[i + 2] == c and text[i + 1] == b and (a == 0 or text[i] == a):
            return i + 3
        i += 1
    return -1


@numba.njit(cache=True, nogil=True)
def scan_attributes(
    text: NDArray[np.uint8],
    i: int,
    rows: NDArray[np.int32],
    first: int,
    names: NDArray[np.int64],
) -> tuple[int, int, int]:
    """
    Read the attributes of a start tag from behind its name.

    Returns
    -------
    tuple
        Position of the ``>`` or of the ``/`` before it, -1 when broken; row after the last attribute; unusual things.
    """
    size, row, odds = len(text), first, 0
    while i < size:
        gap = i
        while i < size and is_space(text[i]):
            i += 1
        if i >= size:
            break
        if text[i] == 62 or text[i] == 47:
            return i, row, odds
        start = i
        while i < size and text[i] != 61 and not is_space(text[i]) and text[i] != 62 and text[i] != 60:
            i += 1
        end = i
        while i < size and is_space(text[i]):
            i += 1
        if gap == start or end == start or i >= size or text[i] != 61:
            break
        i += 1
        while i < size and is_space(text[i]):
            i += 1
        if i >= size or (text[i] != 34 and text[i] != 39):
            break
        quote = text[i]
        value = i + 1
        i = value
        while i < size and text[i] != quote and text[i] != 60:
            odds += text[i] == 38 or text[i] < 32
            i += 1
        if i >= size or text[i] == 60:
            break
        code = code_of(text, start, end, names)
        for other in range(first, row):
            if code != 0 and rows[other, 0] == code:
                return -1, row, odds
        if end - start >= 5 and text[start] == 120 and text[start + 1] == 109 and text[start + 2] == 108:
            odds += 1
        if code == 6 and not (i - value == 1 and text[value] == 51):
            odds += 1
        rows[row, 0], rows[row, 1], rows[row, 2] = code, value, i
        row += 1
        i += 1
    return -1, row, odds


@numba.njit(cache=True, nogil=True)
def skip_markup(text: NDArray[np.uint8], i: int) -> int:
    """Position after the comment, CDATA section or processing instruction at ``i``; -1 when broken."""
    if text[i + 1] == 63:
        return find(text, i + 1, 0, 63, 62)
    if i + 8 >= len(text):
        return -1
    if text[i + 2] == 45 and text[i + 3] == 45:
        return find(text, i + 4, 45, 45, 62)
    if text[i + 2] == 91:
        return find(text, i + 3, 93, 93, 62)
    return -1


@numba.njit(cache=True, nogil=True)
def scan(
    text: NDArray[np.uint8],
    size: int,
    words: NDArray[np.int64],
    names: NDArray[np.int64],
    elements: NDArray[np.int32],
    attributes: NDArray[np.int32],
) -> tuple[int, int, int]:
    """
    Fill the tables of elements and attributes from a piece of XML that begins outside of all its elements.

    Parameters
    ----------
    text
        The piece, with ``PADDING``.
    size
        Bytes without padding.
    words, names
        Tables of the names of elements and attributes.
    elements
        Table of elements, more rows than the text has ``<``.
    attributes
        Table of attributes, more rows than the text has ``=``.

    Returns
    -------
    tuple
        Number of elements; ``WHOLE``, ``CLOSED`` or ``BROKEN``; position of the root's end tag when ``CLOSED``.
    """
    open_rows = np.empty(DEPTH_LIMIT, np.int32)
    name_ends = np.empty(DEPTH_LIMIT, np.int32)
    commented = np.zeros(DEPTH_LIMIT + 1, np.bool_)
    i, n, row, depth, odds = 0, 0, 0, 0, 0
    while True:
        i = next_tag(text, i, size)
        if i + 2 >= size:
            break
        mark = text[i + 1]
        if mark == 47:
            if depth == 0:
                elements[n, ATTRIBUTES], elements[n, ODDS], elements[n, NAME] = row, odds, i + 1
                return n, CLOSED, i
            element = open_rows[depth - 1]
            length = name_ends[depth - 1] - elements[element, NAME]
            end = i + 2 + length
            if end >= size or not same(text, i + 2, elements[element, NAME], length):
                return n, BROKEN, i
            while end < size and is_space(text[end]):
                end += 1
            if end >= size or text[end] != 62:
                return n, BROKEN, i
            elements[element, AFTER] = n
            elements[element, TO] = i
            odds += commented[depth] and n == element + 1
            commented[depth] = False
            depth -= 1
            i = end + 1
        elif mark == 33 or mark == 63:
            end = skip_markup(text, i)
            if end < 0:
                return n, BROKEN, i
            odds += mark == 33 and text[i + 2] == 91
            commented[depth] = True
            i = end
        else:
            start = i + 1
            end = start
            while end < size and text[end] != 62 and text[end] != 47 and not is_space(text[end]):
                end += 1
            elements[n, NAME] = start
            elements[n, WORD] = code_of(text, start, end, words)
            elements[n, ATTRIBUTES] = row
            elements[n, ODDS] = odds
            i, row, more = scan_attributes(text, end, attributes, row, names)
            odds += more
            if i < 0 or end == start or depth + 1 >= DEPTH_LIMIT:
                return n, BROKEN, start
            if text[i] == 47:
                if i + 1 >= size or text[i + 1] != 62:
                    return n, BROKEN, start
                elements[n, AFTER], elements[n, FROM], elements[n, TO] = n + 1, i, i
                i += 2
            else:
                i += 1
                elements[n, FROM] = i
                open_rows[depth] = n
                name_ends[depth] = end
                depth += 1
                commented[depth] = False
            n += 1
    elements[n, ATTRIBUTES], elements[n, ODDS], elements[n, NAME] = row, odds, size
    return n, WHOLE if depth == 0 and i >= size else BROKEN, i
