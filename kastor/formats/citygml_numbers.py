"""Decimal text to the nearest double, compiled: the same bits as Python's ``float``, many times faster.

Only imported to be compiled: callers use ``citygml_compiled``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kastor.formats.citygml_spans import is_space, kernel
from kastor.formats.citygml_tokens import AFTER, FROM, TO

TENS = 10.0 ** np.arange(23)
"""Powers of ten that are exact doubles."""

WHOLE_TENS = np.array([10**n for n in range(19)], np.uint64)

_EXACT = np.uint64(1) << np.uint64(53)


@kernel
def divided(whole: Any, power: int) -> float:
    """
    ``whole / 10**power`` rounded to the nearest double, ties to even.

    Parameters
    ----------
    whole
        Unsigned 64-bit integer, not zero.
    power
        0 to 18.
    """
    divisor = WHOLE_TENS[power]
    quotient = whole // divisor
    rest = whole - quotient * divisor
    shift = 0
    while quotient < (np.uint64(1) << np.uint64(55)):
        quotient <<= np.uint64(1)
        rest <<= np.uint64(1)
        if rest >= divisor:
            rest -= divisor
            quotient |= np.uint64(1)
        shift += 1
    sticky = rest != np.uint64(0)
    while quotient >= (np.uint64(1) << np.uint64(56)):
        sticky = sticky or (quotient & np.uint64(1)) != np.uint64(0)
        quotient >>= np.uint64(1)
        shift -= 1
    # 56 bits now: 53 of the result, then three that decide on rounding together with what was shifted out
    low = quotient & np.uint64(7)
    mantissa = quotient >> np.uint64(3)
    half = np.uint64(4)
    odd = (mantissa & np.uint64(1)) != np.uint64(0)
    if low > half or (low == half and (sticky or odd)):
        mantissa += np.uint64(1)
    return float(mantissa) * 2.0 ** (3 - shift)


@kernel
def parse_numbers(text: NDArray[np.uint8], start: int, end: int, out: NDArray[np.float64], at: int) -> int:
    """
    Write the numbers in ``text[start:end]`` to ``out[at:]``.

    Returns
    -------
    int
        How many there are; -1 when something is no plain number or has more digits than fit exactly,
        so that the text must be read another way.
    """
    i, count = start, 0
    while True:
        while i < end and is_space(text[i]):
            i += 1
        if i == end:
            return count
        negative = text[i] == 45
        if negative or text[i] == 43:
            i += 1
        whole, digits, places = np.uint64(0), 0, 0
        first = i
        while i < end and 48 <= text[i] <= 57:
            whole = whole * np.uint64(10) + np.uint64(text[i] - 48)
            i += 1
        digits = i - first
        if i < end and text[i] == 46:
            i += 1
            first = i
            while i < end and 48 <= text[i] <= 57:
                whole = whole * np.uint64(10) + np.uint64(text[i] - 48)
                i += 1
            places = i - first
            digits += places
        if digits == 0 or digits > 19:
            return -1
        power = -places
        if i < end and (text[i] == 101 or text[i] == 69):
            i, exponent = parse_exponent(text, i + 1, end)
            if i < 0:
                return -1
            power += exponent
        if i < end and not is_space(text[i]):
            return -1
        if whole < _EXACT and -22 <= power <= 22:
            value = float(whole) / TENS[-power] if power < 0 else float(whole) * TENS[power]
        elif whole >= _EXACT and -18 <= power <= 0:
            value = divided(whole, -power)
        else:
            return -1
        out[at + count] = -value if negative else value
        count += 1


@kernel
def parse_exponent(text: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """Position after the exponent at ``text[i:end]`` and its value; -1 as position when it is none."""
    negative = i < end and text[i] == 45
    if i < end and (text[i] == 45 or text[i] == 43):
        i += 1
    first, value = i, 0
    while i < end and 48 <= text[i] <= 57 and i - first < 4:
        value = value * 10 + (text[i] - 48)
        i += 1
    if i == first:
        return -1, 0
    return i, -value if negative else value


@kernel
def is_clean(xyz: NDArray[np.float64], at: int, n: int) -> bool:
    """Whether ``n`` vertices from ``xyz[at]`` on are a closed ring in which no vertex follows itself."""
    if n < 4:
        return False
    end = at + 3 * (n - 1)
    if xyz[at] != xyz[end] or xyz[at + 1] != xyz[end + 1] or xyz[at + 2] != xyz[end + 2]:
        return False
    for i in range(at, end, 3):
        if xyz[i] == xyz[i + 3] and xyz[i + 1] == xyz[i + 4] and xyz[i + 2] == xyz[i + 5]:
            return False
    return bool(xyz[at] != xyz[at + 6] or xyz[at + 1] != xyz[at + 7] or xyz[at + 2] != xyz[at + 8])


@kernel
def read_rings(
    text: NDArray[np.uint8],
    elements: NDArray[np.int32],
    rings: NDArray[np.int64],
    lists: NDArray[np.bool_],
    closed: NDArray[np.bool_],
    out: NDArray[np.float64],
    offsets: NDArray[np.int64],
    regular: NDArray[np.bool_],
) -> None:
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
        Written: coordinates, flat, long enough for all.
    offsets
        Written: first vertex of each ring, and their total; shape (n_rings + 1,).
    regular
        Written: False for those that cannot be read without judgement; they are left empty.
    """
    offsets[0] = 0
    for k in range(len(rings)):
        at, numbers, ok = 3 * offsets[k], 0, True
        for child in range(rings[k] + 1, elements[AFTER, rings[k]]):
            found = parse_numbers(text, elements[FROM, child], elements[TO, child], out, at + numbers)
            ok = ok and found > 0 and found % 3 == 0 and (lists[k] or found == 3)
            numbers += max(found, 0)
        n = numbers // 3
        if closed[k]:
            ok = ok and is_clean(out, at, n)
            n -= 1
        regular[k] = ok and n >= 2
        offsets[k + 1] = offsets[k] + (n if regular[k] else 0)
