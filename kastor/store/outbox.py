"""What is to be done outside: written down in the transaction of the event that causes it.

An item is *claimed* for a while by who carries it out; who is killed meanwhile leaves it to the next. So it may be
carried out twice, always with the same key: a receiver that knows keys does it once. Items of one *lane*, such as the
messages of one thread, go out in their order: the next waits until the one before is done or given up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import BindParameter, Connection, bindparam, func, insert, or_, select, update

from kastor.store.case_schema import outbox
from kastor.store.cases import canonical
from kastor.store.sealing import seal, unseal

_THIS: BindParameter[str] = bindparam("this")
# made once: making a statement takes longer than running it
_ITEM = select(outbox).where(outbox.c.key == _THIS)
_CASE = select(outbox.c.case).where(outbox.c.key == _THIS)
_STATE = select(outbox.c.state).where(outbox.c.key == _THIS)
_PUT = insert(outbox)
_LAST = select(func.coalesce(func.max(outbox.c.number), 0))
_ENDED = {
    "state": bindparam("state_"), "ended": bindparam("at_"), "problem": bindparam("problem_"), "claimed": "",
    "tries": outbox.c.tries + 1,
}  # fmt: skip
_END = update(outbox).where(outbox.c.key == _THIS).values(_ENDED)

WAITING, DONE, FAILED, ERASED = "waiting", "done", "failed", "erased"
"""States of an item; failed ones wait for a person."""


@dataclass(frozen=True)
class Item:
    """
    Something to do outside.

    Parameters
    ----------
    key
        Unique for ever; the receiver is told it.
    case
        Whose it is.
    kind
        What is to be done, such as ``mail`` or ``erp``.
    lane
        Items of one lane keep their order.
    payload
        What it takes.
    made
        When it was decided on, ISO 8601.
    tries
        How often it was tried before.
    """

    key: str
    case: str
    kind: str
    lane: str
    payload: Mapping[str, Any]
    made: str
    tries: int


def put(connection: Connection, case_key: bytes, items: Sequence[Item]) -> None:
    """Write down what is to be done."""
    if not items:
        return
    number = int(connection.execute(_LAST).scalar_one())
    rows = [
        {
            "key": item.key, "case": item.case, "number": number + count, "kind": item.kind, "lane": item.lane,
            "state": WAITING, "made": item.made, "due": item.made, "tries": 0, "claimed": "", "ended": "",
            "problem": "", "sealed": seal(case_key, canonical(item.payload), f"outbox:{item.key}"),
        }
        for count, item in enumerate(items, 1)
    ]  # fmt: skip
    connection.execute(_PUT, rows)


def claim(connection: Connection, kinds: Sequence[str], now: str, until: str, limit: int) -> list[str]:
    """
    Keys of items that are due and nobody else's, the oldest of each lane, claimed for a while.

    Parameters
    ----------
    kinds
        What the caller can do.
    now, until
        The present moment, and until when they are the caller's.
    """
    earlier = outbox.alias()
    blocked = (
        select(earlier.c.key)
        .where(earlier.c.lane == outbox.c.lane, earlier.c.number < outbox.c.number, earlier.c.state == WAITING)
        .exists()
    )
    wanted = select(outbox.c.key).where(
        outbox.c.state == WAITING, outbox.c.due <= now, outbox.c.kind.in_(kinds), outbox.c.claimed <= now, ~blocked
    )
    keys = list(connection.execute(wanted.order_by(outbox.c.number).limit(limit)).scalars())
    if keys:
        connection.execute(update(outbox).where(outbox.c.key.in_(keys)).values(claimed=until))
    return keys


def item(connection: Connection, key: str, case_key: bytes) -> Item:
    """An item with what it takes."""
    row = connection.execute(_ITEM, {"this": key}).one()
    payload = orjson.loads(unseal(case_key, bytes(row.sealed), f"outbox:{key}"))
    return Item(row.key, row.case, row.kind, row.lane, payload, row.made, row.tries)


def case_of(connection: Connection, key: str) -> str:
    """Whose an item is."""
    return str(connection.execute(_CASE, {"this": key}).scalar_one())


def find_case(connection: Connection, key: str) -> str | None:
    """Whose an item is; None when there is none of this key."""
    return connection.execute(select(outbox.c.case).where(outbox.c.key == key)).scalar_one_or_none()


def following(connection: Connection, key: str) -> list[str]:
    """Keys of what waits behind an item in its lane and was decided on in the same moment, in order."""
    own = connection.execute(select(outbox.c.lane, outbox.c.made, outbox.c.number).where(outbox.c.key == key)).one()
    behind = (outbox.c.lane == own.lane, outbox.c.made == own.made, outbox.c.number > own.number)
    wanted = select(outbox.c.key).where(*behind, outbox.c.state == WAITING).order_by(outbox.c.number)
    return list(connection.execute(wanted).scalars())


def is_waiting(connection: Connection, key: str) -> bool:
    """Whether it is still to be done."""
    return connection.execute(_STATE, {"this": key}).scalar_one_or_none() == WAITING


def end(connection: Connection, key: str, state: str, at: str, problem: str = "") -> None:
    """It is done, or given up."""
    connection.execute(_END, {"this": key, "state_": state, "at_": at, "problem_": problem[:500]})


def put_off(connection: Connection, key: str, due: str, problem: str) -> None:
    """It did not work; try again later."""
    values = {"due": due, "problem": problem[:500], "tries": outbox.c.tries + 1, "claimed": ""}
    connection.execute(update(outbox).where(outbox.c.key == key).values(values))


def again(connection: Connection, key: str, now: str) -> bool:
    """Try an item that was given up once more; False when there is no such item."""
    named = (outbox.c.key == key, outbox.c.state == FAILED)
    values = {"state": WAITING, "due": now, "ended": "", "claimed": ""}
    return bool(connection.execute(update(outbox).where(*named).values(values)).rowcount)


def of_case(connection: Connection, case_id: str) -> list[dict[str, Any]]:
    """What was to be done for a case and how it stands; without payloads."""
    names = ("key", "kind", "state", "made", "due", "tries", "ended", "problem")
    wanted = select(*(outbox.c[name] for name in names)).where(outbox.c.case == case_id).order_by(outbox.c.number)
    return [dict(zip(names, row, strict=True)) for row in connection.execute(wanted)]


def counts(connection: Connection) -> dict[str, int]:
    """Number of items by state."""
    wanted = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    return {str(state): int(count) for state, count in connection.execute(wanted)}


def next_due(connection: Connection, kinds: Sequence[str]) -> str | None:
    """When the next item is due; None when nothing waits."""
    wanted = select(func.min(outbox.c.due)).where(outbox.c.state == WAITING, or_(outbox.c.kind.in_(kinds)))
    return connection.execute(wanted).scalar_one_or_none()


def hurry(connection: Connection, lane: str, now: str) -> None:
    """What waits in a lane is due now: its receiver can be reached again."""
    waits = (outbox.c.lane == lane, outbox.c.state == WAITING, outbox.c.due > now)
    connection.execute(update(outbox).where(*waits).values(due=now))
