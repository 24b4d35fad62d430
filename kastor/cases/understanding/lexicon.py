"""What texts of one tenant are read with: its streets and house numbers, and its own model of kinds of request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kastor.cases.understanding.model import Model
from kastor.store.folding import folded

_NUMBERED = re.compile(r"^(.*?)\s+(\d[^,]{0,12}(?:,\s*\d[^,]{0,12})*)$")


@dataclass(frozen=True)
class Street:
    """A street with the house numbers the tenant has there; none known means any may be right."""

    name: str
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Lexicon:
    """Streets by their folded name without blanks, and the model."""

    streets: Mapping[str, Street] = field(default_factory=dict)
    model: Model | None = None
    """The tenant's own model of kinds of request; the shipped one is used when None."""
    own: Model | None = None
    """What tells the kinds of request of the tenant's own procedures; see :mod:`.sentences`."""


def of_streets(names: Iterable[str]) -> Lexicon:
    """
    Lexicon of street names without numbers.

    Examples
    --------
    >>> list(of_streets(["Goethestraße"]).streets)
    ['gothestrasse']
    """
    return Lexicon({key(name): Street(name) for name in names if key(name)})


def of_addresses(labels: Iterable[str]) -> Lexicon:
    """
    Lexicon of labels as the twin gives them to buildings.

    Examples
    --------
    >>> of_addresses(["Kalkweg 1, 3; Ring 8"]).streets["kalkweg"].numbers == {"1", "3"}
    True
    """
    numbers: dict[str, set[str]] = {}
    for label in labels:
        for part in label.split(";"):
            match = _NUMBERED.match(part.strip())
            if match:
                listed = (number.replace(" ", "").lower() for number in match[2].split(","))
                numbers.setdefault(match[1].strip(), set()).update(number for number in listed if number)
    return Lexicon({key(name): Street(name, frozenset(own)) for name, own in numbers.items() if key(name)})


def key(street: str) -> str:
    """Name of a street as it is compared: folded, without blanks."""
    return folded(street).replace(" ", "")
