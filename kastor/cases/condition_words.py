"""Cells of tables in words: "mindestens 2", "Hund oder Katze"; as they are written where they are not simple."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kastor.cases.forms import Slot
from kastor.cases.procedure import Procedure

ANY = ("", "-")
"""Cells that ask nothing."""

_TEXT = re.compile(r'^"([^"]*)"$')
_COMPARED = re.compile(r"^(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)$")
_BETWEEN = re.compile(r"^([\[(])\s*(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)\s*([\])])$")
_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?$")
_PARTS = re.compile(r'(?:"[^"]*"|[^,"])+')

_WORDS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "<=": "höchstens {}", ">=": "mindestens {}", "<": "weniger als {}", ">": "mehr als {}", "between": "{} bis {}",
        "true": "ja", "false": "nein", "null": "nicht bekannt", "or": "oder", "and": "und", "not": "nicht {}",
    },
    "en": {
        "<=": "at most {}", ">=": "at least {}", "<": "less than {}", ">": "more than {}", "between": "{} to {}",
        "true": "yes", "false": "no", "null": "not known", "or": "or", "and": "and", "not": "not {}",
    },
}  # fmt: skip


def in_words(cell: str, slot: Slot | None, language: str) -> str:
    """
    A condition as people read it; as it is written where it is not simple.

    Parameters
    ----------
    cell
        What stands in the cell.
    slot
        The question the column reads; None when it reads something else.
    language
        ``de`` or ``en``.

    Examples
    --------
    >>> in_words(">= 2", None, "de"), in_words('"a", null', None, "en"), in_words("date(x)", None, "de")
    ('mindestens 2', 'a or not known', 'date(x)')
    """
    words, cell = _WORDS["en" if language == "en" else "de"], cell.strip()
    if cell.startswith("not(") and cell.endswith(")"):
        inside = in_words(cell[4:-1], slot, language)
        return cell if inside == cell[4:-1] else words["not"].format(inside)
    told = [_part(one.strip(), slot, language, words) for one in _PARTS.findall(cell)]
    if not told or None in told:
        return cell
    return f" {words['or']} ".join(one for one in told if one is not None)


def _part(cell: str, slot: Slot | None, language: str, words: Mapping[str, str]) -> str | None:
    """One alternative of a cell; None when it is not simple."""
    if cell in ("true", "false", "null"):
        return words[cell]
    text = _TEXT.match(cell)
    if text:
        return slot.in_words(text[1], language) if slot else text[1]
    number, compared, between = _NUMBER.match(cell), _COMPARED.match(cell), _BETWEEN.match(cell)
    unit = f" {slot.unit}" if slot and slot.unit else ""
    if number:
        return _local(cell, language) + unit
    if compared:
        return words[compared[1]].format(_local(compared[2], language)) + unit
    if between:
        return _range(between, language, words) + unit
    return None


def _range(between: re.Match[str], language: str, words: Mapping[str, str]) -> str:
    """Numbers between two, each of which belongs to them or not."""
    opening, low, high, closing = between.groups()
    low, high = _local(low, language), _local(high, language)
    if opening == "[" and closing == "]":
        return words["between"].format(low, high)
    first, last = words[">=" if opening == "[" else ">"], words["<=" if closing == "]" else "<"]
    return f"{first.format(low)} {words['and']} {last.format(high)}"


def _local(number: str, language: str) -> str:
    return number if language == "en" else number.replace(".", ",")


def result_in_words(procedure: Procedure, cell: str, language: str) -> str:
    """A result as people read it: the name of an outcome where it is one."""
    text = _TEXT.match(cell.strip())
    outcome = procedure.outcomes.get(text[1]) if text else None
    if outcome is not None:
        return outcome.names.get(language, outcome.names["de"])
    return in_words(cell, None, language)
