"""Read the regular expressions of XPath to a tree of tuples."""

from __future__ import annotations

from typing import Final

from kastor.cases.feel.classes import Char, any_of, class_escape, property_class, single
from kastor.cases.feel.errors import LimitError
from kastor.cases.feel.pattern_program import LONGEST_PROGRAM, Node

DEEPEST: Final = 60
_QUANTIFIERS: Final = {"?": (0, 1), "*": (0, None), "+": (1, None)}
_SPECIAL: Final = frozenset(".\\?*+{}()|[]^$")


class PatternError(ValueError):
    """The pattern, its flags or the replacement are not well formed."""


class PatternReader:
    """One reading of one pattern, to a tree of tuples."""

    def __init__(self, text: str, flags: str) -> None:
        self.flags = flags
        self.text = text
        self.at = 0
        self.groups = 0
        self.closed: set[int] = set()
        self.refers_back = False
        self.depth = 0

    def literal(self) -> Node:
        """The pattern as plain text."""
        return ("sequence", *(("char", self._one(character)) for character in self.text))

    def whole(self) -> Node:
        """The whole pattern."""
        node = self._alternatives()
        if self.at < len(self.text):
            raise PatternError(f"unexpected {self.text[self.at]!r} at {self.at + 1}")
        return node

    def _one(self, character: str) -> Char:
        return single(character, fold="i" in self.flags)

    def _skip(self) -> None:
        while "x" in self.flags and self.at < len(self.text) and self.text[self.at] in " \t\n\r":
            self.at += 1

    def _peek(self) -> str:
        self._skip()
        return self.text[self.at] if self.at < len(self.text) else ""

    def _alternatives(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise LimitError(f"groups nested more than {DEEPEST} deep")
        branches = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            branches.append(self._sequence())
        self.depth -= 1
        return branches[0] if len(branches) == 1 else ("either", *branches)

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._quantified(self._atom()))
        return ("sequence", *parts)

    def _atom(self) -> Node:
        character = self._peek()
        self.at += 1
        if character == "(":
            return self._group()
        if character == "[":
            return ("char", self._folded(self._class()))
        if character == ".":
            return ("char", _anything if "s" in self.flags else _no_newline)
        if character == "\\":
            return self._escape()
        if character in "^$":
            return ("start",) if character == "^" else ("end",)
        if character in _SPECIAL:
            raise PatternError(f"unexpected {character!r} at {self.at}")
        return ("char", self._one(character))

    def _group(self) -> Node:
        capturing = not self.text.startswith("?:", self.at)
        if not capturing:
            self.at += 2
        number = 0
        if capturing:
            self.groups += 1
            number = self.groups
        node = self._alternatives()
        if self._peek() != ")":
            raise PatternError("a group is not closed")
        self.at += 1
        if not capturing:
            return node
        self.closed.add(number)
        return ("group", number, node)

    def _quantified(self, node: Node) -> Node:
        character = self._peek()
        if character in _QUANTIFIERS:
            self.at += 1
            least, most = _QUANTIFIERS[character]
        elif character == "{":
            least, most = self._counts()
        else:
            return node
        lazy = self._peek() == "?"
        if lazy:
            self.at += 1
        return ("repeat", node, least, most, lazy)

    def _counts(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at + 1 : end].partition(",")
        if end < 0 or not _digits(low) or (high and not _digits(high)):
            raise PatternError("a quantifier is {n}, {n,} or {n,m}")
        self.at = end + 1
        if len(low) > 9 or len(high) > 9:
            raise LimitError(f"a quantifier repeats more than {LONGEST_PROGRAM} times")
        least = int(low)
        most = (int(high) if high else None) if comma else least
        if most is not None and most < least:
            raise PatternError(f"{{{least},{most}}} ends before it starts")
        if max(least, most or 0) > LONGEST_PROGRAM:
            raise LimitError(f"a quantifier repeats more than {LONGEST_PROGRAM} times")
        return least, most

    def _escape(self) -> Node:
        character = self._next()
        if character.isascii() and character.isdigit():
            return self._back(character)
        return ("char", self._folded(self._class_of(character)))

    def _back(self, digit: str) -> Node:
        number = int(digit)
        while self.at < len(self.text) and _digits(self.text[self.at]) and number * 10 <= self.groups:
            following = number * 10 + int(self.text[self.at])
            if following > self.groups:
                break
            number = following
            self.at += 1
        if number not in self.closed:
            raise PatternError(f"\\{number} refers to no group before it")
        self.refers_back = True
        return ("back", number)

    def _next(self) -> str:
        if self.at >= len(self.text):
            raise PatternError("the pattern ends with a backslash or within a class")
        self.at += 1
        return self.text[self.at - 1]

    def _class_of(self, character: str) -> Char:
        """The characters of an escape, whose letter is given."""
        if character in "pP":
            end = self.text.find("}", self.at)
            if end < 0 or self.text[self.at : self.at + 1] != "{":
                raise PatternError("\\p needs a category in braces")
            found = property_class(self.text[self.at + 1 : end])
            self.at = end + 1
        else:
            found = class_escape(character)
        if found is None:
            raise PatternError(f"\\{character} has no meaning here")
        return _not(found) if character == "P" else found

    def _folded(self, test: Char) -> Char:
        if "i" not in self.flags:
            return test
        return lambda character: test(character) or test(character.lower()) or test(character.upper())

    def _class(self) -> Char:
        """A class in brackets, the first of which is passed."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise LimitError(f"classes nested more than {DEEPEST} deep")
        negated = self.text.startswith("^", self.at)
        self.at += negated
        tests: list[Char] = []
        without: Char | None = None
        while (character := self._next()) != "]":
            if character == "-" and self.text.startswith("[", self.at) and tests:
                self.at += 1
                without = self._class()
                if self._next() != "]":
                    raise PatternError("nothing may follow what a class leaves out")
                break
            tests.append(self._member(character, first=not tests))
        if not tests:
            raise PatternError("a class is empty")
        self.depth -= 1
        found = any_of(tests)
        found = _not(found) if negated else found
        return found if without is None else _both(found, _not(without))

    def _member(self, character: str, *, first: bool) -> Char:
        if character == "[":
            raise PatternError("within a class, [ needs a backslash before it")
        low = self._character(character)
        if low is None:
            return self._class_of(self._next())
        if character == "-" and not first and not self.text.startswith("]", self.at):
            raise PatternError("within a class, - stands first or last or has a backslash before it")
        following = self.text[self.at + 1 : self.at + 2]
        if not self.text.startswith("-", self.at) or following in ("]", "[", ""):
            return single(low, fold=False)
        self.at += 1
        high = self._character(self._next())
        if high is None or high < low:
            raise PatternError("a range within a class needs two characters, the second not before the first")
        return lambda each: low <= each <= high

    def _character(self, character: str) -> str | None:
        """The character that stands for itself or is escaped; None before an escape that stands for many."""
        if character != "\\":
            return character
        following = self.text[self.at : self.at + 1]
        plain = {"n": "\n", "r": "\r", "t": "\t"}.get(following) or (
            following if following and following in "\\|.?*+(){}-[]^$" else None
        )
        self.at += plain is not None
        return plain


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _anything(character: str) -> bool:
    return True


def _no_newline(character: str) -> bool:
    return character not in "\n\r"


def _not(test: Char) -> Char:
    return lambda character: not test(character)


def _both(first: Char, second: Char) -> Char:
    return lambda character: first(character) and second(character)
