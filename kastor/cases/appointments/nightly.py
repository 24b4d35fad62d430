"""Once a night the ways of craftsmen get shorter by themselves: at which hour, whether at all, and what it brought.

A night that was missed is caught up with when the server runs again. Two loops on one tenant do no harm: the second one
finds nothing shorter, and a night is written into the audit log once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kastor.cases import casework
from kastor.cases.appointments.tours import optimise
from kastor.cases.hours import BERLIN
from kastor.store import crafts
from kastor.store.audit import record
from kastor.store.database import Database
from kastor.store.moments import moment

NAME = "tours"
"""Of the settings, beside those of connections."""

HOUR = 2
"""When nobody has set another hour, on the clock of Berlin."""


class HourError(ValueError):
    """An hour there is not."""


def hour(database: Database) -> int | None:
    """The hour of a tenant; None when it is switched off."""
    with database.read() as connection:
        found = crafts.connection_settings(connection, NAME) or {}
    wanted: int | None = found.get("hour", HOUR)
    return wanted


def set_hour(database: Database, wanted: int | None, now: datetime, who: str = "") -> None:
    """
    Set the hour, or switch it off with None.

    Raises
    ------
    HourError
        When it is not 0 to 23.
    """
    if wanted is not None and not 0 <= wanted <= 23:
        raise HourError(f"hour: {wanted} is no hour of a day. Give 0 to 23.")
    with database.write("The hour cannot be written") as connection:
        kept = {**(crafts.connection_settings(connection, NAME) or {}), "hour": wanted}
        crafts.set_connection(connection, NAME, kept, moment(now), who)
        record(connection, who, "set_tours_hour", "", {"hour": wanted})


def due(database: Database, now: datetime) -> bool:
    """Whether tonight's hour has come and nothing was computed since."""
    with database.read() as connection:
        found = crafts.connection_settings(connection, NAME) or {}
        anybody = bool(crafts.all_craftsmen(connection))
    wanted, local = found.get("hour", HOUR), now.astimezone(BERLIN)
    return anybody and wanted is not None and local.hour >= wanted and found.get("last") != local.date().isoformat()


def run(database: Database, now: datetime) -> int:
    """Make the ways shorter if that is due; gives how many visits were moved."""
    if not due(database, now):
        return 0
    with casework.begin(database, now) as work:
        land = work.office.land
    found, day = optimise(database, now, land), now.astimezone(BERLIN).date().isoformat()
    with database.write("What the night brought cannot be written") as connection:
        kept: dict[str, Any] = dict(crafts.connection_settings(connection, NAME) or {})
        if kept.get("last") == day:
            return found.moved
        crafts.set_connection(connection, NAME, {**kept, "last": day}, moment(now), "")
        told = {"moved": found.moved, "km_before": round(found.before, 1), "km_after": round(found.after, 1)}
        record(connection, "", "shortened_tours", day, told)
    return found.moved
