"""The chat: a hundred conversations at once over HTTP, how long a reply takes; without a peer.

Run:
    python benchmarks/bench_chat.py
Each of 100 people reports a running flush in five messages and rests 2 to 6 s before each, as people do who type
quickly: about 25 messages a second, each a transaction with SQLite at synchronous=FULL. Server and clients share the
machine. What is measured is the time from sending a message to the whole answer.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from os import getloadavg
from pathlib import Path
from typing import Any

from bench_features import free_port, serving
from measure import JOBS, Result, show

from kastor.city.sample import CRS
from kastor.store import create_tenant

CHATS, BAR = 100, 0.3
REST = (2.0, 6.0)
"""Pause before each message. [s]"""

MESSAGES: tuple[dict[str, Any], ...] = (
    {"text": "Guten Tag, meine WC-Spülung läuft ständig."},
    {"answers": {"gefahr": "keine"}},
    {"text": "ja, das Ventil ist zu"},
    {"text": "Kalkweg 5, 2. OG links"},
    {"answers": {"_summary": "yes"}},
)


def results() -> list[Result]:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        create_tenant(home, "measured", "Gemessen", CRS).close()
        port = free_port()
        with serving([sys.executable, JOBS / "serve_features.py", home, str(port)], port) as server:
            times = all_chats(port)
            used = sum(server.cpu_times()[:2])
    times.sort()
    p95, middle = times[int(0.95 * len(times))], times[len(times) // 2]
    shown = f"{len(times)} replies: median {middle * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms"
    shown += f"; {used / len(times) * 1e3:.0f} ms of the processor each, beginning included; load {getloadavg()[0]:.1f}"
    return [Result(f"{CHATS} chats at once, time of a reply", f"p95 < {BAR * 1e3:.0f} ms", shown, met=p95 < BAR)]


def all_chats(port: int) -> list[float]:
    """Time of every reply. [s]"""
    # the first words load what understanding needs
    send(HTTPConnection("127.0.0.1", port), "0" * 32, {**MESSAGES[0], "key": "first"})
    with ThreadPoolExecutor(CHATS) as pool:
        return [spent for times in pool.map(lambda number: one_chat(port, number), range(CHATS)) for spent in times]


def one_chat(port: int, number: int) -> list[float]:
    """One conversation from the first word to the order."""
    rests = random.Random(number)
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    times, said = [], ""
    for at, message in enumerate(MESSAGES):
        time.sleep(rests.uniform(*REST))
        begin = time.perf_counter()
        said = send(connection, f"chat-of-the-benchmark-{number:05d}", {**message, "key": f"{number}-{at}"})
        times.append(time.perf_counter() - begin)
    assert "Betrieb" in said, said
    return times


def send(connection: HTTPConnection, secret: str, message: dict[str, Any]) -> str:
    """What is said last in answer to a message."""
    headers = {"X-Conversation": secret, "Content-Type": "application/json"}
    connection.request("POST", "/api/tenants/measured/chat/messages", json.dumps(message), headers)
    answer = connection.getresponse()
    content = answer.read()
    # people rest longer than the server keeps a connection
    connection.close()
    assert answer.status == 200, content
    return str(json.loads(content)["entries"][-1]["text"])


if __name__ == "__main__":
    show(results())
