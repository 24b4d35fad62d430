"""Cases: whole ones a second, from the first message to the rating, in memory and durable; without a peer.

Run:
    python benchmarks/bench_cases.py
The case is a dog that may stay: opened by a mail, facts learned one by one as a conversation brings them, the rules
asked, a letter, a record for the ERP and the question for a rating, all delivered, closed. Durable means SQLite with
synchronous=FULL, one transaction for each message. For scale, not measured here: SpiffWorkflow does 186 in memory and
85 saved as JSON (2 cores).
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from measure import Result, show

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.clockwork import turn
from kastor.cases.engine import handle
from kastor.cases.events import CLOSED, empty
from kastor.cases.handlers import HANDLERS
from kastor.cases.message import Message
from kastor.cases.procedure import shipped
from kastor.store import cases, create_tenant

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
IN_MEMORY, DURABLE = 100, 60
BARS = {"memory": 50.0, "durable": 20.0}


def results() -> list[Result]:
    in_memory()
    return [
        told("whole cases in memory", in_memory(), BARS["memory"]),
        told("whole cases, durable in SQLite (four transactions each, effects delivered)", durable(), BARS["durable"]),
    ]


def facts() -> list[c.Fact]:
    """Those of a worked case of the procedure in which a dog is granted."""
    procedure = shipped()["haustier"]
    found = next(
        one
        for one in procedure.cases
        if one["expect"].get("outcome") == "genehmigt" and one["facts"]["tierart"] == "hund"
    )
    return [c.Fact(slot, value) for slot, value in found["facts"].items()]


def message(number: int, part: int) -> Message:
    text = "Guten Tag, ich möchte einen Hund halten. Darf ich das?"
    return Message("mail", f"{number}-{part}", f"t{number}", "anna@example.org", text, NOW)


def in_memory() -> tuple[int, float, float]:
    procedure, known = shipped()["haustier"], facts()
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(IN_MEMORY):
        state = empty(f"c{number}")
        first = [c.Open("mail", f"t{number}"), c.Receive(message(number, 1)), c.Follow()]
        for command in (*first, *(c.Learn((fact,)) for fact in known), c.Complete("ask"), c.Rate(5)):
            state = handle(state, procedure, command, NOW, HANDLERS).state
        assert state["outcome"]["outcome"] == "genehmigt"
        assert state["status"] == CLOSED
    return IN_MEMORY, time.perf_counter() - wall, time.process_time() - cpu


def durable() -> tuple[int, float, float]:
    known = facts()
    delivered: list[str] = []

    def send(database: Any, item: Any) -> None:
        delivered.append(item.key)

    with tempfile.TemporaryDirectory() as directory, create_tenant(
        Path(directory), "musterstadt", "Musterstadt", "EPSG:25832+7837"
    ) as twin:  # fmt: skip
        wall, cpu = time.perf_counter(), time.process_time()
        for number in range(DURABLE):
            with casework.begin(twin.database, NOW) as work:
                case_id = work.open(message(number, 1))
                work.receive(case_id, message(number, 1))
                work.follow(case_id, "haustier")
            with casework.begin(twin.database, NOW) as work:
                work.receive(case_id, message(number, 2))
                work.do(case_id, c.Learn(tuple(known[:4])))
            with casework.begin(twin.database, NOW) as work:
                work.receive(case_id, message(number, 3))
                work.do(case_id, c.Learn(tuple(known[4:])), c.Complete("ask"))
            with casework.begin(twin.database, NOW) as work:
                work.receive(case_id, message(number, 4))
                work.do(case_id, c.Rate(5))
        turn(twin.database, NOW + timedelta(seconds=1), {"mail": send, "erp": send})
        spent = time.perf_counter() - wall, time.process_time() - cpu
        with twin.database.read() as connection:
            assert len(cases.listed(connection, [CLOSED])) == DURABLE
        assert len(delivered) == len(set(delivered)) == 3 * DURABLE
    return DURABLE, *spent


def told(what: str, measured: tuple[int, float, float], bar: float) -> Result:
    count, wall, cpu = measured
    text = f"{count / wall:.0f}/s, {count / cpu:.0f} per second of the processor"
    return Result(what, f">= {bar:g}/s", text, met=count / cpu >= bar if wall > 1.5 * cpu else count / wall >= bar)


if __name__ == "__main__":
    show(results())
