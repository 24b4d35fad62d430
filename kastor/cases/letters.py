"""Letters of a procedure: templates with expressions in FEEL, filled with what is known, and the reasons of the rules.

A template is plain text. Its first line is the subject (``Betreff:``, ``Subject:``), the rest the body without
salutation and closing. ``{{ ... }}`` holds one expression; it is read once by :mod:`kastor.cases.feel` and can do
nothing but compute. A line whose expression gives a list becomes one line per item; a line that comes out empty is
left out. Every letter that tells what the rules decided ends with the reasons of the rules; one that tells a decision
of a person needs that person's own reason. What requesters wrote is only ever a value: it is never read as a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from kastor.cases import dmn, feel
from kastor.cases.deciding import Decided
from kastor.cases.dialogue.words import MONTHS
from kastor.cases.procedure import Procedure

PLACE = re.compile(r"\{\{(.*?)\}\}")
BULLET = re.compile(r"^\s*[-*·]\s*$")
GIVEN = ("worte", "fall", "heute", "eigene_begruendung", "gruende", "termine")
"""Names every letter may use beside slots and decisions."""

_NOTHING: Mapping[str, Any] = {}

FRAME: Mapping[str, Mapping[str, str]] = {
    "de": {
        "hello": "Guten Tag,", "why": "Warum?", "bye": "Freundliche Grüße", "case": "Vorgang",
        "machine": "Dieses Schreiben hat ein automatisches System nach festen Regeln erstellt. Möchten Sie mit einem "
        "Menschen sprechen? Antworten Sie mit „Mensch“.",
    },
    "en": {
        "hello": "Hello,", "why": "Why?", "bye": "Kind regards", "case": "Case",
        "machine": "An automated system wrote this letter by fixed rules. Would you like to talk to a person? Answer "
        "with “human”.",
    },
    "leicht": {
        "hello": "Guten Tag,", "why": "Warum ist das so?", "bye": "Viele Grüße", "case": "Nummer",
        "machine": "Diesen Brief hat ein Computer geschrieben. Möchten Sie mit einem Menschen sprechen? Schreiben Sie: "
        "Mensch.",
    },
}  # fmt: skip
"""What stands around every letter, by language."""


class LetterError(ValueError):
    """A letter that cannot be written; the message names it, what is missing and what to do."""


@dataclass(frozen=True)
class Letter:
    """
    A letter as it is sent.

    Parameters
    ----------
    name, language
        Which one.
    subject
        One line.
    body
        Its paragraphs from salutation to closing, as plain text.
    sender, receiver, number, dated
        What stands above it on paper.
    """

    name: str
    language: str
    subject: str
    body: str
    sender: str
    receiver: str
    number: str
    dated: str


@dataclass(frozen=True)
class Around:
    """
    What a letter needs beside facts and decision.

    Parameters
    ----------
    number
        Of the case, as people see it.
    place
        What it is about, such as an address; empty when unknown.
    sender, receiver
        Names and addresses, a line each.
    today
        Date of the letter.
    own_reason
        In the words of the person who decides; empty when a person does not.
    more
        Values some letters use, such as ``termine``.
    """

    number: str
    today: date
    place: str = ""
    sender: str = ""
    receiver: str = ""
    own_reason: str = ""
    more: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class Template:
    """
    A template that was read.

    Parameters
    ----------
    subject, lines
        Each as text and expressions in turn.
    """

    subject: tuple[str | feel.Expression, ...]
    lines: tuple[tuple[str | feel.Expression, ...], ...]


def letter(
    procedure: Procedure, name: str, language: str, facts: Mapping[str, Any], decided: Decided | None, around: Around
) -> Letter:
    """
    Write a letter.

    Parameters
    ----------
    language
        ``de``, ``en`` or ``leicht``; German where the procedure has no other.
    facts
        Values by slot.
    decided
        What the rules said; None before they did.

    Raises
    ------
    LetterError
        When there is no such letter, or a decision of a person has no reason of its own.
    """
    text = procedure.letters.get((language, name), procedure.letters.get(("de", name)))
    if text is None:
        known = ", ".join(sorted({each for _, each in procedure.letters}))
        raise LetterError(f"{procedure.id} has no letter {name!r}. There are: {known}.")
    tongue = language if (language, name) in procedure.letters else "de"
    told = [one for one in procedure.outcomes.values() if one.letter == name]
    if any(one.favourable is False for one in told) and not around.own_reason.strip():
        raise LetterError(f"The letter {name!r} tells a decision of a person. Write the reason in your own words.")
    reasons = decided.reasons(tongue) if decided and any(one.automatic for one in told) else ()
    scope = _scope(procedure, tongue, facts, decided, around, reasons)
    template = read(text, tuple(names(procedure)))
    subject = _filled(template.subject, scope)[0]
    body = _tidy(line for parts in template.lines for line in _filled(parts, scope))
    words = FRAME[tongue]
    parts = [words["hello"], body]
    if reasons:
        parts.append("\n".join([words["why"], *(f"- {reason}" for reason in reasons)]))
    parts += [words["bye"] + (f"\n{around.sender.splitlines()[0]}" if around.sender else "")]
    if not around.own_reason:
        parts.append(words["machine"])
    return Letter(
        name, tongue, subject, "\n\n".join(parts), around.sender, around.receiver, f"{words['case']} {around.number}",
        day_in_words(around.today, tongue),
    )  # fmt: skip


def names(procedure: Procedure) -> Iterator[str]:
    """Names the expressions of its letters may use."""
    yield from procedure.form.slots
    yield from (one.slot for one in procedure.about.lookups)
    yield from (each.name for each in procedure.rules.decisions)
    yield from GIVEN


@lru_cache(maxsize=512)
def read(text: str, known: tuple[str, ...] = ()) -> Template:
    """
    Read a template.

    Parameters
    ----------
    known
        Names its expressions may use.

    Raises
    ------
    kastor.cases.feel.FeelError
        When an expression is none.
    """
    lines = text.strip("\n").split("\n")
    head = re.sub(r"^(Betreff|Subject)\s*:\s*", "", lines[0])
    return Template(_parts(head, known), tuple(_parts(line, known) for line in lines[1:]))


def unknown_names(text: str, procedure: Procedure) -> list[str]:
    """Names in a template that neither form nor rules have."""
    template = read(text, tuple(names(procedure)))
    found: list[str] = []
    for part in (*template.subject, *(one for line in template.lines for one in line)):
        if not isinstance(part, str):
            found += _unknown(part.node, procedure)
    return list(dict.fromkeys(found))


def day_in_words(day: date, language: str) -> str:
    """
    A date as it stands in a letter.

    Examples
    --------
    >>> day_in_words(date(2026, 11, 3), "de"), day_in_words(date(2026, 11, 3), "en")
    ('3. November 2026', '3 November 2026')
    """
    if language == "en":
        return f"{day.day} {MONTHS['en'][day.month - 1]} {day.year}"
    return f"{day.day}. {MONTHS['de'][day.month - 1]} {day.year}"


def _parts(line: str, known: tuple[str, ...]) -> tuple[str | feel.Expression, ...]:
    pieces = PLACE.split(line)
    return tuple(
        feel.parse(piece.strip(), known) if i % 2 else piece for i, piece in enumerate(pieces) if piece or i % 2
    )


def _scope(
    procedure: Procedure, language: str, facts: Mapping[str, Any], decided: Decided | None, around: Around,
    reasons: tuple[str, ...],
) -> dict[str, Any]:  # fmt: skip
    slots = procedure.form.slots
    values = {name: facts.get(name) for name in slots}
    return {
        **values, **procedure.looked_up(facts), **(decided.values if decided else {}),
        "worte": {name: slot.in_words(values[name], language) for name, slot in slots.items()},
        "fall": {"nummer": around.number, "ort": around.place},
        "heute": day_in_words(around.today, language),
        "eigene_begruendung": around.own_reason,
        "gruende": list(reasons),
        "termine": [],
        **around.more,
    }  # fmt: skip


def _filled(parts: tuple[str | feel.Expression, ...], scope: Mapping[str, Any]) -> list[str]:
    """A line as it comes out: itself, one per item of a list, or nothing."""
    values = [part if isinstance(part, str) else part.evaluate(scope) for part in parts]
    lists = [value for value in values if isinstance(value, list | tuple)]
    if not lists:
        line = "".join(map(_as_text, values))
        return [line] if not any(not isinstance(part, str) for part in parts) or _says(line) else []
    longest = max(map(len, lists))
    lines = []
    for i in range(longest):
        row = [(value[i] if i < len(value) else "") if isinstance(value, list | tuple) else value for value in values]
        lines.append("".join(map(_as_text, row)))
    return [line for line in lines if _says(line)]


def _says(line: str) -> bool:
    return bool(line.strip()) and not BULLET.match(line)


def _as_text(value: Any) -> str:
    if value is None or value is dmn.UNKNOWN:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    return value if isinstance(value, str) else f"{value}"


def _tidy(lines: Iterator[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def _unknown(node: Any, procedure: Procedure) -> Iterator[str]:
    if isinstance(node, feel.tree.Name):
        if not node.known:
            yield node.name
        return
    if isinstance(node, feel.tree.Path) and isinstance(node.value, feel.tree.Name) and node.value.name == "worte":
        if node.name not in procedure.form.slots:
            yield f"worte.{node.name}"
        return
    for one in fields(node) if is_dataclass(node) else ():
        value = getattr(node, one.name)
        for inner in value if isinstance(value, tuple) else (value,):
            if is_dataclass(inner):
                yield from _unknown(inner, procedure)
