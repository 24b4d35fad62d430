"""What stands before every request: how often, how slowly, and through which connection."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.types import Message

from kastor.web import guard
from kastor.web.errors import TooSlow
from kastor.web.guard import Limits, caller_of, patient


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_at_once_and_then_its_rate() -> None:
    clock = Clock()
    limits = Limits(rate=2.0, burst=5.0, clock=clock)
    assert [limits.wait("a") for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    clock.now += 1.0
    assert [limits.wait("a") for _ in range(3)] == [0, 0, 1]
    clock.now += 3600.0
    assert [limits.wait("a") for _ in range(6)] == [0, 0, 0, 0, 0, 1]


def test_callers_do_not_share_a_bucket_and_a_rate_of_nought_is_no_limit() -> None:
    limits = Limits(rate=1.0, burst=1.0, clock=Clock())
    assert (limits.wait("a"), limits.wait("b"), limits.wait("a")) == (0, 0, 1)
    assert [Limits(rate=0.0, burst=1.0).wait("a") for _ in range(10)] == [0] * 10


def test_very_many_callers_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "REMEMBERED", 100)
    limits = Limits(rate=1.0, burst=5.0, clock=Clock())
    for number in range(1000):
        limits.wait(str(number))
    assert len(limits._buckets) == 100


@pytest.mark.parametrize(
    ("host", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_caller_is_an_address_or_a_network_of_ipv6(host: str, caller: str) -> None:
    assert caller_of({"type": "http", "client": (host, 1)}) == caller


def test_a_body_that_stops_coming_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PAUSE", 0.05)

    async def silent() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    with pytest.raises(TooSlow, match="too slowly"):
        _run(_read(patient(silent)))


def test_a_body_that_crawls_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "GRACE", 0.1)

    async def crawling() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(TooSlow, match="too slowly"):
        _run(_read(patient(crawling)))


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run in a thread of its own: the browser of other tests keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def _read(receive: object) -> None:
    while True:
        await receive()  # type: ignore[operator]


SERVER = """
import socket
import uvicorn
from kastor.web import guard
guard.PAUSE = 0.4
async def app(scope, receive, send):
    pass
config = uvicorn.Config(app, http=guard.patient_protocol(), lifespan="off", log_level="error")
server = uvicorn.Server(config)
listening = socket.socket()
listening.bind(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
server.run(sockets=[listening])
"""


def test_a_connection_whose_request_never_begins_is_closed() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            with _connected(int(server.stdout.readline())) as slow:
                slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow")
                assert slow.recv(100) == b""
        finally:
            server.kill()


def _connected(port: int) -> socket.socket:
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not begin to listen")
