"""Numbers in words, German and English, as digits: "einundzwanzig", "zweitausenddreihundert", "forty-two".

``plain`` rewrites a text in small letters with digits for number words, so that the grammars of dates, times and
amounts only know digits; it remembers where everything stood.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_UNITS = {
    "null": 0, "eins": 1, "zwei": 2, "zwo": 2, "drei": 3, "vier": 4, "fünf": 5, "fuenf": 5, "sechs": 6, "sieben": 7,
    "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "zwoelf": 12, "sechzehn": 16, "siebzehn": 17,
}  # fmt: skip
_TENS = {
    "zwanzig": 20, "dreißig": 30, "dreissig": 30, "vierzig": 40, "fünfzig": 50, "fuenfzig": 50, "sechzig": 60,
    "siebzig": 70, "achtzig": 80, "neunzig": 90,
}  # fmt: skip
_HALVES = {"anderthalb": "1,5", "eineinhalb": "1,5", "anderthalbe": "1,5", "dutzend": "12"}
_ENGLISH_UNITS = {
    word: n
    for n, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_ENGLISH_TENS = {
    word: 10 * n
    for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}  # fmt: skip
_ENGLISH_ORDINALS = {
    word: n
    for n, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
        ],
        1,
    )
}
_ORDINALS = {"er": 1, "erst": 1, "dritt": 3, "siebt": 7, "acht": 8}
_NOT_NUMBERS = {"achte", "achten", "achter", "ein", "eine"}
_WORD = re.compile(r"[a-zäöüß]+(?:-[a-z]+)?")
_ORDINAL = re.compile(r"(.+?)(s?)te[nrsm]?$")


@dataclass(frozen=True)
class Plain:
    """A text in small letters with digits for number words."""

    text: str
    marks: tuple[int, ...]
    """Places in ``text`` where a piece begins ..."""
    origins: tuple[int, ...]
    """... and where that piece begins in the text as written."""

    def origin(self, place: int) -> int:
        """Place in the text as written, of a place in ``text``."""
        i = bisect_right(self.marks, place) - 1
        following = self.origins[i + 1] if i + 1 < len(self.origins) else self.origins[i] + place - self.marks[i]
        return min(self.origins[i] + place - self.marks[i], following)


@lru_cache(maxsize=4096)
def german(word: str) -> int | None:
    """
    A German number word, None when it is none.

    Examples
    --------
    >>> german("einundzwanzig"), german("hundertzwölf"), german("zweitausenddreihundert"), german("hund")
    (21, 112, 2300, None)
    """
    if word in _UNITS or word in _TENS:
        return _UNITS.get(word, _TENS.get(word))
    for name, size in (("tausend", 1000), ("hundert", 100)):
        before, found, after = word.partition(name)
        if found:
            times = 1 if before in ("", "ein") else german(before)
            rest = 0 if not after else german(after.removeprefix("und"))
            return None if times is None or rest is None or rest >= size else times * size + rest
    if word.endswith("zehn"):
        unit = _UNITS.get(word.removesuffix("zehn"), 0)
        return 10 + unit if 2 < unit < 10 else None
    unit_word, found, ten = word.partition("und")
    if found and ten in _TENS:
        unit = 1 if unit_word == "ein" else _UNITS.get(unit_word, 0)
        return _TENS[ten] + unit if 0 < unit < 10 else None
    return 1 if word == "ein" else None


def _half(word: str) -> str | None:
    """A number and a half: "dreieinhalb" as 3,5."""
    if word in _HALVES:
        return _HALVES[word]
    if word.endswith("einhalb"):
        whole = german(word.removesuffix("einhalb"))
        return None if whole is None else f"{whole},5"
    return None


@lru_cache(maxsize=4096)
def _ordinal(word: str) -> int | None:
    """Number of an ordinal: "zweiten" as 2."""
    match = _ORDINAL.match(word)
    if match is None or word in _NOT_NUMBERS:
        return None
    for stem in (match[1], match[1] + match[2], match[1] + "t"):
        number = _ORDINALS.get(stem) or (german(stem) if stem != "ein" else None)
        if number:
            return number
    return None


def _english(words: list[str]) -> tuple[int, int] | None:
    """Value of the English number words at the beginning, and how many words it takes."""
    first = words[0]
    if "-" in first:
        ten, _, unit = first.partition("-")
        if ten in _ENGLISH_TENS and unit in _ENGLISH_UNITS:
            return _ENGLISH_TENS[ten] + _ENGLISH_UNITS[unit], 1
        return None
    if first in _ENGLISH_TENS:
        value, used = _ENGLISH_TENS[first], 1
        if len(words) > 1 and 0 < _ENGLISH_UNITS.get(words[1], 0) < 10:
            value, used = value + _ENGLISH_UNITS[words[1]], 2
    elif first in _ENGLISH_UNITS:
        value, used = _ENGLISH_UNITS[first], 1
    elif first == "a" and len(words) > 1 and words[1] in ("hundred", "thousand"):
        value, used = 1, 1
    else:
        return None
    for name, size in (("hundred", 100), ("thousand", 1000)):
        if len(words) > used and words[used] == name:
            used += 1
            value *= size
            after = used + (len(words) > used + 1 and words[used] == "and")
            rest = _english(words[after:]) if len(words) > after and words[after] != "a" else None
            if rest and rest[0] < size:
                value, used = value + rest[0], after + rest[1]
    return value, used


@lru_cache(maxsize=512)
def plain(text: str) -> Plain:
    """
    A text in small letters with digits for number words.

    Examples
    --------
    >>> plain("Halb neun am zweiten Dezember").text
    'halb 9 am 2. dezember'
    >>> plain("a hundred and twenty").text
    '120'
    """
    lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    pieces: list[str] = []
    marks, origins, length, done = [0], [0], 0, 0
    for start, end, digits in _replacements(lowered):
        for piece, origin in ((lowered[done:start], done), (digits, start)):
            if piece:
                marks.append(length)
                origins.append(origin)
                pieces.append(piece)
                length += len(piece)
        done = end
    pieces.append(lowered[done:])
    marks.append(length)
    origins.append(done)
    return Plain("".join(pieces), tuple(marks), tuple(origins))


def _replacements(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and digits of every number word."""
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        word = words[at][0]
        used, digits = 1, _digits(word)
        if digits is None:
            run = [words[at][0]]
            for before, after in zip(words[at : at + 5], words[at + 1 : at + 6], strict=False):
                if text[before.end() : after.start()] != " ":
                    break
                run.append(after[0])
            found = _english(run)
            if found:
                digits, used = str(found[0]), found[1]
        if digits is not None:
            yield words[at].start(), words[at + used - 1].end(), digits
        at += used


@lru_cache(maxsize=4096)
def _digits(word: str) -> str | None:
    if word in _NOT_NUMBERS or word in ("zehner", "hunderte"):
        return None
    half = _half(word)
    if half:
        return half
    number = german(word)
    if number is not None and word != "ein":
        return str(number)
    ordinal = _ordinal(word) or _ENGLISH_ORDINALS.get(word)
    return f"{ordinal}." if ordinal else None
