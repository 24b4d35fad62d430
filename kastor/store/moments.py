"""Moments as the tables write them: ISO 8601 in UTC to the microsecond, so that they compare as texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now() -> str:
    """The present moment."""
    return moment(datetime.now(UTC))


def later(**span: float) -> str:
    """The moment in some ``days``, ``hours``, ``minutes`` or ``seconds``."""
    return moment(datetime.now(UTC) + timedelta(**span))


def moment(at: datetime) -> str:
    """
    A moment as it is written in the tables.

    Examples
    --------
    >>> moment(datetime(2026, 5, 1, 12, tzinfo=UTC))
    '2026-05-01T12:00:00.000000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
