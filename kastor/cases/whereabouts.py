"""Where a case is, in words: an address somebody wrote, or the place that is known from a map, a contract or the scene.

A procedure that needs a place has the slot ``adresse``; it is asked only when no place is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kastor.cases.commands import Fact
from kastor.cases.procedure import Procedure
from kastor.cases.understanding.addresses import read
from kastor.cases.understanding.lexicon import Lexicon
from kastor.cases.understanding.values import BERLIN, Context

ADDRESS = "adresse"


def written(
    procedure: Procedure, known: Mapping[str, Any], text: str, lexicon: Lexicon, now: datetime
) -> tuple[Fact, ...]:
    """The address a text names, when it has street and number and none is known yet."""
    if ADDRESS not in procedure.form.slots or known.get(ADDRESS):
        return ()
    found = _parts(text, lexicon, now)
    if not found.get("street") or not found.get("number"):
        return ()
    return (Fact(ADDRESS, in_words(found), "requester", 0.9, "addresses/1"),)


def in_words(found: Mapping[str, Any]) -> str:
    """
    An address that was read, as craftsmen read it.

    Examples
    --------
    >>> in_words({"street": "Kalkweg", "number": "5", "floor": 2, "side": "links"})
    'Kalkweg 5, 2. OG links'
    """
    floor = {0: "EG", -1: "UG", "DG": "DG", None: ""}.get(found.get("floor"), f"{found.get('floor')}. OG")
    flat = " ".join(filter(None, (floor, found.get("side", ""))))
    return f"{found['street']} {found['number']}{f', {flat}' if flat else ''}"


def placed(procedure: Procedure, known: Mapping[str, Any], place: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The place of a case in words, where it is known without an address."""
    point = place.get("point")
    words = place.get("address") or (f"{point[1]:.5f}, {point[0]:.5f}" if point else "") or place.get("object", "")
    if ADDRESS not in procedure.form.slots or known.get(ADDRESS) or not words:
        return ()
    return (Fact(ADDRESS, str(words)[:200], "twin", 1.0, "whereabouts/1"),)


def searched(address: Any, lexicon: Lexicon, now: datetime) -> str:
    """What to look for in the twin: street and number of what somebody wrote, else all of it."""
    text = address if isinstance(address, str) else ""
    found = _parts(text, lexicon, now)
    street, number = found.get("street"), found.get("number")
    return f"{street} {number}" if street and number else text


def _parts(text: str, lexicon: Lexicon, now: datetime) -> Mapping[str, Any]:
    found = read(text, Context(now.astimezone(BERLIN), lexicon=lexicon))
    return found[0].value if found and isinstance(found[0].value, dict) else {}
