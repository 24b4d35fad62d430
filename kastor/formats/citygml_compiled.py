"""The compiled part of the fast reader of CityGML, as its callers see it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kastor.formats.compiled import Kernel, Library

PADDING = 16
"""Bytes that must follow a text."""

DEPTH_LIMIT = 200
"""Deepest nesting of elements that is read."""

Text = NDArray[np.uint8]
Ints = NDArray[np.int32]
Rows = NDArray[np.int64]
Bools = NDArray[np.bool_]
Roles = NDArray[np.uint8]

_SCAN, _SPANS = "kastor.formats.citygml_scan", "kastor.formats.citygml_spans"
_WALK, _NUMBERS = "kastor.formats.citygml_walk", "kastor.formats.citygml_numbers"

_hash_of = Kernel(_SPANS, "hash_of", "uint8[]", "int64", "int64")
_trim = Kernel(_SPANS, "trim", "uint8[]", "int32[]", "int32[]")
_plain = Kernel(_SPANS, "plain", "uint8[]", "int32[]", "int32[]", "int32[]", "bool[]")
_distinct = Kernel(_SPANS, "distinct", "uint8[]", "int32[]", "int32[]", "int32[]", "int32[]", "int32[]", "int32[]")
_survey = Kernel(_SCAN, "survey", "uint8[]", "int64", "int64[]")
_scan = Kernel(
    _SCAN, "scan", "uint8[]", "int64", "int64[,]", "int64[,]", "int32[,]", "int32[,]", "int32[]", "bool[]", "int64[]"
)
_inspect = Kernel(
    _WALK, "inspect", "int32[,]", "uint8[]", "uint8[,]", "bool[,]", "bool[]", "uint8[]", "uint8[]", "uint8[]", "bool[]",
    "int32[]", "bool[]",
)  # fmt: skip
_nearest = Kernel(_WALK, "nearest", "int32[,]", "uint8[]", "bool[]", "int32[]")
_attribute_spans = Kernel(_WALK, "spans", "int32[,]", "int64", "int32[]", "int32[]")
_parse_numbers = Kernel(_NUMBERS, "parse_numbers", "uint8[]", "int64", "int64", "float64[]", "int64")
_read_rings = Kernel(
    _NUMBERS, "read_rings", "uint8[]", "int32[,]", "int64[]", "bool[]", "bool[]", "float64[]", "int64[]", "bool[]"
)

LIBRARY = Library(
    "citygml",
    [
        _hash_of, _trim, _plain, _distinct, _survey, _scan, _inspect, _nearest, _attribute_spans, _parse_numbers,
        _read_rings,
    ],
)  # fmt: skip


def hash_of(text: Text, start: int, end: int) -> int:
    """Hash of some bytes; 63 bits."""
    return _hash_of(text, start, end)


def trim(text: Text, starts: Ints, ends: Ints) -> None:
    """Shorten stretches, in place, by the white space at their ends."""
    _trim(text, starts, ends)


def plain(text: Text, starts: Ints, ends: Ints, types: Ints) -> Bools:
    """Whether each text is of its type without any doubt, and on one line."""
    result = np.empty(len(starts), np.bool_)
    _plain(text, starts, ends, types, result)
    return result


def distinct(text: Text, starts: Ints, ends: Ints, groups: Ints) -> tuple[Ints, Ints]:
    """
    Number the distinct texts within each group, in the order they first occur.

    Returns
    -------
    codes
        Number of each stretch.
    firsts
        First stretch with each number.
    """
    slots = np.full(max(64, 1 << (2 * len(starts) - 1).bit_length()), -1, np.int32)
    codes, firsts = np.empty(len(starts), np.int32), np.empty(len(starts), np.int32)
    n = _distinct(text, starts, ends, groups, slots, codes, firsts)
    return codes, firsts[:n].copy()


def survey(text: Text, size: int) -> tuple[int, bool, bool]:
    """Number of line breaks, whether there is any ``&`` or ``]``, and any byte XML does not allow."""
    found = np.empty(3, np.int64)
    _survey(text, size, found)
    return int(found[0]), bool(found[1]), bool(found[2])


def scan(text: Text, size: int, words: Rows, names: Rows, elements: Ints, attributes: Ints) -> tuple[int, int, int]:
    """
    Fill the tables of elements and attributes from a piece of XML that begins outside of all its elements.

    Parameters
    ----------
    text, size
        The piece, with ``PADDING``, and its bytes without.
    words, names
        Tables of the names of elements and attributes, see ``citygml_tokens.names_table``.
    elements, attributes
        The tables, large enough.

    Returns
    -------
    tuple
        Number of elements; how the piece ends (``citygml_tokens.WHOLE``, ``CLOSED`` or ``BROKEN``); position of the
        root's end tag when ``CLOSED``.
    """
    found = np.empty(3, np.int64)
    open_rows, commented = np.empty(DEPTH_LIMIT, np.int32), np.zeros(DEPTH_LIMIT, np.bool_)
    _scan(text, size, words, names, elements, attributes, open_rows, commented, found)
    return int(found[0]), int(found[1]), int(found[2])


def inspect(
    elements: Ints, roles: Roles, places: Roles, allowed: Bools, closed: Bools, asked: Roles,
    role: Roles, parent_role: Roles, alive: Bools, top: Ints, regular: Bools,
) -> None:  # fmt: skip
    """Go through the elements of a block once, see :func:`kastor.formats.citygml_walk.inspect`."""
    _inspect(elements, roles, places, allowed, closed, asked, role, parent_role, alive, top, regular)


def nearest(elements: Ints, role: Roles, wanted: Bools) -> Ints:
    """Nearest element with a wanted role that each element is or is in, -1 when there is none."""
    result = np.empty(len(role), np.int32)
    _nearest(elements, role, wanted, result)
    return result


def spans(attributes: Ints, code: int, n: int) -> tuple[Ints, Ints]:
    """Start and end of one XML attribute of each of ``n`` elements, -1 where it has none."""
    starts, ends = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    _attribute_spans(attributes, code, starts, ends)
    return starts, ends


def parse_numbers(text: Text, start: int, end: int, out: NDArray[np.float64], at: int) -> int:
    """Write the numbers in ``text[start:end]`` to ``out[at:]``: how many, -1 when the text needs another reader."""
    return _parse_numbers(text, start, end, out, at)


def read_rings(
    text: Text, elements: Ints, rings: Rows, lists: Bools, closed: Bools, out: NDArray[np.float64]
) -> tuple[Rows, Bools]:
    """
    Vertices of rings and lines, one after the other.

    Parameters
    ----------
    text, elements
        Block and its table of elements.
    rings
        Elements that hold the positions.
    lists
        Whether each holds one list of positions, else one element per position.
    closed
        Whether each is a ring, whose last vertex repeats the first and is left out, else a line.
    out
        Coordinates, flat, long enough for all.

    Returns
    -------
    offsets
        First vertex of each ring, and their total; shape (n_rings + 1,).
    regular
        False for those that cannot be read without judgement; they are left empty.
    """
    offsets, regular = np.empty(len(rings) + 1, np.int64), np.empty(len(rings), np.bool_)
    _read_rings(text, elements, rings, lists, closed, out, offsets, regular)
    return offsets, regular
