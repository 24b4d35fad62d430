"""The elements of a piece of XML as a table, compiled.

Each column is one element in document order, with its parent and the element after its last
descendant, so whole blocks are understood with a few operations on arrays. Well-formedness is
checked as far as it matters for finding one's way; whatever is unusual (CDATA, other namespaces than
the root's) is marked, and the object it belongs to is left to the reference reader. Only imported to
be compiled: callers use ``citygml_compiled``.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from kastor.formats.citygml_compiled import DEPTH_LIMIT
from kastor.formats.citygml_spans import (
    code_of,
    eight_bytes,
    equal_bytes,
    first_set,
    is_space,
    kernel,
    same,
    small_bytes,
)
from kastor.formats.citygml_tokens import (
    AFTER,
    ATTRIBUTES,
    BROKEN,
    CLOSED,
    DIMENSION,
    FROM,
    HARMLESS,
    NAME,
    ODDS,
    OTHER,
    PARENT,
    PREFIX,
    TO,
    WHOLE,
    WORD,
)  # fmt: skip

inlined = numba.njit(
    nogil=True, error_model="numpy", _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True, inline="always"
)
"""Like ``kernel``, for functions that become part of their caller before it is compiled."""


@kernel
def next_tag(text: NDArray[np.uint8], i: int, size: int) -> int:
    """Position of the next ``<`` from ``i`` on, ``size`` when there is none."""
    while i < size:
        hits = equal_bytes(eight_bytes(text, i), 60)
        if hits:
            return min(i + int(first_set(hits)), size)
        i += 8
    return size


@kernel
def name_end(text: NDArray[np.uint8], i: int, size: int) -> int:
    """Position of the next white space, ``/`` or ``>`` from ``i`` on, ``size`` when there is none."""
    while i < size:
        word = eight_bytes(text, i)
        hits = small_bytes(word, 33) | equal_bytes(word, 47) | equal_bytes(word, 62)
        if hits:
            return min(i + int(first_set(hits)), size)
        i += 8
    return size


@kernel
def value_end(text: NDArray[np.uint8], i: int, size: int, quote: int) -> int:
    """Position of the next ``quote``, ``<`` or control character from ``i`` on, ``size`` when there is none."""
    while i < size:
        word = eight_bytes(text, i)
        hits = small_bytes(word, 32) | equal_bytes(word, quote) | equal_bytes(word, 60)
        if hits:
            return min(i + int(first_set(hits)), size)
        i += 8
    return size


@kernel
def survey(text: NDArray[np.uint8], size: int, found: NDArray[np.int64]) -> None:
    """Write the number of line breaks, whether there is any ``&`` or ``]``, and any byte XML does not allow."""
    lines, marks, illegal = np.uint64(0), np.uint64(0), np.uint64(0)
    for i in range(0, size - 7, 8):
        word = eight_bytes(text, i)
        breaks = equal_bytes(word, 10)
        lines += (breaks >> np.uint64(7)) * np.uint64(0x0101010101010101) >> np.uint64(56)
        marks |= equal_bytes(word, 38) | equal_bytes(word, 93)
        illegal |= small_bytes(word, 32) & ~(breaks | equal_bytes(word, 9) | equal_bytes(word, 13))
    for i in range(size - size % 8, size):
        byte = text[i]
        lines += np.uint64(byte == 10)
        marks |= np.uint64(byte == 38 or byte == 93)
        illegal |= np.uint64(byte < 32 and byte != 9 and byte != 10 and byte != 13)
    found[0], found[1], found[2] = lines, marks != np.uint64(0), illegal != np.uint64(0)


@kernel
def find(text: NDArray[np.uint8], i: int, a: int, b: int, c: int) -> int:
    """Position after the next ``abc`` from ``i`` on (``a`` is not looked at when 0), -1 when there is none."""
    while i + 2 < len(text):
        if text[i + 2] == c and text[i + 1] == b and (a == 0 or text[i] == a):
            return i + 3
        i += 1
    return -1


@kernel
def is_name(text: NDArray[np.uint8], start: int, end: int, words: NDArray[np.int64]) -> bool:
    """Whether a name is plain ASCII, no namespace declaration, and its prefix, if any, is declared on the root."""
    colon = start
    for i in range(start, end):
        byte = text[i]
        letter = (65 <= byte <= 90) or (97 <= byte <= 122) or byte == 95
        first = i == start or (i == colon + 1 and colon > start)
        if byte == 58 and colon == start and not first:
            colon = i
        elif not letter and (first or not (48 <= byte <= 57 or byte == 45 or byte == 46)):
            return False
    if colon == start:
        return end - start != 5 or text[start] != 120 or text[start + 1] != 109 or text[start + 2] != 108
    return colon + 1 < end and code_of(text, start, colon + 1, words) == PREFIX


@inlined
def scan_attributes(
    text: NDArray[np.uint8],
    i: int,
    size: int,
    rows: NDArray[np.int32],
    first: int,
    element: int,
    names: NDArray[np.int64],
    words: NDArray[np.int64],
) -> tuple[int, int, int]:
    """
    Read the attributes of a start tag from behind its name.

    Returns
    -------
    tuple
        Position of the ``>`` or of the ``/`` before it, -1 when broken; row after the last attribute; unusual things.
    """
    row, odds = first, 0
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
        i = value_end(text, value, size, quote)
        while i < size and text[i] < 32:
            odds += 1
            i = value_end(text, i + 1, size, quote)
        if i >= size or text[i] == 60:
            break
        code = code_of(text, start, end, names)
        for other in range(first, row):
            if code != OTHER and code != HARMLESS and rows[other, 0] == code:
                return -1, row, odds
        odds += code == OTHER and not is_name(text, start, end, words)
        if code == DIMENSION and not (i - value == 1 and text[value] == 51):
            odds += 1
        rows[row, 0], rows[row, 1], rows[row, 2], rows[row, 3] = code, value, i, element
        row += 1
        i += 1
    return -1, row, odds


@kernel
def skip_markup(text: NDArray[np.uint8], i: int) -> int:
    """Position after the comment, CDATA section or processing instruction at ``i``; -1 when broken."""
    if text[i + 1] == 63:
        return int(find(text, i + 1, 0, 63, 62))
    if i + 8 >= len(text):
        return -1
    if text[i + 2] == 45 and text[i + 3] == 45:
        end = find(text, i + 3, 0, 45, 45)
        return end + 1 if end > 0 and text[end] == 62 else -1
    if text[i + 2] == 91:
        return int(find(text, i + 3, 93, 93, 62))
    return -1


@inlined
def read_start_tag(
    text: NDArray[np.uint8],
    start: int,
    size: int,
    n: int,
    row: int,
    words: NDArray[np.int64],
    names: NDArray[np.int64],
    elements: NDArray[np.int32],
    attributes: NDArray[np.int32],
) -> tuple[int, int, int]:
    """
    Fill column ``n`` of the elements from the start tag whose name begins at ``start``, and its attributes.

    Returns
    -------
    tuple
        Position after the tag, -1 when broken; row after its last attribute; unusual things in it.
    """
    end = name_end(text, start, size)
    elements[NAME, n] = start
    elements[WORD, n] = code_of(text, start, end, words)
    elements[ATTRIBUTES, n] = row
    odds = int(elements[WORD, n] == 0 and not is_name(text, start, end, words))
    i, row, more = scan_attributes(text, end, size, attributes, row, n, names, words)
    if i < 0 or end == start:
        return -1, row, odds
    if text[i] == 47:
        if i + 1 >= size or text[i + 1] != 62:
            return -1, row, odds
        elements[AFTER, n], elements[FROM, n], elements[TO, n] = n + 1, i, i
        return i + 2, row, odds + more
    elements[AFTER, n], elements[FROM, n] = 0, i + 1
    return i + 1, row, odds + more


@inlined
def read_end_tag(text: NDArray[np.uint8], i: int, size: int, name: int) -> int:
    """Position after the end tag at ``i``, -1 when it does not bear the name that begins at ``name``."""
    length = name_end(text, name, size) - name
    end = i + 2 + length
    if end >= size or not same(text, i + 2, name, length):
        return -1
    while end < size and is_space(text[end]):
        end += 1
    return end + 1 if end < size and text[end] == 62 else -1


@kernel
def scan(
    text: NDArray[np.uint8],
    size: int,
    words: NDArray[np.int64],
    names: NDArray[np.int64],
    elements: NDArray[np.int32],
    attributes: NDArray[np.int32],
    open_rows: NDArray[np.int32],
    commented: NDArray[np.bool_],
    found: NDArray[np.int64],
) -> None:
    """
    Fill the tables of elements and attributes from a piece of XML that begins outside of all its elements.

    Parameters
    ----------
    text, size
        The piece, with ``PADDING``, and its bytes without.
    words, names
        Tables of the names of elements and attributes.
    elements, attributes
        The tables, large enough.
    open_rows, commented
        Room for ``DEPTH_LIMIT`` open elements, the second all False.
    found
        Written: number of elements; ``WHOLE``, ``CLOSED`` or ``BROKEN``; position of the root's end tag when
        ``CLOSED``.
    """
    i, n, row, depth, odds, state = 0, 0, 0, 0, 0, WHOLE
    while state == WHOLE:
        i = next_tag(text, i, size)
        if i + 2 >= size:
            state = WHOLE if depth == 0 and i >= size else BROKEN
            break
        if text[i + 1] == 47:
            if depth == 0:
                state = CLOSED
                break
            element = open_rows[depth - 1]
            elements[AFTER, element], elements[TO, element] = n, i
            odds += commented[depth] and n == element + 1
            commented[depth] = False
            depth -= 1
            i = read_end_tag(text, i, size, elements[NAME, element])
        elif text[i + 1] == 33 or text[i + 1] == 63:
            odds += text[i + 1] == 33 and text[i + 2] == 91
            commented[depth] = True
            i = skip_markup(text, i)
        else:
            elements[ODDS, n] = odds
            elements[PARENT, n] = open_rows[depth - 1] if depth else -1
            i, row, more = read_start_tag(text, i + 1, size, n, row, words, names, elements, attributes)
            odds += more
            if elements[AFTER, n] == 0 and i >= 0:
                open_rows[depth] = n
                depth += 1
                commented[depth] = False
            n += 1
        if i < 0 or depth + 1 >= DEPTH_LIMIT:
            state = BROKEN
    elements[ATTRIBUTES, n], elements[ODDS, n], elements[NAME, n] = row, odds, i + 1
    found[0], found[1], found[2] = n, state, i
