"""Stretches of text inside a block of bytes, compiled: compared, numbered, trimmed and looked up without copying.

A stretch is a start and an end position. Texts are read eight bytes at a time, so a block must
be followed by ``PADDING`` bytes. Only imported to be compiled: callers use ``citygml_compiled``.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from kastor.formats.citygml_words import Type

kernel = numba.njit(nogil=True, error_model="numpy", _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Compiles a function that allocates nothing, for other kernels and for ``compiled.Library``."""

_TEXT, _YEAR, _INTEGER = int(Type.TEXT), int(Type.YEAR), int(Type.INTEGER)


@numba.extending.intrinsic
def eight_bytes(typing_context: Any, text: Any, i: Any) -> Any:
    """The eight bytes from ``text[i]`` on as one number; the text must go on for as long (see ``PADDING``)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        number = context.get_value_type(numba.types.uint64)
        return builder.load(builder.bitcast(place, number.as_pointer()), align=1)

    return numba.types.uint64(text, numba.types.intp), generate


@numba.extending.intrinsic
def first_set(typing_context: Any, hits: Any) -> Any:
    """Number of the first byte of a word that is not zero; the word must not be zero."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zeros_below = builder.cttz(arguments[0], context.get_constant(numba.types.boolean, True))
        return builder.lshr(zeros_below, context.get_constant(numba.types.int64, 3))

    return numba.types.int64(hits), generate


@kernel
def equal_bytes(word: Any, byte: int) -> Any:
    """A word with the high bit set in each byte of ``word`` that is ``byte``, and all other bits clear."""
    low = np.uint64(0x7F7F7F7F7F7F7F7F)
    rest = word ^ (np.uint64(0x0101010101010101) * np.uint64(byte))
    return ~(((rest & low) + low) | rest | low)


@kernel
def small_bytes(word: Any, limit: int) -> Any:
    """A word with the high bit set in each byte of ``word`` below ``limit``, at most 128; all other bits clear."""
    low = np.uint64(0x7F7F7F7F7F7F7F7F)
    return ~(((word & low) + np.uint64(0x0101010101010101) * np.uint64(128 - limit)) | word | low)


@kernel
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
    return int(np.int64(value >> np.uint64(1)))


@kernel
def same(text: NDArray[np.uint8], a: int, b: int, length: int) -> bool:
    """Whether two stretches of a text are equal."""
    while length >= 8:
        if eight_bytes(text, a) != eight_bytes(text, b):
            return False
        a, b, length = a + 8, b + 8, length - 8
    if length == 0:
        return True
    return bool((eight_bytes(text, a) ^ eight_bytes(text, b)) << np.uint64(64 - 8 * length) == np.uint64(0))


@kernel
def code_of(text: NDArray[np.uint8], start: int, end: int, table: NDArray[np.int64]) -> int:
    """Code of the name ``text[start:end]`` in a table of :func:`names_table`, 0 when it is not there."""
    mask = len(table) - 1
    value = hash_of(text, start, end)
    slot = value & mask
    while table[slot, 1] != 0:
        if table[slot, 0] == value:
            return int(table[slot, 1])
        slot = (slot + 1) & mask
    return 0


@kernel
def is_space(byte: int) -> bool:
    """White space as XML has it."""
    return byte == 32 or byte == 10 or byte == 13 or byte == 9


@kernel
def trim(text: NDArray[np.uint8], starts: NDArray[np.int32], ends: NDArray[np.int32]) -> None:
    """Shorten stretches, in place, by the white space at their ends."""
    for k in range(len(starts)):
        start, end = starts[k], ends[k]
        while start < end and is_space(text[start]):
            start += 1
        while end > start and is_space(text[end - 1]):
            end -= 1
        starts[k], ends[k] = start, end


@kernel
def plain(
    text: NDArray[np.uint8],
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    types: NDArray[np.int32],
    result: NDArray[np.bool_],
) -> None:
    """Write whether each text is of its type without any doubt, and on one line."""
    for k in range(len(starts)):
        start, end, kind = starts[k], ends[k], types[k]
        digits, dots, signs, odd = 0, 0, 0, 0
        for i in range(start, end):
            byte = text[i]
            odd += byte < 32
            digits += (byte >= 48) & (byte <= 57)
            dots += byte == 46
            signs += (byte == 45) & (i == start)
        if kind == _TEXT:
            result[k] = odd == 0
        elif kind == _YEAR:
            result[k] = digits == 4 and end - start == 4
        else:
            fraction = 0 if kind == _INTEGER else dots
            result[k] = digits + signs + fraction == end - start and 1 <= digits <= 18 and dots <= 1


@kernel
def distinct(
    text: NDArray[np.uint8],
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    groups: NDArray[np.int32],
    slots: NDArray[np.int32],
    codes: NDArray[np.int32],
    firsts: NDArray[np.int32],
) -> int:
    """
    Number the distinct texts within each group, in the order they first occur.

    Parameters
    ----------
    slots
        -1 everywhere; a power of two of them, at least twice as many as stretches.
    codes, firsts
        Written: the number of each stretch, and the first stretch with each number.

    Returns
    -------
    int
        How many there are.
    """
    mask = len(slots) - 1
    n = 0
    for k in range(len(starts)):
        length = ends[k] - starts[k]
        slot = (hash_of(text, starts[k], ends[k]) + groups[k] * 7919) & mask
        while slots[slot] >= 0:
            other = firsts[slots[slot]]
            equal = groups[other] == groups[k] and ends[other] - starts[other] == length
            if equal and same(text, starts[other], starts[k], length):
                break
            slot = (slot + 1) & mask
        if slots[slot] < 0:
            slots[slot] = n
            firsts[n] = k
            n += 1
        codes[k] = slots[slot]
    return n
