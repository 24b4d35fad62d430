"""Animals, breeds, rooms, building parts: what the lists in ``data`` name."""

from __future__ import annotations

import re
from functools import cache

from kastor.cases.understanding.gazetteer import Gazetteer, find, make
from kastor.cases.understanding.lists import data
from kastor.cases.understanding.values import Context, Found
from kastor.store.folding import folded

_NO_PETS = re.compile(r"\b(kein\w*|no|ohne)\s+(\w+\s)?(haus)?(tiere?|pets?|animals?)\b", re.I)
_PESTS = re.compile(r"\b(ratten?|mäuse|tauben|wespen|kakerlaken|ungeziefer|schädlinge|rats|mice|cockroach)", re.I)
_MIXED = re.compile(r"misch|mix|kreuz|cross|mongrel|mutt|promenaden", re.I)
_UNKNOWN = re.compile(
    r"wei(ss|ß) (ich )?(es )?(leider )?nicht|keine ahnung|unbekannt|don'?t know|unknown|no idea|not sure|"
    r"unklar|unsicher",
    re.I,
)


def _words(name: str) -> dict[str, list[str]]:
    listed: dict[str, list[str]] = {}
    for thing, own in data(name).items():
        words = own["words"] if isinstance(own, dict) else own
        assert isinstance(words, list)
        listed[thing] = [thing, *(str(word) for word in words)] if name == "breeds" else [str(word) for word in words]
    return listed


def _never(name: str) -> list[str]:
    """Words that look like one of a list and mean something else."""
    own = data("never")[name]
    assert isinstance(own, list)
    return [str(word) for word in own]


@cache
def _animals() -> Gazetteer:
    return make(_words("animals"), endings=True, beginnings=True, never=_never("animals"))


@cache
def _breeds() -> Gazetteer:
    listed = _words("breeds")
    crosses = {f"+{name}": [name] for name in data("crosses")}
    return make({**listed, **crosses}, endings=False, beginnings=True, never=_never("breeds"))


@cache
def _rooms() -> Gazetteer:
    return make(_words("rooms"), never=_never("rooms"))


@cache
def _parts() -> Gazetteer:
    return make(_words("parts"), never=_never("parts"))


def animals(text: str, context: Context) -> list[Found]:
    """Kinds of animal; a breed says dog."""
    nobody = [m.span() for m in _NO_PETS.finditer(text)]
    found = [f for f in find(_animals(), text) if not any(s <= f.start < e for s, e in nobody)]
    taken = [(f.start, f.end) for f in found]
    found += [
        Found("hund", f.start, f.end, min(f.confidence, 0.95))
        for f in find(_breeds(), text)
        if all(f.end <= start or f.start >= end for start, end in taken) and _sure(text, f, context)
    ]
    if not context.asked and _PESTS.search(text) and not re.search(r"halt|haustier|pet|anschaff|erlaub", text, re.I):
        return []
    return sorted(found, key=lambda f: f.start)


def breeds(text: str, context: Context) -> list[Found]:
    """Breeds of dogs as one list; ``["unbekannt"]`` where the person does not know."""
    named: list[str] = []
    hits = [f for f in find(_breeds(), text) if _sure(text, f, context)]
    for hit in hits:
        name = str(hit.value)
        both = data("crosses")[name[1:]] if name.startswith("+") else [name]
        assert isinstance(both, list)
        named += [str(breed) for breed in both if breed not in named]
    if named:
        return [Found(list(named), hits[0].start, hits[-1].end, min(hit.confidence for hit in hits))]
    unknown = ((_UNKNOWN if context.asked else None) and _UNKNOWN.search(text)) or _MIXED.search(text)
    if unknown and (context.asked or re.search(r"mischling|mongrel|mischlingshund", text, re.I)):
        return [Found(["unbekannt"], unknown.start(), unknown.end(), 0.9)]
    return []


def _sure(text: str, found: Found, context: Context) -> bool:
    """Whether a breed is meant: short common words only when asked."""
    word = folded(text[found.start : found.end]).replace(" ", "")
    if context.asked:
        return True
    return word not in _never("alone") and found.confidence >= (0.8 if len(word) >= 7 else 0.9)


def rooms(text: str, context: Context) -> list[Found]:
    """Rooms and places in and about a house."""
    return find(_rooms(), text)


def parts(text: str, context: Context) -> list[Found]:
    """Parts of a building; the part named first is usually the one meant."""
    return find(_parts(), text)


def trades(text: str, context: Context) -> list[Found]:
    """Trades that repair the parts named."""
    return [Found(trade(str(f.value)), f.start, f.end, f.confidence) for f in parts(text, context)]


def trade(part: str) -> str:
    """Trade that repairs a part: ``sanitaer``, ``heizung`` ..."""
    own = data("parts")[part]
    assert isinstance(own, dict)
    return str(own["trade"])


AREAS = {
    "keller": "keller", "treppenhaus": "treppenhaus", "dachboden": "gemeinschaft", "waschkueche": "gemeinschaft",
    "aufzug": "gemeinschaft", "garage": "aussen", "aussen": "aussen", "ganzes_haus": "haus",
}  # fmt: skip
"""Where in the house a room lies; others are in the dwelling."""


def areas(text: str, context: Context) -> list[Found]:
    """Dwelling, cellar, staircase, shared rooms, outside or the whole house."""
    found = [Found(AREAS.get(str(f.value), "wohnung"), f.start, f.end, f.confidence) for f in rooms(text, context)]
    if not found and (match := re.search(r"\b(wohnung|flat|apartment|bei mir|zu hause|daheim|at home)\b", text, re.I)):
        found = [Found("wohnung", match.start(), match.end(), 0.9)]
    return found
