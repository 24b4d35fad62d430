"""Moments at which something is to happen in a case, if nothing else did before."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from kastor.store.case_schema import case_timers


def set_timers(connection: Connection, case_id: str, timers: Mapping[str, str | None]) -> None:
    """Set timers by name to a moment, or take them away."""
    if not timers:
        return
    connection.execute(delete(case_timers).where(case_timers.c.case == case_id, case_timers.c.name.in_(list(timers))))
    rows = [{"case": case_id, "name": name, "due": due} for name, due in timers.items() if due is not None]
    if rows:
        connection.execute(insert(case_timers), rows)


def due_timers(connection: Connection, now_: str, limit: int = 100) -> list[tuple[str, str, str]]:
    """Case, name and moment of timers that are due, the oldest first."""
    wanted = select(case_timers).where(case_timers.c.due <= now_).order_by(case_timers.c.due, case_timers.c.case)
    return [(row.case, row.name, row.due) for row in connection.execute(wanted.limit(limit))]


def has_timer(connection: Connection, case_id: str, name: str, due: str) -> bool:
    """Whether a timer still stands as it was found."""
    wanted = select(case_timers.c.due).where(case_timers.c.case == case_id, case_timers.c.name == name)
    return connection.execute(wanted).scalar_one_or_none() == due
