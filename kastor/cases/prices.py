"""What a case costs a housing company or an office, as those who lead estimate it: minutes by way of working, a rate.

The minutes are an estimate of theirs with its source and day, never a measurement of what somebody did.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from kastor.store import crafts
from kastor.store.audit import record

NAME = "case_prices"
"""Of the settings, beside those of connections."""

MOST_MINUTES, HIGHEST_RATE = 6000.0, 1000.0
"""Of a case [min], of an hour [EUR]."""


class PriceError(ValueError):
    """A price that makes no sense; the message names the field, its value and the cure."""


@dataclass(frozen=True)
class Prices:
    """
    What people's work on a case is estimated at.

    Parameters
    ----------
    rate
        An hour of work. [EUR]
    automatic, coupled, person
        Work on a case that ran by itself, on one whose craftsman was ordered here, and on every other one. [min]
    source, day
        Where the numbers are from, and of which day they are (ISO 8601).
    """

    rate: float
    automatic: float
    coupled: float
    person: float
    source: str
    day: str


def prices(connection: Connection) -> Prices | None:
    """The prices of a tenant; None when nobody has set any."""
    found = crafts.connection_settings(connection, NAME)
    return Prices(**found) if found else None


def set_prices(connection: Connection, wanted: Prices, at: str, who: str) -> None:
    """
    Set the prices; the audit log keeps which and by whom.

    Raises
    ------
    PriceError
        When a number is out of range, or source or day are missing.
    """
    for name in ("automatic", "coupled", "person"):
        minutes = getattr(wanted, name)
        if not 0 <= minutes <= MOST_MINUTES:
            raise PriceError(f"{name}: {minutes} minutes make no sense. Give 0 to {MOST_MINUTES:.0f}.")
    if not 0 < wanted.rate <= HIGHEST_RATE:
        raise PriceError(f"rate: {wanted.rate} EUR an hour make no sense. Give up to {HIGHEST_RATE:.0f}.")
    if not wanted.source.strip():
        raise PriceError("source: is missing. Say where the numbers are from, such as our own time study.")
    try:
        date.fromisoformat(wanted.day)
    except ValueError:
        raise PriceError(f"day: {wanted.day[:20]!r} is no day. Give the day the numbers are of, 2026-03-02.") from None
    given: dict[str, Any] = asdict(wanted)
    crafts.set_connection(connection, NAME, given, at, who)
    record(connection, who, "set_case_prices", "", given)


def cost(priced: Prices, automatic: int, coupled: int, person: int) -> float:
    """
    Mean cost of a case. [EUR]

    Parameters
    ----------
    automatic, coupled, person
        How many cases went which way; one at least.

    Examples
    --------
    >>> cost(Prices(40, 3, 90, 150, "estimate", "2026-03-02"), automatic=2, coupled=1, person=1)
    41.0
    """
    minutes = automatic * priced.automatic + coupled * priced.coupled + person * priced.person
    return minutes / 60 * priced.rate / (automatic + coupled + person)
