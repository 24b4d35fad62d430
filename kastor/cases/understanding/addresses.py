"""Where somebody lives or means: street, number, storey and side, against the tenant's own streets.

A street the tenant has is found in any spelling ("Goetestr.", "goethestrasse") and named as the tenant names it; one it
does not have is taken only where the text writes it as a street, with less confidence.
"""

from __future__ import annotations

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

from kastor.cases.understanding.lexicon import Street, key
from kastor.cases.understanding.numbers import Plain, plain
from kastor.cases.understanding.values import Context, Found
from kastor.city.model import Json

_TOKEN = re.compile(r"[^\W_]+(?:\.(?=[^\W\d]))?")
_NUMBER = re.compile(
    r"^[\s,.]*(?:nr\.?|nummer|hausnummer|no\.?|"
    r"number)?\s*(\d{1,4}(?:\s?[a-z](?![a-zäöüß]))?(?:\s?[-–/]\s?\d{1,4}\s?[a-z]?(?![a-zäöüß\d]))?)(?!\d|"
    r"[.:]\d|\.?\s?(?:og|stock|etage|uhr|kg|cm|m\b))", re.I
)  # fmt: skip
_BEFORE = re.compile(r"\b(\d{1,4}\s?[a-z]?),?\s$")
_FLOORS = (
    (
        re.compile(
            r"\b(?:hochparterre|parterre|erdgeschoss|erdgeschoß|erdgescho\w*|e\.?g\.?|ground floor|ebenerdig)(?![\w])"
        ),
        0,
    ),
    (re.compile(r"\b(?:souterrain|untergeschoss|untergeschoß|kellergeschoss|basement flat|u\.?g\.?)(?![\w])"), -1),
    (re.compile(r"\b(?:dachgeschoss|dachgeschoß|d\.?g\.?|dachwohnung|top floor|attic flat)(?![\w])"), "DG"),
)
_STOREY = re.compile(
    r"\b(\d{1,2})\s?\.?\s?(?:st|nd|rd|th)?\s?(?:og|o\.g\.|obergescho\w*|stock\w*|etage|floor|stockwerk)\b|"
    r"\b(?:og|stock|etage|floor)\s(\d{1,2})\b"
)  # fmt: skip
_SIDES = (
    (r"\blinks?\b|\bli\.|\bleft\b", "links"),
    (r"\brechts?\b|\bre\.|\bright(?: hand)?\b", "rechts"),
    (r"\b(?:mitte|mittig|mi\.|middle|centre)\b", "mitte"),
)
_WRITTEN = re.compile(
    r"\b((?:(?:Am|An der|An den|Auf der|Auf dem|Im|In der|Zum|Zur|Unter den|Hinter der|Alte[rn]?|Neue[rn]?|"
    r"Große|Kleine|Obere|Untere)\s)?"
    r"[A-ZÄÖÜ][\wäöüß\-]*?(?:stra(?:ß|ss)e|str\.?|weg|allee|platz|gasse|ring|ufer|damm|steig|pfad|markt|graben|"
    r"hof|berg|chaussee|"
    r"\s(?:Stra(?:ß|ss)e|Str\.?|Weg|Allee|Platz|Gasse|Ring|Ufer|Damm)))(?=[\s,.\d]|$)"
)  # fmt: skip
_DIRECTION = re.compile(r"\b(fenster|seite|tür|wand|ecke|oben|unten|abbiegen|schuld)\b")


def read(text: str, context: Context) -> list[Found]:
    """Addresses as street, number, floor (whole number, "DG"), side; only the parts that are said."""
    said = plain(text)
    street, span, confidence = _street(text, said, context)
    value: dict[str, Json] = {}
    spans: list[tuple[int, int]] = []
    if street is not None:
        value["street"] = street.name
        spans.append(span)
        number = _number(said, *span)
        if number:
            value["number"] = number[0]
            spans.append(number[1])
            if street.numbers and number[0] not in street.numbers:
                confidence -= 0.25
    _inside(said, value, spans, context, street is not None)
    if not value:
        return []
    return [Found(value, min(a for a, _ in spans), max(b for _, b in spans), confidence)]


def _street(text: str, said: Plain, context: Context) -> tuple[Street | None, tuple[int, int], float]:
    """Street of the tenant named in the text, or one written as a street."""
    streets = context.lexicon.streets
    tokens = [(m.start(), m.end(), key(m[0])) for m in _TOKEN.finditer(text)]
    runs = [
        (tokens[at][0], tokens[at + n - 1][1], "".join(word for _, _, word in tokens[at : at + n]))
        for n in range(min(5, len(tokens)), 0, -1)
        for at in range(len(tokens) - n + 1)
    ]
    for start, end, name in runs:
        if name in streets:
            return streets[name], (start, end), 0.98
    likely = [run for run in runs if run[2].isalpha() and (context.asked or _like_a_street(text, run))]
    for start, end, name in likely[:MOST]:
        near = _near(name, streets)
        if near:
            return near[0], (start, end), near[1]
    if m := _WRITTEN.search(text):
        full = re.sub(r"[Ss]tr\.?$", lambda s: "Straße" if s[0][0] == "S" else "straße", m[1])
        return Street(full), (m.start(1), m.end(1)), 0.6 if streets else 0.75
    return None, (0, 0), 0.95


MOST = 60
"""Groups of words that are compared with streets letter by letter."""
_ENDING = re.compile(r"(?:str|strasse|weg|wg|allee|platz|gasse|ring|ufer|damm|steig|markt|graben|berg|hof)$")
_HOUSE = re.compile(r"[\s,.]{0,3}(?:nr\.?\s?)?\d{1,4}\b", re.I)


def _like_a_street(text: str, run: tuple[int, int, str]) -> bool:
    """Whether words end as streets do or a number follows."""
    return bool(_ENDING.search(run[2]) or _HOUSE.match(text, run[1]))


def _near(name: str, streets: object) -> tuple[Street, float] | None:
    """A street that differs by a letter or two."""
    assert isinstance(streets, dict)
    most = 0 if len(name) < 6 else 1 if len(name) < 10 else 2
    if not most or not streets:
        return None
    hit = process.extractOne(name, streets.keys(), scorer=OSA.distance, score_cutoff=most)
    if hit is None or hit[0][0] != name[0]:
        return None
    return streets[hit[0]], 0.92 - 0.06 * hit[1]


def _number(said: Plain, start: int, end: int) -> tuple[str, tuple[int, int]] | None:
    """House number after the street, or before it as in English."""
    place = next((i for i in range(len(said.text) + 1) if said.origin(i) >= end), len(said.text))
    if m := _NUMBER.match(said.text[place:]):
        number = re.sub(r"\s", "", m[1]).replace("–", "-")
        return number, (said.origin(place + m.start(1)), said.origin(place + m.end(1)))
    begin = next((i for i in range(len(said.text) + 1) if said.origin(i) >= start), 0)
    if m := _BEFORE.search(said.text[:begin]):
        return m[1].replace(" ", ""), (said.origin(m.start(1)), said.origin(m.end(1)))
    return None


def _inside(
    said: Plain, value: dict[str, Json], spans: list[tuple[int, int]], context: Context, with_street: bool
) -> None:
    """Storey and side, added to ``value``."""
    if m := _STOREY.search(said.text):
        value["floor"] = int(m[1] or m[2])
        spans.append((said.origin(m.start()), said.origin(m.end())))
    else:
        for pattern, floor in _FLOORS:
            if m := pattern.search(said.text):
                value["floor"] = floor
                spans.append((said.origin(m.start()), said.origin(m.end())))
                break
    if not ("floor" in value or (with_street and context.asked) or "number" in value):
        return
    for words, side in _SIDES:
        m = re.search(words, said.text)
        if m and not _DIRECTION.search(said.text[m.end() : m.end() + 12]):
            value["side"] = side
            spans.append((said.origin(m.start()), said.origin(m.end())))
            return
