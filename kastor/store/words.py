"""Questions to the word index, in the language of each store; words are folded, see ``folding.py``."""

from __future__ import annotations

from collections.abc import Sequence

_ALL = {"sqlite": " AND ", "postgresql": " & "}
_ANY = {"sqlite": " OR ", "postgresql": " | "}
_WHOLE = {"sqlite": '"{}"', "postgresql": "'{}'"}
_BEGINS = {"sqlite": '"{}"*', "postgresql": "'{}':*"}


def beginnings(words: Sequence[str], dialect: str) -> str:
    """
    Each is the beginning of a word.

    Examples
    --------
    >>> beginnings(["kalk", "12a"], "sqlite"), beginnings(["kalk", "12a"], "postgresql")
    ('"kalk"* AND "12a"*', "'kalk':* & '12a':*")
    """
    return _ALL[dialect].join(_BEGINS[dialect].format(word) for word in words)


def all_of(meant: Sequence[Sequence[str]], dialect: str) -> str:
    """
    One word of each group.

    Examples
    --------
    >>> all_of([["kalkweg", "talweg"], ["3"]], "sqlite"), all_of([["kalkweg", "talweg"], ["3"]], "postgresql")
    ('("kalkweg" OR "talweg") AND ("3")', "('kalkweg' | 'talweg') & ('3')")
    """
    groups = (_ANY[dialect].join(_WHOLE[dialect].format(word) for word in group) for group in meant)
    return _ALL[dialect].join(f"({group})" for group in groups)
