"""Cut the text of an expression into tokens: numbers, texts, parts of names, symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from kastor.cases.feel.errors import FeelError
from kastor.cases.feel.values import NUMBERS

LONGEST_EXPRESSION: Final = 100_000

_SPACE: Final = "\\s\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
# the ranges of DMN 1.5, 10.3.1.2, rules 28 and 29, without what counts as space
_START: Final = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
_PART: Final = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"

_TOKEN: Final = re.compile(
    rf"""
      (?P<space>(?:[{_SPACE}]+|//[^\n\r]*|/\*.*?\*/)+)
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    | (?P<string>@?"(?:[^"\\]|\\.)*")
    | (?P<name>[{_START}][{_PART}]*)
    | (?P<symbol>\.\.|\*\*|<=|>=|!=|->|[-+*/=<>()\[\]{{}},.:'])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_PLAIN: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression: its kind, its text, where it starts and ends."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, an ``end`` behind the last.

    Raises
    ------
    FeelError
        A character that belongs to no token, an open text, or more than 100,000 characters.
    """
    if len(text) > LONGEST_EXPRESSION:
        raise FeelError(f"an expression has at most {LONGEST_EXPRESSION} characters, this one has {len(text)}")
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _at_range(text, at) or _TOKEN.match(text, at)
        if match is None:
            raise FeelError(_complaint(text[at]), text, at)
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup or "symbol", match.group(), at, match.end()))
        at = match.end()
    found.append(Token("end", "", len(text), len(text)))
    return found


_DOTS: Final = re.compile(r"(?P<symbol>\.\.)")


def _at_range(text: str, at: int) -> re.Match[str] | None:
    """The dots of ``1...5`` belong to the range before they belong to the number."""
    return _DOTS.match(text, at) if text[at] == "." else None


def _complaint(character: str) -> str:
    if character == '"':
        return "a text that starts with a quotation mark does not end: add the closing one"
    return f"the character {character!r} has no meaning in an expression"


def name_parts(name: str) -> tuple[str, ...]:
    """The texts of the tokens a name consists of; a name that no expression can spell has none."""
    try:
        return tuple(token.text for token in tokens(name)[:-1])
    except FeelError:
        return ()


def text_of(literal: str) -> str:
    """What a text in quotation marks says: escapes replaced, surrogate pairs joined."""

    def plain(match: re.Match[str]) -> str:
        code = match.group(1)
        if len(code) > 1:
            point = int(code[1:], 16)
            return chr(point) if point <= 0x10FFFF else match.group(0)
        return _PLAIN.get(code, match.group(0))

    found = _ESCAPE.sub(plain, literal[1:-1])
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _has_surrogates(found) else found


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def number_of(literal: str) -> Decimal | None:
    """What digits say, rounded to 34; None beyond the largest number."""
    try:
        return NUMBERS.create_decimal(literal)
    except ArithmeticError:
        return None
