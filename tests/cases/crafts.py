"""Craftsmen and a running toilet flush for the tests of appointments."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.appointments import answers, choosing
from kastor.cases.events import State
from kastor.cases.message import Message
from kastor.store import Tenant, cases, crafts, outbox
from kastor.store.crafts import Craftsman, Order
from kastor.store.outbox import Item

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""Nine in the morning in Berlin, a working day."""

FLUSH = {
    "ort": "wohnung", "bauteil": "spuelung", "symptom": "laeuft_durch", "umfang": "stelle", "absperrbar": True,
    "einzige_toilette": True, "raum": "bad", "telefon": "+49 30 901820", "gefahr": None, "gleiche_meldungen": 0,
    "heizperiode": True, "seit_wann": "gestern", "zugang": None,
}  # fmt: skip

FIRST = Craftsman(
    "quelle", "Sanitär Quelle", "quelle@example.org", ("sanitaer", "heizung"), ("46",), contract=True, priority=1,
    place=(6.98, 51.66),
)  # fmt: skip
SECOND = Craftsman("hahn", "Hahn & Rohr", "hahn@example.org", ("sanitaer",), priority=2, place=(6.99, 51.66))
OTHER = Craftsman("funke", "Elektro Funke", "funke@example.org", ("elektro",))


def with_craftsmen(twin: Tenant, *wanted: Craftsman) -> None:
    with twin.database.write("test") as connection:
        for one in wanted or (FIRST, SECOND, OTHER):
            crafts.save(connection, one, "2026-03-01T00:00:00Z")


def reported(twin: Tenant, number: int = 1, now: datetime = MONDAY, **facts: Any) -> str:
    """A damage whose facts are told and whose rules were asked: a craftsman has the order then."""
    told = Message("web", f"m{number}", f"t{number}", "anna", "Die Spülung läuft durch.", now)
    with casework.begin(twin.database, now) as work:
        case_id = work.open(told)
        work.receive(case_id, told)
        work.do(case_id, c.Place("", (6.97, 51.65), "Musterweg 3, 46282 Dorsten"))
        work.follow(case_id, "schaden")
        known = {**FLUSH, **facts}
        work.do(case_id, c.Learn(tuple(c.Fact(slot, value) for slot, value in known.items())))
        work.do(case_id, c.Complete("ask"))
    return case_id


def state(twin: Tenant, case_id: str) -> State:
    return casework.read_state(twin.database, case_id)


def orders(twin: Tenant, case_id: str) -> list[Order]:
    with twin.database.read() as connection:
        return crafts.orders_of(connection, case_id)


def sent(twin: Tenant, case_id: str, kind: str = "craft") -> list[Item]:
    """What waits in the outbox, in its order."""
    with twin.database.read() as connection:
        key = cases.key_of(connection, case_id)
        wanted = text('SELECT key FROM outbox WHERE "case" = :case AND kind = :kind ORDER BY made, key')
        keys = list(connection.execute(wanted, {"case": case_id, "kind": kind}).scalars())
        # keys end with the number of the event
        keys.sort(key=lambda one: int(re.findall(r"\d+", one)[-1]))
        return [outbox.item(connection, one, key) for one in keys]


def choices(twin: Tenant, case_id: str) -> list[str]:
    """Ids of the times that are offered at present."""
    return [value for value, _ in state(twin, case_id)["talk"]["choices"]]


def repaired(twin: Tenant, case_id: str, now: datetime) -> None:
    """The craftsman takes the order, the first time is chosen, the work is done."""
    with casework.begin(twin.database, now) as work:
        answers.take(work, crafts.orders_of(work.connection, case_id)[-1], answers.ACCEPT)
        choosing.choose(work, case_id, work.state(case_id)["talk"]["choices"][0][0])
        answers.take(work, crafts.orders_of(work.connection, case_id)[-1], answers.FINISH)
        assert work.state(case_id)["talk"]["wanted"] == ["erledigt"]
