"""Who of the staff is away: what they have taken goes back to all, so that nobody waits for somebody who is not there.

An absence is a matter of the person: it is told to nobody but them, kept without a reason and thrown away when it is
over. Others only see that a case they find taken may be taken over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from kastor.store import crafts
from kastor.store.audit import record
from kastor.store.errors import StoreError

NAME = "absences"
"""Settings they stand in."""

LONGEST = timedelta(days=400)
"""Of an absence; a longer one ends the role of a person."""


class AbsenceError(StoreError):
    """A day makes no sense; the message names it and the cure."""


@dataclass(frozen=True)
class Absence:
    """First and last day somebody is away, ISO 8601."""

    begin: str
    end: str


def away(connection: Connection, today: date) -> frozenset[str]:
    """Numbers of the people who are away on a day."""
    day = today.isoformat()
    return frozenset(who for who, one in _all(connection).items() if one.begin <= day <= one.end)


def absence_of(connection: Connection, person: str) -> Absence | None:
    """When a person is away; None when nothing is known."""
    return _all(connection).get(person)


def set_absence(connection: Connection, person: str, begin: str, end: str, today: date, at: str, who: str) -> Absence:
    """
    Say when a person is away; what was said before holds no longer.

    Parameters
    ----------
    connection
        Inside a transaction that writes.
    at, who
        When it is said, and by whom.

    Raises
    ------
    AbsenceError
        When a day is none, the end lies before the beginning or in the past, or it lasts too long.
    """
    first, last = _day("begin", begin), _day("end", end)
    if last < first:
        raise AbsenceError(f"end: {end} lies before {begin}. Give the last day of the absence.")
    if last < today:
        raise AbsenceError(f"end: {end} is over already. Give a day from {today.isoformat()} on.")
    if last - first > LONGEST:
        raise AbsenceError(
            f"end: {end} is more than {LONGEST.days} days after {begin}. End the role of the person instead."
        )
    stated = Absence(first.isoformat(), last.isoformat())
    _keep(connection, {**_all(connection), person: stated}, today, at, who)
    return stated


def end_absence(connection: Connection, person: str, today: date, at: str, who: str) -> None:
    """A person is back."""
    _keep(connection, {one: told for one, told in _all(connection).items() if one != person}, today, at, who)


def _keep(connection: Connection, wanted: Mapping[str, Absence], today: date, at: str, who: str) -> None:
    kept = {person: asdict(one) for person, one in wanted.items() if one.end >= today.isoformat()}
    crafts.set_connection(connection, NAME, kept or None, at, who)
    record(connection, who, "set_absence", "", {})


def _all(connection: Connection) -> dict[str, Absence]:
    found: Mapping[str, Any] = crafts.connection_settings(connection, NAME) or {}
    return {person: Absence(str(one["begin"]), str(one["end"])) for person, one in found.items()}


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AbsenceError(f"{name}: {text[:20]!r} is no day. Write it as 2026-03-02.") from None
