"""Regular expressions of XPath (the flavour FEEL asks for), matched in time that only grows with text times pattern.

Method: the pattern becomes a small program (one character, either way, remember a place, ...), run with backtracking
that never enters the same step at the same place twice; so no pattern can explode. With back references the groups
belong to what may not repeat, and a limit on steps stops what takes too long.

Sources: XPath and XQuery Functions 3.1, 5.6; XML Schema 1.1 part 2, appendix G.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kastor.cases.feel.errors import LimitError
from kastor.cases.feel.pattern_program import END, JUMP, MATCH, SAVE, SPLIT, START, Step, assembled
from kastor.cases.feel.pattern_reader import PatternError, PatternReader

__all__ = ["Match", "Pattern", "PatternError", "pattern_of"]

MOST_STEPS: Final = 1_000_000
MOST_STEPS_BACK: Final = 100_000
LONGEST_PATTERN: Final = 5_000


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
            step = program[at]
            if step.takes is not None:
                if place < len(text) and step.takes(text[place]):
                    at, place = at + 1, place + 1
                    continue
                break
            if step.kind == MATCH:
                return Match(saved)
            if step.kind == SPLIT:
                stack.append((step.other, place, saved))
                at = step.to
            elif step.kind == JUMP:
                at = step.to
            elif step.kind == SAVE:
                saved = (*saved[: step.to], place, *saved[step.to + 1 :])
                at += 1
            else:
                moved = _moved(pattern, step, text, place, saved)
                if moved is None:
                    break
                at, place = at + 1, moved
    return None


def _moved(pattern: Pattern, step: Step, text: str, place: int, saved: tuple[int, ...]) -> int | None:
    """Where matching goes on behind an anchor or back reference; None if it does not fit."""
    if step.kind == START:
        return place if place == 0 or (pattern.multiline and text[place - 1] == "\n") else None
    if step.kind == END:
        return place if place == len(text) or (pattern.multiline and text[place] == "\n") else None
    begin, end = saved[2 * step.to], saved[2 * step.to + 1]
    part = text[begin:end] if begin >= 0 <= end else ""
    found = text[place : place + len(part)]
    fits = found.casefold() == part.casefold() if pattern.folds else found == part
    return place + len(part) if fits else None


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
    reader = PatternReader(text, flags)
    node = reader.literal() if "q" in flags else reader.whole()
    program = assembled(("group", 0, node))
    program.append(Step(MATCH))
    return Pattern(tuple(program), reader.groups, reader.refers_back, "m" in flags and "q" not in flags, "i" in flags)
