"""Craftsmen of a tenant, what was ordered from them, and who comes when.

Everything here runs in a transaction of the caller. ``Database.write`` lets one writer at a time into a tenant, in both
stores: whoever reads what is free and writes an appointment in one transaction cannot be overtaken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, or_, select, update

from kastor.store.craft_schema import appointments, connections, craft_orders, craftsmen
from kastor.store.errors import StoreError
from kastor.store.sealing import seal, unseal

HELD, BOOKED, CANCELLED, DONE = "held", "booked", "cancelled", "done"
"""States of an appointment: offered and kept free for a while, agreed, called off, over."""

ORDERED, ACCEPTED, SCHEDULED, FINISHED, INVOICED = "ordered", "accepted", "scheduled", "done", "invoiced"
DECLINED, WITHDRAWN = "declined", "withdrawn"
ORDER_STATES = (ORDERED, ACCEPTED, SCHEDULED, FINISHED, INVOICED, DECLINED, WITHDRAWN)
"""States of an order, in their order; the last two end it without work."""

OPEN_ORDERS = (ORDERED, ACCEPTED, SCHEDULED)


class UnknownCraftsman(StoreError):
    """There is no craftsman of this id."""


class UnknownOrder(StoreError):
    """There is no order of this id, or its link has ended."""


@dataclass(frozen=True)
class Craftsman:
    """
    A craftsman or a firm.

    Parameters
    ----------
    id, name, mail
        Short id, what people call it, and where orders go.
    trades
        Ids of trades as the rules name them, such as ``sanitaer``.
    areas
        Postcodes or beginnings of them; empty for everywhere.
    hours
        When it works, such as ``mo-do 07:30-16:00, fr 07:30-13:00``; see ``appointments.times``.
    absences
        First and last day of each, ISO 8601.
    contract, priority
        Whether there is a framework contract, and who comes first among equals (1 before 2).
    capacity
        Visits on one day at most.
    place
        Where it sets out from: longitude, latitude. [degree]
    active
        False when nothing is ordered any more.
    """

    id: str
    name: str
    mail: str
    trades: tuple[str, ...]
    areas: tuple[str, ...] = ()
    hours: str = "mo-fr 08:00-17:00"
    absences: tuple[tuple[str, str], ...] = ()
    contract: bool = False
    priority: int = 5
    capacity: int = 4
    place: tuple[float, float] | None = None
    active: bool = True


@dataclass(frozen=True)
class Order:
    """
    Something ordered from a craftsman; ``said`` is what it was told, empty when the case is erased.

    Parameters
    ----------
    latest
        By when the work should be done, ISO 8601.
    """

    id: str
    case: str
    craftsman: str
    trade: str
    state: str
    made: str
    changed: str
    latest: str | None


@dataclass(frozen=True)
class Appointment:
    """
    A craftsman's visit.

    Parameters
    ----------
    begins, ends
        ISO 8601, UTC.
    held_until
        How long it is kept free while nobody has chosen it.
    latest
        When it has to begin at the latest.
    confirmed
        Whether somebody relies on the time; others may be moved by the nightly optimisation.
    sequence
        Counts its changes (iCalendar).
    """

    id: str
    case: str
    order: str
    craftsman: str
    begins: str
    ends: str
    state: str = HELD
    held_until: str | None = None
    latest: str | None = None
    confirmed: bool = False
    sequence: int = 0
    longitude: float | None = None
    latitude: float | None = None

    @property
    def place(self) -> tuple[float, float] | None:
        """Longitude, latitude. [degree]"""
        return None if self.longitude is None or self.latitude is None else (self.longitude, self.latitude)


_ORDER = [craft_orders.c[one.name] for one in fields(Order)]
_APPOINTMENT = [appointments.c[one.name] for one in fields(Appointment)]


def save(connection: Connection, craftsman: Craftsman, at: str) -> None:
    """Add a craftsman, or replace the one of the same id."""
    row = {
        **asdict(craftsman), "trades": list(craftsman.trades), "areas": list(craftsman.areas), "changed": at,
        "absences": [list(one) for one in craftsman.absences],
    }  # fmt: skip
    row["longitude"], row["latitude"] = row.pop("place") or (None, None)
    connection.execute(delete(craftsmen).where(craftsmen.c.id == craftsman.id))
    connection.execute(insert(craftsmen).values(row))


def all_craftsmen(connection: Connection) -> list[Craftsman]:
    """All there are, by name."""
    return [
        _craftsman(dict(row)) for row in connection.execute(select(craftsmen).order_by(craftsmen.c.name)).mappings()
    ]


def craftsman(connection: Connection, craftsman_id: str) -> Craftsman:
    """
    One of them.

    Raises
    ------
    UnknownCraftsman
        When there is none of this id.
    """
    row = connection.execute(select(craftsmen).where(craftsmen.c.id == craftsman_id)).mappings().one_or_none()
    if row is None:
        raise UnknownCraftsman(f"There is no craftsman {craftsman_id[:40]!r}; `kastor craft list` shows all.")
    return _craftsman(dict(row))


def _craftsman(row: dict[str, Any]) -> Craftsman:
    place = None if row["longitude"] is None else (row["longitude"], row["latitude"])
    absences = tuple((str(first), str(last)) for first, last in row["absences"])
    named = {name: row[name] for name in ("id", "name", "mail", "hours", "priority", "capacity")}
    return Craftsman(
        **named, trades=tuple(row["trades"]), areas=tuple(row["areas"]), absences=absences, place=place,
        contract=bool(row["contract"]), active=bool(row["active"]),
    )  # fmt: skip


def digest(link: str) -> str:
    """What stands for the secret of a link in the table."""
    return sha256(link.encode()).hexdigest()


def add_order(connection: Connection, order: Order, link: str, said: Mapping[str, Any], key: bytes) -> None:
    """Write an order down; ``said`` is sealed with the key of its case, of the link only a hash is kept."""
    sealed = seal(key, orjson.dumps(said), f"order:{order.id}")
    connection.execute(insert(craft_orders).values({**asdict(order), "link": digest(link), "sealed": sealed}))


def order(connection: Connection, order_id: str) -> Order:
    """
    One order.

    Raises
    ------
    UnknownOrder
        When there is none of this id.
    """
    return _one_order(connection, craft_orders.c.id == order_id, order_id)


def order_of_link(connection: Connection, link: str) -> Order:
    """
    The order a link leads to.

    Raises
    ------
    UnknownOrder
        When it leads nowhere.
    """
    return _one_order(connection, craft_orders.c.link == digest(link), "of this link")


def _one_order(connection: Connection, condition: Any, named: str) -> Order:
    row = connection.execute(select(*_ORDER).where(condition)).one_or_none()
    if row is None:
        raise UnknownOrder(f"There is no order {named[:40]}.")
    return Order(*row)


def told(connection: Connection, order_id: str, key: bytes) -> dict[str, Any]:
    """What an order says."""
    sealed = connection.execute(select(craft_orders.c.sealed).where(craft_orders.c.id == order_id)).scalar_one()
    found: dict[str, Any] = orjson.loads(unseal(key, sealed, f"order:{order_id}"))
    return found


def orders_of(connection: Connection, case_id: str) -> list[Order]:
    """Orders of a case, the oldest first."""
    wanted = select(*_ORDER).where(craft_orders.c.case == case_id).order_by(craft_orders.c.made, craft_orders.c.id)
    return [Order(*row) for row in connection.execute(wanted)]


def listed_orders(connection: Connection, states: Sequence[str], limit: int = 500) -> list[Order]:
    """Orders in some states, the newest first."""
    wanted = select(*_ORDER).where(craft_orders.c.state.in_(list(states)))
    return [Order(*row) for row in connection.execute(wanted.order_by(craft_orders.c.made.desc()).limit(limit))]


def set_order(connection: Connection, order_id: str, state: str, at: str) -> None:
    """An order is in another state now."""
    connection.execute(update(craft_orders).where(craft_orders.c.id == order_id).values(state=state, changed=at))


def load(connection: Connection) -> dict[str, int]:
    """How many open orders each craftsman has, by id."""
    wanted = select(craft_orders.c.craftsman, func.count()).where(craft_orders.c.state.in_(OPEN_ORDERS))
    return {str(row[0]): int(row[1]) for row in connection.execute(wanted.group_by(craft_orders.c.craftsman))}


def standing(connection: Connection, craftsmen_ids: Iterable[str], now: str) -> list[Appointment]:
    """Appointments some craftsmen have: agreed ones that are not over, and those kept free at this moment."""
    free = (appointments.c.state == HELD) & (appointments.c.held_until <= now)
    wanted = select(*_APPOINTMENT).where(
        appointments.c.craftsman.in_(list(craftsmen_ids)), appointments.c.state.in_((HELD, BOOKED)), ~free,
        or_(appointments.c.ends > now, appointments.c.state == HELD),
    )  # fmt: skip
    return [Appointment(*row) for row in connection.execute(wanted.order_by(appointments.c.begins))]


def appointments_of(connection: Connection, case_id: str) -> list[Appointment]:
    """All appointments of a case ever offered, the earliest first."""
    wanted = select(*_APPOINTMENT).where(appointments.c.case == case_id)
    return [Appointment(*row) for row in connection.execute(wanted.order_by(appointments.c.begins, appointments.c.id))]


def booked(connection: Connection, order_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """When the agreed visits of some orders are, by order: ``begins`` and ``ends``, ISO 8601, UTC."""
    wanted = select(appointments.c.order, appointments.c.begins, appointments.c.ends)
    wanted = wanted.where(appointments.c.order.in_(list(order_ids)), appointments.c.state == BOOKED)
    return {row[0]: {"begins": row[1], "ends": row[2]} for row in connection.execute(wanted)}


def appointment(connection: Connection, appointment_id: str) -> Appointment | None:
    """One appointment; None when there is none of this id."""
    row = connection.execute(select(*_APPOINTMENT).where(appointments.c.id == appointment_id)).one_or_none()
    return None if row is None else Appointment(*row)


def add_appointments(connection: Connection, wanted: Sequence[Appointment]) -> None:
    """Write appointments down."""
    if wanted:
        connection.execute(insert(appointments), [asdict(one) for one in wanted])


def put_appointment(connection: Connection, one: Appointment) -> None:
    """An appointment is another one now, by its id."""
    row = asdict(one)
    connection.execute(update(appointments).where(appointments.c.id == row.pop("id")).values(row))


def forget_case(connection: Connection, case_id: str) -> None:
    """What names somebody goes with the case; that something was ordered stays."""
    gone = {"sealed": b"", "link": craft_orders.c.id}
    connection.execute(update(craft_orders).where(craft_orders.c.case == case_id).values(gone))
    connection.execute(delete(appointments).where(appointments.c.case == case_id))


def connection_settings(connection: Connection, name: str) -> Mapping[str, Any] | None:
    """Settings of a connection to another system; None when there is none."""
    found = connection.execute(select(connections.c.settings).where(connections.c.name == name)).scalar_one_or_none()
    return None if found is None else dict(found)


def set_connection(connection: Connection, name: str, settings: Mapping[str, Any] | None, at: str, who: str) -> None:
    """Set up a connection, or take it away with None."""
    connection.execute(delete(connections).where(connections.c.name == name))
    if settings is not None:
        row = {"name": name, "settings": dict(settings), "changed": at, "who": who}
        connection.execute(insert(connections).values(row))
