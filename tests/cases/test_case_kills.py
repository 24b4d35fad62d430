"""Killed at any moment, again and again: no case, message or step is lost, and no effect is done twice."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kastor.cases import casework
from kastor.cases.events import fold
from kastor.store import Tenant, audit, cases
from tests.cases.killed_worker import CASES
from tests.cases.sample import BOTH

KILLS = 100

SLOW = 4
"""So many deliveries are answered only after the worker has been killed."""

EXPECTED = [
    "opened", "received", "switched", "stepped", "fact", "stepped", "evaluated", "decided", "stepped", "said", "effect",
    "stepped", "effect", "timer", "stepped", "timer_due", "stepped", "received", "rated", "stepped", "closed",
]  # fmt: skip
"""What happens in a case, in this order; deliveries come in between."""


class Receiver:
    """An outside system that knows keys: it counts what it is told, and does it once."""

    def __init__(self) -> None:
        self.told: Counter[str] = Counter()
        self.done: dict[str, bytes] = {}
        self.differing: list[str] = []
        lock, receiver = threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    # killed while it spoke: it was told nothing
                    return
                key = self.headers["Idempotency-Key"]
                with lock:
                    receiver.told[key] += 1
                    if receiver.done.setdefault(key, body) != body:
                        receiver.differing.append(key)
                    count = sum(receiver.told.values())
                # at first no worker lives long enough to hear the answer
                time.sleep(5.0 if count <= SLOW else 0)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@BOTH
def test_nothing_is_lost_and_nothing_done_twice(twin: Tenant, receiver: Receiver, kept_in: str) -> None:
    home = twin.directory.parent.parent
    command = [sys.executable, "-m", "tests.cases.killed_worker", home, receiver.address, str(KILLS), "7"]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent.parent, timeout=280)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert int(ran.stdout) == KILLS
    effects: set[str] = set()
    with twin.database.read() as connection:
        ids = list(cases.ids(connection))
        assert len(ids) == CASES
        for case_id in ids:
            key = cases.key_of(connection, case_id)
            events = casework.read_events(connection, case_id, key)
            steps = [event.kind for event in events if event.kind != "delivered"]
            assert steps == EXPECTED
            asked_for = [event.public["key"] for event in events if event.kind == "effect"]
            assert Counter(e.public["key"] for e in events if e.kind == "delivered") == Counter(asked_for)
            effects |= set(asked_for)
            assert cases.faults(connection, case_id) == []
            assert cases.state_bytes(connection, case_id, key) == cases.canonical(fold(case_id, events))
        assert audit.verify(connection).faults == []
    assert set(receiver.done) == effects
    assert len(effects) == 2 * CASES
    assert receiver.differing == []
    deliveries = sum(receiver.told.values())
    assert deliveries >= len(effects) + SLOW, (
        f"{deliveries}: some are told again, since a worker was killed before it heard the answer"
    )
    print(f"{kept_in}: {deliveries} deliveries of {len(effects)} effects, {KILLS} kills")
