"""Where a case is found again: messages that came, threads it belongs to, its place in the city.

Threads and ids of messages are kept as hashes, since they may be telephone numbers; when a case is erased its threads
and its place go, its messages stay known, so that a late duplicate opens nothing.
"""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from kastor.store.case_schema import case_messages, case_places, case_threads, cases
from kastor.store.cases import OF_CASE, Case, canonical

# made once: making a statement takes longer than running it
_OF_MESSAGE = select(case_messages.c.case).where(
    case_messages.c.channel == bindparam("channel_"), case_messages.c.key == bindparam("key_")
)
_OF_THREAD = select(case_threads.c.case).where(
    case_threads.c.channel == bindparam("channel_"), case_threads.c.thread == bindparam("thread_")
)
_REMEMBER = insert(case_messages)


def digest(*parts: str) -> str:
    """What stands for a thread or a message's id in the tables."""
    return sha256(canonical(parts)).hexdigest()


def case_of_message(connection: Connection, channel: str, key: str) -> str | None:
    """The case a message went to; None when it never came."""
    named = {"channel_": channel, "key_": digest(channel, key)}
    return connection.execute(_OF_MESSAGE, named).scalar_one_or_none()


def remember_message(connection: Connection, channel: str, key: str, case_id: str, at: str) -> None:
    """A message that came; the same one again is an error of the caller, who has to look first."""
    row = {"channel": channel, "key": digest(channel, key), "case": case_id, "at": at}
    connection.execute(_REMEMBER, row)


def case_of_thread(connection: Connection, channel: str, thread: str) -> str | None:
    """The case a thread belongs to at present; None when to none."""
    named = {"channel_": channel, "thread_": digest(channel, thread)}
    return connection.execute(_OF_THREAD, named).scalar_one_or_none()


def bind_thread(connection: Connection, channel: str, thread: str, case_id: str, at: str) -> None:
    """Let a thread belong to a case from now on."""
    named = (case_threads.c.channel == channel, case_threads.c.thread == digest(channel, thread))
    done = connection.execute(update(case_threads).where(*named).values(case=case_id, at=at))
    if not done.rowcount:
        row = {"channel": channel, "thread": digest(channel, thread), "case": case_id, "at": at}
        connection.execute(insert(case_threads).values(row))


def set_place(connection: Connection, case_id: str, object_id: str, point: tuple[float, float] | None) -> None:
    """Where the case is: an object of the twin, a point (longitude, latitude) [degree], or both."""
    connection.execute(delete(case_places).where(case_places.c.case == case_id))
    longitude, latitude = point or (None, None)
    row = {"case": case_id, "object": object_id, "longitude": longitude, "latitude": latitude}
    connection.execute(insert(case_places).values(row))


def at_object(connection: Connection, object_id: str) -> list[Case]:
    """Cases of an object, the newest first."""
    wanted = select(*OF_CASE).join(case_places, case_places.c.case == cases.c.id)
    wanted = wanted.where(case_places.c.object == object_id).order_by(cases.c.number.desc())
    return [Case(*row) for row in connection.execute(wanted)]


def in_box(
    connection: Connection, west: float, south: float, east: float, north: float
) -> list[tuple[Case, float, float]]:
    """Cases with a point in a box, with it: longitude, latitude. [degree]"""
    wanted = select(*OF_CASE, case_places.c.longitude, case_places.c.latitude)
    wanted = wanted.join(case_places, case_places.c.case == cases.c.id).where(
        case_places.c.longitude.between(west, east), case_places.c.latitude.between(south, north)
    )
    return [(Case(*row[:-2]), row[-2], row[-1]) for row in connection.execute(wanted.order_by(cases.c.number))]
