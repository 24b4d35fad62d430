"""Sets of characters that regular expressions of XPath name: escapes, categories and blocks of Unicode."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

Char = Callable[[str], bool]

_CATEGORIES: Final = frozenset(
    (
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn",
    )
)  # fmt: skip
_ESCAPED: Final = frozenset("\\|.?*+(){}-[]^$")
# the blocks texts in European languages consist of, and the large ones of other scripts
_BLOCKS: Final = {
    "BasicLatin": (0x0, 0x7F), "Latin-1Supplement": (0x80, 0xFF), "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F), "IPAExtensions": (0x250, 0x2AF), "SpacingModifierLetters": (0x2B0, 0x2FF),
    "CombiningDiacriticalMarks": (0x300, 0x36F), "Greek": (0x370, 0x3FF), "GreekandCoptic": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF), "Armenian": (0x530, 0x58F), "Hebrew": (0x590, 0x5FF), "Arabic": (0x600, 0x6FF),
    "Devanagari": (0x900, 0x97F), "Thai": (0xE00, 0xE7F), "Georgian": (0x10A0, 0x10FF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF), "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F), "CurrencySymbols": (0x20A0, 0x20CF), "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F), "Arrows": (0x2190, 0x21FF), "MathematicalOperators": (0x2200, 0x22FF),
    "BoxDrawing": (0x2500, 0x257F), "GeometricShapes": (0x25A0, 0x25FF), "Dingbats": (0x2700, 0x27BF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F), "Hiragana": (0x3040, 0x309F), "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF), "HangulSyllables": (0xAC00, 0xD7A3), "PrivateUse": (0xE000, 0xF8FF),
}  # fmt: skip


def single(character: str, *, fold: bool) -> Char:
    """One character; with ``fold`` in upper and lower case."""
    if not fold:
        return lambda each: each == character
    forms = {character, character.lower(), character.upper()}
    return lambda each: each in forms or each.lower() in forms or each.upper() in forms


def any_of(tests: list[Char]) -> Char:
    """Characters in at least one of several sets."""
    if len(tests) == 1:
        return tests[0]
    return lambda character: any(test(character) for test in tests)


def property_class(name: str) -> Char | None:
    """The characters of a category (``L``, ``Nd``) or block (``IsGreek``); None for an unknown one."""
    if name in _CATEGORIES:
        return lambda character: unicodedata.category(character).startswith(name)
    block = _BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
    if block is None:
        return None
    low, high = block
    return lambda character: low <= ord(character) <= high


def class_escape(letter: str) -> Char | None:
    """The characters of an escape, given by the letter or sign behind the backslash; None for an unknown one."""
    if letter in _ESCAPED:
        return single(letter, fold=False)
    plain = {"n": "\n", "r": "\r", "t": "\t"}.get(letter)
    if plain is not None:
        return single(plain, fold=False)
    found = _LETTERS.get(letter.lower())
    if found is None or not letter.isascii():
        return None
    return found if letter.islower() else lambda character: not found(character)


def _is_space(character: str) -> bool:
    return character in " \t\n\r"


def _is_digit(character: str) -> bool:
    return unicodedata.category(character) == "Nd"


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PZC"


def _starts_name(character: str) -> bool:
    return character in "_:" or unicodedata.category(character)[0] == "L" or unicodedata.category(character) == "Nl"


def _in_name(character: str) -> bool:
    return _starts_name(character) or character in "-.\u00b7" or unicodedata.category(character) in ("Nd", "Mn", "Mc")


_LETTERS: Final[dict[str, Char]] = {"s": _is_space, "d": _is_digit, "w": _is_word, "i": _starts_name, "c": _in_name}
