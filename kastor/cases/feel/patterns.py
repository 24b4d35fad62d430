"""Regular expressions of XPath (the flavour FEEL asks for), matched in time that only grows with text times pattern.

Method: the pattern becomes a small program (one character, either way, remember a place, ...), run with backtracking
that never enters the same step at the same place twice; so no pattern can explode. With back references the groups
belong to what may not repeat, and a limit on steps stops what takes too long.

Sources: XPath and XQuery Functions 3.1, 5.6; XML Schema 1.1 part 2, appendix G.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from kastor.cases.feel.classes import Char, any_of, class_escape, property_class, single
from kastor.cases.feel.errors import LimitError

MOST_STEPS: Final = 1_000_000
MOST_STEPS_BACK: Final = 100_000
LONGEST_PROGRAM: Final = 20_000
LONGEST_PATTERN: Final = 5_000
DEEPEST: Final = 60

CHAR, SPLIT, JUMP, SAVE, START, END, BACK, MATCH = range(8)
Step = tuple[int, object, object]
_QUANTIFIERS: Final = {"?": (0, 1), "*": (0, None), "+": (1, None)}
_SPECIAL: Final = frozenset(".\\?*+{}()|[]^$")


class PatternError(ValueError):
    """The pattern, its flags or the replacement are not well formed."""


@dataclass(frozen=True, slots=True)
class Match:
    """A place where a pattern fits: ends of the whole and of each group, -1 where a group takes no part."""

    places: tuple[int, ...]

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.places[0]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.places[1]

    def group(self, text: str, number: int) -> str:
        """The text of a group; empty if it takes no part or there is none."""
        if 2 * number + 1 >= len(self.places) or self.places[2 * number] < 0:
            return ""
        return text[self.places[2 * number] : self.places[2 * number + 1]]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern."""

    program: tuple[Step, ...]
    groups: int
    refers_back: bool
    multiline: bool
    folds: bool

    def find(self, text: str, start: int = 0) -> Match | None:
        """The first place from a position on where the pattern fits.

        Raises
        ------
        LimitError
            It takes too many steps.
        """
        return next(self.all(text, start), None)

    def all(self, text: str, start: int = 0) -> Iterator[Match]:
        """All places that do not overlap, from left to right.

        Raises
        ------
        LimitError
            It takes too many steps.
        """
        budget = [MOST_STEPS_BACK if self.refers_back else MOST_STEPS]
        seen: set[object] = set()
        while start <= len(text):
            found = _run(self, text, start, seen, budget)
            if found is None:
                start += 1
                continue
            yield found
            seen = set()
            start = found.end if found.end > found.start else found.end + 1


def _run(pattern: Pattern, text: str, start: int, seen: set[object], budget: list[int]) -> Match | None:
    """Whether the program fits at one position; ``seen`` holds the steps known to lead nowhere."""
    program, width = pattern.program, len(text) + 1
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, start, (-1,) * (2 * pattern.groups + 2))]
    while stack:
        at, place, saved = stack.pop()
        while True:
            state: object = (at, place, saved) if pattern.refers_back else at * width + place
            if state in seen:
                break
            seen.add(state)
            budget[0] -= 1
            if budget[0] < 0:
                raise LimitError("matching takes too many steps: use a simpler pattern or a shorter text")
            kind, first, second = program[at]
            if kind == CHAR:
                if place < len(text) and first(text[place]):  # type: ignore[operator]
                    at, place = at + 1, place + 1
                    continue
                break
            if kind == MATCH:
                return Match(saved)
            if kind == SPLIT:
                stack.append((second, place, saved))  # type: ignore[arg-type]
                at = first  # type: ignore[assignment]
            elif kind == JUMP:
                at = first  # type: ignore[assignment]
            elif kind == SAVE:
                number: int = first  # type: ignore[assignment]
                saved = (*saved[:number], place, *saved[number + 1 :])
                at += 1
            else:
                moved = _special(pattern, kind, first, text, place, saved)
                if moved is None:
                    break
                at, place = at + 1, moved
    return None


def _special(pattern: Pattern, kind: int, number: object, text: str, place: int, saved: tuple[int, ...]) -> int | None:
    """Where matching goes on behind an anchor or back reference; None if it does not fit."""
    if kind == START:
        return place if place == 0 or (pattern.multiline and text[place - 1] == "\n") else None
    if kind == END:
        return place if place == len(text) or (pattern.multiline and text[place] == "\n") else None
    assert isinstance(number, int)
    begin, end = saved[2 * number], saved[2 * number + 1]
    part = text[begin:end] if begin >= 0 <= end else ""
    found = text[place : place + len(part)]
    fits = found.casefold() == part.casefold() if pattern.folds else found == part
    return place + len(part) if fits else None


# --- reading patterns


@functools.lru_cache(maxsize=256)
def pattern_of(text: str, flags: str = "") -> Pattern:
    """A compiled pattern.

    Raises
    ------
    PatternError
        Pattern or flags are not well formed.
    LimitError
        The pattern is too long, or repeats too much.
    """
    if set(flags) - set("smixq"):
        raise PatternError(f"the flags {flags!r} are not all among s, m, i, x, q")
    if len(text) > LONGEST_PATTERN:
        raise LimitError(f"a pattern of {len(text)} characters is longer than {LONGEST_PATTERN}")
    reader = _Reader(text, flags)
    node = reader.literal() if "q" in flags else reader.whole()
    program = _assembled(("group", 0, node))
    program.append((MATCH, None, None))
    return Pattern(tuple(program), reader.groups, reader.refers_back, "m" in flags and "q" not in flags, "i" in flags)


Node = tuple[object, ...]


class _Reader:
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
        return ("sequence", *(("char", self._one(character)) for character in self.text))

    def whole(self) -> Node:
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


# --- from tree to program


def _assembled(node: Node) -> list[Step]:
    """The steps of a node, jumps counted from its own start."""
    made = _ASSEMBLERS[str(node[0])](node)
    if len(made) > LONGEST_PROGRAM:
        raise LimitError("the pattern repeats too much: use smaller numbers in braces")
    return made


def _joined(parts: list[list[Step]]) -> list[Step]:
    found: list[Step] = []
    for part in parts:
        found += _moved(part, len(found))
        if len(found) > LONGEST_PROGRAM:
            raise LimitError("the pattern repeats too much: use smaller numbers in braces")
    return found


def _moved(part: list[Step], offset: int) -> list[Step]:
    if not offset:
        return part
    return [
        (kind, first + offset if kind in (SPLIT, JUMP) else first, second + offset if kind == SPLIT else second)  # type: ignore[operator]
        for kind, first, second in part
    ]


def _sequence(node: Node) -> list[Step]:
    return _joined([_assembled(part) for part in node[1:]])  # type: ignore[arg-type]


def _either(node: Node) -> list[Step]:
    found = _assembled(node[-1])  # type: ignore[arg-type]
    for branch in reversed(node[1:-1]):
        part = _assembled(branch)  # type: ignore[arg-type]
        head: list[Step] = [(SPLIT, 1, len(part) + 2)]
        found = [*head, *_moved(part, 1), (JUMP, len(part) + 2 + len(found), None), *_moved(found, len(part) + 2)]
    return found


def _group(node: Node) -> list[Step]:
    number: int = node[1]  # type: ignore[assignment]
    inner = _assembled(node[2])  # type: ignore[arg-type]
    return [(SAVE, 2 * number, None), *_moved(inner, 1), (SAVE, 2 * number + 1, None)]


def _repeat(node: Node) -> list[Step]:
    _, inner, least, most, lazy = node
    part = _assembled(inner)  # type: ignore[arg-type]
    assert isinstance(least, int)
    parts = [part] * least
    if (least + (most or 0)) * len(part) > 2 * LONGEST_PROGRAM:  # type: ignore[operator]
        raise LimitError("the pattern repeats too much: use smaller numbers in braces")
    if most is None:
        parts.append([_split(1, len(part) + 2, lazy), *_moved(part, 1), (JUMP, 0, None)])
    else:
        optional: list[Step] = []
        for _ in range(most - least):  # type: ignore[operator]
            following = [*part, *_moved(optional, len(part))]
            optional = [_split(1, len(following) + 1, lazy), *_moved(following, 1)]
        parts.append(optional)
    return _joined(parts)


def _split(enter: int, leave: int, lazy: object) -> Step:
    return (SPLIT, leave, enter) if lazy else (SPLIT, enter, leave)


_ASSEMBLERS: Final[dict[str, Callable[[Node], list[Step]]]] = {
    "char": lambda node: [(CHAR, node[1], None)],
    "start": lambda node: [(START, None, None)],
    "end": lambda node: [(END, None, None)],
    "back": lambda node: [(BACK, node[1], None)],
    "sequence": _sequence,
    "either": _either,
    "group": _group,
    "repeat": _repeat,
}
