"""A worker on cases that is killed again and again: run as a program by ``test_case_kills.py``.

The driver forks a worker, kills it at a random moment, forks the next, and so on; in the end one may finish. What is to
be done stands in messages with keys, as a provider would deliver them; each worker begins with those nobody has taken.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, select

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.clockwork import turn
from kastor.cases.events import REQUESTER
from kastor.cases.handlers import HANDLERS, hand_on, wait
from kastor.cases.judging import judge
from kastor.cases.message import Message, Reply
from kastor.cases.progress import Handler
from kastor.cases.steps import Work
from kastor.cases.working import Working
from kastor.store import Tenant, case_links, open_tenant
from kastor.store.case_schema import case_messages
from kastor.store.database import Database
from kastor.store.outbox import Item
from tests.cases.drawing import document
from tests.cases.sample import Procedure

CASES = 300
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 3, 10, tzinfo=UTC)

STEPS = document(
    '<userTask id="fragen" implementation="ask"/><businessRuleTask id="regeln"/><sendTask id="brief"/>'
    '<serviceTask id="akte" implementation="erp"/><receiveTask id="warten" messageRef="m_go"/>'
    '<boundaryEvent id="frist" attachedToRef="warten"><timerEventDefinition><timeDuration>P1D</timeDuration>'
    '</timerEventDefinition></boundaryEvent><userTask id="umfrage" implementation="survey"/>',
    "s>fragen", "fragen>regeln", "regeln>brief", "brief>akte", "akte>warten", "warten>umfrage", "frist>umfrage",
    "umfrage>e",
)  # fmt: skip
PROCEDURE = replace(Procedure(), steps=STEPS)


def find(connection: Connection, procedure: str, version: str) -> Procedure:
    return PROCEDURE


def decide(working: Working, work: Work) -> Mapping[str, Any]:
    return {"ergebnis": judge(working, PROCEDURE, "genehmigen", {"table": "t"}, {"reasons": []})}


def letter(working: Working, work: Work) -> Mapping[str, Any]:
    working.say(Reply("Genehmigt.", "de", f"{working.state['id']}-brief", "letter"))
    return {}


WORKERS: Mapping[str, Handler] = {**HANDLERS, "decide": decide, "letter": letter, "erp": hand_on,
                                   "ask": wait, "survey": wait}  # fmt: skip


def messages() -> list[Message]:
    return [
        Message("mail", f"m{kind}-{number}", f"t{number}", "anna", kind, NOW)
        for number in range(CASES)
        for kind in ("first", "rating")
    ]


def sender(address: str) -> Any:
    """Tells the receiver the key, as every real one does."""

    def send(database: Database, item: Item) -> None:
        body = orjson.dumps({"case": item.case, "kind": item.kind})
        request = urllib.request.Request(address, body, {"Idempotency-Key": item.key})
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()

    return send


def work(tenant: Tenant, address: str, chance: random.Random, attempt: int, begun: Callable[[], object]) -> None:
    """Take every message nobody has taken, in any order a case allows, then let the clock go on."""
    database = tenant.database
    senders = dict.fromkeys(("mail", "erp"), sender(address))
    with database.read() as connection:
        taken = set(connection.execute(select(case_messages.c.key)).scalars())
    begun()
    left = [one for one in messages() if case_links.digest("mail", one.key) not in taken]
    for kind, now in (("first", NOW), ("rating", LATER)):
        todo = [one for one in left if one.text == kind]
        chance.shuffle(todo)
        for number, message in enumerate(todo):
            take(database, message, now)
            if number % 7 == 0:
                turn(database, now, senders, find=find, handlers=WORKERS)
        # a day later the timer of the steps is due
        turn(database, LATER, senders, find=find, handlers=WORKERS)
    # by then nothing is claimed any more by those who were killed
    turn(database, LATER + timedelta(hours=1 + attempt), senders, True, find, WORKERS)


def take(database: Database, message: Message, now: datetime) -> None:
    with casework.begin(database, now, find, WORKERS) as work_:
        if work_.case_of_message(message) is not None:
            return
        case_id = work_.case_of_thread("mail", message.thread) or work_.open(message)
        work_.receive(case_id, message)
        if message.text == "first":
            work_.follow(case_id, "haustier")
            work_.do(case_id, c.Learn((c.Fact("tierart", "hund"),), REQUESTER), c.Complete("ask"))
        else:
            work_.do(case_id, c.Rate(5))


def spent(worker: int) -> float:
    """How much of a processor a worker has had, however busy the machine. [s]"""
    return int(Path(f"/proc/{worker}/schedstat").read_text().split()[0]) / 1e9


def wait_for_the_moment(worker: int, more: float) -> None:
    """Until a worker has had so much more of a processor [s], or waits for somebody's answer."""
    last = until = spent(worker)
    since, until = time.monotonic(), until + more
    while last < until and time.monotonic() - since < 2.5:
        time.sleep(0.002)
        now = spent(worker)
        if now != last:
            last, since = now, time.monotonic()


def main() -> None:
    home, address, wanted, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    chance, kills = random.Random(seed), 0
    while True:
        hear, tell = os.pipe()
        worker = os.fork()
        if worker == 0:
            try:
                with open_tenant(home, "musterstadt") as tenant:
                    work(tenant, address, random.Random(seed + kills), kills, partial(os.write, tell, b"."))
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        os.close(tell)
        if kills < wanted:
            # one in ten is killed while it begins, the others at work
            if chance.random() > 0.1:
                os.read(hear, 1)
            wait_for_the_moment(worker, chance.uniform(0.0, 0.07))
            os.kill(worker, signal.SIGKILL)
        _, status = os.waitpid(worker, 0)
        os.close(hear)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            break
        if code != -signal.SIGKILL:
            sys.exit(f"the worker ended with {code}")
        kills += 1
    print(kills)


if __name__ == "__main__":
    main()
