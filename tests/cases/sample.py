"""A small procedure and messages for tests of the engine: an outcome of each kind, nothing from the shipped ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import Connection

from kastor.cases.message import Attachment, Message

BOTH = pytest.mark.parametrize("kept_in", ["sqlite", "postgresql"], indirect=True)
"""Runs a test in both stores."""

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Kept:
    days: int = 180


@dataclass(frozen=True)
class About:
    law: str = "private"
    autonomy: str = "automatic"
    four_eyes: bool = False
    retention: Kept = Kept()


@dataclass(frozen=True)
class Outcome:
    favourable: bool | None
    automatic: bool
    letter: str = ""


OUTCOMES = MappingProxyType(
    {
        "genehmigen": Outcome(True, True, "genehmigung"),
        "ablehnen": Outcome(False, False, "ablehnung"),
        # somebody wrote nonsense into the procedure: the gate holds all the same
        "heimlich": Outcome(False, True, "ablehnung"),
        "vorlegen": Outcome(None, False),
        "frei": Outcome(None, True, "auskunft"),
    }
)


@dataclass(frozen=True)
class Procedure:
    id: str = "haustier"
    version: str = "v1"
    about: About = About()
    outcomes: Mapping[str, Outcome] = field(default_factory=lambda: OUTCOMES)
    steps: bytes = b""

    def protected(self, facts: Mapping[str, Any]) -> Mapping[str, tuple[Any, ...]]:
        """A breed, a yes, and whatever is said of hardship."""
        return {"rasse": ("Pitbull", "Bull-Terrier", "unbekannt"), "assistenzhund": (True,), "haerte": ("any",)}


def find(connection: Connection | None, procedure: str, version: str) -> Procedure:
    """The procedure of a case; one that is named ``public`` is of public law."""
    about = About(law="public") if procedure == "public" else About(four_eyes=procedure == "four")
    return Procedure(id=procedure, about=about)


def message(number: int = 1, text: str = "Darf ich einen Hund halten?", **more: Any) -> Message:
    given = {"channel": "web", "thread": "t1", "sender": "anna", "received": NOW, **more}
    return Message(key=f"m{number}", text=text, **given)


def photo() -> Attachment:
    return Attachment("Bild.jpg", "image/jpeg", b"not really a picture")
